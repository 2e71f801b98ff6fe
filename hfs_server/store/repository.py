"""Sessions out of the store: pages of the list, and one session as it stood at one moment."""

from __future__ import annotations

import json
import sqlite3
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiosqlite

from hfs_server.errors import SessionNotFound
from hfs_server.session import JsonObject, SessionHeader
from hfs_server.store.arrival import Arrival, arrival
from hfs_server.store.database import Database, while_busy
from hfs_server.times import iso_from_store

PREVIEW_CHARACTERS = 120
_PREVIEW_SOURCE_CHARACTERS = 2000
_BATCH_CHARACTERS = 1 << 20
_BATCH_ROWS = 500
_FIRST_BATCH_ROWS = 16
_UNKNOWN_TIME = "1970-01-01T00:00:00Z"


@dataclass(frozen=True, slots=True)
class SessionSummary:
    """A session as a list shows it; times are ISO 8601 with ``Z``."""

    id: int
    name: str
    created_at: str
    updated_at: str | None
    message_count: int
    checkpoint_count: int
    preview: str | None


@dataclass(frozen=True, slots=True)
class SessionPage:
    """Some sessions, last activity first; ``next_cursor`` leads to those that follow."""

    sessions: list[SessionSummary]
    next_cursor: str | None


class InvalidCursor(ValueError):
    """The cursor does not come from an earlier page."""


class SessionRepository:
    """The sessions of one store.

    Every method raises what opening the store raises: StoreUnusable, StoreTooNew, StoreBusy.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(
        self, limit: int = 50, cursor: str | None = None, query: str | None = None
    ) -> SessionPage:
        """The sessions whose name contains ``query``, whatever its case, a page at a time.

        Raises InvalidCursor.
        """
        conditions = []
        position: JsonObject = {}
        if cursor is not None:
            position = _position(cursor)
            conditions.append(_AFTER_CURSOR.format(activity=_ACTIVITIES[position["type"]]))
        if query:
            conditions.append("instr(hfs_casefold(CAST(name AS BLOB)), :query)")
        where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
        values = {
            **position,
            "query": (query or "").casefold(),
            "limit": limit + 1,
        }
        async with self._database.reading() as connection:
            if query:
                await connection.create_function("hfs_casefold", 1, _casefold, deterministic=True)
            rows = [*await fetched(connection, _SUMMARIES.format(where=where), values)]
        page = [_summary(row) for row in rows[:limit]]
        return SessionPage(page, _cursor(rows[limit - 1]) if len(rows) > limit else None)

    async def change_mark(self) -> object:
        """Something that differs after each change of the store, whichever program made it."""
        async with self._database.reading() as connection:
            ((version,),) = await fetched(connection, "PRAGMA data_version")
            return id(connection), version

    @asynccontextmanager
    async def snapshot(self, session_id: int) -> AsyncIterator[SessionSnapshot]:
        """One session as it is now, whatever is written meanwhile. Raises SessionNotFound."""
        async with self._database.snapshot() as connection:
            rows = [*await fetched(connection, _HEADER, (session_id,))]
            if not rows:
                raise SessionNotFound(
                    f"The store has no session {session_id}. List the sessions to see them.",
                    sessionId=session_id,
                )
            yield SessionSnapshot(connection, session_id, rows[0])

    def arrival(self) -> AbstractAsyncContextManager[Arrival]:
        """A new session on its way into the store."""
        return arrival(self._database)


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
            run_snapshot=_json(run_snapshot),
        )
        self.extra: JsonObject = _object(extra)
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
                        **_object(extra),
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
                        **_object(extra),
                    }
                    for trigger, index, created_at, state, extra in rows
                ]

    async def moments(self) -> list[JsonObject]:
        """All checkpoints without their states."""
        rows = await fetched(self._connection, _MOMENTS, (self._session_id,))
        return [
            {**_moment(trigger, index, created_at), **_times(_object(extra))}
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


async def fetched(
    connection: aiosqlite.Connection, sql: str, values: Sequence[Any] | Mapping[str, Any] = ()
) -> Iterable[sqlite3.Row]:
    """All rows of a query, waiting while another program holds the store."""
    return await while_busy(lambda: connection.execute_fetchall(sql, values))


def as_text(value: object) -> str:
    """A value that should be text, as another program may have stored something else."""
    if isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    return "" if value is None else str(value)


_SUMMARIES = f"""
    SELECT id, name, created_at, updated_at,
        (SELECT count(*) FROM messages WHERE session_id = sessions.id),
        (SELECT count(*) FROM checkpoints WHERE session_id = sessions.id),
        (SELECT substr(content, 1, {_PREVIEW_SOURCE_CHARACTERS}) FROM messages
            WHERE session_id = sessions.id AND role = 'user' ORDER BY id LIMIT 1),
        typeof(coalesce(updated_at, created_at)), CAST(coalesce(updated_at, created_at) AS BLOB)
    FROM sessions {{where}}
    ORDER BY coalesce(updated_at, created_at) DESC, id DESC
    LIMIT :limit
