"""A consistent read of one session, piece by piece."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator, Mapping
from itertools import count
from typing import Any

import psycopg

from hfs_server.session import LOWEST_SCHEMA_VERSION, Batch, JsonObject, SessionHeader
from hfs_server.store.extra_columns import extra_of_session, run_snapshot_of
from hfs_server.store.postgresql.connections import Connection, Raw, fetch
from hfs_server.store.postgresql.listing import session_not_found
from hfs_server.store.postgresql.originals import chunks_of, read_chunk
from hfs_server.store.postgresql.texts import MARK, from_column
from hfs_server.store.postgresql.times import brief, stored
from hfs_server.store.rows import (
    Rows,
    checkpoints_of,
    messages_of,
    object_in,
    outlines_of,
    state_of,
)
from hfs_server.timestamps import iso_from_store

Cursor = psycopg.ServerCursor[tuple[Any, ...]]

_BATCH_CHARACTERS = 1 << 20
_BATCH_ROWS = 2_000
_FIRST_BATCH_ROWS = 16
_numbers = count(1)
"""Of cursors, whose names must differ on one connection."""


async def read_snapshot(connection: Connection, session_id: int) -> PostgresqlSnapshot:
    """The session, in a transaction that has begun. Raises SessionNotFound."""
    rows = await connection.run(fetch, _HEADER, (session_id,))
    if not rows:
        raise await connection.run(session_not_found, session_id)
    return PostgresqlSnapshot(connection, session_id, *decoded(rows[0]))


class PostgresqlSnapshot:
    """One session as it was when its transaction began."""

    def __init__(
        self,
        connection: Connection,
        session_id: int,
        name: str,
        created_at: str,
        updated_at: str | None,
        message_count: int,
        checkpoint_count: int,
        run_snapshot: str | None,
        usage: str | None,
        original: str | None,
        original_name: str | None,
        extra: str | None,
        identity: str,
        has_facts: bool,
    ) -> None:
        self._connection = connection
        self._session_id = session_id
        self.message_count, self.checkpoint_count = message_count, checkpoint_count
        self.usage: Mapping[str, Any] = object_in(usage)
        self._original = original
        self.original_name = original_name
        found = extra_of_session(extra)
        if found.schema_version == LOWEST_SCHEMA_VERSION and has_facts:
            found = extra_of_session(extra, needs_facts=True)
        self.header = SessionHeader(
            name=name,
            created_at=iso_from_store(created_at),
            updated_at=iso_from_store(updated_at),
            run_snapshot=run_snapshot_of(run_snapshot),
            facts=found.facts,
            unknown_metadata=found.unknown_metadata,
            unknown_members=found.unknown_members,
            schema_version=found.schema_version,
            identity=identity,
        )

    async def related(self) -> Mapping[str, tuple[int, str]]:
        """The ids and names of its parent and of the sessions that it started, by identity."""
        rows = await self._fetch(_RELATED)
        return {from_column(each): (number, from_column(name)) for each, number, name in rows}

    async def original(self) -> AsyncGenerator[bytes, None]:
        """The bytes that it was read from, in pieces."""
        for digest in await self._connection.run(chunks_of, self._original):
            yield await self._connection.run(read_chunk, digest)

    async def messages(self, first: int = 1) -> AsyncGenerator[Batch, None]:
        """All messages from the one with this number on, converted as they are iterated."""
        async for rows in self._batches("messages", _SOME_MESSAGES, first):
            yield Batch(messages_of(rows), size=len(rows))

    async def checkpoints(self) -> AsyncGenerator[Batch, None]:
        """All checkpoints with their states, in order."""
        async for rows in self._batches("checkpoints", _SOME_CHECKPOINTS):
            yield Batch((), checkpoints_of(rows), size=len(rows))

    async def checkpoint_outlines(self) -> list[JsonObject]:
        """All checkpoints without their states."""
        return outlines_of(list(map(decoded, await self._fetch(_OUTLINES))))

    async def newest_state(self) -> Any:
        """The state of the newest checkpoint that has one, else None."""
        rows = await self._fetch(_NEWEST_STATE)
        return state_of(from_column(rows[0][0])) if rows else None

    async def _batches(self, table: str, sql: str, first: int = 1) -> AsyncGenerator[Rows, None]:
        """Rows in batches that grow while they are small, so that none is very large."""
        size, start = _FIRST_BATCH_ROWS, first
        while start:
            rows, start = await self._connection.run(
                _read_some, table, sql, self._session_id, start, size
            )
            if rows:
                yield rows
                size = _next_size(size, rows)

    async def _fetch(self, sql: str) -> list[Any]:
        return await self._connection.run(fetch, sql, (self._session_id,))


def _next_size(size: int, rows: Rows) -> int:
    """How many rows to read after so many, which had these texts."""
    characters = sum([len(value) for row in rows for value in row if isinstance(value, str)])
    if characters > _BATCH_CHARACTERS:
        return max(1, size // 4)
    return min(size * 2, _BATCH_ROWS) if characters * 2 < _BATCH_CHARACTERS else size


def _read_some(
    raw: Raw, table: str, sql: str, session_id: int, first: int, count: int
) -> tuple[Rows, int]:
    """The rows of so many positions, and the position to go on from, which is 0 at the end.

    A range is read alone, however the server plans it. It would write the rows of a cursor to
    memory or a file before it sends the first of them.
    """
    end = first + count - 1
    values = session_id, first, end
    cursor = raw.execute(sql.encode(), values, prepare=True, binary=True)
    rows = list(map(decoded, cursor.fetchall()))
    raw.progress += 1
    if len(rows) == count:
        return rows, end + 1
    after = f"SELECT min(position) FROM hfs.{table} WHERE session_id = %s AND position > %s"
    return rows, fetch(raw, after, (session_id, end), is_prepared=True)[0][0] or 0


def opened(raw: Raw, sql: str, sessions: int | list[int], first: int = 1) -> Cursor:
    """A cursor of the server, which lasts as long as the transaction."""
    cursor = raw.cursor(f"rows_{next(_numbers)}")
    try:
        cursor.execute(sql.encode(), (sessions, first))
    except BaseException:
        _forget(cursor)
        raise
    raw.progress += 1
    return cursor


def rows_of(
    raw: Raw, sql: str, sessions: int | list[int], together: int
) -> Iterator[tuple[Any, ...]]:
    """All rows of a query, some of which are read together."""
    cursor = opened(raw, sql, sessions)
    try:
        while rows := fetch_some(raw, cursor, together):
            yield from rows
    finally:
        _close(raw, cursor)


def fetch_some(raw: Raw, cursor: Cursor, count: int) -> Rows:
    """The next rows, with texts as they were written."""
    rows = list(map(decoded, cursor.fetchmany(count)))
    raw.progress += 1
    return rows


def _close(_: Raw, cursor: Cursor) -> None:
    try:
        cursor.close()
    finally:
        _forget(cursor)


def _forget(cursor: Cursor) -> None:
    """Closes a cursor without asking the server to do so, which may be gone."""
    psycopg.Cursor.close(cursor)


def decoded(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """A row whose texts are as they were written, as nearly all are in the column too."""
    for each in row:
        if isinstance(each, str) and MARK in each:
            return tuple([from_column(one) if isinstance(one, str) else one for one in row])
    return row


_HEADER = f"""
    SELECT s.name, {stored("s.created_at")}, {stored("s.updated_at")}, s.message_count,
        s.checkpoint_count, s.run_snapshot, s.usage, s.original,
        (SELECT o.name FROM hfs.originals AS o
            WHERE o.digest = s.original AND o.owner = s.owner), s.extra, s.identity,
        s.has_facts
    FROM hfs.sessions AS s WHERE s.id = %s AND s.deleted_at IS NULL
