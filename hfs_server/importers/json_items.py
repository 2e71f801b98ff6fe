"""The objects of a JSON array of any size, one at a time, or of a JSON document.

The rule not to break: a damaged item costs only itself, and memory holds at most two items.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

from pydantic_core import from_json

from hfs_server.errors import InvalidDocument
from hfs_server.importers.source_file import SourceFile
from hfs_server.importers.values import cleaned
from hfs_server.session import JsonObject

_PIECE_BYTES = 1 << 21
_SMALLEST_BYTES = 1 << 12
_LARGEST_ITEM = 128 << 20
"""The most bytes of an item, which is held in memory."""

_LONGEST_TOKEN = 16
"""An error so close to the end of the text may be due to a token that is not complete."""

_BETWEEN = re.compile(rb"[\s,\[\]]*")
_NEXT_OBJECT = re.compile(rb",\s*(?=\{)")
_MOST_BLANKS = 1_000
_MOST_BOUNDARIES = 16
_SCALAR = rb'(?:"(?:[^"\\]++|\\.)*+"|[^\s"{}\[\],]++)'

IsItem = Callable[[JsonObject], bool]


class Item:
    """An object, and what was found around it that could not be read."""

    def __init__(self, value: JsonObject) -> None:
        self.value = value
        self.replaced_characters = 0
        self.skipped = 0
        """How many items before it were skipped; the last one also counts those after it."""

    @property
    def warnings(self) -> list[str]:
        """A sentence for the user about what was skipped."""
        if not self.skipped:
            return []
        if self.skipped == 1:
            return ["1 session next to this one in the file is damaged and was skipped."]
        return [f"{self.skipped:,} sessions next to this one in the file are damaged and skipped."]


def read_items(file: SourceFile, is_item: IsItem) -> Iterator[Item]:
    """The objects for which ``is_item`` holds; others are skipped and counted.

    Raises InvalidDocument for an empty file, and if all were skipped.
    """
    held: Item | None = None
    skipped = 0
    with file.open() as content:
        for item in _Reader(content, file.on_read, is_item).items():
            if item is None:
                skipped += 1
                continue
            if held is not None:
                yield held
            held, item.skipped, skipped = item, skipped, 0
    if held is not None:
        held.skipped += skipped
        yield held
    elif skipped:
        raise InvalidDocument("The file is damaged or incomplete: no session in it can be read.")
    elif not file.head.strip():
        raise InvalidDocument("The file is empty.")


class _Cut(Exception):
    """The item goes on after what was read of the file."""


class _Reader:
    """Finds where an item ends, by a guess that parsing confirms, or by parsing."""

    def __init__(
        self, file: BinaryIO, on_read: Callable[[int], None] | None, is_item: IsItem
    ) -> None:
        self._file = file
        self._on_read = on_read
        self._is_item = is_item
        self._parse = json.JSONDecoder(parse_constant=_no_number, strict=False).raw_decode
        self._data = b""
        self._position = 0
        self._bytes_read = 0
        self._is_complete = False
        self._boundary: re.Pattern[bytes] | None = None
        """What stands between two items, if they begin with the same two keys."""
        self._guess_from = 0
        """Before this position no guess is right, so that no text is searched twice."""
        self._boundaries_left = 0
        """How often another boundary may be tried, until more is read."""
        self._is_lost = False
        """Whether the next item must be searched, since the one before it is damaged."""

    def items(self) -> Iterator[Item | None]:
        """The items; None for each that was skipped."""
        while self._finds_start():
            try:
                item, end = self._next()
            except (ValueError, RecursionError):
                # It is damaged, or has thousands of levels, or of digits in an integer.
                item, end = None, self._position + 1
            if item is not None or not self._is_lost:
                yield item
            self._is_lost = item is None
            self._position = end

    def _next(self) -> tuple[Item | None, int]:
        """The item at the position, and its end. Raises ValueError and RecursionError."""
        size = _SMALLEST_BYTES
        while True:
            try:
                return self._guessed() or self._parsed(size)
            except _Cut:
                self._read()
                size = len(self._data)

    def _finds_start(self) -> bool:
        """Whether another item may begin at the position, where it then is."""
        while True:
            pattern = _NEXT_OBJECT.search if self._is_lost else _BETWEEN.match
            found = pattern(self._data, self._position)
            blanks = _MOST_BLANKS if self._is_lost else 0
            end = len(self._data)
            self._position = found.end() if found else max(self._position, end - blanks)
            if found and self._position < end:
                return True
            if self._is_complete:
                return False
            self._read()

    def _guessed(self) -> tuple[Item, int] | None:
        """The item and its end, if the end is where it seems to be."""
        if self._is_lost or self._boundary is None or self._position < self._guess_from:
            return None
        found = self._boundary.search(self._data, self._position)
        end = found.start() + 1 if found else len(self._data.rstrip(b"] \t\r\n"))
        self._guess_from = end
        if not found and not self._is_complete:
            return None
        try:
            value = from_json(
                self._data[self._position : end], allow_inf_nan=False, cache_strings="keys"
            )
        except ValueError:
            return None
        is_item = isinstance(value, dict) and self._is_item(value)
        return (Item(value), end) if is_item else None

    def _parsed(self, size: int) -> tuple[Item | None, int]:
        """The item and its end; None for another value. Raises ValueError, RecursionError, _Cut."""
        text, value = self._decoded(size)
        content = text.encode(errors="surrogateescape")
        end = self._position + len(content)
        if not isinstance(value, dict) or not self._is_item(value):
            return None, end
        if self._boundaries_left:
            self._boundaries_left -= 1
            self._boundary = _boundary(value)
        item = Item(value)
        if b"\\ud" in content or b"\\uD" in content or not _is_unicode(text):
            item.value = cleaned(value, item)
        return item, end

    def _decoded(self, size: int) -> tuple[str, Any]:
        """The text of the value at the position, and the value; first ``size`` bytes are tried."""
        while True:
            piece = self._data[self._position : self._position + size]
            text = piece.decode(errors="surrogateescape")
            try:
                value, length = self._parse(text)
                return text[:length], value
            except json.JSONDecodeError as error:
                is_all = self._position + size >= len(self._data)
                is_last = is_all and (self._is_complete or len(piece) > _LARGEST_ITEM)
                if is_last or not _is_cut(error, text):
                    raise
                if is_all:
                    raise _Cut from None
            size *= 4

    def _read(self) -> None:
        """Releases what lies before the position, and reads as much as is left, or a piece."""
        rest = self._data[self._position :]
        piece = self._file.read(max(_PIECE_BYTES, len(rest)))
        self._is_complete = not piece
        self._data = rest + piece
        self._position = self._guess_from = 0
        self._boundaries_left = _MOST_BOUNDARIES
        self._bytes_read += len(piece)
        if self._on_read is not None:
            self._on_read(self._bytes_read)


def _is_cut(error: json.JSONDecodeError, text: str) -> bool:
    is_at_end = error.pos >= len(text) - _LONGEST_TOKEN
    return is_at_end or error.msg.startswith("Unterminated string")


def _boundary(item: JsonObject) -> re.Pattern[bytes] | None:
    """The end of an item before one that begins with the same two keys, the first a scalar."""
    keys = [
        re.escape(json.dumps(key, ensure_ascii=False).encode(errors="replace"))
        for key in [*item][:2]
    ]
    if len(keys) < 2:
        return None
    start = rb"\s*:\s*".join((keys[0], _SCALAR + rb"\s*,\s*" + keys[1] + rb"\s*:"))
    return re.compile(rb"\}\s*+,\s*+\{\s*+" + start, re.DOTALL)


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _no_number(_: str) -> None:
    """NaN and infinities, which JSON does not have, are read as null."""
