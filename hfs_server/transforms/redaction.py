"""Redaction: secrets in a session become markers, of which each stands for one secret.

RE2 searches in time that no text can make longer. The rule not to break: a secret stands in no
result, report, error or log.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from hashlib import sha256
from itertools import chain
from typing import Any

from hfs_server.session import JsonObject, Refitted, SessionHeader
from hfs_server.transforms.context_rules import Rule
from hfs_server.transforms.findings import Findings, Place
from hfs_server.transforms.secret_patterns import (
    VALUE_KEYS,
    SecretPattern,
    compiled,
    is_secret,
    named_by,
    names_secret,
    quick_search,
    users_pattern,
)
from hfs_server.transforms.secret_rules import OPTIONAL_RULES, RULES, TRUNCATED

ALSO = tuple(OPTIONAL_RULES)
"""What can be redacted beside secrets."""

_SHORTEST = 8
"""No secret has fewer characters."""

_FIRST_MESSAGE = Place("message", 1)

_NAMED = Rule("password", "")
"""The rule of a value whose key names a secret."""


class Redactor:
    """Replaces secrets by markers; the same secret has the same marker in all texts."""

    def __init__(self, also: Collection[str] = (), excepted: Collection[str] = ()) -> None:
        """``also`` are some of ``ALSO``, ``excepted`` is what ``Findings`` takes."""
        self._groups = [*RULES, *(rules for name, rules in OPTIONAL_RULES.items() if name in also)]
        self.replaces_users = "home" in also
        """Whether it needs to know the names of users."""
        self._users: SecretPattern | None = None
        self.findings = Findings(excepted)

    # Compiled when they are first needed, which takes some time and is done in a thread.
    @cached_property
    def _patterns(self) -> list[SecretPattern]:
        return [compiled(rules) for rules in self._groups]

    @cached_property
    def _quick_search(self) -> Callable[[bytes], Any]:
        return quick_search(tuple(chain.from_iterable(self._groups)))

    def prepare(self) -> None:
        """Compiles the search that most texts pass; no other redaction of the process need then."""
        _ = self._quick_search

    @property
    def redactions(self) -> dict[str, int]:
        """How many secrets were replaced, by rule; most first."""
        return self.findings.counts

    def know_users(self, names: Sequence[bytes]) -> None:
        """Has the names of users replaced from now on, also where no path says that they are."""
        if names:
            self._users = users_pattern(tuple(names))
            # Before the paths of home folders, in which a name may seem to end earlier.
            self._patterns.insert(-1, self._users)

    def text(self, text: str) -> str:
        """The text with markers in place of secrets."""
        if len(text) < _SHORTEST:
            return text
        content = _encoded(text)
        redacted = self._bytes(content)
        return text if redacted is content else redacted.decode("utf-8", "surrogatepass")

    def value(self, value: Any) -> Any:
        """A JSON value with redacted texts, also in keys."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return self._object(value, named_by(value))
        if isinstance(value, list | tuple):
            return [self.value(item) for item in value]
        return value

    def parts(self, parts: Iterable[JsonObject], first: Place = _FIRST_MESSAGE) -> list[JsonObject]:
        """Messages or checkpoints with redacted texts, also in attachments that are text."""
        parts = list(parts)
        if not self._may_hold_secrets(parts):
            return parts
        start = first.number or 1
        return [self._part(part, first._replace(number=start + i)) for i, part in enumerate(parts)]

    def header(self, header: SessionHeader) -> SessionHeader:
        """The header with redacted texts."""
        return header._replace(
            name=self.name_at(Place("name"), header.name),
            facts=self._members(header.facts, Place("metadata")),
            unknown_metadata={
                **self.at(Place("metadata"), header.unknown_metadata),
                "redacted": True,
            },
            unknown_members=self.at(Place("metadata"), header.unknown_members),
            run_snapshot=self.at(Place("runSnapshot"), header.run_snapshot),
        )

    def name_at(self, place: Place, name: str) -> str:
        """A name that stands at a place, also without a key that it has only the beginning of."""
        self.findings.place = place
        content = self._replaced(_encoded(self.text(name)), compiled((TRUNCATED,)))
        return self.findings.restored(content).decode("utf-8", "surrogatepass")

    def at(self, place: Place, value: Any) -> Any:
        """A JSON value that stands at a place, with redacted texts."""
        self.findings.place = place
        return self.value(value)

    def _may_hold_secrets(self, parts: Sequence[JsonObject]) -> bool:
        """A quick test of all parts together, since most have none."""
        texts: list[str] = []
        if any(_collect(part, texts) for part in parts):
            return True
        content = _encoded("\n".join(texts))
        if not self._may_match(content):
            return False
        return any(True for pattern in self._patterns for _ in _secrets(content, pattern))

    def _part(self, part: JsonObject, place: Place) -> JsonObject:
        redacted = self._members(part, place)
        self.findings.place = place.of_member("attachments")
        before = _objects(part.get("attachments"))
        for given, attachment in zip(before, _objects(redacted.get("attachments")), strict=True):
            self._redact_data(attachment)
            _describe_text(attachment, given)
        if isinstance(part, Refitted):
            return Refitted(redacted, self.at(place, part.before))
        return redacted

    def _members(self, part: Mapping[str, Any], place: Place) -> JsonObject:
        redacted: JsonObject = {}
        for key, item in part.items():
            self.findings.place = place.of_member(key)
            redacted[self.text(key)] = self._member(key, item)
        return redacted

    def _object(self, value: Mapping[str, Any], name: str | None) -> JsonObject:
        """An object whose member ``value`` has this name."""
        return {
            self.text(key): self._member(name if name and key in VALUE_KEYS else key, item)
            for key, item in value.items()
        }

    def _member(self, key: str, item: Any) -> Any:
        if not names_secret(key):
            return self.value(item)
        if isinstance(item, str) and is_secret(_encoded(item), "if random"):
            return self._named(item)
        if isinstance(item, Mapping):
            return self._object(item, key)
        if isinstance(item, list | tuple):
            return [self._member(key, each) for each in item]
        return self.value(item)

    def _named(self, text: str) -> str:
        """What stands in place of a text whose key names a secret."""
        marker = self.findings.add(_NAMED.name, _encoded(text))
        return self.findings.restored(marker).decode("utf-8", "surrogatepass")

    def _redact_data(self, attachment: JsonObject) -> None:
        try:
            data = b64decode(attachment["data"], validate=True)
            data.decode()
        except (KeyError, TypeError, ValueError):
            return
        redacted = self._bytes(data)
        if redacted is not data:
            attachment |= {
                "data": b64encode(redacted).decode(),
                "size": len(redacted),
                "sha256": sha256(redacted).hexdigest(),
            }

    def _bytes(self, content: bytes) -> bytes:
        if not self._may_match(content):
            return content
        given, before = content, None
        while content is not before:
            # A marker may end what hid the beginning of another secret.
            before = content
            for pattern in self._patterns:
                content = self._replaced(content, pattern)
        restored = self.findings.restored(content)
        return given if restored == given else restored

    def _may_match(self, content: bytes) -> bool:
        if self._quick_search(content) is not None:
            return True
        return self._users is not None and self._users.search(content) is not None

    def _replaced(self, content: bytes, pattern: SecretPattern) -> bytes:
        pieces: list[bytes] = []
        copied = 0
        for rule, begin, end in _secrets(content, pattern):
            pieces += (content[copied:begin], self.findings.add(rule.name, content[begin:end]))
            copied = end
        return b"".join((*pieces, content[copied:])) if pieces else content


