"""Deletes sessions so that they can be restored, and restores them.

A deleted session is gone immediately, since its row is no longer among those of the terminal
program. Its messages get a negative session id: most often in the same transaction, else in
further ones. The rule not to break: a session is either in the store or deleted, and whole.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple

from hfs_server.cancellation import shielded
from hfs_server.errors import SessionNotFound, StoreBusy
from hfs_server.store.results import Deletion
from hfs_server.store.sqlite.connections import BUSY_SECONDS, Connection, fetch, is_busy, write
from hfs_server.store.sqlite.database import Database
from hfs_server.store.sqlite.deletions import (
    deleted_session,
    deleted_together,
    session_not_found,
)
from hfs_server.store.sqlite.moving import finish_moves, move_for, seconds_for
from hfs_server.store.sqlite.pending import next_session_id
from hfs_server.store.sqlite.recovery import remove_interrupted_imports
from hfs_server.store.sqlite.vanishing import subtree, vanish
from hfs_server.timestamps import iso_from_text, now, store_text


async def delete(database: Database, session_id: int, deleted_at: str | None = None) -> Deletion:
    """Deletes a session and those below it, at a time in ISO 8601, or now.

    Raises SessionNotFound, and StoreBusy while one of them is being imported.
    """
    at = iso_from_text(deleted_at) if deleted_at else now()
    async with changing(database) as connection:
        return Deletion(at, await delete_with(connection, session_id, at))


async def delete_with(connection: Connection, session_id: int, deleted_at: str) -> int:
    """Deletes a session and those below it; returns how many. Foreign keys must not be enforced.

    Raises what ``delete`` raises.
    """
    count = await write(connection, _delete, session_id, store_text(deleted_at))
    await _finish(connection)
    return count


async def restore(database: Database, session_id: int) -> int:
    """Restores a deleted session and what was deleted with it from below it; returns its id.

    Raises SessionNotFound.
    """
    async with changing(database) as connection:
        ids = await restore_with(connection, session_id)
    if not ids:
        raise StoreBusy(
            f"Other programs keep changing the store {database.path}. Try again when they have "
            "finished."
        )
    return ids[0]


async def restore_with(connection: Connection, session_id: int) -> list[int]:
    """The ids of the sessions that were restored, the requested one first.

    The list is empty if other programs keep taking its id. Foreign keys must not be enforced.
    Raises SessionNotFound.
    """
    begun = await write(connection, _restore, session_id, session_id)
    # What has begun must be reported.
    return begun.ids if begun.is_done else await shielded(_restored(connection, begun, session_id))


async def _restored(connection: Connection, begun: _Begun, session_id: int) -> list[int]:
    deadline = time.monotonic() + BUSY_SECONDS
    while time.monotonic() < deadline:
        await _finish(connection)
        if await connection.run(_has_sessions, begun.ids, wait=True):
            return begun.ids
        begun = await write(connection, _restore, begun.deleted_id, session_id)
        if begun.is_done:
            return begun.ids
    return []


class _Begun(NamedTuple):
    """A restoration after its first transaction."""

    deleted_id: int
    """The negative id of the session."""
    ids: list[int]
    """The ids that it and those below it get; none if another program is moving their rows."""
    is_done: bool
    """Whether they have them already."""


@asynccontextmanager
async def changing(database: Database) -> AsyncIterator[Connection]:
    """A connection for deletions; what other programs left half done is completed."""
    async with database.writing() as connection:
        await connection.run(fetch, "PRAGMA foreign_keys = OFF")
        database.check_unmoved(database.identity)
        await remove_interrupted_imports(connection, database.path)
        await finish_moves(connection)
        yield connection


async def _finish(connection: Connection) -> None:
    """Completes what was begun; if the store stays locked, another program does so later."""
    try:
        await shielded(finish_moves(connection))
    except sqlite3.OperationalError as error:
        if not is_busy(error):
            raise


def _delete(connection: sqlite3.Connection, session_id: int, deleted_at: str) -> int:
    """Deletes in a transaction that has begun; returns how many sessions."""
    ids = subtree(connection, session_id)
    if not ids:
        raise session_not_found(connection, session_id)
    for number in ids:
        if connection.execute(_IS_PENDING, (number,)).fetchall():
            raise StoreBusy(
                f"Session {number} is being imported. Try again when that has finished."
            )
    seconds = seconds_for(connection, ids)
    vanish(connection, ids, deleted_at)
    move_for(connection, seconds)
    return len(ids)


def _restore(connection: sqlite3.Connection, deleted_id: int, session_id: int) -> _Begun:
    """Begins to restore the session that is known by the one id; clients requested the other."""
    deleted = deleted_session(connection, deleted_id)
    if deleted is None:
        raise _not_deleted(connection, session_id)
    ids: list[int] = []
    together = deleted_together(connection, deleted)
    if any(each.other_id is not None for each in together):
        return _Begun(deleted.id, [], False)
    for each in together:
        ids.append(_id_for(connection, each.session_id, ids))
        connection.execute(_BEGIN_RESTORING, (ids[-1], each.id))
    has_more = move_for(connection, seconds_for(connection, ids))
    return _Begun(deleted.id, ids, not has_more)


def _id_for(connection: sqlite3.Connection, session_id: int, others: list[int]) -> int:
    """The id that a session had, if it is free, else a new one."""
    is_taken = bool(connection.execute(_IS_TAKEN, (session_id,)).fetchall())
    if not is_taken and session_id not in others:
        return session_id
    return max([next_session_id(connection), *(other + 1 for other in others)])


def _not_deleted(connection: sqlite3.Connection, session_id: int) -> SessionNotFound:
    if _has_sessions(connection, [session_id]):
        return SessionNotFound(f"Session {session_id} is not deleted.", sessionId=session_id)
    return SessionNotFound(
        f"The store has no deleted session {session_id}. List the deleted sessions to see them.",
        sessionId=session_id,
    )


def _has_sessions(connection: sqlite3.Connection, ids: Sequence[int]) -> bool:
    sql = "SELECT 1 FROM sessions WHERE id = ?"
    return bool(ids) and all(connection.execute(sql, (each,)).fetchall() for each in ids)


_IS_PENDING = "SELECT 1 FROM hfs_pending_imports WHERE session_id = ? LIMIT 1"
_IS_TAKEN = """
    SELECT 1 FROM sessions WHERE id = ?1
    UNION ALL SELECT 1 FROM messages WHERE session_id = ?1
    UNION ALL SELECT 1 FROM checkpoints WHERE session_id = ?1 LIMIT 1
"""
_BEGIN_RESTORING = "UPDATE hfs_deletions SET other_id = ?, is_restoring = 1 WHERE id = ?"
