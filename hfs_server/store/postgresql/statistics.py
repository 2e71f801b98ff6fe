"""The statistics of the sessions that filters select.

What a session's messages amount to is kept beside it, so that only sessions that are new or have
changed are read. The rule not to break: counts are those of the revision that they name.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

from hfs_server.errors import HfsError
from hfs_server.filters import Filters
from hfs_server.identity import HFS_TOOL
from hfs_server.session import Progress
from hfs_server.statistics import CountedSession, Statistics
from hfs_server.store.postgresql.access import MINE
from hfs_server.store.postgresql.connections import Raw, fetch
from hfs_server.store.postgresql.database import Database
from hfs_server.store.postgresql.filtering import condition
from hfs_server.store.postgresql.snapshot import rows_of
from hfs_server.store.postgresql.texts import bytes_from_column, from_column
from hfs_server.store.postgresql.times import stored
from hfs_server.store.session_counts import count_messages, kept_counts, quarter_of_text

_SESSIONS_TOGETHER = 200
_KEPT_TOGETHER = 1_000
_MESSAGES_TOGETHER = 20_000
Kept = list[dict[str, Any]]
"""Ids, revisions and counts of sessions that were counted."""


async def read_statistics(
    database: Database, filters: Filters, on_progress: Progress
) -> Statistics:
    """The statistics of the store as it is now."""
    statistics, kept, last, done = Statistics(), Kept(), 0, 0
    async with database.reading() as connection:
        selected, values = await connection.run(condition, filters)
        ((total,),) = await connection.run(fetch, _TOTAL)
        sql = _SESSIONS.format(condition=selected)
        while rows := await connection.run(fetch, sql, {**values, "last": last}):
            counted = await connection.run(_counted, rows, kept)
            for row in rows:
                _add(statistics, row, counted[row[0]])
            last, done = rows[-1][0], done + len(rows)
            on_progress(min(1.0, done / max(1, total)), f"{done:,} sessions counted")
            if len(kept) >= _KEPT_TOGETHER:
                await _keep_all(database, kept)
    await _keep_all(database, kept)
    return statistics


async def _keep_all(database: Database, kept: Kept) -> None:
    """Writes and removes counts. A store that can only be read, or is locked, is left as it is."""
    with suppress(HfsError):
        if kept:
            async with database.writing() as connection:
                await connection.run(_keep, kept)
    kept.clear()


def _add(statistics: Statistics, row: Sequence[Any], counted: CountedSession) -> None:
    tool, folder = row[3], row[4]
    statistics.add(
        from_column(tool) if tool else HFS_TOOL, from_column(folder) if folder else None, counted
    )


def _counted(raw: Raw, rows: Sequence[Any], kept: Kept) -> dict[int, CountedSession]:
    """The counts of sessions by their ids; those that are not kept are counted together."""
    found = {row[0]: kept_counts(row[5], row[6], row[6]) for row in rows}
    missing = [row for row in rows if found[row[0]] is None]
    if missing:
        messages = _Groups(_messages(raw, [row[0] for row in missing]))
        for session_id, revision, created_at, *_ in missing:
            begun = quarter_of_text(created_at.encode())
            counts = count_messages(messages.of(session_id), begun)
            text = counts.kept_text()
            kept.append({"id": session_id, "revision": revision, "counts": text})
            found[session_id] = counts.session
    return {session_id: each for session_id, each in found.items() if each is not None}


class _Groups:
    """Rows in groups by their first column; a group may be empty."""

    def __init__(self, rows: Iterator[Sequence[Any]]) -> None:
        self._rows = rows
        self._next = next(rows, None)

    def of(self, key: int) -> Iterator[Sequence[Any]]:
        """The rest of the rows of this group, which are next."""
        while self._next is not None and self._next[0] == key:
            yield self._next[1:]
            self._next = next(self._rows, None)


def _messages(raw: Raw, ids: list[int]) -> Iterator[Sequence[Any]]:
    for row in rows_of(raw, _MESSAGES, ids, _MESSAGES_TOGETHER):
        yield *row[:4], bytes_from_column(row[4])


def _keep(raw: Raw, kept: Kept) -> None:
    raw.cursor().executemany(_KEEP, kept)


_TOTAL = "SELECT count(*) FROM hfs.sessions WHERE deleted_at IS NULL"
_SESSIONS = f"""
    SELECT s.id, s.revision, {stored("s.created_at")}, s.tool, s.working_directory,
        CASE WHEN k.revision = s.revision THEN k.counts END, s.message_count
    FROM hfs.sessions AS s LEFT JOIN hfs.session_counts AS k ON k.session_id = s.id
    WHERE s.deleted_at IS NULL AND s.id > %(last)s{{condition}}
    ORDER BY s.id LIMIT {_SESSIONS_TOGETHER}
"""
_MESSAGES = f"""
    SELECT session_id, position, convert_to(role, 'UTF8'),
        convert_to({stored("created_at")}, 'UTF8'),
        CASE WHEN extra ~ '"(usage|model|tool_calls|synthetic)"' THEN convert_to(extra, 'UTF8') END
    FROM hfs.messages WHERE session_id = ANY(%s) AND position >= %s ORDER BY session_id, position
"""
_KEEP = f"""
    INSERT INTO hfs.session_counts (session_id, revision, counts)
    SELECT id, revision, %(counts)s FROM hfs.sessions
    WHERE id = %(id)s AND revision = %(revision)s AND {MINE}
    ON CONFLICT (session_id) DO UPDATE SET (revision, counts) = (excluded.revision, excluded.counts)
""".encode()
