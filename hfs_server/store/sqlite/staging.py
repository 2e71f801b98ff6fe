"""Saves a session: it is staged in a temporary database, and then committed to the store.

Staging locks no other program out. A large session is committed in slices, so that other
programs get their turn between them: its messages come first, under an id that no session
has yet, and its own row comes with the last of them. Each slice is recorded (``pending``),
so that what a crash leaves is removed.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

from hfs_server.cancellation import shielded
from hfs_server.session import (
    Batch,
    JsonObject,
    Progress,
    SavedSession,
    SessionHeader,
    SessionSource,
)
from hfs_server.store.sqlite.connections import Connection, transaction
from hfs_server.store.sqlite.database import Database
from hfs_server.store.sqlite.extra_columns import message_extra
from hfs_server.store.sqlite.pending import END_OF_IDS, PendingImport, next_session_id
from hfs_server.store.sqlite.recovery import remove_import, remove_interrupted_imports
from hfs_server.store.sqlite.rows import checkpoint_row, session_row
from hfs_server.timestamps import now, store_text

SLICE_CHARACTERS = 32 << 20
"""How much text is committed under one lock; it takes some 0.2 seconds."""

_ROW_CHARACTERS = 64
"""What a row costs by itself, as characters: a million rows take their time too."""

_PAUSE_SECONDS = 0.02
"""The pause between two slices, for programs that try the lock every few milliseconds."""


@asynccontextmanager
async def staging(database: Database) -> AsyncIterator[StagedSession]:
    """A session to be staged; nothing of it is in the store unless it was committed."""
    async with database.writing() as connection:
        await remove_interrupted_imports(connection, database.path)
        await connection.run(_begin)
        yield StagedSession(connection, database)


def _begin(connection: sqlite3.Connection) -> None:
    # Messages are in the store before their session while it is committed in slices.
    connection.execute("PRAGMA foreign_keys = OFF")
    for statement in _STAGE:
        connection.execute(statement)
    # This concerns the temporary database only, and so locks no other program out.
    connection.execute("BEGIN")


class StagedSession:
    """A session that is not in the store yet."""

    def __init__(self, connection: Connection, database: Database) -> None:
        self._connection = connection
        self._database = database
        self._identity = database.identity
        self._slice_ends: list[int] = []
        self._slice_characters = 0
        self._leading_untimed = 0
        self._first_time: str | None = None
        self._last_time: str | None = None
        self.message_count = 0
        self.checkpoint_count = 0

    async def save(
        self, source: SessionSource, name: str | None, on_progress: Progress
    ) -> SavedSession:
        """Reads the source to its end, and commits it; an unknown beginning is now."""
        batches = source.batches()
        while await self._connection.run(self._stage_next, batches):
            pass
        header = source.header._replace(created_at=source.header.created_at or now())
        if name is not None:
            header = header._replace(name=name)
        session_id = await self.commit(header, on_progress)
        return SavedSession(session_id, header.name, self.message_count, self.checkpoint_count)

    async def commit(self, header: SessionHeader, on_progress: Progress) -> int:
        """Puts the session into the store, all of it or nothing, and returns its id.

        ``on_progress`` is called with the share that is committed, from 0 to 1. Raises
        StoreBusy if other programs keep the store locked.
        """
        await self._connection.run(self._end_staging, header.created_at)
        if len(self._slice_ends) == 1:
            async with transaction(self._connection, shield_commit=True):
                session_id = await self._connection.run(self._insert_rest, header, None)
        else:
            session_id = await self._commit_slices(header, on_progress)
        self._database.check_unmoved(self._identity)
        return session_id

    async def _commit_slices(self, header: SessionHeader, on_progress: Progress) -> int:
        pending = PendingImport(self._database.path)
        try:
            for done in range(len(self._slice_ends) - 1):
                async with transaction(self._connection):
                    await self._connection.run(self._insert_slice, pending, done)
                share = (done + 1) / len(self._slice_ends)
                on_progress(share, f"{share:.0%} committed to the store")
                await asyncio.sleep(_PAUSE_SECONDS)
            async with transaction(self._connection, shield_commit=True):
                return await self._connection.run(self._insert_rest, header, pending)
        except BaseException:
            if pending.session_id:
                await shielded(remove_import(self._connection, pending.token))
            raise
        finally:
            pending.release()

    def _stage_next(self, connection: sqlite3.Connection, batches: Iterator[Batch]) -> bool:
        """Reads and stages a batch in one call; False after the last one."""
        batch = next(batches, None)
        if batch is None:
            return False
        messages = [self._message_row(message) for message in batch.messages]
        checkpoints = [checkpoint_row(checkpoint) for checkpoint in batch.checkpoints]
        self.checkpoint_count += len(checkpoints)
        connection.executemany(_STAGE_MESSAGE, messages)
        connection.executemany(_STAGE_CHECKPOINT, checkpoints)
        return True

    def _message_row(self, message: JsonObject) -> tuple[Any, ...]:
        created_at = message["created_at"]
        if created_at is not None:
            self._first_time = self._first_time or created_at
            self._last_time = created_at
        self._leading_untimed += self._first_time is None
        self.message_count += 1
        extra = message_extra(message)
        self._slice_characters += _ROW_CHARACTERS + len(message["content"]) + len(extra or "")
        if self._slice_characters >= SLICE_CHARACTERS:
            self._end_slice()
        sort_time = store_text(self._last_time) if self._last_time else None
        return message["role"], message["content"], sort_time, extra

    def _end_slice(self) -> None:
        self._slice_ends.append(self.message_count)
        self._slice_characters = 0

    def _end_staging(self, connection: sqlite3.Connection, created_at: str | None) -> None:
        """Gives parts without a time one that sorts correctly: that of the part before them."""
        if self._slice_characters or not self._slice_ends:
            self._end_slice()
        begun = min(store_text(time) for time in (created_at, self._first_time) if time)
        connection.execute(_FILL_MESSAGE_TIMES, (begun, self._leading_untimed))
        connection.execute(_FILL_CHECKPOINT_TIMES, (begun,))
        connection.commit()

    def _insert_slice(
        self, connection: sqlite3.Connection, pending: PendingImport, number: int
    ) -> None:
        if number:
            pending.check_slices(connection)
        else:
            pending.reserve(connection)
        ids = self._insert_messages(connection, pending.session_id, number)
        pending.add_slice(connection, *ids)

    def _insert_rest(
        self, connection: sqlite3.Connection, header: SessionHeader, pending: PendingImport | None
    ) -> int:
        """The last slice, the checkpoints and the session's row, which makes it visible."""
        self._database.check_unmoved(self._identity)
        if pending is None:
            session_id = next_session_id(connection)
        else:
            pending.complete(connection)
            session_id = pending.session_id
        connection.execute(_INSERT_SESSION, (session_id, *session_row(header)))
        self._insert_messages(connection, session_id, len(self._slice_ends) - 1)
        connection.execute(_COPY_CHECKPOINTS, (session_id,))
        return session_id

    def _insert_messages(
        self, connection: sqlite3.Connection, session_id: int, number: int
    ) -> tuple[int, int]:
        """Copies a slice of the staged messages; returns their first and last id."""
        start, end = [0, *self._slice_ends][number : number + 2]
        ((newest,),) = connection.execute(_NEWEST_MESSAGE).fetchall()
        connection.execute(_COPY_MESSAGES, (newest - start, session_id, start, end))
        return newest + 1, newest + end - start


