"""The words of messages and names, as the index of the store has them.

Python folds and splits them, so that all stores find the same. The index has no positions: what
depends on the order of words is compared with the text. The rule not to break: the words of a
query are made as those of a text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate, takewhile
from typing import Any

from hfs_server.search.query import Query, Term
from hfs_server.search.words import parts, parts_of, prepared, role_word, words_of
from hfs_server.store.message_texts import texts_of
from hfs_server.store.postgresql.access import SCOPE
from hfs_server.store.postgresql.connections import Raw, execute
from hfs_server.store.rows import facts_in

NAME = 0
"""The number of a session's name and summary among its messages, which are numbered from 1."""

PREFIX = ":*"
"""What follows the beginning of a word in a condition."""

_LONGEST_WORD = 400
_NOWHERE = "'_'"
"""A word that no message has."""
_MOST_BYTES = 900_000
"""How large the words of one message may be; PostgreSQL permits 2**20. Further ones are left."""


def words_of_message(role: str, content: str, extra: str | None) -> str:
    """The words of a message, and its role, as ``tsvector`` reads them."""
    return _vector("\n".join(texts_of(content, extra)), f"_{role_word(role)}")


def texts_of_name(name: str, extra: str | None) -> list[str]:
    """What is searched of a session besides its messages: its name and its summary."""
    summary = facts_in(extra).get("summary")
    return [name, summary if isinstance(summary, str) else ""]


def index_name(raw: Raw, session_id: int, name: str, extra: str | None) -> None:
    """Indexes the name and the summary of a session, in a transaction that has begun."""
    words = _vector("\n".join(texts_of_name(name, extra)))
    execute(raw, _INDEX_NAME, (words, session_id), is_prepared=True)


def condition(query: Query) -> str | None:
    """What the words of a match fulfil, as ``tsquery`` reads it; None without any condition.

    A match of ``needs_check`` is still to be compared with its text.
    """
    found = [_term(term) for term in query.wanted]
    if query.roles:
        found.append("(" + " | ".join(f"'_{role_word(role)}'" for role in query.roles) + ")")
    found += [f"!{_term(term)}" for term in query.excluded if not _is_sequence(term)]
    return " & ".join(found) or None


def needs_check(query: Query) -> bool:
    """Whether the order of words decides."""
    return any(map(_is_sequence, query.terms))


def _is_sequence(term: Term) -> bool:
    return len(_words(term)) > 1 or len(_parts(term)) > 1


def _term(term: Term) -> str:
    ways = [_all(words, term) for words in (_words(term), _parts(term)) if words]
    return f"({' | '.join(ways)})" if ways else _NOWHERE


def _all(words: Sequence[str], term: Term) -> str:
    quoted = [f"'{word[:_LONGEST_WORD]}'" for word in words]
    if term.is_prefix:
        quoted[-1] += PREFIX
    return "(" + " & ".join(quoted) + ")"


def _words(term: Term) -> list[str]:
    return words_of(prepared(_plain(term)))


def _parts(term: Term) -> list[str]:
    found = [] if term.is_phrase else parts_of(_plain(term))
    return [part.lower() for part in found] if len(found) > 1 else []


def _plain(term: Term) -> str:
    return term.text.removesuffix("*") if term.is_prefix else term.text


def _vector(text: str, *more: str) -> str:
    words = dict.fromkeys([*more, *words_of(prepared(text)), *words_of(parts(text))])
    return " ".join(f"'{word}'" for word in _bounded([*words]))


def _bounded(words: Sequence[str]) -> Iterator[str]:
    """As many words as PostgreSQL can hold together."""
    short = [word[:_LONGEST_WORD] for word in words]
    ends: Any = accumulate(len(word.encode()) + 2 for word in short)
    fit = takewhile(lambda end: end < _MOST_BYTES, ends)
    return (word for word, _ in zip(short, fit, strict=False))


_INDEX_NAME = f"""
    INSERT INTO hfs.words (session_id, position, words)
    SELECT id, {NAME}, ({SCOPE} || ' ' || %s)::tsvector FROM hfs.sessions WHERE id = %s
    ON CONFLICT (session_id, position) DO UPDATE SET words = excluded.words
"""
