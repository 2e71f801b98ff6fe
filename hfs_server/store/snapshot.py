"""One session as it stood at one moment, read piece by piece."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncGenerator
from contextlib import aclosing

import aiosqlite

from hfs_server.errors import SessionNotFound
from hfs_server.session import JsonObject, SessionHeader
from hfs_server.store.database import fetched
from hfs_server.store.rows import as_text, json_of, object_of
from hfs_server.times import iso_from_store

_BATCH_CHARACTERS = 1 << 20
_BATCH_ROWS = 500
_FIRST_BATCH_ROWS = 16


async def snapshot_of(connection: aiosqlite.Connection, session_id: int) -> SessionSnapshot:
    """The session in a transaction that has begun. Raises SessionNotFound."""
    rows = [*await fetched(connection, _HEADER, (session_id,))]
    if not rows:
        raise SessionNotFound(
            f"The store has no session {session_id}. List the sessions to see them.",
            sessionId=session_id,
        )
    return SessionSnapshot(connection, session_id, rows[0])


class SessionSnapshot:
    """One session as it stood at one moment, read piece by piece."""

    def __init__(self, connection: aiosqlite.Connection, session_id: int, row: sqlite3.Row) -> None:
        self._connection = connection
        self._session_id = session_id
        name, created_at, updated_at, messages, checkpoints, run_snapshot, extra = row
        self.header = SessionHeader(
            name=as_text(name),
            created_at=iso_from_store(created_at),
            updated_at=iso_from_store(updated_at),
            message_count=messages,
            checkpoint_count=checkpoints,
            run_snapshot=json_of(run_snapshot),
        )
        self.extra: JsonObject = object_of(extra)
        """The unknown keys that the session came with, by the member that they stood in."""

    async def messages(self) -> AsyncGenerator[list[JsonObject], None]:
        """The messages in their order, some at a time."""
        async with aclosing(self._batches(_MESSAGES)) as batches:
            async for rows in batches:
                yield [
                    {
                        "role": as_text(role),
                        "content": as_text(content),
                        "created_at": iso_from_store(created_at),
                        **object_of(extra),
                    }
                    for role, content, created_at, extra in rows
                ]

    async def checkpoints(self) -> AsyncGenerator[list[JsonObject], None]:
        """The checkpoints in their order, some at a time; ``state`` is still JSON text."""
        async with aclosing(self._batches(_CHECKPOINTS)) as batches:
            async for rows in batches:
                yield [
                    {
                        **_moment(trigger, index, created_at),
                        "state": as_text(state),
                        **object_of(extra),
                    }
                    for trigger, index, created_at, state, extra in rows
                ]

    async def moments(self) -> list[JsonObject]:
        """All checkpoints without their states."""
        rows = await fetched(self._connection, _MOMENTS, (self._session_id,))
        return [
            {**_moment(trigger, index, created_at), **_times(object_of(extra))}
            for trigger, index, created_at, extra in rows
        ]

    async def newest_state(self) -> str | None:
        """The state of the newest checkpoint that has one, as JSON text."""
        rows = [*await fetched(self._connection, _NEWEST_STATE, (self._session_id,))]
        return as_text(rows[0][0]) if rows else None

    async def _batches(self, sql: str) -> AsyncGenerator[list[sqlite3.Row], None]:
        """Rows in batches that grow while they are small, so that none is very large."""
        size = _FIRST_BATCH_ROWS
        async with self._connection.execute(sql, (self._session_id,)) as cursor:
            while rows := [*await cursor.fetchmany(size)]:
                yield rows
                characters = sum(len(value) for row in rows for value in row if _has_length(value))
                if characters > _BATCH_CHARACTERS:
                    size = max(1, size // 4)
                elif characters * 2 < _BATCH_CHARACTERS:
                    size = min(size * 2, _BATCH_ROWS)


def _moment(trigger: object, index: object, created_at: object) -> JsonObject:
    return {
        "trigger": as_text(trigger),
        "message_index": index if isinstance(index, int) and index > -(2**63) else 0,
        "created_at": iso_from_store(created_at),
    }


def _times(extra: JsonObject) -> JsonObject:
    """A time that was not known when the part came in is marked so among its extra keys."""
    return {"created_at": None} if "created_at" in extra else {}


def _has_length(value: object) -> bool:
    return isinstance(value, str | bytes)


_HEADER = """
    SELECT name, created_at, updated_at,
        (SELECT count(*) FROM messages WHERE session_id = sessions.id),
        (SELECT count(*) FROM checkpoints WHERE session_id = sessions.id),
        hfs_run_snapshot, hfs_extra
    FROM sessions WHERE id = ?
"""
_MESSAGES = """
    SELECT role, content, created_at, hfs_extra FROM messages WHERE session_id = ? ORDER BY id
"""
_CHECKPOINTS = """
    SELECT trigger_event, message_index, created_at, state_json, hfs_extra
    FROM checkpoints WHERE session_id = ? ORDER BY id
"""
_MOMENTS = """
    SELECT trigger_event, message_index, created_at, hfs_extra
    FROM checkpoints WHERE session_id = ? ORDER BY id
"""
_NEWEST_STATE = """
    SELECT state_json FROM checkpoints
    WHERE session_id = ? AND trim(state_json) NOT IN ('', '{}', 'null')
    ORDER BY id DESC LIMIT 1
"""
