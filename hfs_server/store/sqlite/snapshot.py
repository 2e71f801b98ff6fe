"""A consistent read of one session, piece by piece."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import AbstractContextManager, asynccontextmanager
from operator import itemgetter
from typing import Any

from hfs_server.cancellation import finished
from hfs_server.session import LOWEST_SCHEMA_VERSION, Batch, JsonObject, SessionHeader
from hfs_server.store.extra_columns import SessionExtra, extra_of_session, run_snapshot_of
from hfs_server.store.rows import (
    Rows,
    as_text,
    checkpoints_of,
    messages_of,
    object_in,
    outlines_of,
    state_of,
)
from hfs_server.store.sqlite.connections import Connection, decoded_fast, fetch
from hfs_server.store.sqlite.deletions import session_not_found
from hfs_server.store.sqlite.originals import PIECES, read_piece
from hfs_server.timestamps import iso_from_store

_BATCH_CHARACTERS = 1 << 20
_BATCH_ROWS = 2_000
_FIRST_BATCH_ROWS = 16
_SIZED = frozenset((str, bytes))
_LONG = (itemgetter(1), itemgetter(2), itemgetter(-1))
"""Role, content and extra keys of a message; state, trigger and extra keys of a checkpoint."""
_LEAST_ID, _GREATEST_ID = -(2**63), 2**63 - 1


async def read_snapshot(connection: Connection, session_id: int) -> SqliteSnapshot:
    """The session, in a transaction that has begun. Raises SessionNotFound."""
    rows = await connection.run(fetch, _HEADER, (session_id,), wait=True)
    if not rows:
        raise await connection.run(session_not_found, session_id, wait=True)
    *columns, usage, original, name, extra, identity = rows[0]
    found = extra_of_session(extra)
    if found.schema_version == LOWEST_SCHEMA_VERSION and await connection.run(
        _has_facts, session_id, wait=True
    ):
        found = extra_of_session(extra, needs_facts=True)
    header = _header(columns, found, identity)
    return SqliteSnapshot(connection, session_id, header, columns[3:5], usage, (original, name))


class SqliteReader:
    """Reads one session after the other on one connection, each in a transaction of its own: a
    longer one would let the write-ahead log grow.
    """

    def __init__(
        self,
        connection: Connection,
        translated_errors: Callable[[], AbstractContextManager[None]],
    ) -> None:
        self._connection = connection
        self._translated_errors = translated_errors

    @asynccontextmanager
    async def snapshot(self, session_id: int) -> AsyncIterator[SqliteSnapshot]:
        """One session as it is now, unaffected by later writes. Raises SessionNotFound."""
        with self._translated_errors():
            await self._connection.run(fetch, "BEGIN", wait=True)
            try:
                yield await read_snapshot(self._connection, session_id)
            finally:
                await finished(self._connection.rollback())


class SqliteSnapshot:
    """One session as it was when its transaction began."""

    def __init__(
        self,
        connection: Connection,
        session_id: int,
        header: SessionHeader,
        counts: list[int],
        usage: object,
        original: tuple[object, object],
    ) -> None:
        self._connection = connection
        self._session_id = session_id
        self.header = header
        self.message_count, self.checkpoint_count = counts
        self.usage: Mapping[str, Any] = object_in(usage)
        self._original, name = original
        self.original_name = None if name is None else as_text(name)

    async def related(self) -> Mapping[str, tuple[int, str]]:
        """The ids and names of its parent and of the sessions that it started, by identity."""
        rows = await self._fetch(_RELATED)
        return {as_text(identity): (number, as_text(name)) for identity, number, name in rows}

    async def original(self) -> AsyncGenerator[bytes, None]:
        """The bytes that it was read from, in pieces."""
        pieces = await self._connection.run(fetch, PIECES, (self._original,), wait=True)
        for (piece,) in pieces:
            yield await self._connection.run(read_piece, piece, wait=True)

    async def messages(self, first: int = 1) -> AsyncGenerator[Batch, None]:
        """All messages from the one with this number on, converted as they are iterated."""
        first_id = _LEAST_ID
        if first > 1:
            found = await self._connection.run(
                fetch, _ID_OF_MESSAGE, (self._session_id, first - 1), wait=True
            )
            first_id = found[0][0] if found else _GREATEST_ID
        async for rows in self._batches(_MESSAGES, first_id):
            yield Batch(messages_of(rows), size=len(rows))

    async def checkpoints(self) -> AsyncGenerator[Batch, None]:
        """All checkpoints with their states, in order."""
        async for rows in self._batches(_CHECKPOINTS):
            yield Batch((), checkpoints_of(rows), size=len(rows))

    async def checkpoint_outlines(self) -> list[JsonObject]:
        """All checkpoints without their states."""
        return outlines_of(await self._fetch(_OUTLINES))

    async def newest_state(self) -> Any:
        """The state of the newest checkpoint that has one, else None."""
        rows = await self._fetch(_NEWEST_STATE)
        return state_of(rows[0][0]) if rows else None

    async def _fetch(self, sql: str) -> Rows:
        return await self._connection.run(fetch, sql, (self._session_id,), wait=True)

    async def _batches(self, sql: str, first_id: int = _LEAST_ID) -> AsyncGenerator[Rows, None]:
        """Rows in batches that grow while they are small, so that none is very large."""
        size = _FIRST_BATCH_ROWS
        while rows := await self._connection.run(
            decoded_fast, fetch, sql, (self._session_id, first_id, size), wait=True
        ):
            yield rows
            first_id = rows[-1][0] + 1
            if first_id > _GREATEST_ID:
                return
            characters = _length(rows)
            if characters > _BATCH_CHARACTERS:
                size = max(1, size // 4)
            elif characters * 2 < _BATCH_CHARACTERS:
                size = min(size * 2, _BATCH_ROWS)


def _header(columns: list[Any], extra: SessionExtra, identity: object) -> SessionHeader:
    name, created_at, updated_at, _, _, run_snapshot = columns
    return SessionHeader(
        name=as_text(name),
        created_at=iso_from_store(created_at),
        updated_at=iso_from_store(updated_at),
        run_snapshot=run_snapshot_of(run_snapshot),
        facts=extra.facts,
        unknown_metadata=extra.unknown_metadata,
        unknown_members=extra.unknown_members,
        schema_version=extra.schema_version,
        identity=None if identity is None else as_text(identity),
    )


def _length(rows: Rows) -> int:
    """The length of what may be long, which nearly always is text, or NULL."""
    try:
        return sum([sum(map(len, filter(None, map(column, rows)))) for column in _LONG])
    except TypeError:
        return sum([len(value) for row in rows for value in row if type(value) in _SIZED])


def _has_facts(connection: sqlite3.Connection, session_id: int) -> bool:
    """Whether a message needs schema 1.1.0; in sessions of other tools the first ones do."""
    from hfs_server.store.message_extra import has_facts

    return any(has_facts(extra) for (extra,) in connection.execute(_MESSAGE_EXTRA, (session_id,)))


_HEADER = """
    SELECT name, created_at, updated_at,
        (SELECT count(*) FROM messages WHERE session_id = sessions.id),
        (SELECT count(*) FROM checkpoints WHERE session_id = sessions.id),
        hfs_run_snapshot, hfs_usage, hfs_original,
        (SELECT name FROM hfs_originals WHERE digest = hfs_original), hfs_extra,
        hfs_identity
    FROM sessions WHERE id = ?
