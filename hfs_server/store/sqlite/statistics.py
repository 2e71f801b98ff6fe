"""The statistics of the sessions that filters select.

What a session's messages amount to is kept in its row, so that only sessions that are new or
have changed are read. The rule not to break: nothing waits for that writing, which may fail.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

from hfs_server.errors import HfsError
from hfs_server.filters import Filters
from hfs_server.identity import HFS_TOOL
from hfs_server.session import Progress
from hfs_server.statistics import CountedSession, Statistics
from hfs_server.store.rows import as_text
from hfs_server.store.session_counts import count_messages, kept_counts, quarter_of_text
from hfs_server.store.sqlite.connections import transaction
from hfs_server.store.sqlite.database import Database
from hfs_server.store.sqlite.filtering import condition

_CALL_SECONDS = 0.02
"""How long a call in the connection's thread counts."""

_KEEP_SECONDS = 1.0
"""How much counting a cancelled request may lose."""


async def read_statistics(
    database: Database, filters: Filters, on_progress: Progress
) -> Statistics:
    """The statistics of the store as it is now."""
    counting = _Counting(filters)
    last_kept = time.monotonic()
    async with database.snapshot() as connection:
        await connection.run(counting.begin, wait=True)
        is_more = True
        while is_more:
            is_more = await connection.run(counting.count_some)
            on_progress(counting.share, f"{counting.done:,} sessions counted")
            if counting.changes and (not is_more or time.monotonic() > last_kept + _KEEP_SECONDS):
                counting.can_keep = await _keep(database, counting.changes)
                counting.changes = []
                last_kept = time.monotonic()
    return counting.statistics


class _Change(NamedTuple):
    """Counts to be kept in a row that is still as it was read."""

    text: str
    session_id: int
    kept: object
    created_at: object


class _Counting:
    """Sessions that are counted one after the other."""

    def __init__(self, filters: Filters) -> None:
        self._condition, self._values = condition(filters)
        self._sessions: Iterator[tuple[Any, ...]] = iter(())
        self._total = 0
        self.can_keep = False
        self.statistics = Statistics()
        self.changes: list[_Change] = []
        self.done = 0

    @property
    def share(self) -> float:
        """How much is done, from 0 to 1."""
        return min(1.0, self.done / max(1, self._total))

    def begin(self, connection: sqlite3.Connection) -> None:
        """Finds the sessions."""
        ((self._total,),) = connection.execute("SELECT count(*) FROM sessions").fetchall()
        # A store that can only be read may lack the column.
        self.can_keep = bool(connection.execute(_HAS_COLUMN).fetchall())
        kept = "hfs_statistics" if self.can_keep else "NULL"
        sql = _SESSIONS.format(kept=kept, condition=self._condition)
        self._sessions = connection.execute(sql, self._values)

    def count_some(self, connection: sqlite3.Connection) -> bool:
        """Counts some sessions; False after the last one."""
        end = time.monotonic() + _CALL_SECONDS
        for row in self._sessions:
            self._add(connection, *row)
            self.done += 1
            if time.monotonic() > end:
                return True
        return False

    def _add(
        self,
        connection: sqlite3.Connection,
        session_id: int,
        created_at: object,
        tool: object,
        directory: object,
        kept: object,
        messages: int,
        last_id: int | None,
    ) -> None:
        counted = kept_counts(kept, messages, last_id)
        if counted is None:
            counted = self._count(connection, session_id, created_at, kept)
        tool_id = as_text(tool) if tool else HFS_TOOL
        self.statistics.add(tool_id, as_text(directory) if directory else None, counted)

    def _count(
        self, connection: sqlite3.Connection, session_id: int, created_at: object, kept: object
    ) -> CountedSession:
        begun = quarter_of_text(created_at.encode()) if isinstance(created_at, str) else None
        counts = count_messages(connection.execute(_MESSAGES, (session_id,)), begun)
        if self.can_keep:
            self.changes.append(_Change(counts.kept_text(), session_id, kept, created_at))
        return counts.session


async def _keep(database: Database, changes: list[_Change]) -> bool:
    """Keeps counts in their rows, if no other program has the store locked."""
    try:
        async with database.writing() as connection, transaction(connection, wait=False):
            await connection.run(_update, changes)
    except HfsError:
        # It can only be read, is locked or was replaced: the same is counted again next time.
        return False
    return True


def _update(connection: sqlite3.Connection, changes: list[_Change]) -> None:
    connection.executemany(_KEEP, changes)


_HAS_COLUMN = "SELECT 1 FROM pragma_table_info('sessions') WHERE name = 'hfs_statistics'"
_SESSIONS = """
    SELECT id, created_at, hfs_tool, hfs_directory, {kept},
        (SELECT count(*) FROM messages WHERE session_id = sessions.id),
        (SELECT max(id) FROM messages WHERE session_id = sessions.id)
    FROM sessions WHERE 1{condition} ORDER BY id
"""
_KEEP = """
    UPDATE sessions SET hfs_statistics = ?
    WHERE id = ? AND hfs_statistics IS ? AND created_at IS ?
"""
_MESSAGES = """
    SELECT id, CAST(role AS BLOB),
        CASE typeof(created_at) WHEN 'text' THEN CAST(created_at AS BLOB) END,
        CASE typeof(hfs_extra) WHEN 'text' THEN CAST(hfs_extra AS BLOB) END
    FROM messages WHERE session_id = ?
"""
