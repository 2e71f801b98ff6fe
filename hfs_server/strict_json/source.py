"""The bytes of a JSON text as a streaming parser may have them.

The parser turns an escaped surrogate without its partner into ``?`` and does not
say so; that must be found in the bytes, before a message has lost a character.
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
"""How much may stand between two quotation marks; the parser holds it all in memory, twice."""


class UnreadableText(ValueError):
    """The bytes cannot be read as JSON in UTF-8; the message says why, and quotes nothing."""


class Readable(Protocol):
    """What bytes can be read from, as from a file opened in binary mode."""

    def read(self, size: int, /) -> bytes:
        """At most ``size`` bytes; empty at the end."""
        ...


class JsonSource:
    """Gives the bytes of ``file`` in pieces, without a byte order mark.

    Raises UnreadableText for UTF-16, a lone surrogate and a control character that the
    parser would take for white space, and MemoryError before the parser, which does not
    look, would have too little of it. ``on_read`` hears how many bytes were taken so far.
    """

    def __init__(self, file: Readable, on_read: Callable[[int], None] | None = None) -> None:
        self._file = file
        self._on_read = on_read
        self._held_back = b""
        self._taken = 0
        self._growth = 1
        self._unquoted = 0

    def read(self, size: int) -> bytes:
        """About ``size`` bytes, or more of a long string; empty at the end. Cuts no escape.

        The parser asks for nothing first, to learn whether it gets bytes or text.
        """
        if size == 0:
            return b""
        while piece := self._file.read(size * self._growth):
            if not self._taken:
                _refuse_utf16(piece)
            # The parser begins a string anew with each piece: a long one gets ever larger ones.
            has_quote = _QUOTE.search(piece) is not None
            self._growth = 1 if has_quote else min(self._growth * 2, _MOST_GROWTH)
            self._unquoted = 0 if has_quote else self._unquoted + len(piece)
            if self._unquoted > MAX_UNQUOTED_BYTES:
                raise UnreadableText("one text or list in it has more than 128 MiB")
            data = self._held_back + (piece if self._taken else piece.removeprefix(_BOM))
            self._taken += len(piece)
            if self._on_read is not None:
                self._on_read(self._taken)
            end = _safe_end(data)
            self._held_back = data[end:]
            _refuse_unfit(data[:end])
            _require_memory(4 * (self._unquoted + len(data)) + _ROOM_FOR_OTHERS)
            if end:
                return data[:end]
        if not self._taken:
            raise UnreadableText("it is empty")
        rest, self._held_back = self._held_back, b""
        _refuse_unfit(rest)
        return rest


def _require_memory(size: int) -> None:
    """Raises MemoryError where ``size`` bytes cannot be had: the parser crashes without them."""
    try:
        mmap.mmap(-1, size).close()
    except OSError as error:
        raise MemoryError from error


def _refuse_utf16(start: bytes) -> None:
    if start.startswith(_UTF16_MARKS) or start[:2].count(0) == 1:
        raise UnreadableText("it is encoded as UTF-16; save it as UTF-8")


def _safe_end(data: bytes) -> int:
    """Where ``data`` can be cut without cutting an escape or a pair of surrogates."""
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


def _refuse_unfit(data: bytes) -> None:
    _refuse_lone_surrogates(data)
    # The parser takes these two for white space; in a string they would not stand as they are.
    if b"\v" in data or b"\f" in data:
        raise UnreadableText("it has a control character, which is not escaped")


def _refuse_lone_surrogates(data: bytes) -> None:
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
    raise UnreadableText("it has half of a surrogate pair (\\ud800 to \\udfff), which is no text")
