"""Deleted sessions that an import of their own file brings back.

The rule not to break: such a session is reported as created, once, and a trial reports the same.
"""

from __future__ import annotations

import sqlite3

from hfs_server.session import SavedSession
from hfs_server.store.sqlite.comparing import compare, staged_parts, stored_parts
from hfs_server.store.sqlite.connections import Connection
from hfs_server.store.sqlite.deleting import restore_with
from hfs_server.store.sqlite.deletions import Deleted, deleted_together
from hfs_server.store.sqlite.existing import StoredSession, compared, deleted_row


class Returning:
    """What one import brings back. The ids are those of the store, or negative ones in a trial."""

    def __init__(self) -> None:
        self._tried: set[int] = set()
        self._unreported: set[int] = set()

    async def restore(self, connection: Connection, deleted: Deleted) -> None:
        """Restores a session with what was deleted with it."""
        self._unreported.update(await restore_with(connection, deleted.id))

    def try_out(
        self, connection: sqlite3.Connection, deleted: Deleted, *, is_wanted: bool
    ) -> StoredSession | None:
        """The session that a trial would restore, if it ``is_wanted`` or another one was with
        which it was deleted; in a transaction that has begun.
        """
        if is_wanted and deleted.id not in self._tried:
            ids = {each.id for each in deleted_together(connection, deleted)}
            self._unreported |= ids - self._tried
            self._tried |= ids
        row = deleted_row(connection, deleted.id) if deleted.id in self._tried else None
        if row is None:
            return None
        parts = stored_parts(connection, row.id), staged_parts(connection)
        return compared(connection, row, compare(*parts))

    def has(self, session_id: int) -> bool:
        """Whether a session came back, and was not reported yet."""
        return session_id in self._unreported

    def reported(self, saved: SavedSession, session_id: int) -> SavedSession:
        """What is reported of a session that came back."""
        self._unreported.discard(session_id)
        return saved._replace(status="created")
