"""Pages of the list, last activity first, and of the deleted sessions, last deletion first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from hfs_server.errors import NotOwner, SessionNotFound
from hfs_server.filters import EVERYTHING, Filters
from hfs_server.identity import HFS_TOOL
from hfs_server.store.cursors import Position, cursor_of, position_of
from hfs_server.store.missing import no_session, session_deleted
from hfs_server.store.postgresql.access import MINE
from hfs_server.store.postgresql.connections import Raw, fetch
from hfs_server.store.postgresql.filtering import condition
from hfs_server.store.postgresql.parents import (
    MAY_BE_ANCESTORS,
    RELATIVES,
    has_no_parent,
    is_below,
    may_be_below,
    may_have_no_parent,
    parent_of,
)
from hfs_server.store.postgresql.texts import from_column
from hfs_server.store.postgresql.times import iso_of, stored
from hfs_server.store.results import SessionPage, SessionSummary
from hfs_server.store.summaries import preview_of, tokens_of


class _Pages(NamedTuple):
    """Pages of a list in SQL, which has its conditions at ``{more}``."""

    text: str
    order: str
    is_root: str
    is_below: str

    def sql(self, parent_id: int | None, condition: str, limit: int) -> str:
        """A page of the top, or of the sessions below one."""
        of_parent = self.is_root if parent_id is None else self.is_below
        more = f" AND {of_parent}{condition}{self.order} LIMIT {limit}"
        return self.text.format(more=more)


def page(
    raw: Raw,
    limit: int,
    cursor: str | None = None,
    query: str | None = None,
    parent_id: int | None = None,
    filters: Filters = EVERYTHING,
    *,
    deleted: bool = False,
) -> SessionPage:
    """The sessions after ``cursor`` whose name contains ``query``. Raises InvalidCursor."""
    after = None if cursor is None else position_of(cursor)
    if after is not None and not after.time:
        return SessionPage([], None)
    selected, values = condition(raw, filters, query)
    # Filters decide on the plan, without which the first page is always the same query.
    is_plain = not selected
    values |= {"parent": parent_id}
    asked = _DELETED if deleted else _LISTED
    if after is not None:
        selected += _AFTER_DELETED if deleted else _AFTER
        values |= after._asdict()
    queries = [query.sql(parent_id, selected, limit + 1) for query in asked]
    rows = _read(raw, queries, values, is_prepared=is_plain)
    end = cursor_of(Position(rows[limit - 1][0], rows[limit - 1][1])) if len(rows) > limit else None
    return SessionPage([_summary(row) for row in rows[:limit]], end)


def summaries(raw: Raw, ids: Iterable[int]) -> list[SessionSummary]:
    """The sessions of these ids that are not deleted, in no order."""
    return [_summary(row) for row in _read(raw, _OF_IDS, (list(ids),), is_prepared=True)]


def summary(raw: Raw, session_id: int) -> SessionSummary:
    """The session of an id. Raises SessionNotFound."""
    for found in summaries(raw, [session_id]):
        return found
    raise session_not_found(raw, session_id)


def session_not_found(raw: Raw, session_id: int) -> SessionNotFound | NotOwner:
    """The error for an id that no session of this user has: it says whether a deleted one has it,
    or one that another user shares."""
    rows = fetch(raw, _FOUND, (session_id,)) if abs(session_id) < 2**63 else []
    if not rows:
        return no_session(session_id)
    deleted_at, owner = rows[0]
    if deleted_at is not None:
        return session_deleted(session_id, deleted_at)
    return NotOwner(
        f"Session {session_id} belongs to {owner}, who alone can change it. You can export it, "
        "and import that for a session of your own."
    )


def _read(raw: Raw, queries: Iterable[str], values: Any, *, is_prepared: bool) -> list[Any]:
    """The rows of the first query that says of none of them that it may not be exact."""
    rows: list[Any] = []
    for query in queries:
        rows = fetch(raw, query, values, is_prepared=is_prepared)
        if not any(row[-1] for row in rows):
            break
    return rows


def _summary(row: Sequence[Any]) -> SessionSummary:
    """The session of a row of the columns below."""
    _, number, created_at, updated_at, name, messages, checkpoints, preview, tool, folder = row[:10]
    usage, models, tags, parent_id, children, deleted_at, _ = row[10:]
    return SessionSummary(
        id=number,
        name=from_column(name),
        created_at=iso_of(created_at) or "",
        updated_at=iso_of(updated_at),
        message_count=messages,
        checkpoint_count=checkpoints,
        preview=None if preview is None else preview_of(from_column(preview)),
        tool=from_column(tool) if tool else HFS_TOOL,
        working_directory=from_column(folder) if folder else None,
        models=[from_column(each) for each in models],
        total_tokens=None if usage is None else tokens_of(from_column(usage)),
        parent_id=parent_id,
        child_count=children,
        tags=[from_column(each) for each in tags],
        deleted_at=iso_of(deleted_at),
    )


_COLUMNS = f"""
    s.id, {stored("s.created_at")}, {stored("s.updated_at")}, s.name, s.message_count,
    s.checkpoint_count, s.preview, s.tool, s.working_directory, s.usage, s.models, s.tags
