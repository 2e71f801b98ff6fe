"""Brings a stored session up to its newer version, which is staged.

The rule not to break: what the store has and the newer version lacks stays.
"""

from __future__ import annotations

import asyncio
import sqlite3

from hfs_server.session import Progress
from hfs_server.store.sqlite.committing import (
    PAUSE_SECONDS,
    insert_checkpoints,
    insert_messages,
)
from hfs_server.store.sqlite.connections import Connection, transaction
from hfs_server.store.sqlite.database import Database
from hfs_server.store.sqlite.existing import Comparison, StoredSession, data_version
from hfs_server.store.sqlite.originals import Originals, remove_replaced
from hfs_server.store.sqlite.rows import SessionRow
from hfs_server.store.sqlite.staging import StagedSession


class SessionUpdate:
    """A stored session that becomes like the staged one, which has all that it has."""

    def __init__(
        self,
        connection: Connection,
        database: Database,
        staged: StagedSession,
        stored: StoredSession,
        originals: Originals,
    ) -> None:
        self._connection = connection
        self._database = database
        self._file = database.identity
        self._slice_ends = staged.slice_ends
        self._stored = stored
        self._originals = originals

    async def commit(self, comparison: Comparison, row: SessionRow, on_progress: Progress) -> bool:
        """Adds what the store lacks; False if another program changed the store since.

        More than one slice of messages comes slice by slice: the session grows in several
        steps, the last of which changes its row.
        """
        start = comparison.common if comparison.is_ordered else 0
        ends = [end for end in self._slice_ends if end > start] or [start]
        if not comparison.is_ordered:
            ends = ends[-1:]
        for number, end in enumerate(ends[:-1], start=1):
            async with transaction(self._connection):
                if not await self._connection.run(self._append, start, end):
                    return False
            start = end
            on_progress(number / len(ends), f"{number / len(ends):.0%} committed to the store")
            await asyncio.sleep(PAUSE_SECONDS)
        async with transaction(self._connection, shield_commit=True):
            return await self._connection.run(self._complete, comparison, row, start)

    def _append(self, connection: sqlite3.Connection, start: int, end: int) -> bool:
        if is_unchanged := self._is_unchanged(connection):
            insert_messages(connection, self._stored.id, start, end)
        return is_unchanged

    def _complete(
        self, connection: sqlite3.Connection, comparison: Comparison, row: SessionRow, start: int
    ) -> bool:
        if not self._is_unchanged(connection):
            return False
        if not comparison.is_ordered:
            connection.execute(_DELETE_MESSAGES, (self._stored.id,))
        for stored, staged in comparison.changed:
            connection.execute(_REPLACE_MESSAGE, (staged, stored))
        if self._slice_ends[-1] > start:
            insert_messages(connection, self._stored.id, start, self._slice_ends[-1])
        if comparison.checkpoints_differ:
            connection.execute(_DELETE_CHECKPOINTS, (self._stored.id,))
            insert_checkpoints(connection, self._stored.id)
        self._originals.insert(connection)
        connection.execute(_UPDATE_SESSION, (*row, self._stored.id))
        replaced = self._stored.row.hfs_original
        if replaced is not None and replaced != row.hfs_original:
            remove_replaced(connection, replaced)
        return True

    def _is_unchanged(self, connection: sqlite3.Connection) -> bool:
        self._database.check_unmoved(self._file)
        return data_version(connection) == self._stored.version


_DELETE_MESSAGES = "DELETE FROM messages WHERE session_id = ?"
_DELETE_CHECKPOINTS = "DELETE FROM checkpoints WHERE session_id = ?"
_REPLACE_MESSAGE = """
    UPDATE messages SET (role, content, created_at, hfs_extra) = (
        SELECT role, content, created_at, hfs_extra FROM staged_messages WHERE id = ?)
    WHERE id = ?
"""
_UPDATE_SESSION = f"""
    UPDATE sessions SET {", ".join(f"{name} = ?" for name in SessionRow._fields)} WHERE id = ?
"""
