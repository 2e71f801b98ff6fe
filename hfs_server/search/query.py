"""What a user searches for: words, phrases, and filters that are written among them.

The rule not to break: no text is an error. What is not syntax is words.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from hfs_server.filters import EVERYTHING, Filters
from hfs_server.folders import absolute_folder
from hfs_server.periods import beginning_of, end_of
from hfs_server.search.words import words_of

MOST_WORDS = 48
"""Further words of a query are ignored."""

_SHORT_PREFIX = 4
_LONGEST_TERM = 10_000
_KEYS = ("tool", "project", "since", "until", "role", "model", "tag")
_TERM = re.compile(
    rf"""
    (?P<minus>-(?=[^\s-]))?
    (?:(?P<key>{"|".join(_KEYS)})s?:)?
    (?:"(?P<phrase>[^"]*)(?:"|$)|(?P<word>[^\s"]+))
    (?P<star>\*?)
    """,
    re.VERBOSE | re.IGNORECASE,
)
_PARSED = {"since": beginning_of, "until": end_of, "project": absolute_folder}


class Term(NamedTuple):
    """A word or a phrase."""

    text: str
    """As it was written, without quotes and operators."""
    words: tuple[str, ...]
    """Its words, folded; they stand next to each other."""
    is_phrase: bool = False
    is_prefix: bool = False
    """Whether the last word may go on."""
    is_excluded: bool = False

    @property
    def is_short_prefix(self) -> bool:
        """Whether so many words begin like this that an index is no help."""
        return self.is_prefix and len(self.words) == 1 and len(self.words[0]) < _SHORT_PREFIX


class Query(NamedTuple):
    """What is searched for; ``filters`` are those that are written in the query."""

    terms: tuple[Term, ...] = ()
    filters: Filters = EVERYTHING
    roles: tuple[str, ...] = ()
    project: str | None = None
    """The name of a folder that is part of the working directory."""
    is_empty: bool = True
    """Whether nothing but filters was written; else, without terms, nothing can be found."""

    @property
    def wanted(self) -> tuple[Term, ...]:
        """The terms that are all to be there."""
        return tuple(term for term in self.terms if not term.is_excluded)

    @property
    def excluded(self) -> tuple[Term, ...]:
        """The terms of which none may be there."""
        return tuple(term for term in self.terms if term.is_excluded)


def parsed(text: str) -> Query:
    """The query that a text means."""
    # What is no Unicode is a sign.
    text = text.encode("utf-8", "replace").decode()
    terms: list[Term] = []
    filters: dict[str, list[str]] = {key: [] for key in _KEYS}
    folders: list[str] = []
    has_words = False
    for found in _TERM.finditer(text):
        key, value = (found["key"] or "").lower(), found["phrase"] or found["word"] or ""
        if key and not found["minus"] and (parsed_value := _value_of(key, value)):
            filters[key].append(parsed_value)
        elif key == "project" and not found["minus"] and value.strip("/\\ "):
            folders.append(value)
        elif (term := _term(found)).words:
            terms.append(term)
        has_words = has_words or bool(found["word"] and not key)
    return Query(
        tuple(_bounded(terms)),
        _filters(filters),
        tuple(role.casefold() for role in filters["role"]),
        next(iter(folders), None),
        is_empty=not terms and not has_words,
    )


def _value_of(key: str, value: str) -> str | None:
    """The value of a filter; None if it is not one."""
    try:
        return _PARSED.get(key, str.strip)(value) or None
    except ValueError:
        return None


def _term(found: re.Match[str]) -> Term:
    is_phrase = found["phrase"] is not None
    text = found["phrase"] if is_phrase else found["word"]
    is_prefix = bool(found["star"]) or (not is_phrase and text.endswith("*"))
    if found["key"]:
        text = f"{found['key']} {text}"
    words = tuple(words_of(text[:_LONGEST_TERM]))
    return Term(text, words, is_phrase, is_prefix, bool(found["minus"]))


def _bounded(terms: list[Term]) -> list[Term]:
    """The first words of many, each once."""
    left, kept = MOST_WORDS, []
    for term in dict.fromkeys(terms):
        if left > 0:
            kept.append(term if len(term.words) <= left else _shortened(term, left))
        left -= len(term.words)
    return kept


def _shortened(term: Term, count: int) -> Term:
    words = term.words[:count]
    return Term(" ".join(words), words, True, False, term.is_excluded)


def _filters(written: dict[str, list[str]]) -> Filters:
    return Filters(
        tools=tuple(tool.lower() for tool in written["tool"]),
        project=next(iter(written["project"]), None),
        since=next(iter(written["since"]), None),
        until=next(iter(written["until"]), None),
        models=tuple(written["model"]),
        tags=tuple(written["tag"]),
    )
