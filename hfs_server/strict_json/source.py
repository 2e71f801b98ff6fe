"""The bytes of a JSON text, checked before a streaming parser gets them.

The rule not to break: an escaped lone surrogate must be found here, since the parser silently
replaces it with ``?``.
"""

from __future__ import annotations

import mmap
import re
from collections.abc import Callable
from typing import Protocol

_BOM = b"\xef\xbb\xbf"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_SURROGATE = re.compile(rb"\\u[dD]([89abAB]|[c-fC-F])[0-9a-fA-F]{2}")
_QUOTE = re.compile(rb'(?<!\\)"')
_MOST_GROWTH = 1 << 7
_HIGH = b"89abAB"
_LONGEST_ESCAPE = 6
_BACKSLASH = ord("\\")
_ROOM_FOR_OTHERS = 16 << 20

MAX_UNQUOTED_BYTES = 128 << 20
"""The most bytes between two quotation marks; the parser holds them in memory twice."""

LONE_SURROGATE = "lone surrogate (\\ud800-\\udfff), which is not valid Unicode"
_CONTROL_CHARACTER = "unescaped control character"


class UnreadableText(ValueError):
    """The bytes are not JSON in UTF-8; the message says why, and quotes nothing."""


class Readable(Protocol):
    """A file opened in binary mode, or anything that is read like one."""

    def read(self, size: int, /) -> bytes:
        """At most ``size`` bytes; empty at the end."""
        ...


class JsonSource:
    """Returns the bytes of ``file`` in pieces, without a byte order mark.

    Raises UnreadableText for UTF-16, for a lone surrogate, and for a control character that the
    parser would accept as white space. Raises MemoryError if the parser, which does not check,
    would run out of memory. ``on_read`` receives the number of bytes read so far.
    """

    def __init__(self, file: Readable, on_read: Callable[[int], None] | None = None) -> None:
        self._file = file
        self._on_read = on_read
        self._held_back = b""
        self.bytes_read = 0
        """How many bytes of the file were read so far."""
        self._growth = 1
        self._unquoted = 0

    def read(self, size: int) -> bytes:
        """About ``size`` bytes, or more of a long string; empty at the end. Splits no escape.

        The parser first asks for 0 bytes, to see whether the source returns bytes or text.
        """
        if size == 0:
            return b""
        while piece := self._file.read(size * self._growth):
            if data := self._checked(piece):
                return data
        if not self.bytes_read:
            raise UnreadableText("the text is empty")
        rest, self._held_back = self._held_back, b""
        _reject_invalid(rest)
        return rest

    def _checked(self, piece: bytes) -> bytes:
        """What can be returned with ``piece``; an escape at its end is held back."""
        self._measure(piece)
        if not self.bytes_read:
            _reject_utf16(piece)
            piece = piece.removeprefix(_BOM)
        data = self._held_back + piece
        self.bytes_read += len(piece)
        if self._on_read is not None:
            self._on_read(self.bytes_read)
        end = _safe_end(data)
        self._held_back = data[end:]
        _reject_invalid(data[:end])
        _require_memory(4 * (self._unquoted + len(data)) + _ROOM_FOR_OTHERS)
        return data[:end]

    def _measure(self, piece: bytes) -> None:
        """Chooses the next size: the parser restarts a string with each piece of it."""
        has_quote = _QUOTE.search(piece) is not None
        self._growth = 1 if has_quote else min(self._growth * 2, _MOST_GROWTH)
        self._unquoted = 0 if has_quote else self._unquoted + len(piece)
        if self._unquoted > MAX_UNQUOTED_BYTES:
            raise UnreadableText("a string or list is larger than 128 MiB")


def _require_memory(size: int) -> None:
    """Raises MemoryError if ``size`` bytes cannot be allocated; the parser would crash."""
    try:
        mmap.mmap(-1, size).close()
    except OSError as error:
        raise MemoryError from error


def _reject_utf16(start: bytes) -> None:
    if start.startswith(_UTF16_MARKS) or start[:2].count(0) == 1:
        raise UnreadableText("encoded as UTF-16; save it as UTF-8")


def _safe_end(data: bytes) -> int:
    """The end of the part of ``data`` that splits no escape and no surrogate pair."""
    end = len(data)
    start = data.rfind(b"\\", max(0, end - _LONGEST_ESCAPE + 1))
    if start >= 0 and _starts_escape(data, start) and data[start + 1 : start + 2] in (b"", b"u"):
        end = start
    last = _SURROGATE.fullmatch(data, max(0, end - _LONGEST_ESCAPE), end)
    if last and last[1] in _HIGH and _starts_escape(data, last.start()):
        end = last.start()
    return end


def _starts_escape(data: bytes, index: int) -> bool:
    """Whether the backslash at ``index`` is not itself escaped."""
    first = index
    while first and data[first - 1] == _BACKSLASH:
        first -= 1
    return (index - first) % 2 == 0


def _reject_invalid(data: bytes) -> None:
    _reject_lone_surrogates(data)
    # The parser accepts these two as white space; in a string they must be escaped.
    if b"\v" in data or b"\f" in data:
        raise UnreadableText(_CONTROL_CHARACTER)


def _reject_lone_surrogates(data: bytes) -> None:
    high_end = -1
    for match in _SURROGATE.finditer(data):
        if not _starts_escape(data, match.start()):
            continue
        is_low = match[1] not in _HIGH
        if is_low != (match.start() == high_end):
            break
        high_end = -1 if is_low else match.end()
    else:
        if high_end < 0:
            return
    raise UnreadableText(LONE_SURROGATE)