"""
_RELATED = """
    SELECT r.identity, r.id, r.name FROM hfs.sessions AS s JOIN hfs.sessions AS r
        ON r.identity = s.parent_identity OR r.parent_identity = s.identity
    WHERE s.id = %s AND r.id <> s.id AND r.deleted_at IS NULL ORDER BY r.id
"""
_MESSAGES = """
    SELECT position, role, content, {}, extra FROM hfs.messages
    WHERE session_id = %s AND position {} ORDER BY position
"""
_CHECKPOINTS = """
    SELECT position, state, trigger_event, message_index, {}, extra FROM hfs.checkpoints
    WHERE session_id = %s AND position {} ORDER BY position
"""
MESSAGES, CHECKPOINTS = (
    sql.format(stored("created_at"), ">= %s") for sql in (_MESSAGES, _CHECKPOINTS)
)
_SOME_MESSAGES, _SOME_CHECKPOINTS = (
    sql.format(brief("created_at"), "BETWEEN %s AND %s") for sql in (_MESSAGES, _CHECKPOINTS)
)
_OUTLINES = f"""
    SELECT position, trigger_event, message_index, {stored("created_at")}, extra
    FROM hfs.checkpoints WHERE session_id = %s ORDER BY position
"""
_NEWEST_STATE = """
    SELECT state FROM hfs.checkpoints
    WHERE session_id = %s AND btrim(state) NOT IN ('', '{}', 'null')
    ORDER BY position DESC LIMIT 1
"""
