"""Deletions by the identity of a session, for stores that exchange them."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import suppress

from hfs_server.errors import SessionNotFound
from hfs_server.identity import HFS_TOOL, identity_of
from hfs_server.store.results import DeletionState
from hfs_server.store.sqlite.connections import write
from hfs_server.store.sqlite.database import Database
from hfs_server.store.sqlite.deleting import changing, delete_with, restore_with
from hfs_server.store.sqlite.deletions import (
    deleted_of_identity,
    has_deletions,
    identity_of_row,
)
from hfs_server.store.sqlite.vanishing import set_state
from hfs_server.timestamps import iso_from_store, iso_from_text, store_text


def deletion_states(connection: sqlite3.Connection) -> Mapping[str, DeletionState]:
    """Which identities were deleted last, or came back, and when."""
    if not has_deletions(connection):
        return {}
    states = {
        identity: DeletionState(bool(is_deleted), iso_from_store(changed_at))
        for identity, is_deleted, changed_at in connection.execute(_STATES)
    }
    unknown = DeletionState(True, None)
    return {**dict.fromkeys([each for (each,) in connection.execute(_GONE)], unknown), **states}


async def delete_identity(database: Database, identity: str, deleted_at: str) -> int:
    """Deletes all sessions of an identity as of a time, which is noted even if there is none."""
    count, time = 0, iso_from_text(deleted_at)
    async with changing(database) as connection:
        for session_id in await connection.run(_sessions_of, identity, wait=True):
            # It may have been below another one.
            with suppress(SessionNotFound):
                count += await delete_with(connection, session_id, time)
        await write(connection, _note_deletion, identity, store_text(time))
    return count


async def restore_identity(database: Database, identity: str, restored_at: str) -> int | None:
    """Restores the session of an identity that was deleted last, as of a time; returns its id.

    One that came back with another session gets the time only. None if there is none, as after a
    purge.
    """
    async with changing(database) as connection:
        deleted = await connection.run(deleted_of_identity, identity, wait=True)
        if deleted is None:
            ids = await connection.run(_sessions_of, identity, wait=True)
        else:
            ids = await restore_with(connection, deleted.id)
        if ids:
            time = store_text(iso_from_text(restored_at))
            await write(connection, _note_restoration, identity, time)
    return ids[0] if ids else None


def _note_deletion(connection: sqlite3.Connection, identity: str, time: str) -> None:
    """Records a deletion, as one with those of the same time above and below the session.

    That is how the machine deleted them from which they come, so they are restored together.
    """
    set_state(connection, identity, time, is_deleted=True)
    for deletion, parent in connection.execute(_DELETED_AT, (identity, time)).fetchall():
        for (below,) in connection.execute(_BELOW, (deletion, time)).fetchall():
            connection.execute(_JOIN, (deletion, below))
        for (above,) in connection.execute(_ABOVE, (parent, time)).fetchall():
            connection.execute(_JOIN, (above, deletion))


def _note_restoration(connection: sqlite3.Connection, identity: str, time: str) -> None:
    set_state(connection, identity, time, is_deleted=False)


def _sessions_of(connection: sqlite3.Connection, identity: str) -> list[int]:
    found = [number for (number,) in connection.execute(_OF_IDENTITY, (identity,))]
    if identity.startswith(identity_of(HFS_TOOL, "")):
        unnamed = [number for (number,) in connection.execute(_UNNAMED)]
        found += [each for each in unnamed if identity_of_row(connection, each) == identity]
    return found


_STATES = "SELECT identity, is_deleted, changed_at FROM hfs_deletion_states"
_GONE = """
    SELECT identity FROM hfs_identities
    WHERE NOT EXISTS (SELECT 1 FROM sessions WHERE hfs_identity = identity)
"""
_DELETED_AT = """
    SELECT deletion, hfs_parent FROM hfs_deletions
    JOIN hfs_deleted_sessions ON hfs_deleted_sessions.id = hfs_deletions.id
    WHERE identity = ? AND deleted_at = ? AND deletion = hfs_deletions.id
"""
_ABOVE = """
    SELECT deletion FROM hfs_deletions WHERE identity = ? AND deleted_at = ? LIMIT 1
"""
_BELOW = """
    SELECT hfs_deletions.id FROM hfs_deletions
    JOIN hfs_deleted_sessions ON hfs_deleted_sessions.id = hfs_deletions.id
    WHERE hfs_parent IN (SELECT identity FROM hfs_deletions WHERE deletion = ?)
        AND deleted_at = ? AND deletion = hfs_deletions.id
"""
_JOIN = "UPDATE hfs_deletions SET deletion = ? WHERE deletion = ?"
_OF_IDENTITY = "SELECT id FROM sessions WHERE hfs_identity = ? ORDER BY id"
_UNNAMED = "SELECT id FROM sessions WHERE hfs_identity IS NULL"
