"""Permanently removes deleted data from the store, whichever program deleted it.

A program that deletes a session may leave its messages behind, which no list shows.
SQLite leaves deleted text in the file until its pages are reused. Only a rewritten file
holds none of it, and the write-ahead log holds the old text until it is truncated.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time

from hfs_server.errors import StoreBusy
from hfs_server.store.sqlite import connections
from hfs_server.store.sqlite.connections import Connection, fetch, transaction
from hfs_server.store.sqlite.database import Database
from hfs_server.store.sqlite.moving import finish_moves
from hfs_server.store.sqlite.originals import remove_unused
from hfs_server.store.sqlite.recovery import remove_interrupted_imports
from hfs_server.store.sqlite.sqlite_errors import store_error
from hfs_server.store.sqlite.store_file import store_size

_PAUSE_SECONDS = 0.05
_NOT_REWRITTEN = (
    "Deleted sessions were removed for good, but the store was not rewritten: its files are no "
    "smaller, and deleted text may still be in them."
)


async def purge(database: Database) -> int:
    """Rewrites the store without deleted data; returns how many bytes smaller its files are.

    The store is locked meanwhile. Raises StoreBusy if another program keeps it locked, and
    what opening a store raises.
    """
    before = store_size(database.path)
    async with database.writing() as connection:
        await remove_interrupted_imports(connection, database.path)
        await finish_moves(connection)
        if await connection.run(fetch, "SELECT 1 FROM hfs_pending_imports LIMIT 1", wait=True):
            raise StoreBusy(
                f"Another program is importing into the store {database.path}, or is paused while "
                "doing so. Try again when it has finished."
            )
        async with transaction(connection):
            await connection.run(_delete_orphans)
        await _rewrite(connection, database)
    return max(0, before - store_size(database.path))


async def _rewrite(connection: Connection, database: Database) -> None:
    """Rewrites the files. An error says that the deleted sessions are removed nevertheless."""
    try:
        await connection.run(fetch, "VACUUM", wait=True)
        await _truncate_wal(connection, database)
    except (sqlite3.Error, StoreBusy) as error:
        reason = error if isinstance(error, StoreBusy) else store_error(error, database.path)
        raise type(reason)(f"{_NOT_REWRITTEN} {reason.message}") from error


async def _truncate_wal(connection: Connection, database: Database) -> None:
    """Writes the write-ahead log into the file and empties it, once nobody reads it."""
    deadline = time.monotonic() + connections.BUSY_SECONDS
    while True:
        rows = await connection.run(fetch, "PRAGMA wal_checkpoint(TRUNCATE)", wait=True)
        ((is_in_use, *_),) = rows
        if not is_in_use:
            return
        if time.monotonic() > deadline:
            raise StoreBusy(
                f"Another program is reading the store {database.path}. Try again when it has "
                "finished."
            )
        await asyncio.sleep(_PAUSE_SECONDS)


def _delete_orphans(connection: sqlite3.Connection) -> None:
    for statement in _FORGET_DELETED:
        connection.execute(statement)
    for statement in _DELETE_ORPHANS:
        connection.execute(statement)
    remove_unused(connection)


_FORGET_DELETED = ("DELETE FROM hfs_deletions", "DELETE FROM hfs_deleted_sessions")
"""The times of the deletions and the identities stay, so that the sessions stay deleted."""

_DELETE_ORPHANS = (
    """DELETE FROM messages WHERE session_id NOT IN (SELECT id FROM sessions)
        AND NOT EXISTS (SELECT 1 FROM hfs_pending_imports)""",
    "DELETE FROM checkpoints WHERE session_id NOT IN (SELECT id FROM sessions)",
)
"""Rows of no session, but not those of an import that has begun meanwhile."""
