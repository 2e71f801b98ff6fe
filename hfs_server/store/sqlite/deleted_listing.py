"""Pages of the deleted sessions, last deletion first, without those deleted with another one."""

from __future__ import annotations

import sqlite3
from typing import NamedTuple

from hfs_server.filters import Filters
from hfs_server.store.cursors import Position, cursor_of, position_of
from hfs_server.store.results import SessionPage, SessionSummary
from hfs_server.store.sqlite.deletions import deleted_session, has_deletions
from hfs_server.store.sqlite.filtering import condition
from hfs_server.store.sqlite.listing import NAMED, SUMMARY_COLUMNS, add_casefold
from hfs_server.store.summaries import summary_of
from hfs_server.timestamps import iso_from_store


class _Row(NamedTuple):
    """A deleted session in the order of the list."""

    deleted_at: str
    id: int

    @property
    def position(self) -> Position:
        return Position(self.deleted_at, self.id)


def deleted_page(
    connection: sqlite3.Connection,
    limit: int,
    cursor: str | None,
    query: str | None,
    parent_id: int | None,
    filters: Filters,
) -> SessionPage:
    """The deleted sessions after ``cursor``; with ``parent_id``, those deleted with that one.

    Raises InvalidCursor.
    """
    after = None if cursor is None else position_of(cursor)
    if not has_deletions(connection):
        return SessionPage([], None)
    rows = [_Row(*row) for row in _listed(connection, query, parent_id, filters)]
    rows = [row for row in rows if after is None or row.position < after]
    rows.sort(reverse=True)
    sessions = [_summary(connection, row) for row in rows[:limit]]
    has_more = len(rows) > limit
    return SessionPage(sessions, cursor_of(rows[limit - 1].position) if has_more else None)


def _listed(
    connection: sqlite3.Connection, query: str | None, parent_id: int | None, filters: Filters
) -> sqlite3.Cursor:
    more, values = condition(filters)
    found: dict[str, str | int] = {**values}
    if parent_id is not None:
        parent = deleted_session(connection, parent_id)
        found["parent"] = 0 if parent is None else parent.id
    if query:
        add_casefold(connection)
        more += f" AND {NAMED}"
        found["query"] = query.casefold()
    return connection.execute(_LISTED + (_ROOTS if parent_id is None else _CHILDREN) + more, found)


def _summary(connection: sqlite3.Connection, row: _Row) -> SessionSummary:
    ((session_id, *columns, parent_id, children),) = connection.execute(
        _SUMMARY, {"id": row.id}
    ).fetchall()
    summary = summary_of(columns)
    return summary._replace(
        id=session_id,
        parent_id=summary.parent_id if parent_id is None else parent_id,
        child_count=children,
        deleted_at=iso_from_store(row.deleted_at),
    )


_LISTED = """
    SELECT hfs_deletions.deleted_at, hfs_deletions.id
    FROM hfs_deletions JOIN hfs_deleted_sessions AS sessions ON sessions.id = hfs_deletions.id
    WHERE NOT is_restoring
"""
_ROOTS = " AND hfs_deletions.id = deletion"
_BELOW = """
    {child}.deletion = {parent}.deletion AND {child}.id NOT IN ({child}.deletion, {parent}.id)
    AND sessions.hfs_parent = {parent}.identity
"""
_CHILDREN = f"""
    AND EXISTS (SELECT 1 FROM hfs_deletions AS parent
        WHERE parent.id = :parent AND {_BELOW.format(child="hfs_deletions", parent="parent")})
"""
_SHOWN_ID = """
    CASE WHEN EXISTS (
        SELECT 1 FROM hfs_deletions AS later
        WHERE later.session_id = {0}.session_id AND (later.deleted_at > {0}.deleted_at
            OR later.deleted_at = {0}.deleted_at AND later.id < {0}.id))
    THEN {0}.id ELSE {0}.session_id END
"""
_SUMMARY = f"""
    SELECT {_SHOWN_ID.format("this")}, {SUMMARY_COLUMNS},
        (SELECT {_SHOWN_ID.format("parent")} FROM hfs_deletions AS parent
            WHERE {_BELOW.format(child="this", parent="parent")} LIMIT 1),
        (SELECT count(*) FROM hfs_deletions AS child
            JOIN hfs_deleted_sessions AS sessions ON sessions.id = child.id
            WHERE {_BELOW.format(child="child", parent="this")})
    FROM hfs_deletions AS this JOIN hfs_deleted_sessions AS sessions ON sessions.id = this.id
    WHERE this.id = :id
"""
