"""What redaction finds: which secrets, where and how often.

The rule not to break: nothing here that is shown or sent has the value of a secret. Its id is made
with a key of this process, so that nobody can test guesses with it, and another process knows none.
"""

from __future__ import annotations

import hmac
import os
from collections import Counter
from collections.abc import Collection
from functools import cache
from typing import Literal, NamedTuple

from hfs_server.session import MESSAGE_FACTS, METADATA_FACTS

MARKER = "[REDACTED:"
"""How what replaces a secret begins."""

MOST_PLACES = 20
"""How many places of one secret are kept."""

Part = Literal["name", "metadata", "relatedSession", "message", "checkpoint", "runSnapshot"]
"""A part of a session."""

_MEMBERS = frozenset(
    (*METADATA_FACTS, *MESSAGE_FACTS, "role", "content", "created_at", "trigger", "state")
)
"""Keys that are named; any other key may hold a secret itself."""


class Place(NamedTuple):
    """Where a secret stands."""

    part: Part
    number: int | None = None
    """The number of the message or of the checkpoint, from 1."""
    member: str | None = None
    """The key of the part, as export documents have it; None for keys that are not in a schema."""

    def of_member(self, key: str) -> Place:
        """The place of a member of this part."""
        return self._replace(member=key if key in _MEMBERS else None)

    def in_words(self) -> str:
        """The part, with its number."""
        words = {"relatedSession": "related session", "runSnapshot": "run snapshot"}
        number = "" if self.number is None else f" {self.number}"
        return words.get(self.part, self.part) + number


class Secret:
    """One secret that was found, without its value."""

    def __init__(self, secret_id: str, rule: str, number: int) -> None:
        self.id = secret_id
        """Names it to this process only."""
        self.rule = rule
        self.name = f"{rule}-{number}"
        """Its kind, and its number among those of the kind."""
        self.marker = f"{MARKER}{self.name}]"
        """What stands in its place."""
        self.places: dict[Place, None] = {}
        """The first places where it stands, in order."""
        self._counts: Counter[Part] = Counter()

    @property
    def count(self) -> int:
        """How often it stands in the session."""
        return self._counts.total()

    def add(self, place: Place) -> None:
        """Counts it."""
        self._counts[place.part] += 1
        if len(self.places) < MOST_PLACES:
            self.places[place] = None

    def forget(self, part: Part) -> None:
        """Counts it no longer for a part, which is read again."""
        del self._counts[part]
        self.places = {place: None for place in self.places if place.part != part}


class Findings:
    """The secrets of one session."""

    def __init__(self, excepted: Collection[str] = ()) -> None:
        """``excepted`` are ids or names of secrets that are to stay, or names of their rules."""
        self.place = Place("name")
        """Where is searched now."""
        self._excepted = frozenset(excepted)
        self._secrets: dict[bytes, Secret] = {}
        self._numbers: Counter[str] = Counter()
        self._kept: dict[bytes, bytes] = {}
        self._nonce = os.urandom(8).hex()

    @property
    def secrets(self) -> list[Secret]:
        """All that were found and are replaced, in the order in which they were found."""
        return [
            each for each in self._secrets.values() if each.count and not self._is_excepted(each)
        ]

    @property
    def counts(self) -> dict[str, int]:
        """How many were replaced, by rule; most first."""
        counts: Counter[str] = Counter()
        for secret in self.secrets:
            counts[secret.rule] += secret.count
        return dict(counts.most_common())

    def add(self, rule: str, value: bytes) -> bytes:
        """What stands for the value from now on."""
        secret = self._secrets.get(value)
        if secret is None:
            self._numbers[rule] += 1
            secret = self._secrets[value] = Secret(_id(value), rule, self._numbers[rule])
        secret.add(self.place)
        marker = secret.marker.encode()
        if not self._is_excepted(secret):
            return marker
        # No text of the session has this marker, so that it can be taken back.
        unique = marker[:-1] + f":{self._nonce}]".encode()
        self._kept[unique] = value
        return unique

    def _is_excepted(self, secret: Secret) -> bool:
        return not self._excepted.isdisjoint((secret.id, secret.name, secret.rule))

    def restored(self, content: bytes) -> bytes:
        """The text with the values that are to stay."""
        for marker, value in self._kept.items():
            content = content.replace(marker, value)
        return content

    def forget(self, part: Part) -> None:
        """Counts nothing of a part, which is read again."""
        for secret in self._secrets.values():
            secret.forget(part)


def _id(value: bytes) -> str:
    return hmac.new(_key(), value, "sha256").hexdigest()[:16]


@cache
def _key() -> bytes:
    return os.urandom(32)
