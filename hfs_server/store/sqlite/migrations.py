"""The store's own schema steps, on top of the terminal program's three tables.

A step only adds: tables, indexes, and columns that are NULL or have a default, since
the terminal program goes on using the file. What we keep for a row is in that row, so
that it is deleted with it and never meets a new row of the same id. A step skips what
exists: a copy of a store may have lost its version, or some of its indexes.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from hfs_server.store.sqlite.sort_key import ACTIVITY, HAS_STANDARD_TIME
from hfs_server.store.sqlite.versions import Record, Schema, read_schema

_COLUMNS = {
    "sessions": (
        "hfs_run_snapshot",
        "hfs_extra",
        "hfs_identity",
        "hfs_parent",
        "hfs_tool",
        "hfs_directory",
        "hfs_usage",
        "hfs_imported_name",
        "hfs_original",
        "hfs_statistics",
    ),
    "messages": ("hfs_extra",),
    "checkpoints": ("hfs_extra",),
}
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
    "hfs_identities": "(identity TEXT NOT NULL PRIMARY KEY) WITHOUT ROWID",
    "hfs_imported_files": """(
        path TEXT NOT NULL PRIMARY KEY, size INTEGER NOT NULL, mtime INTEGER NOT NULL,
        inode INTEGER NOT NULL, unknown_to TEXT) WITHOUT ROWID""",
    "hfs_originals": """(
        digest TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL, size INTEGER NOT NULL)
        WITHOUT ROWID""",
    "hfs_original_pieces": """(
        original TEXT NOT NULL, number INTEGER NOT NULL, piece BLOB NOT NULL,
        PRIMARY KEY (original, number)) WITHOUT ROWID""",
    "hfs_pieces": "(digest BLOB NOT NULL PRIMARY KEY, data BLOB NOT NULL)",
    "hfs_deleted_sessions": f"""(
        id INTEGER NOT NULL PRIMARY KEY, name, created_at, updated_at,
        {", ".join(_COLUMNS["sessions"])})""",
    "hfs_deletions": """(
        id INTEGER NOT NULL PRIMARY KEY, session_id INTEGER NOT NULL, deletion INTEGER NOT NULL,
        identity TEXT NOT NULL, deleted_at TEXT NOT NULL, last_message_id INTEGER NOT NULL,
        last_checkpoint_id INTEGER NOT NULL, other_id INTEGER, is_restoring INTEGER NOT NULL)""",
    "hfs_deletion_times": """(
        identity TEXT NOT NULL PRIMARY KEY, deleted_at TEXT NOT NULL, restored_at TEXT)
        WITHOUT ROWID""",
    "hfs_schema": "(version INTEGER NOT NULL, owns_user_version INTEGER NOT NULL)",
}
_NOT_NEEDED_TO_READ = frozenset(("hfs_statistics",))
_INDEXES = {
    "hfs_sessions_by_activity": f"sessions ({ACTIVITY} DESC, id DESC) WHERE {HAS_STANDARD_TIME}",
    "hfs_sessions_of_other_times": f"sessions (id) WHERE NOT ({HAS_STANDARD_TIME})",
    "hfs_sessions_by_identity": "sessions (hfs_identity) WHERE hfs_identity IS NOT NULL",
    "hfs_sessions_by_parent": "sessions (hfs_parent) WHERE hfs_parent IS NOT NULL",
    "hfs_sessions_by_original": "sessions (hfs_original) WHERE hfs_original IS NOT NULL",
    "hfs_sessions_without_identity": "sessions (created_at) WHERE hfs_identity IS NULL",
    "hfs_pieces_of_originals": "hfs_original_pieces (piece)",
    "hfs_messages_by_session": "messages (session_id)",
    "hfs_user_messages_by_session": "messages (session_id) WHERE role = 'user'",
    "hfs_checkpoints_by_session": "checkpoints (session_id)",
    "hfs_deletions_by_session": "hfs_deletions (session_id)",
    "hfs_deletions_by_identity": "hfs_deletions (identity)",
    "hfs_deletions_by_deletion": "hfs_deletions (deletion)",
    "hfs_deleted_sessions_by_parent": "hfs_deleted_sessions (hfs_parent)",
    "hfs_deleted_sessions_by_original": "hfs_deleted_sessions (hfs_original)",
}

# What imports of the first version left gets tokens that no import has.
_REPLACE_OLD_TABLE = (
    """INSERT INTO hfs_pending_imports (token, session_id, first_message_id, last_message_id)
        SELECT CAST(session_id AS BLOB), session_id, first_message_id, last_message_id
        FROM hfs_arriving""",
    "INSERT OR IGNORE INTO hfs_reserved_ids SELECT session_id FROM hfs_arriving",
    "DROP TABLE hfs_arriving",
)


def _add_missing(connection: sqlite3.Connection) -> None:
    for statement in _missing(read_schema(connection)):
        connection.execute(statement)


def _replace_old_table(connection: sqlite3.Connection) -> None:
    if "hfs_arriving" in read_schema(connection).tables:
        for statement in _REPLACE_OLD_TABLE:
            connection.execute(statement)


STEPS: tuple[Callable[[sqlite3.Connection], None], ...] = (
    _add_missing,
    _replace_old_table,
    _add_missing,
    _add_missing,
    _add_missing,
)
"""All steps, oldest first; a step's position, from 1, is the version that it leads to."""


def migrate(connection: sqlite3.Connection) -> None:
    """Brings the store to the newest version, in a transaction that has begun.

    Another program may have done so since the schema was last read.
    """
    schema = read_schema(connection)
    if _is_current(schema) or schema.newer_than(len(STEPS)):
        return
    for step in STEPS[0 if _missing(schema) else schema.version :]:
        step(connection)
    record = Record(len(STEPS), schema.owns_user_version)
    connection.execute("DELETE FROM hfs_schema")
    connection.execute("INSERT INTO hfs_schema VALUES (?, ?)", record)
    if record.owns_user_version:
        connection.execute(f"PRAGMA user_version = {len(STEPS)}")


def is_migrated(connection: sqlite3.Connection) -> bool:
    """Whether the store has the newest version."""
    return _is_current(read_schema(connection))


def lacks_columns(schema: Schema) -> bool:
    """Whether sessions cannot be read; all else that we add is for speed and for writing."""
    return any(
        not {*names} - _NOT_NEEDED_TO_READ <= schema.columns.get(table, set())
        for table, names in _COLUMNS.items()
    )


def _is_current(schema: Schema) -> bool:
    version = schema.user_version if schema.owns_user_version else len(STEPS)
    return (
        version == len(STEPS)
        and schema.record == (len(STEPS), schema.owns_user_version)
        and not _missing(schema)
    )


def _missing(schema: Schema) -> list[str]:
    """The statements that add what is missing, and replace indexes of another definition."""
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
    return tables + columns + _missing_indexes(schema.indexes)


def _missing_indexes(found: dict[str, str]) -> list[str]:
    statements = []
    for name, parts in _INDEXES.items():
        statement = f"CREATE INDEX {name} ON {parts}"
        if found.get(name, "").split() != statement.split():
            statements += [f"DROP INDEX {name}"] if name in found else []
            statements.append(statement)
    return statements