"""
_AFTER_CURSOR = """
    coalesce(updated_at, created_at) <= {activity}
    AND (coalesce(updated_at, created_at) < {activity} OR id < :last_id)
"""
_ACTIVITIES = {
    "text": "+CAST(:activity AS TEXT)",
    "integer": "+CAST(CAST(:activity AS TEXT) AS INTEGER)",
    "real": "+CAST(CAST(:activity AS TEXT) AS REAL)",
    "blob": ":activity",
}
"""The last activity that a cursor names, by its type, since others may write any. The plus takes
the affinity away, by which SQLite would otherwise compare numbers as text."""

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


def _summary(row: sqlite3.Row) -> SessionSummary:
    session_id, name, created_at, updated_at, messages, checkpoints, prompt, *_ = row
    return SessionSummary(
        id=session_id,
        name=as_text(name),
        created_at=iso_from_store(created_at) or _UNKNOWN_TIME,
        updated_at=iso_from_store(updated_at),
        message_count=messages,
        checkpoint_count=checkpoints,
        preview=None if prompt is None else _one_line(as_text(prompt)),
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())[:PREVIEW_CHARACTERS].rstrip()


def _moment(trigger: object, index: object, created_at: object) -> JsonObject:
    return {
        "trigger": as_text(trigger),
        "message_index": index if isinstance(index, int) and index > -(2**63) else 0,
        "created_at": iso_from_store(created_at),
    }


def _times(extra: JsonObject) -> JsonObject:
    """A time that was not known when the part came in is marked so among its extra keys."""
    return {"created_at": None} if "created_at" in extra else {}


def _object(text: object) -> JsonObject:
    value = _json(text)
    return value if isinstance(value, dict) else {}


def _json(text: object) -> Any:
    """What we wrote as JSON; None where there is none, or another program spoilt it."""
    if not isinstance(text, str):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _cursor(row: sqlite3.Row) -> str:
    kind, activity = row[-2:]
    return urlsafe_b64encode(json.dumps([row[0], kind, activity.hex()]).encode()).decode()


def _position(cursor: str) -> JsonObject:
    """Where the cursor's page ended, as the values of the query that goes on from there."""
    try:
        last_id, kind, activity = json.loads(urlsafe_b64decode(cursor.encode()))
        if kind in _ACTIVITIES and type(last_id) is int and abs(last_id) < 2**63:
            return {"last_id": last_id, "type": kind, "activity": bytes.fromhex(activity)}
    except (ValueError, TypeError):
        pass
    raise InvalidCursor("expected a cursor from an earlier page")


def _casefold(name: object) -> str:
    return as_text(name).casefold()


def _has_length(value: object) -> bool:
    return isinstance(value, str | bytes)
