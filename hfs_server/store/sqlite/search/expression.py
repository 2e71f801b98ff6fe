"""Queries as expressions of FTS5.

The rule not to break: what a user wrote is only ever inside of a quoted phrase.
"""

from __future__ import annotations

from collections.abc import Iterable

from hfs_server.search.query import Query, Term
from hfs_server.search.words import parts_of, prepared, role_word

EVERY_ROW = "any"
"""A word that every row has in the column ``role``."""


def words_expression(query: Query) -> str | None:
    """What finds all terms; None without any."""
    return _joined(query, map(_term, query.wanted))


def expression_without_prefixes(query: Query) -> str | None:
    """What finds all terms except short prefixes, which so many words have that it takes long."""
    return words_expression(
        query._replace(terms=tuple(term for term in query.terms if not term.is_short_prefix))
    )


def phrase_expression(query: Query) -> str | None:
    """What finds all words in their order; None if that is not a question of its own."""
    words = [term for term in query.wanted if not term.is_phrase]
    if len(words) < 2 or any(term.is_prefix for term in query.wanted):
        return None
    phrase = Term(" ".join(term.text for term in words), (), is_phrase=True)
    return _joined(query, map(_term, [phrase, *(t for t in query.wanted if t.is_phrase)]))


def names_expression(query: Query) -> str | None:
    """What finds all terms in a name; None without any."""
    return _joined(query, map(_term, query.wanted)) if query.wanted else None


def _joined(query: Query, wanted: Iterable[str]) -> str | None:
    found = list(wanted)
    excluded = [_term(term) for term in query.excluded]
    if query.roles:
        roles = " OR ".join(f'"{role_word(role)}"' for role in query.roles)
        found.append(f"(role : ({roles}))")
    if not found and excluded:
        found.append(f'(role : "{EVERY_ROW}")')
    if not found:
        return None
    every = " AND ".join(found)
    return f"({every}) NOT ({' OR '.join(excluded)})" if excluded else every


def _term(term: Term) -> str:
    star = " *" if term.is_prefix else ""
    text = term.text.removesuffix("*") if term.is_prefix else term.text
    phrases = [f"{_quoted(text)}{star}"]
    parts = [] if term.is_phrase else parts_of(text)
    if len(parts) > 1:
        phrases.append(f"{_quoted(' '.join(parts))}{star}")
    return f"({{text parts}} : ({' OR '.join(phrases)}))"


def _quoted(text: str) -> str:
    plain = prepared(text).replace('"', " ").replace("\0", " ")
    return f'"{plain}"'
