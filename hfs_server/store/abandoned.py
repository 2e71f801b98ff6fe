"""What is left of a session that did not get to move in whole; ``arrival`` says how it comes."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import aiosqlite

if TYPE_CHECKING:
    from hfs_server.store.migrations import Transaction

ABANDONED_SECONDS = 60.0
"""A half-moved session that has not grown for so long belongs to a program that has died."""


async def remove_abandoned(connection: aiosqlite.Connection, transaction: Transaction) -> None:
    """Removes what programs that died left of sessions that were half moved in."""
    rows = await connection.execute_fetchall(_ABANDONED, (time.time() - ABANDONED_SECONDS,))
    for (session_id,) in rows:
        await remove(connection, transaction, session_id)


async def remove(connection: aiosqlite.Connection, transaction: Transaction, reserved: int) -> None:
    """Removes a half-moved session, a slice at a time. An id reused since is not touched."""
    while True:
        async with transaction(connection):
            rows = [*await connection.execute_fetchall(_NEXT_SLICE, (reserved,))]
            for rowid, first, last in rows:
                await connection.execute_fetchall(_DELETE_MESSAGES, (first, last))
                await connection.execute_fetchall(_DELETE_SLICE, (rowid,))
        if not rows:
            return


_ABANDONED = """
    SELECT session_id FROM hfs_arriving GROUP BY session_id HAVING max(moved_at) < ?
"""
_NEXT_SLICE = """
    SELECT rowid, first_message_id, last_message_id FROM hfs_arriving WHERE session_id = ? LIMIT 1
"""
_DELETE_MESSAGES = "DELETE FROM messages WHERE id BETWEEN ? AND ?"
_DELETE_SLICE = "DELETE FROM hfs_arriving WHERE rowid = ?"
