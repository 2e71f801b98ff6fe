"""The parts of a message, each of which is sanitized by itself.

The rule not to break: a part begins where every viewer has closed all that stands above
it. That is at a fence, or below a blank line with text at the first column which goes on
with no list or quote; a list begins one below a line of prose. Whether a part is safe never
depends on where it was cut, since each is proved safe alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_FENCE = re.compile(r"\n( {0,3})(`{3,}|~{3,})(.*)")
_BOUNDARY = re.compile(
    r"\n\n+(?=[^\W\d_]|[\"'(<{\[`/#|]|\*\*?\S|\d+(?![\d.)])|(?P<list>[-*+] |\d{1,9}[.)] ))"
)


class Part(NamedTuple):
    """A part of a message: its text, and the newlines between it and the next one."""

    text: str
    separator: str
    fence: str = ""
    """The marks of the fence, where the part is one fenced block and nothing else."""
    is_closed: bool = True


def parts_of(text: str) -> list[Part]:
    """The parts, which make the text when joined with their separators."""
    parts: list[Part] = []
    position = 0
    for first, end, marks, is_closed in _fences(text):
        parts += _paragraphs(text, position, first)
        separator = _newlines(text, end)
        parts.append(Part(text[first:end], separator, marks, is_closed))
        position = end + len(separator)
    return parts + list(_paragraphs(text, position, len(text)))


def _fences(text: str) -> Iterator[tuple[int, int, str, bool]]:
    """Where each fenced block at the first column begins and ends."""
    if "```" not in text and "~~~" not in text:
        return
    opening: re.Match[str] | None = None
    for line in _FENCE.finditer(f"\n{text}"):
        if opening is None:
            if line[2][0] == "~" or "`" not in line[3]:
                opening = line
        elif line[2].startswith(opening[2]) and not line[3].strip(" \t"):
            if not opening[1]:
                yield opening.start(), line.end() - 1, opening[2], True
            opening = None
    if opening is not None and not opening[1]:
        yield opening.start(), len(text), opening[2], False


def _paragraphs(text: str, start: int, end: int) -> Iterator[Part]:
    for boundary in _BOUNDARY.finditer(text, start, end):
        goes_on = boundary["list"] is not None and not _is_line(text, start, boundary.start())
        if boundary.start() > start and not goes_on:
            yield Part(text[start : boundary.start()], boundary[0])
            start = boundary.end()
    prose = text[start:end]
    stripped = prose.rstrip("\n")
    if prose:
        yield Part(stripped, prose[len(stripped) :])


def _is_line(text: str, start: int, end: int) -> bool:
    """Whether it is a line of prose, with which no list could go on."""
    return text[start].isalpha() and text.find("\n", start, end) < 0


def _newlines(text: str, start: int) -> str:
    end = start
    while text[end : end + 1] == "\n":
        end += 1
    return text[start:end]
