"""A large session that is moving in by slices: the id that is reserved for it, and its rows.

Each slice that has moved is written down in ``hfs_pending_imports`` under a random token,
which says whose it is: neither an id nor an age does, since an import may pause for any
time. One whose rows were touched by others is refused.
"""

from __future__ import annotations

import secrets
from pathlib import Path

import aiosqlite

from hfs_server.errors import StoreBusy
from hfs_server.store.sqlite.import_lock import TOKEN_BYTES, ImportLock

RESERVED_IDS = 10_000
"""How far beyond the newest session a half-moved one lies, so that no new one meets it."""

END_OF_IDS = 2**62
"""Ids from here on, which another program must have made up, leave room below for ours."""


async def next_session_id(connection: aiosqlite.Connection) -> int:
    """An id to which no row belongs, not even one that a deleted session left, nor ever did an
    import; it must be used in the same transaction.
    """
    ((newest,),) = await connection.execute_fetchall(_NEWEST_ID)
    return int(newest) + 1


class PendingImport:
    """The rows of one import. All but ``release`` is called in a transaction."""

    def __init__(self, connection: aiosqlite.Connection, path: Path) -> None:
        self._connection = connection
        self.token = secrets.token_bytes(TOKEN_BYTES)
        self._lock = ImportLock(path, self.token)
        self._slices = 0
        self._messages = 0
        self.session_id = 0

    async def reserve(self) -> None:
        """Reserves an id that no session gets while this one moves in, and no import ever again.

        Raises StoreUnusable.
        """
        self.session_id = await next_session_id(self._connection) + RESERVED_IDS
        await self._connection.execute_fetchall(
            "INSERT INTO hfs_reserved_ids (session_id) VALUES (?)", (self.session_id,)
        )
        self._lock.acquire()

    async def add_slice(self, first_message_id: int, last_message_id: int) -> None:
        """Writes down messages that have moved in the same transaction."""
        values = (self.token, self.session_id, first_message_id, last_message_id)
        await self._connection.execute_fetchall(_INSERT_SLICE, values)
        self._slices += 1
        self._messages += last_message_id - first_message_id + 1

    async def refuse_lost(self) -> None:
        """Raises StoreBusy if slices were removed, or another session has taken the id."""
        values = {"token": self.token, "reserved": self.session_id}
        ((slices, is_free),) = await self._connection.execute_fetchall(_PLACE, values)
        self._refuse(slices != self._slices or not is_free)

    async def complete(self) -> None:
        """Ends it, before its session gets a row. Raises StoreBusy if a message is missing, or
        there is one too many.
        """
        await self.refuse_lost()
        rows = await self._connection.execute_fetchall(_ROWS, {"reserved": self.session_id})
        ((messages, checkpoints),) = rows
        self._refuse((messages, checkpoints) != (self._messages, 0))
        await self._connection.execute_fetchall(
            "DELETE FROM hfs_pending_imports WHERE token = ?", (self.token,)
        )

    def release(self) -> None:
        """Lets other programs know that no more rows will come."""
        self._lock.release()

    @staticmethod
    def _refuse(is_lost: bool) -> None:
        if is_lost:
            raise StoreBusy(
                "Other programs changed the store while this large session was imported, and "
                "nothing of it was kept. Try again."
            )


_NEWEST_ID = f"""
    SELECT max((SELECT coalesce(max(id), 0) FROM sessions WHERE id < {END_OF_IDS}),
        (SELECT coalesce(max(session_id), 0) FROM messages WHERE session_id < {END_OF_IDS}),
        (SELECT coalesce(max(session_id), 0) FROM checkpoints WHERE session_id < {END_OF_IDS}),
        (SELECT coalesce(max(session_id), 0) FROM hfs_reserved_ids
            WHERE session_id < {END_OF_IDS}))
"""
_INSERT_SLICE = """
    INSERT INTO hfs_pending_imports (token, session_id, first_message_id, last_message_id)
    VALUES (?, ?, ?, ?)
"""
_PLACE = """
    SELECT (SELECT count(*) FROM hfs_pending_imports
            WHERE token = :token AND session_id = :reserved),
        NOT EXISTS (SELECT 1 FROM sessions WHERE id = :reserved)
"""
_ROWS = """
    SELECT (SELECT count(*) FROM messages WHERE session_id = :reserved),
        (SELECT count(*) FROM checkpoints WHERE session_id = :reserved)
"""
