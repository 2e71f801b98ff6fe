"""The lines that an edit changed, as a diff.

The rule not to break: the time is nearly linear in the texts, so lines are matched by those that
occur once in both (patience diff, as Bram Cohen described it), and by their neighbours.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator

from hfs_server.text import unify_line_ends

_CONTEXT = 3


def diff(old: str, new: str) -> str:
    """The changed lines, marked with - and +, with up to three unchanged ones around them."""
    before, after = _lines(old), _lines(new)
    if not before:
        return "\n".join(_marked("+", after))
    start, end = _common_ends(before, after)
    above = before[max(0, start - _CONTEXT) : start]
    below = before[len(before) - end :][:_CONTEXT]
    changes = _changes(before[start : len(before) - end], after[start : len(after) - end])
    return "\n".join((*_marked(" ", above), *changes, *_marked(" ", below)))


def _changes(removed: list[str], added: list[str]) -> Iterator[str]:
    first = other_first = 0
    for index, other_index in _anchors(removed, added):
        yield from _between(removed[first:index], added[other_first:other_index])
        yield f" {removed[index]}"
        first, other_first = index + 1, other_index + 1
    yield from _between(removed[first:], added[other_first:])


def _between(removed: list[str], added: list[str]) -> Iterator[str]:
    """The lines between two that are matched."""
    start, end = _common_ends(removed, added)
    yield from _marked(" ", removed[:start])
    yield from _marked("-", removed[start : len(removed) - end])
    yield from _marked("+", added[start : len(added) - end])
    yield from _marked(" ", removed[len(removed) - end :])


def _anchors(removed: list[str], added: list[str]) -> list[tuple[int, int]]:
    """Where lines that occur once in both stand in both, as many as have the same order."""
    counts, other_counts = Counter(removed), Counter(added)
    places = {line: index for index, line in enumerate(added) if other_counts[line] == 1}
    pairs = [
        (index, places[line])
        for index, line in enumerate(removed)
        if counts[line] == 1 and line in places
    ]
    return _longest_ascending(pairs)


def _longest_ascending(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest subsequence whose second numbers ascend, as those of patience sorting do."""
    tops: list[int] = []
    last: list[int] = []
    previous: list[int] = []
    for index, (_, place) in enumerate(pairs):
        pile = bisect_left(tops, place)
        previous.append(last[pile - 1] if pile else -1)
        tops[pile : pile + 1] = [place]
        last[pile : pile + 1] = [index]
    found: list[tuple[int, int]] = []
    index = last[-1] if last else -1
    while index >= 0:
        found.append(pairs[index])
        index = previous[index]
    return found[::-1]


def _common_ends(lines: list[str], others: list[str]) -> tuple[int, int]:
    """How many lines at the beginning, and then at the end, are the same in both."""
    start = _common(lines, others)
    return start, _common(lines[start:][::-1], others[start:][::-1])


def _common(lines: list[str], others: list[str]) -> int:
    count = 0
    for line, other in zip(lines, others, strict=False):
        if line != other:
            break
        count += 1
    return count


def _marked(mark: str, lines: list[str]) -> list[str]:
    return [mark + line for line in lines]


def _lines(text: str) -> list[str]:
    text = unify_line_ends(text)
    return text.removesuffix("\n").split("\n") if text else []