"""
_QUICK = f"""
    SELECT {stored("s.activity")}, {_COLUMNS}, parent.id, children.count, NULL, {MAY_BE_ANCESTORS}
    FROM (SELECT s.* FROM hfs.sessions AS s WHERE s.deleted_at IS NULL{{more}}) AS s {RELATIVES}
    ORDER BY s.activity DESC, s.id DESC
"""
_EXACT = f"""
    SELECT {stored("s.activity")}, {_COLUMNS}, {parent_of("s")},
        (SELECT count(*) FROM hfs.sessions AS c
            WHERE c.deleted_at IS NULL AND {is_below("c", "s.identity")}), NULL, false
    FROM hfs.sessions AS s WHERE s.deleted_at IS NULL{{more}}
"""
_OF_IDS = [text.format(more=" AND s.id = ANY(%s)") for text in (_QUICK, _EXACT)]
_ORDER = " ORDER BY s.activity DESC, s.id DESC"
_AFTER = " AND (s.activity, s.id) < (%(time)s::timestamptz, %(id)s)"

_DELETED_BELOW = """
    {child}.deletion = {parent}.deletion AND {child}.parent_identity = {parent}.identity
    AND {child}.id <> {parent}.id AND {child}.id <> {child}.deletion
"""
_OF_DELETED = f"""
    SELECT {stored("s.deleted_at")}, {_COLUMNS},
        coalesce((SELECT min(p.id) FROM hfs.sessions AS p
            WHERE {_DELETED_BELOW.format(child="s", parent="p")}),
            {parent_of("s")}),
        (SELECT count(*) FROM hfs.sessions AS c
            WHERE {_DELETED_BELOW.format(child="c", parent="s")}),
        {stored("s.deleted_at")}, false
    FROM hfs.sessions AS s WHERE s.deleted_at IS NOT NULL{{more}}
"""
_DELETED_ORDER = " ORDER BY s.deleted_at DESC, s.id DESC"
_AFTER_DELETED = " AND (s.deleted_at, s.id) < (%(time)s::timestamptz, %(id)s)"
_IDENTITY = """
    (SELECT identity FROM hfs.sessions AS p WHERE p.id = %(parent)s AND p.deleted_at IS NULL)
"""
_IS_DELETED_BELOW = f"""EXISTS (SELECT 1 FROM hfs.sessions AS p
    WHERE p.id = %(parent)s AND {_DELETED_BELOW.format(child="s", parent="p")})"""

_LISTED = (
    _Pages(_QUICK, _ORDER, may_have_no_parent("s"), may_be_below("s", _IDENTITY)),
    _Pages(_EXACT, _ORDER, has_no_parent("s"), is_below("s", _IDENTITY)),
)
_DELETED = (_Pages(_OF_DELETED, _DELETED_ORDER, "s.id = s.deletion", _IS_DELETED_BELOW),)
_FOUND = f"""
    SELECT {stored("deleted_at")}, owner::text FROM hfs.sessions
    WHERE id = %s AND (deleted_at IS NOT NULL OR NOT {MINE})
"""
