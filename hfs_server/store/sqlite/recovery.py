"""What is left of imports whose program has died; ``pending`` says how it comes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import aiosqlite

from hfs_server.store.sqlite.import_lock import is_held, lock_files, remove_lock_file

if TYPE_CHECKING:
    from hfs_server.store.sqlite.migrations import Transaction


async def remove_abandoned(
    connection: aiosqlite.Connection, path: Path, transaction: Transaction
) -> None:
    """Removes what programs that died left of sessions that were half moved in."""
    for token in await _tokens(connection):
        if not is_held(path, token):
            await remove(connection, transaction, token)
    if lock_files(path).keys() - await _tokens(connection):
        async with transaction(connection):
            # An import makes its file in the transaction that writes down its token.
            tokens = await _tokens(connection)
            for token, file in lock_files(path).items():
                if token not in tokens:
                    remove_lock_file(file)


async def remove(connection: aiosqlite.Connection, transaction: Transaction, token: object) -> None:
    """Removes the rows of a half-moved session, a slice at a time, and no others."""
    while True:
        async with transaction(connection):
            rows = [*await connection.execute_fetchall(_NEXT_SLICE, (token,))]
            for rowid, session_id, first, last in rows:
                await connection.execute_fetchall(_DELETE_MESSAGES, (first, last, session_id))
                await connection.execute_fetchall(_DELETE_SLICE, (rowid,))
        if not rows:
            return


async def _tokens(connection: aiosqlite.Connection) -> set[object]:
    rows = await connection.execute_fetchall("SELECT DISTINCT token FROM hfs_pending_imports")
    return {token for (token,) in rows}


_NEXT_SLICE = """
    SELECT rowid, session_id, first_message_id, last_message_id FROM hfs_pending_imports
    WHERE token = ? LIMIT 1
"""
_DELETE_MESSAGES = "DELETE FROM messages WHERE id BETWEEN ? AND ? AND +session_id = ?"
_DELETE_SLICE = "DELETE FROM hfs_pending_imports WHERE rowid = ?"
