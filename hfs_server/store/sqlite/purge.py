"""The store's files without what was deleted, by whichever program.

A program that deletes a session may leave its messages behind, which nobody sees any more.
SQLite leaves deleted text in the file until its place is used again. Only a file that is
written anew holds none of it, and its log holds the old text until it is cut.
"""

from __future__ import annotations

import asyncio
import time

import aiosqlite

from hfs_server.errors import StoreBusy
from hfs_server.store.sqlite import connections
from hfs_server.store.sqlite.connections import fetched, transaction
from hfs_server.store.sqlite.database import Database
from hfs_server.store.sqlite.recovery import remove_abandoned
from hfs_server.store.sqlite.store_file import size_of

_PAUSE_SECONDS = 0.05


async def purge(database: Database) -> int:
    """Writes the store anew without what was deleted; gives how many bytes its files lost.

    The store is locked meanwhile. Raises StoreBusy where another program does not let go of
    it, and what opening a store raises.
    """
    before = size_of(database.path)
    async with database.writing() as connection:
        await remove_abandoned(connection, database.path, transaction)
        if [*await fetched(connection, "SELECT 1 FROM hfs_pending_imports LIMIT 1")]:
            raise StoreBusy(
                f"Another program is importing into the store {database.path}, or was paused while "
                "it did. Try again when it has finished or was ended."
            )
        async with transaction(connection):
            for statement in _REMOVE_ORPHANS:
                await connection.execute_fetchall(statement)
        await fetched(connection, "VACUUM")
        await _cut_log(connection, database)
    return max(0, before - size_of(database.path))


async def _cut_log(connection: aiosqlite.Connection, database: Database) -> None:
    """Writes the log back into the file and leaves nothing in it, once nobody reads it."""
    deadline = time.monotonic() + connections.BUSY_SECONDS
    while True:
        rows = await fetched(connection, "PRAGMA wal_checkpoint(TRUNCATE)")
        ((is_held, *_),) = rows
        if not is_held:
            return
        if time.monotonic() > deadline:
            raise StoreBusy(
                f"Another program is reading the store {database.path}, so that deleted text is "
                "still in its files. Try again when it has finished."
            )
        await asyncio.sleep(_PAUSE_SECONDS)


_REMOVE_ORPHANS = (
    """DELETE FROM messages WHERE session_id NOT IN (SELECT id FROM sessions)
        AND NOT EXISTS (SELECT 1 FROM hfs_pending_imports)""",
    "DELETE FROM checkpoints WHERE session_id NOT IN (SELECT id FROM sessions)",
)
"""Rows of no session. Those of one that began to move in meanwhile, whose row comes last, stay."""
