"""Commits a staged session to the store, all of it or nothing.

A large session is committed in slices: its messages come first, under an id that no session
has yet, and its own row comes with the last of them. Each slice is recorded (``pending``), so
that what a crash leaves is removed.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from itertools import count, repeat
from typing import Any

from hfs_server.cancellation import shielded
from hfs_server.errors import InvalidDocument
from hfs_server.session import Progress
from hfs_server.store.rows import SessionRow
from hfs_server.store.sqlite.connections import Connection, transaction, write
from hfs_server.store.sqlite.database import Database
from hfs_server.store.sqlite.pending import END_OF_IDS, PendingImport, next_session_id
from hfs_server.store.sqlite.recovery import remove_import
from hfs_server.store.sqlite.staging import StagedSession
from hfs_server.store.sqlite.store_file import Identity
from hfs_server.store.sqlite.vanishing import note_creation


class IdentityTaken(Exception):
    """Another program has imported the session meanwhile."""


PAUSE_SECONDS = 0.02
"""The pause between two slices, for programs that try the lock every few milliseconds."""


class NewSession:
    """A staged session that gets an id and a row of its own."""

    def __init__(
        self,
        connection: Connection,
        database: Database,
        file: Identity | None,
        staged: StagedSession,
        row: SessionRow,
        insert_original: Callable[[sqlite3.Connection], None],
        *,
        is_only: bool,
    ) -> None:
        self._connection = connection
        self._database = database
        self._file = file
        self._staged = staged
        self._slice_ends = staged.slice_ends
        self._row = row
        self._insert_original = insert_original
        self._is_only = is_only

    async def commit(self, on_progress: Progress) -> int:
        """Puts the session into the store, all of it or nothing, and returns its id.

        ``on_progress`` is called with the share that is committed, from 0 to 1. Raises
        StoreBusy if other programs keep the store locked, and IdentityTaken if it must be the
        only session of its identity.
        """
        if len(self._slice_ends) == 1:
            session_id = await write(self._connection, self.insert)
        else:
            session_id = await self._commit_slices(on_progress)
        self._database.check_unmoved(self._file)
        return session_id

    def insert(self, connection: sqlite3.Connection) -> int:
        """Puts a session of one slice into the store, in a transaction that has begun."""
        return self._insert_rest(connection, None)

    async def _commit_slices(self, on_progress: Progress) -> int:
        pending = PendingImport(self._database.path)
        try:
            for done in range(len(self._slice_ends) - 1):
                async with transaction(self._connection):
                    await self._connection.run(self._insert_slice, pending, done)
                share = (done + 1) / len(self._slice_ends)
                on_progress(share, f"{share:.0%} committed to the store")
                await asyncio.sleep(PAUSE_SECONDS)
            return await write(self._connection, self._insert_rest, pending)
        except BaseException:
            if pending.session_id:
                await shielded(remove_import(self._connection, pending.token))
            raise
        finally:
            pending.release()

    def _insert_slice(
        self, connection: sqlite3.Connection, pending: PendingImport, number: int
    ) -> None:
        if number:
            pending.check_slices(connection)
        else:
            pending.reserve(connection)
        ids = self._insert_messages(connection, pending.session_id, number)
        pending.add_slice(connection, *ids)

    def _insert_rest(self, connection: sqlite3.Connection, pending: PendingImport | None) -> int:
        """The last slice, the checkpoints and the session's row, which makes it visible."""
        self._database.check_unmoved(self._file)
        if (
            self._is_only
            and connection.execute(_HAS_IDENTITY, (self._row.hfs_identity,)).fetchall()
        ):
            raise IdentityTaken
        if pending is None:
            session_id = next_session_id(connection)
        else:
            pending.complete(connection)
            session_id = pending.session_id
        if self._row.hfs_original is not None:
            self._insert_original(connection)
        connection.execute(_INSERT_SESSION, (session_id, *self._row))
        if self._row.hfs_identity is not None:
            connection.execute(_REMEMBER_IDENTITY, (self._row.hfs_identity,))
            note_creation(connection, self._row.hfs_identity)
        self._insert_messages(connection, session_id, len(self._slice_ends) - 1)
        if self._staged.checkpoint_count:
            insert_checkpoints(connection, session_id, self._staged)
        return session_id

    def _insert_messages(
        self, connection: sqlite3.Connection, session_id: int, number: int
    ) -> tuple[int, int]:
        start, end = [0, *self._slice_ends][number : number + 2]
        return insert_messages(connection, session_id, self._staged, start, end)


