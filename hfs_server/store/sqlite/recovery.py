"""Removes what imports left in the store when their program died; ``pending`` records it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from hfs_server.store.sqlite.connections import Connection, transaction
from hfs_server.store.sqlite.import_lock import is_held, lock_files, remove_lock_file


async def remove_interrupted_imports(
    connection: Connection, path: Path, *, wait: bool = True
) -> None:
    """Removes the rows and the lock files of imports whose program died."""
    for token in await connection.run(_tokens, wait=wait):
        if not is_held(path, token):
            await remove_import(connection, token, wait=wait)
    if lock_files(path).keys() - await connection.run(_tokens, wait=wait):
        # An import creates its lock file in the transaction that records its token.
        async with transaction(connection, wait=wait):
            await connection.run(_remove_lock_files, path)


async def remove_import(connection: Connection, token: object, *, wait: bool = True) -> None:
    """Removes the rows of one import, a slice at a time, and no others."""
    has_more = True
    while has_more:
        async with transaction(connection, wait=wait):
            has_more = await connection.run(_remove_slice, token)


def _remove_slice(connection: sqlite3.Connection, token: object) -> bool:
    rows = connection.execute(_NEXT_SLICE, (token,)).fetchall()
    for rowid, session_id, first, last in rows:
        connection.execute(_DELETE_MESSAGES, (first, last, session_id))
        connection.execute(_DELETE_SLICE, (rowid,))
    return bool(rows)


def _remove_lock_files(connection: sqlite3.Connection, path: Path) -> None:
    tokens = _tokens(connection)
    for token, file in lock_files(path).items():
        if token not in tokens:
            remove_lock_file(file)


def _tokens(connection: sqlite3.Connection) -> set[object]:
    rows = connection.execute("SELECT DISTINCT token FROM hfs_pending_imports")
    return {token for (token,) in rows}


_NEXT_SLICE = """
    SELECT rowid, session_id, first_message_id, last_message_id FROM hfs_pending_imports
    WHERE token = ? LIMIT 1
"""
_DELETE_MESSAGES = "DELETE FROM messages WHERE id BETWEEN ? AND ? AND +session_id = ?"
_DELETE_SLICE = "DELETE FROM hfs_pending_imports WHERE rowid = ?"
