"""Rows of the index as matches, with what the store has of them now.

The rule not to break: the index may be behind the store, so nothing of it is shown. A session or
a message that the store no longer has is not found.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from hfs_server.filters import Filters
from hfs_server.folders import has_part
from hfs_server.search.matching import Matcher
from hfs_server.search.snippets import line_snippet, lines_around, snippet
from hfs_server.store.message_texts import texts_of
from hfs_server.store.results import SearchMatch, SessionSummary
from hfs_server.store.rows import as_text
from hfs_server.store.sqlite.filtering import condition
from hfs_server.store.sqlite.listing import summaries
from hfs_server.store.sqlite.search.finding import NAME, Candidate
from hfs_server.store.sqlite.search.messages import COLUMNS, MessageText
from hfs_server.store.sqlite.search.session_state import stored_session
from hfs_server.timestamps import iso_from_store

_SNIPPET_SECONDS = 0.012
_BEGINNING = 2_000
_UNKNOWN_TIME = '"created_at":null'


class Selection(NamedTuple):
    """What a match must fulfil beside the index's expression."""

    matcher: Matcher
    filters: Sequence[Filters]
    project: str | None
    """The name of a folder in the working directory."""
    is_checked: bool
    """Whether the text is compared with the terms, since the index did so only in part."""
    context: int | None = None
    """How many lines before and after the first word are returned."""


def hits(
    connection: sqlite3.Connection,
    candidates: Sequence[Candidate],
    selection: Selection,
    seen: set[int],
    limit: int,
    end: float,
    is_one_per_session: bool,
) -> tuple[list[SearchMatch], Candidate | None]:
    """The first matches of the candidates, and the last candidate that was looked at.

    Sessions are added to ``seen``. At the time ``end`` texts are no longer compared.
    """
    allowed = _allowed(connection, candidates, selection)
    kept: list[tuple[Candidate, _Texts]] = []
    last: Candidate | None = None
    for candidate in candidates:
        if len(kept) == limit or (last and selection.is_checked and time.perf_counter() > end):
            break
        last = candidate
        if candidate.session not in allowed or (is_one_per_session and candidate.session in seen):
            continue
        texts = _read(connection, candidate)
        if texts is None or (selection.is_checked and not _fulfils(selection.matcher, texts)):
            continue
        seen.add(candidate.session)
        kept.append((candidate, texts))
    sessions = {each.id: each for each in summaries(connection, {each.session for each, _ in kept})}
    end_of_snippets = time.perf_counter() + _SNIPPET_SECONDS
    found = []
    for candidate, texts in kept:
        is_late = time.perf_counter() > end_of_snippets
        shown = texts.beginnings() if is_late else texts
        if (session := sessions.get(candidate.session)) is not None:
            found.append(_match(session, candidate, shown, selection))
    return found, last


class _Texts(NamedTuple):
    """A message and its texts; of a session without its message, the name and the summary."""

    message: MessageText | None
    texts: list[str]

    def beginnings(self) -> _Texts:
        return _Texts(self.message, [text[:_BEGINNING] for text in self.texts])


def _fulfils(matcher: Matcher, read: _Texts) -> bool:
    return matcher.matches("\n".join(read.texts))


def _allowed(
    connection: sqlite3.Connection, candidates: Iterable[Candidate], selection: Selection
) -> set[int]:
    """The sessions that are the ones that were indexed, and fulfil all filters."""
    expected = {each.session: each.created_at for each in candidates}
    marks = ", ".join("?" * len(expected))
    rows = connection.execute(_SESSIONS.format(marks=marks), [*expected]).fetchall()
    found = {
        session_id
        for session_id, created_at, directory in rows
        if as_text(created_at) == expected[session_id]
        and (selection.project is None or has_part(as_text(directory), selection.project))
    }
    for filters in selection.filters:
        found &= _selected(connection, found, filters)
    return found


def _selected(connection: sqlite3.Connection, ids: set[int], filters: Filters) -> set[int]:
    sql, values = condition(filters)
    if not sql:
        return ids
    numbers = ", ".join(map(str, ids))
    rows = connection.execute(f"SELECT id FROM sessions WHERE id IN ({numbers}){sql}", values)
    return {session_id for (session_id,) in rows}


def _read(connection: sqlite3.Connection, candidate: Candidate) -> _Texts | None:
    """What is searched of the row; None if it is another one now."""
    if candidate.number == NAME:
        session = stored_session(connection, candidate.session)
        return session and _Texts(None, [session.name, session.summary])
    row = connection.execute(_MESSAGE, (candidate.message, candidate.session)).fetchone()
    message = row and MessageText(*row)
    if not message or message.checksum != candidate.checksum:
        return None
    return _Texts(message, texts_of(message.content, message.extra))


def _match(
    session: SessionSummary, candidate: Candidate, read: _Texts, selection: Selection
) -> SearchMatch:
    matcher, count = selection.matcher, selection.context
    if (message := read.message) is not None:
        role, shown = as_text(message.role), snippet(read.texts, matcher)
        lines = () if count is None else lines_around(read.texts, matcher, count)
        return SearchMatch(session, candidate.number, role, _time(message), *shown, lines)
    name, summary = read.texts
    is_summary = not matcher.hits(name) and bool(matcher.hits(summary))
    shown = snippet([summary], matcher) if is_summary else line_snippet(name, matcher)
    role = "summary" if is_summary else "name"
    return SearchMatch(session, NAME, role, session.created_at or None, *shown)


def _time(message: MessageText) -> str | None:
    is_unknown = isinstance(message.extra, str) and _UNKNOWN_TIME in message.extra
    return None if is_unknown else iso_from_store(message.created_at)


_SESSIONS = "SELECT id, created_at, hfs_directory FROM sessions WHERE id IN ({marks})"
_MESSAGE = f"SELECT {COLUMNS} FROM messages WHERE id = ? AND session_id = ?"
