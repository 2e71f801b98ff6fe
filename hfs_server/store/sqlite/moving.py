"""Moves the rows of sessions that are being deleted or restored, a lock after the other.

How far this is, is recorded in ``hfs_deletions``, so that any program can complete it, several
ones together. The rule not to break: rows move only between the id of one session and a negative
one, and no longer ones than the session had when it was deleted.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time

from hfs_server.store.sqlite.connections import Connection, fetch, transaction
from hfs_server.store.sqlite.deletions import Deleted, moving_sessions
from hfs_server.store.sqlite.vanishing import reappear

LOCK_SECONDS = 0.4
"""How long one lock is held, if the rest can follow in further transactions."""

LONGEST_LOCK_SECONDS = 2.0
"""How long it is held for a session of an id that the terminal program may give next.

A new session must not show messages that are still to be moved.
"""

_PAUSE_SECONDS = 0.02
"""The pause between two locks, for programs that try the lock every few milliseconds."""

_ROWS_TOGETHER = 250
"""Few enough that long messages take little time. No text is rewritten: the new id is as long."""


async def finish_moves(connection: Connection, *, wait: bool = True) -> None:
    """Completes deletions and restorations."""
    has_more = bool(await connection.run(moving_sessions, wait=wait))
    if has_more:
        # A deleted session has messages, but no row among the sessions.
        await connection.run(fetch, "PRAGMA foreign_keys = OFF")
    while has_more:
        async with transaction(connection, wait=wait):
            has_more = await connection.run(move_for, LOCK_SECONDS)
        await asyncio.sleep(_PAUSE_SECONDS)


def seconds_for(connection: sqlite3.Connection, ids: list[int]) -> float:
    """How long the first lock may be held for sessions of these ids."""
    ((newest,),) = connection.execute("SELECT coalesce(max(id), 0) FROM sessions").fetchall()
    return LONGEST_LOCK_SECONDS if max(ids) >= newest else LOCK_SECONDS


def move_for(connection: sqlite3.Connection, seconds: float) -> bool:
    """Moves rows for a while, in a transaction that has begun; whether there are more."""
    end = time.monotonic() + seconds
    for each in moving_sessions(connection):
        moving = _with_free_id(connection, each)
        if not _move_rows(connection, moving, end):
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


def _move_rows(connection: sqlite3.Connection, deleted: Deleted, end: float) -> bool:
    """Moves rows of a session until the monotonic time ``end``; whether all were moved."""
    ids = (deleted.other_id, deleted.id)
    new_id, old_id = ids if deleted.is_restoring else reversed(ids)
    for sql, last_id in (
        (_MOVE_MESSAGES, deleted.last_message_id),
        (_MOVE_CHECKPOINTS, deleted.last_checkpoint_id),
    ):
        values = (new_id, old_id, last_id, _ROWS_TOGETHER)
        while connection.execute(sql, values).rowcount == _ROWS_TOGETHER:
            if time.monotonic() > end:
                return False
    return True


_IS_SESSION = "SELECT 1 FROM sessions WHERE id = ?"
_END_RESTORING = "UPDATE hfs_deletions SET is_restoring = 0 WHERE id = ?"
_END_MOVING = "UPDATE hfs_deletions SET other_id = NULL WHERE id = ?"
_MOVE_MESSAGES = """
    UPDATE messages SET session_id = ? WHERE id IN (
        SELECT id FROM messages WHERE session_id = ? AND id <= ? LIMIT ?)
"""
_MOVE_CHECKPOINTS = """
    UPDATE checkpoints SET session_id = ? WHERE id IN (
        SELECT id FROM checkpoints WHERE session_id = ? AND id <= ? LIMIT ?)
"""
