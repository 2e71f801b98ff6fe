"""Deleted sessions that an import of their own file brings back.

The rule not to break: such a session is reported as created, once, and a trial reports the same.
"""

from __future__ import annotations

import sqlite3

from hfs_server.session import SavedSession
from hfs_server.store.comparing import compare
from hfs_server.store.sqlite.connections import Connection
from hfs_server.store.sqlite.deleting import restore_with
from hfs_server.store.sqlite.deletions import Deleted, deleted_together
from hfs_server.store.sqlite.existing import StoredSession, compared, deleted_row
from hfs_server.store.sqlite.parts import stored_parts
from hfs_server.store.staging import StagedSession


class Returning:
    """What one import brings back. The ids are those of the store, or negative ones in a trial."""

    def __init__(self) -> None:
        self._tried: set[int] = set()
        self._unreported: set[int] = set()

    async def restore(self, connection: Connection, deleted: Deleted) -> None:
        """Restores a session with what was deleted with it."""
        self._unreported.update(await restore_with(connection, deleted.id))

    def try_out(
        self,
        connection: sqlite3.Connection,
        deleted: Deleted,
        staged: StagedSession,
        *,
        is_wanted: bool,
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
        comparison = compare(stored_parts(connection, row.id), staged.parts())
        return compared(connection, row, comparison)

    def has(self, session_id: int) -> bool:
        """Whether a session came back, and was not reported yet."""
        return session_id in self._unreported

    def reported(self, saved: SavedSession, session_id: int) -> SavedSession:
        """What is reported of a session that came back."""
        self._unreported.discard(session_id)
        return saved._replace(status="created")
