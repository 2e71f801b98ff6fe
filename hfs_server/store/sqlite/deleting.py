"""Deletes sessions so that they can be restored, and restores them.

A deleted session is gone at once, since its row is no longer among those of the terminal
program. Its messages get a negative session id: most often in the same transaction, else in
further ones, which the next program that opens the store completes. The rule not to break:
every session is whole, or wholly deleted.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from hfs_server.cancellation import shielded
from hfs_server.errors import SessionNotFound, StoreBusy
from hfs_server.store.results import Deletion
from hfs_server.store.sqlite.committing import PAUSE_SECONDS
from hfs_server.store.sqlite.connections import Connection, fetch, is_busy, write
from hfs_server.store.sqlite.database import Database
from hfs_server.store.sqlite.deletions import (
    Deleted,
    deleted_session,
    deleted_together,
    moving_sessions,
    session_not_found,
)
from hfs_server.store.sqlite.moving import Move, move_rows
from hfs_server.store.sqlite.pending import next_session_id
from hfs_server.store.sqlite.recovery import remove_interrupted_imports
from hfs_server.store.sqlite.vanishing import reappear, subtree, vanish
from hfs_server.timestamps import now, store_text

LOCK_SECONDS = 0.8
"""How long one lock is held, if the rest can follow in further transactions."""

LONGEST_LOCK_SECONDS = 3.0
"""How long it is held for a session of an id that the terminal program may give next.

