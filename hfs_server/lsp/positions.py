"""Offsets in a text as positions of LSP, whose columns are in UTF-16 code units, and back.

The rule not to break: a position costs no more than a piece of its line, however long that is.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

_PIECE = 4_096

Position = dict[str, int]
Range = dict[str, Any]


class Positions:
    """The positions in lines that are joined with one newline each."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = lines
        self._starts = [0, *accumulate(len(line) + 1 for line in lines)]
        self._units: dict[int, list[int]] = {}
        """Of long lines that are not ASCII, the code units before each piece."""

    def line_of(self, offset: int) -> int:
        """The line, from 0, in which an offset lies."""
        return min(bisect_right(self._starts, offset), len(self._lines)) - 1

    def start_of(self, line: int) -> int:
        """The offset at which a line begins."""
        return self._starts[max(0, min(line, len(self._lines) - 1))]

    def position(self, offset: int) -> Position:
        """The position of an offset."""
        line = self.line_of(offset)
        column = min(offset - self._starts[line], len(self._lines[line]))
        return {"line": line, "character": self._column(line, column)}

    def offset(self, line: int, character: int) -> int:
        """The offset of a position; one after the end of its line is that end."""
        line = max(0, min(line, len(self._lines) - 1))
        text = self._lines[line]
        if not text.isascii():
            encoded = text[:character].encode("utf-16-le", "surrogatepass")
            character = len(encoded[: 2 * character].decode("utf-16-le", "replace"))
        return self._starts[line] + min(character, len(text))

    def range(self, start: int, end: int) -> Range:
        """The range between two offsets."""
        return {"start": self.position(start), "end": self.position(max(start, end))}

    def range_of_line(self, line: int) -> Range:
        """A whole line without its indentation; lines after the last one are the last one."""
        line = max(0, min(line, len(self._lines) - 1))
        text = self._lines[line]
        start = self._starts[line] + len(text) - len(text.lstrip())
        return self.range(start, self._starts[line] + len(text.rstrip()))

    def _column(self, line: int, column: int) -> int:
        text = self._lines[line]
        if text.isascii():
            return column
        before = self._units.get(line)
        if before is None:
            pieces = (text[at : at + _PIECE] for at in range(0, len(text), _PIECE))
            before = self._units[line] = [0, *accumulate(map(_units, pieces))]
        piece = column // _PIECE
        return before[piece] + _units(text[piece * _PIECE : column])


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
