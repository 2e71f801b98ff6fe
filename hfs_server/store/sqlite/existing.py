"""The session that a store already has, and what an update makes of its row.

The rule not to break: it is found by what never changes, and never by its id alone.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from hfs_server.session import SessionHeader
from hfs_server.store.comparing import Comparison
from hfs_server.store.comparing_redacted import compare_with
from hfs_server.store.rows import SessionRow, as_text
from hfs_server.store.sqlite.parts import stored_parts
from hfs_server.store.staging import StagedSession
from hfs_server.timestamps import store_text

_BEST_FIRST = ("same", "grown", "shrunk", "apart")


class Mark(NamedTuple):
    """What shows whether a session was changed since it was read."""

    version: int
    """The version of the store's data; another program may have changed another session."""
    last_message_id: int
    digest: int
    """Of the session's row, its checkpoints, and its messages up to the last one."""


class StoredRow(NamedTuple):
    """A session that the store has, before it is compared."""

    id: int
    message_count: int
    checkpoint_count: int
    last_message_id: int
    row: SessionRow


class StoredSession(NamedTuple):
    """A session that the store has."""

    id: int
    message_count: int
    checkpoint_count: int
    row: SessionRow
    comparison: Comparison
    mark: Mark


def find_sessions(
    connection: sqlite3.Connection,
    identity: str,
    header: SessionHeader,
    staged: StagedSession,
) -> list[StoredSession]:
    """The stored sessions of the staged one's identity, in the order of their ids."""
    connection.execute("BEGIN")
    try:
        rows = stored_like(connection, identity, header, staged)
        incoming = staged.parts()
        return [
            compared(connection, each, compare_with(each.row, parts, incoming))
            for each in rows
            for parts in [stored_parts(connection, each.id)]
        ]
    finally:
        connection.execute("ROLLBACK")


def stored_like(
    connection: sqlite3.Connection, identity: str, header: SessionHeader, staged: StagedSession
) -> list[StoredRow]:
    """The same before they are compared.

    Other programs do not record identities: their sessions are found by how they begin.
    """
    begun = None if "session_id" in header.facts else header.created_at
    return stored_rows(connection, identity, begun, staged.first_message)


def stored_rows(
    connection: sqlite3.Connection,
    identity: str,
    created_at: str | None,
    first_message: tuple[str, str],
) -> list[StoredRow]:
    """The stored sessions of an identity, and those that begin so without one."""
    rows = connection.execute(_BY_IDENTITY, (identity,)).fetchall()
    if created_at:
        begun = store_text(created_at)
        rows += connection.execute(_BY_BEGINNING, (begun, *first_message)).fetchall()
    return list(map(_stored_row, rows))


def was_imported(connection: sqlite3.Connection, identity: str) -> bool:
    """Whether the store has, or had, a session that was imported."""
    return bool(connection.execute(_WAS_IMPORTED, (identity,)).fetchall())


def stored_row(connection: sqlite3.Connection, session_id: int) -> StoredRow | None:
    """The session of an id."""
    rows = connection.execute(_BY_ID, (session_id,)).fetchall()
    return _stored_row(rows[0]) if rows else None


def deleted_row(connection: sqlite3.Connection, deleted_id: int) -> StoredRow | None:
    """The deleted session of a negative id."""
    rows = connection.execute(_DELETED, (deleted_id,)).fetchall()
    return _stored_row(rows[0]) if rows else None


def _stored_row(found: Sequence[Any]) -> StoredRow:
    number, messages, checkpoints, last_id, *row = found
    return StoredRow(
        number, messages, checkpoints, last_id, SessionRow._make(map(_text_or_none, row))
    )


def _text_or_none(value: object) -> str | None:
    return None if value is None else as_text(value)


def nearest(sessions: Sequence[StoredSession]) -> StoredSession | None:
    """The first of those that differ least from the staged session."""
    return min(sessions, key=_rank, default=None)


def is_unchanged(connection: sqlite3.Connection, stored: StoredSession, added: int) -> bool:
    """Whether a session is as it was when it was read, but for so many messages at its end."""
    mark = stored.mark
    if _data_version(connection) == mark.version:
        return True
    ((after,),) = connection.execute(_COUNT_AFTER, (stored.id, mark.last_message_id)).fetchall()
    is_same = _digest(connection, stored.id, mark.last_message_id) == mark.digest
    return bool(is_same and after == added)


def compared(
    connection: sqlite3.Connection, stored: StoredRow, comparison: Comparison
) -> StoredSession:
    """The session with how the staged one differs, in a transaction that has begun."""
    digest = 0
    if comparison.relation != "shrunk":
        digest = _digest(connection, stored.id, stored.last_message_id)
    return StoredSession(
        stored.id,
        stored.message_count,
        stored.checkpoint_count,
        stored.row,
        comparison,
        Mark(_data_version(connection), stored.last_message_id, digest),
    )


def _rank(stored: StoredSession) -> int:
    return _BEST_FIRST.index(stored.comparison.relation)


def _data_version(connection: sqlite3.Connection) -> int:
    """A number that differs after each change of the store by another connection."""
    ((version,),) = connection.execute("PRAGMA data_version").fetchall()
    return int(version)


def _digest(connection: sqlite3.Connection, session_id: int, last_message_id: int) -> int:
    digest = 0
    for row in _all_rows(connection, session_id, last_message_id):
        digest = hash((digest, *row))
    return digest


def _all_rows(
    connection: sqlite3.Connection, session_id: int, last_message_id: int
) -> Iterator[tuple[Any, ...]]:
    yield from connection.execute(_ROW, (session_id,))
    yield from connection.execute(_MESSAGES, (session_id, last_message_id))
    yield from connection.execute(_CHECKPOINTS, (session_id,))


_STORED_COLUMNS = f"""
    SELECT id, (SELECT count(*) FROM messages WHERE session_id = sessions.id),
        (SELECT count(*) FROM checkpoints WHERE session_id = sessions.id),
        (SELECT coalesce(max(id), 0) FROM messages WHERE session_id = sessions.id),
        {", ".join(SessionRow._fields)}
"""
_STORED = f"{_STORED_COLUMNS} FROM sessions"
_DELETED = f"{_STORED_COLUMNS} FROM hfs_deleted_sessions AS sessions WHERE id = ?"
_BY_ID = f"{_STORED} WHERE id = ?"
_BY_IDENTITY = f"{_STORED} WHERE hfs_identity = ? ORDER BY id"
_BY_BEGINNING = f"""
    {_STORED} WHERE hfs_identity IS NULL AND created_at = ?1
        AND coalesce((SELECT role = ?2 AND content = ?3 FROM messages WHERE id = (
            SELECT min(id) FROM messages WHERE session_id = sessions.id)), ?2 || ?3 = '')
    ORDER BY id
"""
_WAS_IMPORTED = "SELECT 1 FROM hfs_identities WHERE identity = ?"
_ROW = f"SELECT {', '.join(SessionRow._fields)} FROM sessions WHERE id = ?"
_MESSAGES = """
    SELECT id, role, content, created_at, hfs_extra FROM messages
    WHERE session_id = ? AND id <= ? ORDER BY id
"""
_COUNT_AFTER = "SELECT count(*) FROM messages WHERE session_id = ? AND id > ?"
_CHECKPOINTS = """
    SELECT id, message_index, trigger_event, state_json, created_at, hfs_extra FROM checkpoints
    WHERE session_id = ? ORDER BY id
"""
