"""Gives sessions another name, as the terminal program stores it.

The rule not to break: a session keeps its place in the list, so its time does not change.
"""

from __future__ import annotations

import sqlite3

from hfs_server.store.sqlite.connections import write
from hfs_server.store.sqlite.database import Database
from hfs_server.store.sqlite.deletions import session_not_found


async def rename(database: Database, session_id: int, name: str) -> None:
    """Gives a session another name. Raises SessionNotFound."""
    async with database.writing() as connection:
        database.check_unmoved(database.identity)
        await write(connection, _rename, session_id, name)


def _rename(connection: sqlite3.Connection, session_id: int, name: str) -> None:
    renamed = connection.execute("UPDATE sessions SET name = ? WHERE id = ?", (name, session_id))
    if not renamed.rowcount:
        raise session_not_found(connection, session_id)
