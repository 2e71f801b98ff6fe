"""Small sessions that are new to the store, created together in one transaction.

The rule not to break: a session is created here only if that is all that its import has to do.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from hfs_server.session import SavedSession
from hfs_server.store.reading import Incoming, Unread
from hfs_server.store.sqlite.committing import NewSession
from hfs_server.store.sqlite.connections import Connection
from hfs_server.store.sqlite.database import Database
from hfs_server.store.sqlite.deletions import deleted_of_identity
from hfs_server.store.sqlite.existing import stored_like, was_imported
from hfs_server.store.sqlite.originals import Originals
from hfs_server.store.sqlite.store_file import Identity


class NewSessions:
    """What is done in the thread of the connection."""

    def __init__(
        self,
        connection: Connection,
        database: Database,
        file: Identity | None,
        originals: Originals,
    ) -> None:
        self._connection = connection
        self._database = database
        self._file = file
        self._originals = originals

    def can_create(self, connection: sqlite3.Connection, session: Incoming | Unread) -> bool:
        """Whether a session is small and new, and has no original that must be read first."""
        if isinstance(session, Unread) or session.is_empty or len(session.staged.slice_ends) > 1:
            return False
        original = session.source.original
        if original is not None and self._originals.digest_of(original) is None:
            return False
        identity = session.identity
        return not (
            stored_like(connection, identity, session.header, session.staged)
            or was_imported(connection, identity)
            or deleted_of_identity(connection, identity)
        )

    def create(
        self, connection: sqlite3.Connection, sessions: Sequence[Incoming | Unread]
    ) -> list[SavedSession]:
        """Creates the first sessions, up to one that must be saved by itself."""
        saved: list[SavedSession] = []
        for session in sessions:
            if isinstance(session, Unread) or not self.can_create(connection, session):
                break
            saved.append(session.saved("created", session_id=self._insert(connection, session)))
        return saved

    def _insert(self, connection: sqlite3.Connection, session: Incoming) -> int:
        row, original = session.row(), session.source.original
        if original is not None:
            row = row._replace(hfs_original=self._originals.digest_of(original))
        new = NewSession(
            self._connection,
            self._database,
            self._file,
            session.staged,
            row,
            self._originals.insert,
            is_only=False,
        )
        return new.insert(connection)
