"""Brings a stored session up to its newer version, which is staged.

The rule not to break: what the store has and the newer version lacks stays.
"""

from __future__ import annotations

import asyncio
import sqlite3

from hfs_server.cancellation import shielded
from hfs_server.session import Progress
from hfs_server.store.rows import SessionRow
from hfs_server.store.sqlite.committing import (
    PAUSE_SECONDS,
    insert_checkpoints,
    insert_messages,
)
from hfs_server.store.sqlite.connections import Connection, transaction, write
from hfs_server.store.sqlite.database import Database
from hfs_server.store.sqlite.existing import StoredSession, is_unchanged
from hfs_server.store.sqlite.originals import Originals, remove_replaced
from hfs_server.store.sqlite.pending import PendingImport
from hfs_server.store.sqlite.recovery import remove_import
from hfs_server.store.sqlite.staging import StagedSession
from hfs_server.store.sqlite.store_file import Identity


class SessionUpdate:
    """A stored session that becomes like the staged one, which has all that it has."""

    def __init__(
        self,
        connection: Connection,
        database: Database,
        file: Identity | None,
        staged: StagedSession,
        stored: StoredSession,
        originals: Originals,
    ) -> None:
        self._connection = connection
        self._database = database
        self._file = file
        self._staged = staged
        self._slice_ends = staged.slice_ends
        self._stored = stored
        self._originals = originals

    async def commit(self, row: SessionRow, on_progress: Progress) -> bool:
        """Adds what the store lacks; False if another program changed the session since.

        More than one slice of messages comes slice by slice: the session grows in several
        steps, the last of which changes its row. If it is not reached, they are undone.
        """
        start, *ends = self._ends()
        pending = PendingImport(self._database.path)
        is_done = False
        try:
            for number, end in enumerate(ends[:-1], start=1):
                async with transaction(self._connection):
                    if not await self._connection.run(self._append, pending, start, end):
                        return False
                start = end
                on_progress(number / len(ends), f"{number / len(ends):.0%} committed to the store")
                await asyncio.sleep(PAUSE_SECONDS)
            is_done = await write(self._connection, self._complete, pending, row, start)
            return is_done
        finally:
            if pending.session_id and not is_done:
                await shielded(remove_import(self._connection, pending.token))
            pending.release()

    def _ends(self) -> list[int]:
        """How many messages the store has, and where each slice of the others ends."""
        comparison = self._stored.comparison
        if not comparison.is_ordered:
            return [0, self._slice_ends[-1]]
        later = [end for end in self._slice_ends if end > comparison.common]
        return [comparison.common, *(later or [comparison.common])]

    def _append(
        self, connection: sqlite3.Connection, pending: PendingImport, start: int, end: int
    ) -> bool:
        if not self._is_unchanged(connection, pending):
            return False
        if not pending.session_id:
            pending.join(self._stored.id)
        pending.add_slice(
            connection, *insert_messages(connection, self._stored.id, self._staged, start, end)
        )
        return True

    def _complete(
        self, connection: sqlite3.Connection, pending: PendingImport, row: SessionRow, start: int
    ) -> bool:
        if not self._is_unchanged(connection, pending):
            return False
        if pending.session_id:
            pending.complete_join(connection)
        self._replace_parts(connection, start)
        replaced = self._stored.row.hfs_original
        if replaced != row.hfs_original:
            self._originals.insert(connection)
        connection.execute(_UPDATE_SESSION, (*row, self._stored.id))
        if replaced is not None and replaced != row.hfs_original:
            remove_replaced(connection, replaced)
        return True

    def _replace_parts(self, connection: sqlite3.Connection, start: int) -> None:
        comparison, session_id = self._stored.comparison, self._stored.id
        if comparison.relation != "grown":
            return
        if not comparison.is_ordered:
            connection.execute(_DELETE_MESSAGES, (session_id,))
        self._replace_messages(connection)
        if self._slice_ends[-1] > start:
            insert_messages(connection, session_id, self._staged, start, self._slice_ends[-1])
        if comparison.checkpoints_differ:
            connection.execute(_DELETE_CHECKPOINTS, (session_id,))
            insert_checkpoints(connection, session_id, self._staged)

    def _replace_messages(self, connection: sqlite3.Connection) -> None:
        ids = {staged: stored for stored, staged in self._stored.comparison.changed}
        rows = enumerate(self._staged.messages() if ids else (), start=1)
        connection.executemany(
            _REPLACE_MESSAGE, ((*row, ids[number]) for number, row in rows if number in ids)
        )

    def _is_unchanged(self, connection: sqlite3.Connection, pending: PendingImport) -> bool:
        self._database.check_unmoved(self._file)
        return is_unchanged(connection, self._stored, pending.message_count)


_DELETE_MESSAGES = "DELETE FROM messages WHERE session_id = ?"
_DELETE_CHECKPOINTS = "DELETE FROM checkpoints WHERE session_id = ?"
_REPLACE_MESSAGE = """
    UPDATE messages SET role = ?, content = ?, created_at = ?, hfs_extra = ? WHERE id = ?
"""
_UPDATE_SESSION = f"""
    UPDATE sessions SET {", ".join(f"{name} = ?" for name in SessionRow._fields)},
        hfs_statistics = hex(randomblob(8))
    WHERE id = ?
"""
"""Statistics of other messages are neither kept, nor written by a program that counted these."""
