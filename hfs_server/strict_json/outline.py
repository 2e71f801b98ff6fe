"""Where the values of a JSON text stand, found in one pass that builds no values.

The rule not to break: any text has an outline, since it is read while a person types; offsets are
in characters, and no value makes the search recursive or quadratic.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from hfs_server.strict_json.errors import JsonError, JsonPath

_STRING = r'"(?:[^"\\\n]++|\\.)*+"?'
_BRACKET = re.compile(rf"{_STRING}|[\[\]{{}}]")
_PART = re.compile(rf"{_STRING}|[\[\]{{}}:,]|[^\s\[\]{{}}:,\"]++")
_BLANK = re.compile(r"\s*+")
_COLON = re.compile(r"\s*+:\s*+")
_BARE = re.compile(r'[^\s,:\[\]{}"]++')
_SCALAR = re.compile(r"[^\s,\[\]{}]*+")
_TOKENS_BETWEEN_CHECKS = 4_096

BARE_LIST = ""
"""The key of the items of a list that is the document itself."""


class Span(NamedTuple):
    """A part of the text, from ``start`` up to ``end``."""

    start: int
    end: int


class Member(NamedTuple):
    """A member of an object."""

    name: str
    key: Span
    value: Span


class Outline:
    """The members of the document, and the items of those that are lists."""

    def __init__(self, text: str, check: Callable[[], None] = lambda: None) -> None:
        self.text = text
        start = _after_blanks(text, 0)
        self.root = Span(start, len(text))
        self.members: list[Member] = []
        self.items: dict[str, list[Span]] = {}
        if text[start : start + 1] in ("{", "["):
            _Scan(self, check).run(start)

    def place(self, error: JsonError, *, is_missing: bool = False) -> Span:
        """What to mark for an error: a value on one line, else its key, or how it begins.

        For a missing key that is the beginning of the object that lacks it.
        """
        path = error.path[:-1] if is_missing else error.path
        key, value = self._find(path, error.occurrence)
        if error.occurrence > 1 and key is not None:
            return key
        if self.text.find("\n", value.start, value.end) < 0:
            return value
        return key or Span(value.start, self.text.index("\n", value.start, value.end))

    def value(self, path: JsonPath) -> Span:
        """The value that a path leads to, or the innermost one that it reaches."""
        return self._find(path, 1)[1]

    def _find(self, path: JsonPath, occurrence: int) -> tuple[Span | None, Span]:
        if not path:
            return None, self.root
        key, value, rest = self._beginning(path, occurrence if len(path) == 1 else 1)
        for place, part in enumerate(rest, start=1):
            wanted = occurrence if place == len(rest) else 1
            found = _child(self.text, value, part, wanted)
            if found is None:
                break
            key, value = found
        return key, value

    def _beginning(self, path: JsonPath, occurrence: int) -> tuple[Span | None, Span, JsonPath]:
        """The value that the beginning of a path leads to, and the rest of the path."""
        first, *rest = path
        if isinstance(first, int):
            items = self.items.get(BARE_LIST, [])
            return None, items[first] if first < len(items) else self.root, tuple(rest)
        found = [member for member in self.members if member.name == first]
        if len(found) < occurrence:
            return None, self.root, ()
        member = found[occurrence - 1]
        items = self.items.get(first, [])
        if rest and isinstance(rest[0], int) and rest[0] < len(items):
            return None, items[rest[0]], tuple(rest[1:])
        return member.key, member.value, tuple(rest)


class _Scan:
    """One pass over the strings and brackets of a text."""

    def __init__(self, outline: Outline, check: Callable[[], None]) -> None:
        self._outline = outline
        self._text = outline.text
        self._check = check
        self._key: tuple[str, Span, int] | None = None
        """The member whose value is awaited: its name, its key, and where the value begins."""
        self._items: list[Span] | None = None
        self._item_start = self._gap = 0

    def run(self, start: int) -> None:
        """Fills the outline."""
        depth = 0
        is_list = self._text[start] == "["
        deep = 1 if is_list else 2
        for count, token in enumerate(_BRACKET.finditer(self._text, start)):
            if not count % _TOKENS_BETWEEN_CHECKS:
                self._check()
            mark = self._text[token.start()]
            if mark == '"':
                if depth <= deep:
                    self._string(token, depth, is_list=is_list)
            elif mark in "{[":
                if depth <= deep:
                    self._open(mark, token.start(), depth, is_list=is_list)
                depth += 1
            else:
                depth -= 1
                if depth <= deep:
                    self._close(token.end(), depth, is_list=is_list)
                if depth <= 0:
                    self._outline.root = Span(start, token.end())
                    return
        self._end()

    def _string(self, token: re.Match[str], depth: int, *, is_list: bool) -> None:
        if self._items is not None and depth == (1 if is_list else 2):
            self._add_item(token.start(), token.end())
        elif depth == 1 and not is_list:
            colon = _COLON.match(self._text, token.end())
            if colon is None:
                self._value(token.end())
                return
            self._end_member(token.start())
            self._key = (_name(token[0]), Span(*token.span()), colon.end())
            scalar = _SCALAR.match(self._text, colon.end())
            if scalar and scalar[0] and scalar[0][0] != '"':
                self._value(scalar.end())

    def _open(self, mark: str, start: int, depth: int, *, is_list: bool) -> None:
        inside = 1 if is_list else 2
        if depth == inside and self._items is not None:
            self._item_start = start
        elif depth == inside - 1 and mark == "[":
            name = BARE_LIST if is_list else self._key[0] if self._key else None
            if name is not None:
                self._items = self._outline.items.setdefault(name, [])
                self._gap = start + 1

    def _close(self, end: int, depth: int, *, is_list: bool) -> None:
        inside = 1 if is_list else 2
        if depth == inside and self._items is not None:
            self._add_item(self._item_start, end)
        elif depth == inside - 1:
            self._add_scalars(end - 1)
            self._items = None
            if not is_list:
                self._value(end)

    def _add_item(self, start: int, end: int) -> None:
        """Adds an item, and those before it that are no tokens."""
        assert self._items is not None
        self._add_scalars(start)
        self._items.append(Span(start, end))
        self._gap = end

    def _add_scalars(self, end: int) -> None:
        """Adds the numbers and the like up to ``end``, which are no tokens of this pass."""
        if self._items is not None:
            found = _BARE.finditer(self._text, self._gap, end)
            self._items += [Span(*scalar.span()) for scalar in found]

    def _value(self, end: int) -> None:
        if self._key is not None:
            name, key, start = self._key
            self._outline.members.append(Member(name, key, Span(start, end)))
            self._key = None

    def _end_member(self, end: int) -> None:
        """Ends a member whose value was not found before the next key."""
        if self._key is not None:
            self._value(max(self._key[2], end))

    def _end(self) -> None:
        """Ends what the text leaves open."""
        if self._items is not None and self._item_start >= self._gap:
            self._add_item(self._item_start, len(self._text))
        self._end_member(len(self._text))


def _child(
    text: str, parent: Span, part: str | int, occurrence: int
) -> tuple[Span | None, Span] | None:
    """The key and the value of a member, or an item; None if the value has no such part."""
    for number, (key, value) in enumerate(_children(text, parent)):
        if isinstance(part, int):
            if number == part:
                return None, value
        elif key is not None and _name(text[key.start : key.end]) == part:
            occurrence -= 1
            if not occurrence:
                return key, value
    return None


def _children(text: str, parent: Span) -> Iterator[tuple[Span | None, Span]]:
    """The values directly in a container, those of an object with their keys."""
    depth = start = 0
    key: Span | None = None
    for token in _PART.finditer(text, parent.start, parent.end):
        mark = text[token.start()]
        if mark in "}]":
            depth -= 1
            if depth == 1:
                yield key, Span(start, token.end())
                key = None
            continue
        if mark in "{[":
            if depth == 1:
                start = token.start()
            depth += 1
            continue
        if depth != 1 or mark in ":,":
            continue
        if mark == '"' and key is None and _COLON.match(text, token.end()):
            key = Span(*token.span())
            continue
        yield key, Span(*token.span())
        key = None


def _name(string: str) -> str:
    """The text of a string, whose escapes are rare in names."""
    inner = string.removeprefix('"').removesuffix('"')
    if "\\" not in inner:
        return inner
    import json

    try:
        return str(json.loads(string))
    except ValueError:
        return inner


def _after_blanks(text: str, start: int) -> int:
    found = _BLANK.match(text, start)
    return found.end() if found else start
