"""The run of an import: its connection with temporary tables, and what makes it durable."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TypeVar

from hfs_server.cancellation import shielded
from hfs_server.store.shapes import ImportRules
from hfs_server.store.sqlite.connections import Connection, fetch, is_busy, transaction
from hfs_server.store.sqlite.database import Database
from hfs_server.store.sqlite.importing import SqliteImport
from hfs_server.store.sqlite.moving import finish_moves
from hfs_server.store.sqlite.originals import create_original_stage
from hfs_server.store.sqlite.recovery import remove_interrupted_imports
from hfs_server.store.sqlite.trial import create_trial
from hfs_server.temporary import temporary_folder

Import = TypeVar("Import", bound=SqliteImport)


@asynccontextmanager
async def importing(
    database: Database, rules: ImportRules, *, exists: bool, kind: type[Import]
) -> AsyncIterator[Import]:
    """An import; a trial of one for a store that does not exist uses an empty temporary one."""
    async with AsyncExitStack() as stack:
        if rules.is_trial and not exists:
            folder = stack.enter_context(temporary_folder())
            database = Database(folder / "trial.db")
            stack.push_async_callback(database.close)
        connection = await stack.enter_async_context(
            database.snapshot() if rules.is_trial else database.writing()
        )
        if rules.is_trial:
            await connection.run(fetch, "COMMIT")
        else:
            await remove_interrupted_imports(connection, database.path)
        await connection.run(_begin)
        if not rules.is_trial:
            await finish_moves(connection)
        session_import = kind(connection, database, rules)
        try:
            yield session_import
        except BaseException:
            # Nothing is acknowledged, so that nothing may wait for a lock.
            await shielded(_make_durable(connection, session_import, wait=False))
            raise
        await shielded(_make_durable(connection, session_import))


def _begin(connection: sqlite3.Connection) -> None:
    # Messages are in the store before their session while it is committed in slices.
    connection.execute("PRAGMA foreign_keys = OFF")
    create_original_stage(connection)
    create_trial(connection)
    # One sync of the write-ahead log at the end is enough, since nothing is reported before that
    # (benchmark row 17).
    connection.execute("PRAGMA synchronous = NORMAL")


async def _make_durable(
    connection: Connection, session_import: SqliteImport, *, wait: bool = True
) -> None:
    """Writes all that was committed to the disk: a synchronous commit syncs the whole log."""
    if not session_import.has_written:
        return
    await connection.run(fetch, "PRAGMA synchronous = FULL")
    try:
        async with transaction(connection, wait=wait):
            await connection.run(fetch, "UPDATE hfs_schema SET version = version")
    except sqlite3.OperationalError as error:
        if wait or not is_busy(error):
            raise