_STAGE = (
    """CREATE TEMP TABLE staged_messages (
        id INTEGER PRIMARY KEY, role, content, created_at, hfs_extra)""",
    """CREATE TEMP TABLE staged_checkpoints (
        id INTEGER PRIMARY KEY, message_index, trigger_event, state_json, created_at, hfs_extra)""",
)
_STAGE_MESSAGE = """
    INSERT INTO staged_messages (role, content, created_at, hfs_extra) VALUES (?, ?, ?, ?)
"""
_STAGE_CHECKPOINT = """
    INSERT INTO staged_checkpoints (message_index, trigger_event, state_json, created_at, hfs_extra)
    VALUES (?, ?, ?, ?, ?)
"""
_FILL_MESSAGE_TIMES = "UPDATE staged_messages SET created_at = ? WHERE id <= ?"
_FILL_CHECKPOINT_TIMES = """
    UPDATE staged_checkpoints SET created_at = coalesce(
        (SELECT created_at FROM staged_messages
            WHERE id <= max(1, message_index) ORDER BY id DESC LIMIT 1), ?)
    WHERE created_at IS NULL
"""
_NEWEST_MESSAGE = f"SELECT coalesce(max(id), 0) FROM messages WHERE id < {END_OF_IDS}"
_NEWEST_CHECKPOINT = f"SELECT coalesce(max(id), 0) FROM checkpoints WHERE id < {END_OF_IDS}"
_INSERT_SESSION = """
    INSERT INTO sessions (id, name, created_at, updated_at, hfs_run_snapshot, hfs_extra)
    VALUES (?, ?, ?, ?, ?, ?)
"""
_COPY_MESSAGES = """
    INSERT INTO messages (id, session_id, role, content, created_at, hfs_extra)
    SELECT ? + id, ?, role, content, created_at, hfs_extra FROM staged_messages
    WHERE id > ? AND id <= ? ORDER BY id
"""
_COPY_CHECKPOINTS = f"""
    INSERT INTO checkpoints
        (id, session_id, message_index, trigger_event, state_json, created_at, hfs_extra)
    SELECT ({_NEWEST_CHECKPOINT}) + id, ?, message_index, trigger_event, state_json, created_at,
        hfs_extra
    FROM staged_checkpoints ORDER BY id
"""
