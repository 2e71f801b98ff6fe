"""What a search returns of the sessions and messages that it found, in the order of these."""

from __future__ import annotations

from collections.abc import Sequence

from hfs_server.search.matching import Matcher
from hfs_server.search.snippets import line_snippet, lines_around, snippet
from hfs_server.store.message_texts import texts_of
from hfs_server.store.postgresql.connections import Raw, fetch
from hfs_server.store.postgresql.listing import summaries
from hfs_server.store.postgresql.texts import from_column
from hfs_server.store.postgresql.times import iso_of, stored
from hfs_server.store.postgresql.words import NAME, texts_of_name
from hfs_server.store.results import SearchMatch, SessionSummary

_UNKNOWN_TIME = '"created_at":null'


def matches(
    raw: Raw, found: Sequence[tuple[int, int]], matcher: Matcher, context: int | None
) -> list[SearchMatch]:
    """The matches in these sessions and messages, with ``context`` lines around each."""
    if not found:
        return []
    ids = {session for session, _ in found}
    sessions = {each.id: each for each in summaries(raw, ids)}
    names = names_of(raw, [session for session, number in found if number == NAME])
    places = [[*each] for each in zip(*found, strict=True)]
    rows = fetch(raw, _MESSAGES, places, is_prepared=True)
    shown = {tuple(row[:2]): row[2:] for row in rows}
    return [
        _of_name(sessions[session], matcher, *names[session])
        if number == NAME
        else _of_message(sessions[session], number, matcher, context, *shown[session, number])
        for session, number in found
        if session in sessions
    ]


def names_of(raw: Raw, ids: Sequence[int]) -> dict[int, list[str]]:
    """The names and the summaries of sessions, by their ids."""
    rows = fetch(raw, _NAMES, (list(ids),), is_prepared=True) if ids else []
    return {
        number: texts_of_name(from_column(name), extra and from_column(extra))
        for number, name, extra in rows
    }


def _of_name(session: SessionSummary, matcher: Matcher, name: str, summary: str) -> SearchMatch:
    is_summary = not matcher.hits(name) and bool(matcher.hits(summary))
    shown = snippet([summary], matcher) if is_summary else line_snippet(name, matcher)
    role = "summary" if is_summary else "name"
    return SearchMatch(session, NAME, role, session.created_at or None, *shown)


def _of_message(
    session: SessionSummary,
    number: int,
    matcher: Matcher,
    context: int | None,
    role: str,
    content: str,
    created_at: str,
    extra: str | None,
) -> SearchMatch:
    texts = texts_of(from_column(content), extra and from_column(extra))
    time = None if extra and _UNKNOWN_TIME in extra else iso_of(created_at)
    lines = () if context is None else lines_around(texts, matcher, context)
    shown = snippet(texts, matcher)
    return SearchMatch(session, number, from_column(role), time, *shown, lines)


_MESSAGES = f"""
    SELECT m.session_id, m.position, m.role, m.content, {stored("m.created_at")}, m.extra
    FROM unnest(%s::bigint[], %s::integer[]) AS found (session_id, position)
        JOIN hfs.messages AS m USING (session_id, position)
"""
_NAMES = "SELECT id, name, extra FROM hfs.sessions WHERE id = ANY(%s)"
