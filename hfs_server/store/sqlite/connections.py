"""One connection to the store: opened, asked and written through, while others use it too."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import aiosqlite

from hfs_server.cancellation import finished, shielded
from hfs_server.store.sqlite.rows import lenient_text
from hfs_server.store.sqlite.store_file import WRITABLE, Access

Result = TypeVar("Result")

BUSY_SECONDS = 10.0
"""How long a program that holds the store is waited for."""

_ATTEMPT_SECONDS = 0.2
_PAUSE_SECONDS = 0.02


async def while_busy(attempt: Callable[[], Awaitable[Result]]) -> Result:
    """The result of ``attempt``, which is made again while another program holds the store."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            return await attempt()
        except sqlite3.OperationalError as error:
            if not is_busy(error) or time.monotonic() > deadline:
                raise
        await asyncio.sleep(_PAUSE_SECONDS)


async def fetched(
    connection: aiosqlite.Connection, sql: str, values: Sequence[Any] | Mapping[str, Any] = ()
) -> Iterable[sqlite3.Row]:
    """All rows of a query, waiting while another program holds the store."""
    return await while_busy(lambda: connection.execute_fetchall(sql, values))


@asynccontextmanager
async def transaction(
    connection: aiosqlite.Connection, decisive: bool = False, is_patient: bool = True
) -> AsyncIterator[None]:
    """One write to the store: all of it, or nothing; what was cancelled leaves nothing.

    A commit that has begun is waited for. With ``decisive`` it takes back a cancellation
    that comes too late for it, so that nobody is told "cancelled" of what is saved.
    """
    try:
        if is_patient:
            await while_busy(lambda: connection.execute_fetchall("BEGIN IMMEDIATE"))
        else:
            await connection.execute_fetchall("BEGIN IMMEDIATE")
        yield
        await (shielded if decisive else finished)(connection.commit())
    except BaseException:
        await finished(connection.rollback())
        raise


async def connect(path: Path, access: Access = WRITABLE) -> aiosqlite.Connection:
    """A new connection to the file, which must be closed. Raises sqlite3.Error."""
    opening = asyncio.ensure_future(_file_opened(f"{path.absolute().as_uri()}?{access.query}"))
    try:
        connection = await finished(opening)
    except asyncio.CancelledError:
        # A connection that nobody has would keep its thread, and the process, alive.
        if opening.exception() is None:
            await finished(opening.result().close())
        raise
    try:
        connection.text_factory = lenient_text
        for pragma in ("foreign_keys = ON", "synchronous = FULL"):
            await fetched(connection, f"PRAGMA {pragma}")
    except BaseException:
        await finished(connection.close())
        raise
    return connection


async def _file_opened(uri: str) -> aiosqlite.Connection:
    open_file = partial(
        sqlite3.connect, uri, uri=True, isolation_level=None, timeout=_ATTEMPT_SECONDS
    )
    connection = _Connection(open_file, iter_chunk_size=64)
    try:
        return await connection
    except sqlite3.Error:
        if connection.ended is not None:
            await connection.ended
        raise


class _Connection(aiosqlite.Connection):
    """A connection whose thread can be waited for, also where the file could not be opened."""

    ended: asyncio.Future[None] | None = None

    def stop(self) -> asyncio.Future[None] | None:
        self.ended = super().stop()
        return self.ended


def is_busy(error: sqlite3.Error) -> bool:
    """Whether another program holds the store."""
    return primary_code(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def primary_code(error: sqlite3.Error) -> int:
    """SQLite's result code without its details, or 0."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF
