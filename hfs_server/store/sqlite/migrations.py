"""The store's own schema steps, on top of the terminal program's three tables.

A step only adds: tables, indexes, and columns that are NULL or have a default, since
the terminal program goes on using the file. What we keep of a row stands in that row,
so that it goes with it and never meets a new row of the same id. A step skips what is
there already: a copy of a store may have lost its version, or some of its indexes.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from hfs_server.store.sqlite.listing import ACTIVITY, HAS_USUAL_TIME
from hfs_server.store.sqlite.versions import Record, Schema, look

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    import aiosqlite

    Transaction = Callable[[aiosqlite.Connection], AbstractAsyncContextManager[None]]

_TABLES = {
    "sessions": """(
        id INTEGER NOT NULL, name VARCHAR(255) NOT NULL, created_at DATETIME NOT NULL,
        updated_at DATETIME, PRIMARY KEY (id))""",
    "messages": """(
        id INTEGER NOT NULL, session_id INTEGER NOT NULL, role VARCHAR(50) NOT NULL,
        content TEXT NOT NULL, created_at DATETIME NOT NULL, PRIMARY KEY (id),
        FOREIGN KEY(session_id) REFERENCES sessions (id))""",
    "checkpoints": """(
        id INTEGER NOT NULL, session_id INTEGER NOT NULL, message_index INTEGER NOT NULL,
        trigger_event VARCHAR(100) NOT NULL, state_json TEXT NOT NULL,
        created_at DATETIME NOT NULL, PRIMARY KEY (id),
        FOREIGN KEY(session_id) REFERENCES sessions (id))""",
    "hfs_pending_imports": """(
        token BLOB NOT NULL, session_id INTEGER NOT NULL,
        first_message_id INTEGER NOT NULL, last_message_id INTEGER NOT NULL)""",
    "hfs_reserved_ids": "(session_id INTEGER NOT NULL PRIMARY KEY)",
    "hfs_schema": "(version INTEGER NOT NULL, owns_user_version INTEGER NOT NULL)",
}
_COLUMNS = {
    "sessions": ("hfs_run_snapshot", "hfs_extra"),
    "messages": ("hfs_extra",),
    "checkpoints": ("hfs_extra",),
}
_INDEXES = {
    "hfs_sessions_by_activity": f"sessions ({ACTIVITY} DESC, id DESC) WHERE {HAS_USUAL_TIME}",
    "hfs_sessions_of_other_times": f"sessions (id) WHERE NOT ({HAS_USUAL_TIME})",
    "hfs_messages_by_session": "messages (session_id)",
    "hfs_user_messages_by_session": "messages (session_id) WHERE role = 'user'",
    "hfs_checkpoints_by_session": "checkpoints (session_id)",
}

# What imports of the first version left is written down under tokens that no import has.
_TAKE_OVER_ARRIVING = (
    """INSERT INTO hfs_pending_imports (token, session_id, first_message_id, last_message_id)
        SELECT CAST(session_id AS BLOB), session_id, first_message_id, last_message_id
        FROM hfs_arriving""",
    "INSERT OR IGNORE INTO hfs_reserved_ids SELECT session_id FROM hfs_arriving",
    "DROP TABLE hfs_arriving",
)


async def _add_what_is_lacking(connection: aiosqlite.Connection) -> None:
    for statement in _lacking(await schema_of(connection)):
        await connection.execute_fetchall(statement)


async def _take_over_arriving(connection: aiosqlite.Connection) -> None:
    if "hfs_arriving" in (await schema_of(connection)).tables:
        for statement in _TAKE_OVER_ARRIVING:
            await connection.execute_fetchall(statement)


STEPS: tuple[Callable[[aiosqlite.Connection], Awaitable[None]], ...] = (
    _add_what_is_lacking,
    _take_over_arriving,
)
"""All steps, oldest first; a step's place, from 1, is the version that it leads to."""


async def migrate(connection: aiosqlite.Connection, transaction: Transaction) -> None:
    """Brings the store to the newest version; several programs may do so at once."""
    if is_current(await schema_of(connection)):
        return
    async with transaction(connection):
        schema = await schema_of(connection)
        if is_current(schema) or schema.newer_than(len(STEPS)):
            return
        for step in STEPS[0 if _lacking(schema) else schema.version :]:
            await step(connection)
        record = Record(len(STEPS), schema.owns_user_version)
        await connection.execute_fetchall("DELETE FROM hfs_schema")
        await connection.execute_fetchall("INSERT INTO hfs_schema VALUES (?, ?)", record)
        if record.owns_user_version:
            await connection.execute_fetchall(f"PRAGMA user_version = {len(STEPS)}")


def is_current(schema: Schema) -> bool:
    """Whether nothing is to be done before the store can be used, and nothing is newer."""
    version = schema.user_version if schema.owns_user_version else len(STEPS)
    return (
        version == len(STEPS)
        and schema.record == (len(STEPS), schema.owns_user_version)
        and not _lacking(schema)
    )


def lacks_columns(schema: Schema) -> bool:
    """Whether sessions cannot be read yet; all else that we add is for speed and for writing."""
    return any(
        not {*names} <= schema.columns.get(table, set()) for table, names in _COLUMNS.items()
    )


async def schema_of(connection: aiosqlite.Connection) -> Schema:
    """What the store is made of."""
    questions = look()
    sql = next(questions)
    try:
        while True:
            sql = questions.send([*await connection.execute_fetchall(sql)])
    except StopIteration as done:
        found: Schema = done.value
        return found


def _lacking(schema: Schema) -> list[str]:
    """The statements that add what is not there, and index anew what is indexed otherwise."""
    tables = [
        f"CREATE TABLE {name} {parts}"
        for name, parts in _TABLES.items()
        if name not in schema.tables
    ]
    columns = [
        f"ALTER TABLE {table} ADD COLUMN {name} TEXT"
        for table, names in _COLUMNS.items()
        for name in names
        if name not in schema.columns.get(table, ())
    ]
    return tables + columns + _lacking_indexes(schema.indexes)


def _lacking_indexes(found: dict[str, str]) -> list[str]:
    statements = []
    for name, parts in _INDEXES.items():
        statement = f"CREATE INDEX {name} ON {parts}"
        if found.get(name, "").split() != statement.split():
            statements += [f"DROP INDEX {name}"] if name in found else []
            statements.append(statement)
    return statements
