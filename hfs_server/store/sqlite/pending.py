"""A large session that is committed in slices: its reserved id, and the rows that are its own.

Each slice is recorded in ``hfs_pending_imports`` under a random token that identifies the
import: neither an id nor an age does, since an import may pause for any time. An import
whose rows other programs touched is rejected.
"""

from __future__ import annotations

import secrets
import sqlite3
from pathlib import Path

from hfs_server.errors import StoreBusy
from hfs_server.store.sqlite.import_lock import TOKEN_BYTES, ImportLock

RESERVED_IDS = 10_000
"""How far a reserved id is beyond the newest session, so that no new session reaches it."""

END_OF_IDS = 2**62
"""Ids from here on, which another program must have made up, are ignored by new ones."""


def next_session_id(connection: sqlite3.Connection) -> int:
    """An id that no row and no import has ever used, not even rows of a deleted session.

    It must be used in the same transaction.
    """
    ((newest,),) = connection.execute(_NEWEST_ID).fetchall()
    return int(newest) + 1


class PendingImport:
    """The rows of one import. All but ``release`` is called in a transaction."""

    def __init__(self, path: Path) -> None:
        self.token = secrets.token_bytes(TOKEN_BYTES)
        self.session_id = 0
        self._lock = ImportLock(path, self.token)
        self._slices = 0
        self._messages = 0

    @property
    def message_count(self) -> int:
        """How many messages its slices have."""
        return self._messages

    def reserve(self, connection: sqlite3.Connection) -> None:
        """Reserves an id that no session gets meanwhile, and no import ever again.

        Raises StoreUnusable.
        """
        self.session_id = next_session_id(connection) + RESERVED_IDS
        connection.execute(_RESERVE_ID, (self.session_id,))
        self._lock.acquire()

    def join(self, session_id: int) -> None:
        """Takes a session of the store, to which slices are added. Raises StoreUnusable."""
        self.session_id = session_id
        self._lock.acquire()

    def add_slice(
        self, connection: sqlite3.Connection, first_message_id: int, last_message_id: int
    ) -> None:
        """Records messages that are inserted in the same transaction."""
        values = (self.token, self.session_id, first_message_id, last_message_id)
        connection.execute(_INSERT_SLICE, values)
        self._slices += 1
        self._messages += last_message_id - first_message_id + 1

    def check_slices(self, connection: sqlite3.Connection) -> None:
        """Raises StoreBusy if slices were removed, or another session has the reserved id."""
        values = {"token": self.token, "reserved": self.session_id}
        ((slices, is_free),) = connection.execute(_SLICES, values).fetchall()
        self._check(slices == self._slices and bool(is_free))

    def complete(self, connection: sqlite3.Connection) -> None:
        """Ends it, before its session gets a row.

        Raises StoreBusy if a message is missing or was added.
        """
        self.check_slices(connection)
        (found,) = connection.execute(_ROWS, {"reserved": self.session_id}).fetchall()
        self._check(found == (self._messages, 0))
        connection.execute("DELETE FROM hfs_pending_imports WHERE token = ?", (self.token,))

    def complete_join(self, connection: sqlite3.Connection) -> None:
        """Ends it, when all slices belong to the session. Raises StoreBusy if one was removed."""
        values = {"token": self.token, "reserved": self.session_id}
        ((slices, _),) = connection.execute(_SLICES, values).fetchall()
        self._check(slices == self._slices)
        connection.execute("DELETE FROM hfs_pending_imports WHERE token = ?", (self.token,))

    def release(self) -> None:
        """Releases the lock: no more rows will be added."""
        self._lock.release()

    @staticmethod
    def _check(is_intact: bool) -> None:
        if not is_intact:
            raise StoreBusy(
                "Other programs changed the store while this large session was imported, so the "
                "import was rolled back. Try again."
            )


_NEWEST_ID = f"""
    SELECT max((SELECT coalesce(max(id), 0) FROM sessions WHERE id < {END_OF_IDS}),
        (SELECT coalesce(max(session_id), 0) FROM messages WHERE session_id < {END_OF_IDS}),
        (SELECT coalesce(max(session_id), 0) FROM checkpoints WHERE session_id < {END_OF_IDS}),
        (SELECT coalesce(max(session_id), 0) FROM hfs_deletions WHERE session_id < {END_OF_IDS}),
        (SELECT coalesce(max(session_id), 0) FROM hfs_reserved_ids
            WHERE session_id < {END_OF_IDS}))
"""
_RESERVE_ID = "INSERT INTO hfs_reserved_ids (session_id) VALUES (?)"
_INSERT_SLICE = """
    INSERT INTO hfs_pending_imports (token, session_id, first_message_id, last_message_id)
    VALUES (?, ?, ?, ?)
"""
_SLICES = """
    SELECT (SELECT count(*) FROM hfs_pending_imports
            WHERE token = :token AND session_id = :reserved),
        NOT EXISTS (SELECT 1 FROM sessions WHERE id = :reserved)
"""
_ROWS = """
    SELECT (SELECT count(*) FROM messages WHERE session_id = :reserved),
        (SELECT count(*) FROM checkpoints WHERE session_id = :reserved)
"""
