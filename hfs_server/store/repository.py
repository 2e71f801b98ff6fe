"""Sessions out of the store: pages of the list, and one session as it stood at one moment."""

from __future__ import annotations

import json
import sqlite3
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

from hfs_server.session import JsonObject
from hfs_server.store.arrival import Arrival, arrival
from hfs_server.store.database import Database, fetched
from hfs_server.store.rows import as_text
from hfs_server.store.snapshot import SessionSnapshot, snapshot_of
from hfs_server.times import iso_from_store

PREVIEW_CHARACTERS = 120
_PREVIEW_SOURCE_CHARACTERS = 2000
_PREVIEW_WORDS = PREVIEW_CHARACTERS // 2 + 1
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
        position: JsonObject = {} if cursor is None else _position(cursor)
        values = {**position, "query": (query or "").casefold()}
        rows: list[sqlite3.Row] = []
        async with self._database.reading() as connection:
            if query:
                await connection.create_function("hfs_casefold", 1, _casefold, deterministic=True)
            for part in _PARTS[position["type"] if position else None]:
                conditions = [part, "instr(hfs_casefold(CAST(name AS BLOB)), :query)"]
                where = " AND ".join(conditions[: 2 if query else 1])
                values["limit"] = limit + 1 - len(rows)
                rows += await fetched(connection, _SUMMARIES.format(where=where), values)
                if len(rows) > limit:
                    break
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
            yield await snapshot_of(connection, session_id)

    def arrival(self) -> AbstractAsyncContextManager[Arrival]:
        """A new session on its way into the store."""
        return arrival(self._database)


_SUMMARIES = f"""
    SELECT id, name, created_at, updated_at,
        (SELECT count(*) FROM messages WHERE session_id = sessions.id),
        (SELECT count(*) FROM checkpoints WHERE session_id = sessions.id),
        (SELECT substr(content, 1, {_PREVIEW_SOURCE_CHARACTERS}) FROM messages
            WHERE session_id = sessions.id AND role = 'user' ORDER BY id LIMIT 1),
        typeof(coalesce(updated_at, created_at)), CASE
            WHEN typeof(coalesce(updated_at, created_at)) = 'text'
            THEN CAST(coalesce(updated_at, created_at) AS BLOB)
            ELSE coalesce(updated_at, created_at) END
    FROM sessions WHERE {{where}}
    ORDER BY coalesce(updated_at, created_at) DESC, id DESC
    LIMIT :limit
"""
_AFTER_CURSOR = """
    coalesce(updated_at, created_at) <= {activity}
    AND (coalesce(updated_at, created_at) < {activity} OR id < :last_id)
"""
_WITHOUT_TIME = "coalesce(updated_at, created_at) IS NULL"
_PARTS: dict[str | None, tuple[str, ...]] = {
    None: ("true",),
    "text": (_AFTER_CURSOR.format(activity="+CAST(:activity AS TEXT)"), _WITHOUT_TIME),
    **dict.fromkeys(
        ("integer", "real", "blob"), (_AFTER_CURSOR.format(activity=":activity"), _WITHOUT_TIME)
    ),
    "null": (f"{_WITHOUT_TIME} AND id < :last_id",),
}
"""What follows on a cursor, by the type of the last activity that it names, since others may write
any. The plus takes the affinity away, by which SQLite would otherwise compare numbers as text."""


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
    words = text.split(maxsplit=_PREVIEW_WORDS)[:_PREVIEW_WORDS]
    return " ".join(words)[:PREVIEW_CHARACTERS].rstrip()


def _cursor(row: sqlite3.Row) -> str:
    kind, activity = row[-2:]
    written = activity if isinstance(activity, bytes) else str(activity).encode()
    return urlsafe_b64encode(json.dumps([row[0], kind, written.hex()]).encode()).decode()


def _position(cursor: str) -> JsonObject:
    """Where the cursor's page ended, as the values of the query that goes on from there."""
    try:
        last_id, kind, written = json.loads(urlsafe_b64decode(cursor.encode()))
        activity = _ACTIVITIES[kind](bytes.fromhex(written))
        if type(last_id) is int and _is_storable(last_id) and _is_storable(activity):
            return {"last_id": last_id, "type": kind, "activity": activity}
    except (ValueError, TypeError, KeyError):
        pass
    raise InvalidCursor("expected a cursor from an earlier page")


_ACTIVITIES: dict[str, Callable[[bytes], object]] = {
    "text": bytes,
    "blob": bytes,
    "integer": int,
    "real": float,
    "null": lambda _: None,
}


def _is_storable(value: object) -> bool:
    return not isinstance(value, int) or -(2**63) <= value < 2**63


def _casefold(name: object) -> str:
    return as_text(name).casefold()
