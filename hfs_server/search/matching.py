"""Where the terms of a query are in a text, as an index would find them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from hfs_server.search.query import Query, Term
from hfs_server.search.words import folded, is_character, parts_of

_BETWEEN = r"[\W_]*"
_MOST_HITS = 200


class Hit(NamedTuple):
    """A term in a text, from ``start`` to before ``end``."""

    start: int
    end: int
    term: int


class Matcher:
    """Finds the terms of one query."""

    def __init__(self, query: Query) -> None:
        self.phrase = _pattern([word for term in query.wanted for word in term.words])
        self._wanted = [(_pattern(_all_words(term)), term) for term in query.wanted]
        self._excluded = [(_pattern(_all_words(term)), term) for term in query.excluded]

    def matches(self, text: str) -> bool:
        """Whether all terms that are wanted are in the text, and no other one."""
        plain = folded(text)
        return all(
            next(_places(pattern, term, text, *plain), None) for pattern, term in self._wanted
        ) and not any(
            next(_places(pattern, term, text, *plain), None) for pattern, term in self._excluded
        )

    def hits(self, text: str) -> list[Hit]:
        """The first places of the terms in the text, in order."""
        plain = folded(text)
        found: list[Hit] = []
        for number, (pattern, term) in enumerate(self._wanted):
            for start, end in _places(pattern, term, text, *plain):
                found.append(Hit(start, end, number))
                if len(found) >= _MOST_HITS * (number + 1):
                    break
        return sorted(found)


def _all_words(term: Term) -> list[str]:
    parts = [] if term.is_phrase else parts_of(term.text.strip("*"))
    return [part.lower() for part in parts] or [*term.words]


def _pattern(words: list[str]) -> re.Pattern[str]:
    return re.compile(_BETWEEN.join(map(re.escape, words)))


def _places(
    pattern: re.Pattern[str], term: Term, text: str, plain: str, origins: list[int] | None
) -> Iterator[tuple[int, int]]:
    """Where the pattern is in the folded text, at the boundaries of words or of their parts."""
    for found in pattern.finditer(plain):
        start, end = found.span()
        if start == end:
            return
        if origins is not None:
            start, end = origins[start], origins[end]
        if _is_boundary(text, start) and (term.is_prefix or _is_boundary(text, end)):
            yield start, end


def _is_boundary(text: str, index: int) -> bool:
    """Whether a word, or a part of an identifier, ends or begins before the character."""
    if not 0 < index < len(text):
        return True
    before, after = text[index - 1], text[index]
    if not before.isalnum() or not after.isalnum() or is_character(before) or is_character(after):
        return True
    if after.isupper() and not before.isupper():
        return True
    return before.isupper() and after.isupper() and text[index + 1 : index + 2].islower()
