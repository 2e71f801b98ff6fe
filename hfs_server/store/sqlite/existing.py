"""The session that a store already has, and what an update makes of its row.

The rule not to break: it is found by what never changes, and never by its id alone.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from hfs_server.session import SessionHeader
from hfs_server.store.sqlite.comparing import (
    Comparison,
    compare,
    staged_parts,
    stored_parts,
)
from hfs_server.store.sqlite.extra_columns import to_json
from hfs_server.store.sqlite.rows import SessionRow, as_text, object_in
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
    first_message: tuple[str, str],
) -> list[StoredSession]:
    """The stored sessions of the staged one's identity, in the order of their ids.

    Other programs do not record identities: their sessions are found by how they begin.
    """
    connection.execute("BEGIN")
    try:
        begun = None if "session_id" in header.facts else header.created_at
        rows = stored_rows(connection, identity, begun, first_message)
        return [
            compared(
                connection, row, compare(stored_parts(connection, row.id), staged_parts(connection))
            )
            for row in rows
        ]
    finally:
        connection.execute("ROLLBACK")


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


def merged_row(stored: SessionRow, incoming: SessionRow, name: str | None) -> SessionRow:
    """The row of a stored session that is updated: what only the store has stays.

    A name that was changed in the store stays, unless ``name`` is given.
    """
    was_renamed = stored.name != (stored.hfs_imported_name or stored.name)
    was_imported = stored.hfs_imported_name is not None
    kept = stored.name if was_renamed or not was_imported else incoming.name
    both = zip(stored, incoming, strict=True)
    return SessionRow._make(_newer(old, new) for old, new in both)._replace(
        name=name or kept,
        created_at=stored.created_at,
        updated_at=max(filter(None, (stored.updated_at, incoming.updated_at)), default=None),
        hfs_extra=_merged_extra(stored.hfs_extra, incoming.hfs_extra),
        hfs_identity=stored.hfs_identity,
        hfs_original=stored.hfs_original,
        hfs_imported_name=incoming.hfs_imported_name if was_imported else None,
    )


def is_same_but_for_name(row: SessionRow, stored: SessionRow) -> bool:
    """Whether two rows differ in nothing, or in the name that the source gives the session."""
    imported_name = stored.hfs_imported_name
    return row._replace(name=stored.name, hfs_imported_name=imported_name) == stored


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


def _newer(old: str | None, new: str | None) -> str | None:
    """What came later; the stored text if it is the same JSON."""
    return old if new is None or _is_same_json(old, new) else new


def _is_same_json(one: str | None, other: str | None) -> bool:
    if not one or not other or one[0] not in "{[" or other[0] not in "{[":
        return one == other
    try:
        return one == other or bool(json.loads(one) == json.loads(other))
    except (ValueError, RecursionError):
        return False


def _merged_extra(stored: str | None, incoming: str | None) -> str | None:
    """The extra keys of both; where both have one, the incoming one but for where it lay."""
    if not stored or not incoming:
        return stored or incoming
    old, new = object_in(stored), object_in(incoming)
    merged = {**old, **new}
    for member, values in new.items():
        if isinstance(values, dict) and isinstance(old.get(member), dict):
            merged[member] = {**old[member], **values}
    _keep_location(old, merged)
    return stored if merged == old else to_json(merged)


def _keep_location(old: dict[str, Any], merged: dict[str, Any]) -> None:
    """The same session may lie in several places, of which the store names the first."""
    facts = old.get("facts")
    before = facts.get("source") if isinstance(facts, dict) else None
    if isinstance(before, dict) and isinstance(merged["facts"].get("source"), dict):
        source = {**merged["facts"]["source"], "location": before.get("location")}
        kept = {name: value for name, value in source.items() if value is not None}
        merged["facts"] = {**merged["facts"], "source": kept}


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
