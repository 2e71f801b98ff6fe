"""Pages of the list, last activity first, whichever program wrote the rows.

SQLite can sort times of the terminal program's format only. The few sessions with any other
time are all read, and merged with those.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import NamedTuple

from hfs_server.filters import EVERYTHING, Filters
from hfs_server.store.cursors import Position, cursor_of, position_of
from hfs_server.store.results import SessionPage, SessionSummary
from hfs_server.store.rows import Rows, as_text
from hfs_server.store.sqlite.filtering import condition
from hfs_server.store.sqlite.parents import has_no_parent, is_below, parent_of
from hfs_server.store.sqlite.sort_key import ACTIVITY, HAS_STANDARD_TIME
from hfs_server.store.summaries import PREVIEW_SOURCE_CHARACTERS, summary_of
from hfs_server.timestamps import iso_from_store, store_text

_IDS_PER_QUERY = 500
"""Fewer than the parameters that any SQLite allows in one query."""


class _Filter(NamedTuple):
    """Which sessions are listed: a condition in SQL, and its values."""

    condition: str
    values: dict[str, str | int]


def page(
    connection: sqlite3.Connection,
    limit: int,
    cursor: str | None,
    query: str | None,
    parent_id: int | None = None,
    filters: Filters = EVERYTHING,
) -> SessionPage:
    """The sessions after ``cursor`` whose name contains ``query``. Raises InvalidCursor."""
    after = None if cursor is None else position_of(cursor)
    if query:
        add_casefold(connection)
    listed = _filter(query, parent_id, filters)
    rows = _with_other_times(connection, limit, after, listed)
    rows += _by_activity(connection, limit, after, listed)
    # A session whose time is changed between the queries may be found twice.
    found = sorted({row[0]: row for row in rows}.values(), key=_position, reverse=True)
    sessions = [summary_of(row) for row in found[:limit]]
    has_more = len(found) > limit
    return SessionPage(sessions, cursor_of(_position(found[limit - 1])) if has_more else None)


def summaries(connection: sqlite3.Connection, ids: Iterable[int]) -> list[SessionSummary]:
    """The sessions of these ids, in no order; those that the store has."""
    return [summary_of(row) for row in _rows_of(connection, list(ids))]


def summary(connection: sqlite3.Connection, session_id: int) -> SessionSummary:
    """The session of an id. Raises SessionNotFound."""
    from hfs_server.store.sqlite.deletions import session_not_found

    for found in summaries(connection, [session_id]):
        return found
    raise session_not_found(connection, session_id)


def _by_activity(
    connection: sqlite3.Connection, limit: int, after: Position | None, listed: _Filter
) -> Rows:
    """One row more than the page has, of the sessions that SQLite can sort."""
    if after is not None and not after.time:
        return []
    more = f" AND {_AFTER_CURSOR}" if after else ""
    # These times sort as text, so that the index leads to those of a period.
    more += "".join(f" AND {bound}" for name, bound in _BOUNDS.items() if name in listed.values)
    values = {**listed.values, "limit": limit + 1, **(after._asdict() if after else {})}
    sql = _BY_ACTIVITY.format(more=more + listed.condition)
    return connection.execute(sql, values).fetchall()


def _with_other_times(
    connection: sqlite3.Connection, limit: int, after: Position | None, listed: _Filter
) -> Rows:
    """The same of all other sessions."""
    others = connection.execute(_OTHER_TIMES + listed.condition, listed.values)
    positions = sorted((_position(row) for row in others), reverse=True)
    return _rows_of(
        connection, [each.id for each in positions if after is None or each < after][: limit + 1]
    )


def _rows_of(connection: sqlite3.Connection, ids: list[int]) -> Rows:
    rows: Rows = []
    for start in range(0, len(ids), _IDS_PER_QUERY):
        some = ids[start : start + _IDS_PER_QUERY]
        marks = ", ".join("?" * len(some))
        rows += connection.execute(f"{_SUMMARIES} WHERE id IN ({marks})", some)
    return rows


def _filter(query: str | None, parent_id: int | None, filters: Filters) -> _Filter:
    filtered, values = condition(filters)
    parts = [f" AND {_WITHOUT_PARENT if parent_id is None else _OF_PARENT}", filtered]
    found: dict[str, str | int] = {**values}
    if parent_id is not None:
        found["parent"] = parent_id
    if query:
        parts.append(f" AND {NAMED}")
        found["query"] = query.casefold()
    return _Filter("".join(parts), found)


def add_casefold(connection: sqlite3.Connection) -> None:
    """Adds the function of ``NAMED`` to a connection."""
    connection.create_function("hfs_casefold", 1, _casefold, deterministic=True)


def _casefold(name: object) -> str:
    """The name as it is compared with a query."""
    return as_text(name).casefold()


SUMMARY_COLUMNS = f"""
    sessions.id, created_at, updated_at, name,
        (SELECT count(*) FROM messages WHERE session_id = sessions.id),
        (SELECT count(*) FROM checkpoints WHERE session_id = sessions.id),
        (SELECT substr(content, 1, {PREVIEW_SOURCE_CHARACTERS}) FROM messages
            WHERE session_id = sessions.id AND role = 'user'
                AND (hfs_extra IS NULL OR instr(hfs_extra, '"synthetic":true') = 0)
            ORDER BY id LIMIT 1),
        hfs_tool, hfs_directory, hfs_usage, hfs_extra,
        {parent_of("sessions")},
        (SELECT count(*) FROM sessions AS children
            WHERE {is_below("children", "sessions.hfs_identity")})
"""
"""What is read of each row of ``sessions``, or of another table of that alias."""
_SUMMARIES = f"SELECT {SUMMARY_COLUMNS} FROM sessions"
_BY_ACTIVITY = f"""
    {_SUMMARIES} WHERE {HAS_STANDARD_TIME}{{more}}
    ORDER BY {ACTIVITY} DESC, id DESC
    LIMIT :limit
"""
_OTHER_TIMES = f"SELECT id, created_at, updated_at FROM sessions WHERE NOT ({HAS_STANDARD_TIME})"
_AFTER_CURSOR = f"{ACTIVITY} <= :time AND ({ACTIVITY} < :time OR id < :id)"
_BOUNDS = {
    "filter_since": f"{ACTIVITY} >= :filter_since",
    "filter_until": f"{ACTIVITY} < :filter_until",
}
_WITHOUT_PARENT = has_no_parent("sessions")
_OF_PARENT = is_below("sessions", "(SELECT hfs_identity FROM sessions WHERE id = :parent)")
NAMED = "instr(hfs_casefold(CAST(name AS BLOB)), :query)"


def _position(row: sqlite3.Row) -> Position:
    session_id, created_at, updated_at, *_ = row
    time = iso_from_store(updated_at) or iso_from_store(created_at)
    return Position(store_text(time) if time else "", session_id)