class NewRows:
    """Sessions that are copied from an attached store, in a transaction that has begun."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._session_id = next_session_id(connection) - 1
        ((self._message_id,),) = connection.execute(_NEWEST_MESSAGE).fetchall()

    def has(self, identity: str) -> bool:
        """Whether the store has the session."""
        return bool(self._connection.execute(_HAS_IDENTITY, (identity,)).fetchall())

    def insert_session(self, row: SessionRow) -> int:
        """Inserts a session's row, and returns its id."""
        self._session_id += 1
        self._connection.execute(_INSERT_SESSION, (self._session_id, *row))
        self._connection.execute(_REMEMBER_IDENTITY, (row.hfs_identity,))
        return self._session_id

    def copy_messages(self, session_id: int, other_id: int) -> None:
        """Copies all messages of a session."""
        done = self._connection.execute(
            _COPY_OTHER_MESSAGES, (self._message_id, session_id, other_id)
        )
        self._message_id += done.rowcount

    def copy_checkpoints(self, session_id: int, other_id: int) -> None:
        """Copies all checkpoints of a session."""
        ((newest,),) = self._connection.execute(_NEWEST_CHECKPOINT).fetchall()
        self._connection.execute(_COPY_OTHER_CHECKPOINTS, (newest, session_id, other_id))


def insert_messages(
    connection: sqlite3.Connection, session_id: int, staged: StagedSession, start: int, end: int
) -> tuple[int, int]:
    """Copies the staged messages after ``start`` up to ``end``; returns the first and last id."""
    ((newest,),) = connection.execute(_NEWEST_MESSAGE).fetchall()
    ids = count(newest + 1)
    for rows in staged.message_lists(start, end):
        columns = [*zip(*rows, strict=True)]
        if not any(columns[-1]):
            # To bind None takes as long as to bind all the rest (benchmark row 1).
            del columns[-1]
        # The ids come last, since zip takes one of them in vain if they come first.
        values = zip(*columns, ids, repeat(session_id), strict=False)
        _insert(connection, _INSERT_MESSAGE[len(columns)], values)
    return newest + 1, newest + end - start


def insert_checkpoints(
    connection: sqlite3.Connection, session_id: int, staged: StagedSession
) -> None:
    """Copies all staged checkpoints."""
    ((newest,),) = connection.execute(_NEWEST_CHECKPOINT).fetchall()
    ids = count(newest + 1)
    rows = ((next(ids), session_id, *row) for row in staged.checkpoints())
    _insert(connection, _INSERT_CHECKPOINT, rows)


def _insert(connection: sqlite3.Connection, sql: str, rows: Iterator[tuple[Any, ...]]) -> None:
    try:
        connection.executemany(sql, rows)
    except (sqlite3.DataError, OverflowError):
        raise InvalidDocument("It contains a text that is too large for the store.") from None


_NEWEST_MESSAGE = f"SELECT coalesce(max(id), 0) FROM messages WHERE id < {END_OF_IDS}"
_NEWEST_CHECKPOINT = f"SELECT coalesce(max(id), 0) FROM checkpoints WHERE id < {END_OF_IDS}"
_INSERT_SESSION = f"""
    INSERT INTO sessions (id, {", ".join(SessionRow._fields)})
    VALUES (?{", ?" * len(SessionRow._fields)})
"""
_HAS_IDENTITY = "SELECT 1 FROM sessions WHERE hfs_identity = ? LIMIT 1"
_REMEMBER_IDENTITY = "INSERT OR IGNORE INTO hfs_identities (identity) VALUES (?)"
_TEXT = "CAST(? AS TEXT)"
"""A text, or the bytes of one that is no UTF-8, which another program wrote."""
_INSERT_MESSAGE = {
    3: f"""
        INSERT INTO messages (role, content, created_at, id, session_id)
        VALUES ({_TEXT}, {_TEXT}, {_TEXT}, ?, ?)
    """,
    4: f"""
        INSERT INTO messages (role, content, created_at, hfs_extra, id, session_id)
        VALUES ({_TEXT}, {_TEXT}, {_TEXT}, {_TEXT}, ?, ?)
    """,
}
"""By the number of columns that a staged message has."""
_COPY_OTHER_MESSAGES = """
    INSERT INTO main.messages (id, session_id, role, content, created_at, hfs_extra)
    SELECT ? + row_number() OVER (ORDER BY id), ?, role, content, created_at, hfs_extra
    FROM other.messages WHERE session_id = ? ORDER BY id
"""
_COPY_OTHER_CHECKPOINTS = """
    INSERT INTO main.checkpoints
        (id, session_id, message_index, trigger_event, state_json, created_at, hfs_extra)
    SELECT ? + row_number() OVER (ORDER BY id), ?, message_index, trigger_event, state_json,
        created_at, hfs_extra
    FROM other.checkpoints WHERE session_id = ? ORDER BY id
"""
_INSERT_CHECKPOINT = f"""
    INSERT INTO checkpoints
        (id, session_id, message_index, trigger_event, state_json, created_at, hfs_extra)
    VALUES (?, ?, ?, {_TEXT}, {_TEXT}, {_TEXT}, {_TEXT})
"""
