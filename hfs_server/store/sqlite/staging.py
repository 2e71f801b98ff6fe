"""A session on its way into the store: gathered apart, then moved in whole.

It is gathered in a temporary database, which locks nobody out. A large session moves in
slices, so that other programs get their turn in between: its messages come first, under
an id that no session has yet, and the session itself comes with the last of them. What
has moved is written down (``pending``), so that what a crash leaves of it is removed.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiosqlite

from hfs_server.cancellation import run_in_thread, shielded
from hfs_server.session import JsonObject, Progress, SavedSession, SessionSource
from hfs_server.store.sqlite.connections import transaction
from hfs_server.store.sqlite.database import Database
from hfs_server.store.sqlite.pending import END_OF_IDS, PendingImport, next_session_id
from hfs_server.store.sqlite.recovery import remove, remove_abandoned
from hfs_server.store.sqlite.rows import SessionRow, checkpoint_row, message_extra
from hfs_server.timestamps import store_text

SLICE_CHARACTERS = 32 << 20
"""How much text moves in under one lock; some 0.2 seconds."""

_ROW_CHARACTERS = 64
"""What a row weighs by itself, as much as so much text: a million of them has its time too."""

_PAUSE_SECONDS = 0.02
"""What others get between two slices, who look for a free store every few milliseconds."""


@asynccontextmanager
async def staging(database: Database) -> AsyncIterator[StagedSession]:
    """Where a session is gathered; nothing of it is in the store unless it was committed."""
    async with database.writing() as connection:
        # Messages stand in the store before their session does while it moves in.
        await connection.execute_fetchall("PRAGMA foreign_keys = OFF")
        await remove_abandoned(connection, database.path, transaction)
        for statement in _STAGE:
            await connection.execute_fetchall(statement)
        # It concerns the temporary database alone, and so locks nobody out.
        await connection.execute_fetchall("BEGIN")
        yield StagedSession(connection, database.path, database.place_keeper())


class StagedSession:
    """Messages and checkpoints of a session that is not in the store yet.

    ``first_time`` and ``last_time`` are those of its messages, as ISO 8601 with ``Z``.
    """

    def __init__(
        self, connection: aiosqlite.Connection, path: Path, refuse_moved: Callable[[], None]
    ) -> None:
        self._connection = connection
        self._path = path
        self._refuse_moved = refuse_moved
        self._slice_ends: list[int] = []
        self._slice_characters = 0
        self._leading_untimed = 0
        self.first_time: str | None = None
        self.last_time: str | None = None
        self.message_count = 0
        self.checkpoint_count = 0

    async def save(
        self, source: SessionSource, name: str | None, on_progress: Progress
    ) -> SavedSession:
        """Reads the source to its end, and commits it."""
        batches = source.batches()
        while (batch := await run_in_thread(next, batches, None)) is not None:
            await self.add(batch.messages, batch.checkpoints)
        header = source.header if name is None else source.header._replace(name=name)
        session_id = await self.commit(SessionRow.of(header), on_progress)
        return SavedSession(session_id, header.name, self.message_count, self.checkpoint_count)

    async def add(self, messages: Iterable[JsonObject], checkpoints: Iterable[JsonObject]) -> None:
        """Adds messages and checkpoints, in order, as they stand in a file."""
        message_rows = [self._message_row(message) for message in messages]
        checkpoint_rows = [checkpoint_row(checkpoint) for checkpoint in checkpoints]
        self.checkpoint_count += len(checkpoint_rows)
        for statement, rows in (
            (_STAGE_MESSAGE, message_rows),
            (_STAGE_CHECKPOINT, checkpoint_rows),
        ):
            if rows:
                await self._connection.executemany(statement, rows)

    async def commit(self, session: SessionRow, on_progress: Progress) -> int:
        """Puts the session into the store, all of it or nothing, and returns its id.

        ``on_progress`` hears the share that has moved, from 0 to 1. Raises StoreBusy where
        other programs do not let go of the store.
        """
        await self._fill_unknown_times(session.created_at)
        await self._connection.commit()
        if self._slice_characters or not self._slice_ends:
            self._slice_ends.append(self.message_count)
        if len(self._slice_ends) == 1:
            async with transaction(self._connection, decisive=True):
                session_id = await self._move_rest(session, None)
        else:
            session_id = await self._move_in_slices(session, on_progress)
        self._refuse_moved()
        return session_id

    def _message_row(self, message: JsonObject) -> tuple[Any, ...]:
        created_at = message["created_at"]
        if created_at is not None:
            self.first_time = self.first_time or created_at
            self.last_time = created_at
        self._leading_untimed += self.first_time is None
        self.message_count += 1
        extra = message_extra(message)
        self._slice_characters += _ROW_CHARACTERS + len(message["content"]) + len(extra or "")
        if self._slice_characters >= SLICE_CHARACTERS:
            self._slice_ends.append(self.message_count)
            self._slice_characters = 0
        stand_in = store_text(self.last_time) if self.last_time else None
        return message["role"], message["content"], stand_in, extra

    async def _fill_unknown_times(self, created_at: str) -> None:
        """What has no time gets one that sorts rightly: that of what comes before it."""
        begun = min(store_text(time) for time in (created_at, self.first_time) if time)
        values = (begun, self._leading_untimed)
        await self._connection.execute_fetchall(_FILL_MESSAGE_TIMES, values)
        await self._connection.execute_fetchall(_FILL_CHECKPOINT_TIMES, (begun,))

    async def _move_in_slices(self, session: SessionRow, on_progress: Progress) -> int:
        pending = PendingImport(self._connection, self._path)
        try:
            for done, end in enumerate(self._slice_ends[:-1]):
                async with transaction(self._connection):
                    await self._move_slice(pending, done, end)
                share = (done + 1) / len(self._slice_ends)
                on_progress(share, f"{share:.0%} moved into the store")
                await asyncio.sleep(_PAUSE_SECONDS)
            async with transaction(self._connection, decisive=True):
                return await self._move_rest(session, pending)
        except BaseException:
            if pending.session_id:
                await shielded(remove(self._connection, transaction, pending.token))
            raise
        finally:
            pending.release()

    async def _move_slice(self, pending: PendingImport, done: int, end: int) -> None:
        if done:
            await pending.refuse_lost()
        else:
            await pending.reserve()
        start = self._slice_ends[done - 1] if done else 0
        await pending.add_slice(*await self._copy_messages(pending.session_id, start, end))

    async def _move_rest(self, session: SessionRow, pending: PendingImport | None) -> int:
        """The last slice, the checkpoints and the session itself: from here on it can be seen."""
        self._refuse_moved()
        if pending is None:
            session_id = await next_session_id(self._connection)
        else:
            await pending.complete()
            session_id = pending.session_id
        await self._connection.execute_fetchall(_INSERT_SESSION, (session_id, *session.row()))
        start = self._slice_ends[-2] if len(self._slice_ends) > 1 else 0
        await self._copy_messages(session_id, start, self._slice_ends[-1])
        await self._connection.execute_fetchall(_COPY_CHECKPOINTS, (session_id,))
        return session_id

    async def _copy_messages(self, session_id: int, start: int, end: int) -> tuple[int, int]:
        """Copies the staged messages after ``start`` up to ``end``; gives their new ids' ends."""
        ((newest,),) = await self._connection.execute_fetchall(_NEWEST_MESSAGE)
        values = (newest - start, session_id, start, end)
        await self._connection.execute_fetchall(_COPY_MESSAGES, values)
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