"""
_RELATED = """
    SELECT related.hfs_identity, related.id, related.name
    FROM sessions AS this, sessions AS related
    WHERE this.id = ? AND related.id <> this.id AND related.hfs_identity IS NOT NULL
        AND (related.hfs_identity = this.hfs_parent OR related.hfs_parent = this.hfs_identity)
    ORDER BY related.id
"""
_MESSAGES = """
    SELECT id, role, content, created_at, hfs_extra FROM messages
    WHERE session_id = ? AND id >= ? ORDER BY id LIMIT ?
"""
_ID_OF_MESSAGE = """
    SELECT id FROM messages WHERE session_id = ? ORDER BY id LIMIT 1 OFFSET ?
"""
_MESSAGE_EXTRA = """
    SELECT hfs_extra FROM messages WHERE session_id = ? AND hfs_extra IS NOT NULL
"""
_CHECKPOINTS = """
    SELECT id, state_json, trigger_event, message_index, created_at, hfs_extra FROM checkpoints
    WHERE session_id = ? AND id >= ? ORDER BY id LIMIT ?
"""
_OUTLINES = """
    SELECT id, trigger_event, message_index, created_at, hfs_extra FROM checkpoints
    WHERE session_id = ? ORDER BY id
"""
_NEWEST_STATE = """
    SELECT state_json FROM checkpoints
    WHERE session_id = ? AND trim(state_json) NOT IN ('', '{}', 'null')
    ORDER BY id DESC LIMIT 1
"""