def _secrets(content: bytes, pattern: SecretPattern) -> Iterator[tuple[Rule, int, int]]:
    """Where secrets begin and end, in order."""
    start = 0
    while (match := pattern.search(content, start)) is not None:
        rule, begin, end = pattern.found(match)
        if is_secret(content[begin:end], rule.condition):
            yield rule, begin, end
            start = end
        else:
            start = max(begin, match.start() + 1)


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _describe_text(attachment: JsonObject, given: Mapping[str, Any]) -> None:
    """Gives a redacted text its own size and digest; the digest of a short secret reveals it."""
    text = attachment.get("text")
    if "data" not in attachment and isinstance(text, str) and text != given.get("text"):
        content = _encoded(text)
        attachment |= {"size": len(content), "sha256": sha256(content).hexdigest()}


def _objects(value: object) -> list[JsonObject]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _collect(value: Any, texts: list[str]) -> bool:
    """Adds all texts in a JSON value; whether it has what must be looked at by itself."""
    if isinstance(value, str):
        texts.append(value)
    elif isinstance(value, list):
        return any(_collect(item, texts) for item in value)
    elif isinstance(value, dict):
        if named_by(value):
            return True
        texts += value
        for key, item in value.items():
            if names_secret(key) or key == "data":
                return True
            if type(item) is str:
                texts.append(item)
            elif _collect(item, texts):
                return True
    return False
