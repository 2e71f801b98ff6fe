"""The record of deleted sessions: what they are called, and which were deleted together.

A deleted session's row is in ``hfs_deleted_sessions`` under a negative id, which its messages and
checkpoints have too. ``hfs_deletion_states`` outlives a purge. The rule not to break: a client
knows a deleted session by the id that it had, unless another one had that id later.
"""

from __future__ import annotations

import sqlite3
from typing import NamedTuple

from hfs_server.errors import SessionNotFound
from hfs_server.identity import HFS_TOOL, derived_identity
from hfs_server.store.missing import no_session, session_deleted
from hfs_server.store.rows import as_text
from hfs_server.timestamps import iso_from_store


class Deleted(NamedTuple):
    """A deleted session."""

    id: int
    """The negative id that its rows have."""
    session_id: int
    """The id that it had."""
    deletion: int
    """The negative id of the session that was deleted, with which this one was."""
    identity: str
    deleted_at: str
    last_message_id: int
    last_checkpoint_id: int
    other_id: int | None = None
    """Where rows of it may still be; None if all have its negative id."""
    is_restoring: bool = False
    """Whether the rows move to the other id, or from there."""


def has_deletions(connection: sqlite3.Connection) -> bool:
    """Whether the store has the tables; one that can only be read may lack them."""
    return bool(connection.execute(_HAS_TABLE).fetchall())


def deleted_session(connection: sqlite3.Connection, session_id: int) -> Deleted | None:
    """The deleted session that clients know by this id."""
    if not has_deletions(connection):
        return None
    rows = connection.execute(_BY_ID, (session_id,)).fetchall()
    return _deleted(rows[0]) if rows else None


def deleted_of_identity(connection: sqlite3.Connection, identity: str) -> Deleted | None:
    """The session of this identity that was deleted last."""
    if not has_deletions(connection):
        return None
    rows = connection.execute(_BY_IDENTITY, (identity,)).fetchall()
    return _deleted(rows[0]) if rows else None


def deleted_together(connection: sqlite3.Connection, deleted: Deleted) -> list[Deleted]:
    """A deleted session first, then those below it that were deleted with it."""
    rows = connection.execute(_OF_DELETION, (deleted.deletion,)).fetchall()
    others = [(_deleted(row[:-1]), row[-1]) for row in rows]
    if deleted.id == deleted.deletion:
        return [deleted, *(each for each, _ in others if each != deleted)]
    found, new = [deleted], [deleted]
    while new:
        identities = {each.identity for each in new}
        below = [each for each, parent in others if parent in identities]
        new = [each for each in below if each not in found and each.id != each.deletion]
        found += new
    return found


def moving_sessions(connection: sqlite3.Connection) -> list[Deleted]:
    """Those of which rows are still to be moved."""
    return [_deleted(row) for row in connection.execute(_MOVING).fetchall()]


def session_not_found(connection: sqlite3.Connection, session_id: int) -> SessionNotFound:
    """The error for an id that no session has, which says whether a deleted one had it."""
    deleted = deleted_session(connection, session_id)
    if deleted is None:
        return no_session(session_id)
    return session_deleted(session_id, deleted.deleted_at)


def identity_of_row(connection: sqlite3.Connection, session_id: int) -> str:
    """The identity of a session in the store; the terminal program records none."""
    ((identity, created_at),) = connection.execute(_IDENTITY, (session_id,)).fetchall()
    if identity is not None:
        return as_text(identity)
    rows = connection.execute(_FIRST_MESSAGE, (session_id,)).fetchall() or [("", "")]
    return derived_identity(HFS_TOOL, iso_from_store(created_at), *map(as_text, rows[0]))


def _deleted(row: sqlite3.Row) -> Deleted:
    return Deleted._make(row)._replace(is_restoring=bool(row[-1]))


COLUMNS = ", ".join(f"hfs_deletions.{name}" for name in Deleted._fields)
_HAS_TABLE = "SELECT 1 FROM sqlite_master WHERE name = 'hfs_deletions'"
_BY_ID = f"""
    SELECT {COLUMNS} FROM hfs_deletions WHERE session_id = ?1 OR id = ?1
    ORDER BY session_id = ?1 DESC, deleted_at DESC, id LIMIT 1
"""
_BY_IDENTITY = f"""
    SELECT {COLUMNS} FROM hfs_deletions WHERE identity = ? ORDER BY deleted_at DESC, id LIMIT 1
"""
_OF_DELETION = f"""
    SELECT {COLUMNS}, hfs_parent FROM hfs_deletions
    JOIN hfs_deleted_sessions ON hfs_deleted_sessions.id = hfs_deletions.id
    WHERE deletion = ? ORDER BY hfs_deletions.id DESC
"""
_MOVING = f"SELECT {COLUMNS} FROM hfs_deletions WHERE other_id IS NOT NULL ORDER BY id DESC"
_IDENTITY = "SELECT hfs_identity, created_at FROM sessions WHERE id = ?"
_FIRST_MESSAGE = """
    SELECT role, content FROM messages WHERE session_id = ? ORDER BY id LIMIT 1
"""
