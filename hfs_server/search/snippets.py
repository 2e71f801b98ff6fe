"""The part of a text that shows why it was found, on one line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from hfs_server.graphemes import beginning
from hfs_server.search.matching import Hit, Matcher
from hfs_server.text import one_line

CHARACTERS = 160
"""How long a snippet is, without its ellipses."""

_BEFORE = 48
_WINDOW = 3 * CHARACTERS
_ELLIPSIS = "…"


class Snippet(NamedTuple):
    """One line; ``highlights`` are pairs of offsets in UTF-16 code units."""

    text: str
    highlights: list[list[int]]


def snippet(texts: Sequence[str], matcher: Matcher, characters: int = CHARACTERS) -> Snippet:
    """The part with the most terms, of the text that has the most; its beginning without any."""
    text, start = _best(texts, matcher, characters)
    return _cut(text, start, matcher, characters)


def lines_around(texts: Sequence[str], matcher: Matcher, count: int) -> list[str]:
    """The line with the most terms, and so many lines before and after it."""
    text, start = _best(texts, matcher, CHARACTERS)
    before = text[:start].split("\n")
    after = text[start:].split("\n", count + 1)[: count + 1]
    return [*before[max(0, len(before) - 1 - count) : -1], before[-1] + after[0], *after[1:]]


def line_snippet(text: str, matcher: Matcher) -> Snippet:
    """A whole text, such as a name, on one line."""
    line = one_line(text)
    return Snippet(line, _highlights(line, matcher))


def _best(texts: Sequence[str], matcher: Matcher, characters: int) -> tuple[str, int]:
    """The text with the most terms close together, and where these are."""
    best: tuple[int, int, str] = (0, 0, next(iter(texts), ""))
    for text in texts:
        terms, start = _densest(matcher.hits(text), characters)
        if terms > best[0]:
            best = terms, start, text
    return best[2], best[1]


def _densest(hits: Sequence[Hit], characters: int) -> tuple[int, int]:
    """How many different terms one snippet can show at most, and where the first of them is."""
    best = (0, 0)
    first = 0
    for last, hit in enumerate(hits):
        while hit.end - hits[first].start > characters - _BEFORE and first < last:
            first += 1
        terms = len({each.term for each in hits[first : last + 1]})
        if terms > best[0]:
            best = (terms, hits[first].start)
    return best


def _cut(text: str, hit: int, matcher: Matcher, characters: int) -> Snippet:
    start = _start(text, hit)
    window = text[start : start + _WINDOW]
    line = one_line(window)
    shown = _without_last_word(line, characters)
    is_cut = len(shown) < len(line) or start + _WINDOW < len(text)
    line = (_ELLIPSIS if start else "") + shown.rstrip() + (_ELLIPSIS if is_cut else "")
    return Snippet(line, _highlights(line, matcher))


def _start(text: str, hit: int) -> int:
    """Where the snippet begins: at a word, some characters before the hit."""
    if hit <= _BEFORE:
        return 0
    before = text[hit - _BEFORE : hit]
    blank = min((index for index in map(before.find, (" ", "\n", "\t")) if index >= 0), default=-1)
    return hit - _BEFORE + blank + 1 if blank >= 0 else hit


def _without_last_word(line: str, characters: int) -> str:
    if len(line) <= characters:
        return line
    cut = beginning(line, characters)
    if line[len(cut)] == " ":
        return cut
    word = cut.rpartition(" ")[0]
    return word if len(word) > characters // 2 else cut


def _highlights(line: str, matcher: Matcher) -> list[list[int]]:
    """The places of all terms, without overlaps, in UTF-16 code units."""
    merged: list[list[int]] = []
    for start, end, _ in matcher.hits(line):
        if merged and start <= merged[-1][1]:
            merged[-1][1] = max(merged[-1][1], end)
        else:
            merged.append([start, end])
    if line.isascii():
        return merged
    return [[_utf16(line[:start]), _utf16(line[:end])] for start, end in merged]


def _utf16(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