A new session must not show messages that are still to be moved.
"""

_ATTEMPTS = 10


async def delete(database: Database, session_id: int, deleted_at: str | None = None) -> Deletion:
    """Deletes a session and those below it, at a time in ISO 8601, or now.

    Raises SessionNotFound, and StoreBusy while the session is being imported.
    """
    deleted_at = deleted_at or now()
    async with changing(database) as connection:
        database.check_unmoved(database.identity)
        count = await write(connection, _delete, session_id, store_text(deleted_at))
        await shielded(_finish(connection))
    return Deletion(deleted_at, count)


async def restore(database: Database, session_id: int) -> int:
    """Restores a deleted session and what was deleted with it from below it; returns its id.

    Raises SessionNotFound.
    """
    async with changing(database) as connection:
        database.check_unmoved(database.identity)
        for _ in range(_ATTEMPTS):
            deleted, new_id = await write(connection, _restore, session_id)
            await shielded(_finish(connection))
            if not await connection.run(_is_deleted, deleted, wait=True):
                return new_id
            # Another program took the id meanwhile.
            session_id = deleted.id
        raise StoreBusy(
            f"Other programs keep changing the store {database.path}. Try again when they have "
            "finished."
        )


@asynccontextmanager
async def changing(database: Database) -> AsyncIterator[Connection]:
    """A connection for deletions, on which what other programs left half done is completed."""
    async with database.writing() as connection:
        # A deleted session has messages, but no row among the sessions.
        await connection.run(fetch, "PRAGMA foreign_keys = OFF")
        await remove_interrupted_imports(connection, database.path)
        await finish_moves(connection)
        yield connection


async def finish_moves(connection: Connection) -> None:
    """Completes deletions and restorations, a lock after the other.

    Programs may do so at the same time. Foreign keys must not be enforced.
    """
    while await connection.run(moving_sessions, wait=True):
        if not await write(connection, _advance, LOCK_SECONDS):
            return
        await asyncio.sleep(PAUSE_SECONDS)


async def _finish(connection: Connection) -> None:
    """Completes what was begun; if the store stays locked, another program does so later."""
    try:
        await finish_moves(connection)
    except sqlite3.OperationalError as error:
        if not is_busy(error):
            raise


def _delete(connection: sqlite3.Connection, session_id: int, deleted_at: str) -> int:
    ids = subtree(connection, session_id)
    if not ids:
        raise session_not_found(connection, session_id)
    for number in ids:
        if connection.execute(_IS_PENDING, (number,)).fetchall():
            raise StoreBusy(
                f"Session {session_id} is being imported. Try again when that has finished."
            )
    end = _end(connection, ids)
    vanish(connection, ids, deleted_at)
    _advance_until(connection, end)
    return len(ids)


def _restore(connection: sqlite3.Connection, session_id: int) -> tuple[Deleted, int]:
    """The deleted session, and the id that it gets."""
    deleted = deleted_session(connection, session_id)
    if deleted is None:
        raise _not_deleted(connection, session_id)
    targets: dict[int, int] = {}
    for each in deleted_together(connection, deleted):
        is_free = not connection.execute(_IS_TAKEN, (each.session_id,)).fetchall()
        is_free &= each.session_id not in targets.values()
        new_id = (
            each.session_id if is_free else max(next_session_id(connection), *targets.values(), 0)
        )
        targets[each.id] = new_id
        connection.execute(_BEGIN_RESTORING, (new_id, each.id))
    _advance_until(connection, _end(connection, list(targets.values())))
    return deleted, targets[deleted.id]


def _not_deleted(connection: sqlite3.Connection, session_id: int) -> SessionNotFound:
    if connection.execute("SELECT 1 FROM sessions WHERE id = ?", (session_id,)).fetchall():
        return SessionNotFound(f"Session {session_id} is not deleted.", sessionId=session_id)
    return SessionNotFound(
        f"The store has no deleted session {session_id}. List the deleted sessions to see them.",
        sessionId=session_id,
    )


def _is_deleted(connection: sqlite3.Connection, deleted: Deleted) -> bool:
    values = (deleted.id, deleted.deleted_at)
    return bool(connection.execute(_IS_DELETED, values).fetchall())


def _end(connection: sqlite3.Connection, ids: list[int]) -> float:
    """Until when the lock is held."""
    ((newest,),) = connection.execute("SELECT coalesce(max(id), 0) FROM sessions").fetchall()
    return time.monotonic() + (LONGEST_LOCK_SECONDS if max(ids) >= newest else LOCK_SECONDS)


def _advance(connection: sqlite3.Connection, seconds: float) -> bool:
    """Moves rows for a while; whether there are more."""
    return _advance_until(connection, time.monotonic() + seconds)


def _advance_until(connection: sqlite3.Connection, end: float) -> bool:
    for each in moving_sessions(connection):
        moving = _with_free_id(connection, each)
        if not move_rows(connection, _move_of(moving), end):
            return True
        if moving.is_restoring:
            reappear(connection, moving)
        else:
            connection.execute(_END_MOVING, (moving.id,))
        if time.monotonic() > end:
            return bool(moving_sessions(connection))
    return False


def _with_free_id(connection: sqlite3.Connection, deleted: Deleted) -> Deleted:
    """The session; if another program has taken the id that it was to get, all rows move back."""
    if not deleted.is_restoring:
        return deleted
    if not connection.execute(_IS_SESSION, (deleted.other_id,)).fetchall():
        return deleted
    connection.execute(_END_RESTORING, (deleted.id,))
    return deleted._replace(is_restoring=False)


def _move_of(deleted: Deleted) -> Move:
    other_id = deleted.other_id or 0
    ids = (deleted.id, other_id) if deleted.is_restoring else (other_id, deleted.id)
    return Move(*ids, deleted.last_message_id, deleted.last_checkpoint_id)


_IS_PENDING = "SELECT 1 FROM hfs_pending_imports WHERE session_id = ? LIMIT 1"
_IS_SESSION = "SELECT 1 FROM sessions WHERE id = ?"
_IS_TAKEN = """
    SELECT 1 FROM sessions WHERE id = ?1
    UNION ALL SELECT 1 FROM messages WHERE session_id = ?1
    UNION ALL SELECT 1 FROM checkpoints WHERE session_id = ?1 LIMIT 1
"""
_BEGIN_RESTORING = "UPDATE hfs_deletions SET other_id = ?, is_restoring = 1 WHERE id = ?"
_END_RESTORING = "UPDATE hfs_deletions SET is_restoring = 0 WHERE id = ?"
_END_MOVING = "UPDATE hfs_deletions SET other_id = NULL WHERE id = ?"
_IS_DELETED = "SELECT 1 FROM hfs_deletions WHERE id = ? AND deleted_at = ?"
