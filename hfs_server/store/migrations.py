"""The store's own schema steps, on top of the terminal program's three tables.

A step only adds: tables, indexes, and columns that are NULL or have a default, since
the terminal program goes on using the file. What we keep of a row stands in that row,
so that it goes with it and never meets a new row of the same id.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    import aiosqlite

    Transaction = Callable[[aiosqlite.Connection], AbstractAsyncContextManager[None]]

_TERMINAL_TABLES = (
    """CREATE TABLE IF NOT EXISTS sessions (
        id INTEGER NOT NULL, name VARCHAR(255) NOT NULL, created_at DATETIME NOT NULL,
        updated_at DATETIME, PRIMARY KEY (id))""",
    """CREATE TABLE IF NOT EXISTS messages (
        id INTEGER NOT NULL, session_id INTEGER NOT NULL, role VARCHAR(50) NOT NULL,
        content TEXT NOT NULL, created_at DATETIME NOT NULL, PRIMARY KEY (id),
        FOREIGN KEY(session_id) REFERENCES sessions (id))""",
    """CREATE TABLE IF NOT EXISTS checkpoints (
        id INTEGER NOT NULL, session_id INTEGER NOT NULL, message_index INTEGER NOT NULL,
        trigger_event VARCHAR(100) NOT NULL, state_json TEXT NOT NULL,
        created_at DATETIME NOT NULL, PRIMARY KEY (id),
        FOREIGN KEY(session_id) REFERENCES sessions (id))""",
)

_ADDED = (
    "ALTER TABLE sessions ADD COLUMN hfs_run_snapshot TEXT",
    "ALTER TABLE sessions ADD COLUMN hfs_extra TEXT",
    "ALTER TABLE messages ADD COLUMN hfs_extra TEXT",
    "ALTER TABLE checkpoints ADD COLUMN hfs_extra TEXT",
    """CREATE INDEX hfs_sessions_by_activity
        ON sessions (coalesce(updated_at, created_at) DESC, id DESC)""",
    "CREATE INDEX hfs_messages_by_session ON messages (session_id)",
    "CREATE INDEX hfs_user_messages_by_session ON messages (session_id) WHERE role = 'user'",
    "CREATE INDEX hfs_checkpoints_by_session ON checkpoints (session_id)",
    """CREATE TABLE hfs_arriving (
        session_id INTEGER NOT NULL, first_message_id INTEGER NOT NULL,
        last_message_id INTEGER NOT NULL, moved_at REAL NOT NULL)""",
)

_PENDING = (
    """CREATE TABLE IF NOT EXISTS hfs_pending_imports (
        token BLOB NOT NULL, session_id INTEGER NOT NULL,
        first_message_id INTEGER NOT NULL, last_message_id INTEGER NOT NULL)""",
    "CREATE TABLE IF NOT EXISTS hfs_reserved_ids (session_id INTEGER NOT NULL PRIMARY KEY)",
)
# What imports of the first version left is written down under tokens that no import has.
_TAKE_OVER_ARRIVING = (
    """INSERT INTO hfs_pending_imports (token, session_id, first_message_id, last_message_id)
        SELECT CAST(session_id AS BLOB), session_id, first_message_id, last_message_id
        FROM hfs_arriving""",
    "INSERT OR IGNORE INTO hfs_reserved_ids SELECT session_id FROM hfs_arriving",
    "DROP TABLE hfs_arriving",
)


async def _add_what_terminal_lacks(connection: aiosqlite.Connection) -> None:
    for statement in (*_TERMINAL_TABLES, *_ADDED):
        await connection.execute_fetchall(statement)


async def _give_imports_tokens(connection: aiosqlite.Connection) -> None:
    for statement in _PENDING:
        await connection.execute_fetchall(statement)
    old = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'hfs_arriving'"
    if [*await connection.execute_fetchall(old)]:
        for statement in _TAKE_OVER_ARRIVING:
            await connection.execute_fetchall(statement)


STEPS: tuple[Callable[[aiosqlite.Connection], Awaitable[None]], ...] = (
    _add_what_terminal_lacks,
    _give_imports_tokens,
)
"""All steps, oldest first; a step's place, from 1, is the ``user_version`` that it leads to."""

READABLE_SINCE = 1
"""The first version that has all that is read; a store that may only be read cannot be migrated."""


async def migrate(connection: aiosqlite.Connection, transaction: Transaction) -> None:
    """Brings the store to the newest version; several programs may do so at once."""
    if await version_of(connection) == len(STEPS):
        return
    async with transaction(connection):
        done = await version_of(connection)
        for number, step in enumerate(STEPS[done:], start=done + 1):
            await step(connection)
            await connection.execute_fetchall(f"PRAGMA user_version = {number}")


async def version_of(connection: aiosqlite.Connection) -> int:
    """The number of steps that the store has behind it."""
    ((version,),) = await connection.execute_fetchall("PRAGMA user_version")
    return int(version)
