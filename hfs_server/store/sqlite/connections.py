"""Connections to the store, on which synchronous functions are run in a thread.

A question or a change is a function of an ``sqlite3.Connection``, so that a process without
an event loop can ask it too. Only what may be repeated is run with ``wait=True``.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, TypeVarTuple

import aiosqlite

from hfs_server.cancellation import finished, shielded_from_late_cancellation
from hfs_server.store.rows import Rows, lenient_text
from hfs_server.store.sqlite.filtering import add_functions
from hfs_server.store.sqlite.store_file import WRITABLE, Identity, OpenMode, file_identity

Result = TypeVar("Result")
Arguments = TypeVarTuple("Arguments")

BUSY_SECONDS = 10.0
"""How long to wait for a lock that another program holds."""

_ATTEMPT_SECONDS = 0.2
_PAUSE_SECONDS = 0.02


class Replaced(Exception):
    """There is another file at the path than was to be opened."""


class Connection(aiosqlite.Connection):
    """A connection with a thread of its own."""

    ended: asyncio.Future[None] | None = None
    """Done when the thread has ended, also if the file could not be opened."""

    async def run(
        self,
        work: Callable[[sqlite3.Connection, *Arguments], Result],
        *arguments: *Arguments,
        wait: bool = False,
    ) -> Result:
        """The result of ``work``, called in the connection's thread.

        With ``wait`` it is repeated while another program has the store locked. If the task
        is cancelled, a query of ``work`` is interrupted, but none of another task.
        """
        deadline = time.monotonic() + BUSY_SECONDS
        while True:
            call = _Call(self._conn, partial(work, self._conn, *arguments))
            try:
                result: Result = await self._execute(call)  # type: ignore[no-untyped-call]
                return result
            except sqlite3.OperationalError as error:
                if not wait or not is_busy(error) or time.monotonic() > deadline:
                    raise
            finally:
                call.end()
            await asyncio.sleep(_PAUSE_SECONDS)

    def stop(self) -> asyncio.Future[None] | None:
        """Ends the thread."""
        self.ended = super().stop()
        return self.ended


class _Call:
    """Work for a connection's thread, which may be ended from another one."""

    def __init__(self, connection: sqlite3.Connection, work: Callable[[], Any]) -> None:
        self._connection = connection
        self._work = work
        self._lock = threading.Lock()
        self._is_running = False
        self._has_ended = False

    def __call__(self) -> Any:
        with self._lock:
            if self._has_ended:
                return None
            self._is_running = True
        try:
            return self._work()
        finally:
            with self._lock:
                self._is_running = False

    def end(self) -> None:
        """Interrupts the work if it runs, and prevents it if it has not begun."""
        with self._lock:
            self._has_ended = True
            if self._is_running:
                self._connection.interrupt()


@asynccontextmanager
async def transaction(connection: Connection, *, wait: bool = True) -> AsyncIterator[None]:
    """One write to the store, all of it or nothing; if it is cancelled, it is rolled back.

    A commit that has begun is completed.
    """
    try:
        await connection.run(fetch, "BEGIN IMMEDIATE", wait=wait)
        yield
        await finished(connection.commit())
    except BaseException:
        await finished(connection.rollback())
        raise


async def write(
    connection: Connection,
    work: Callable[[sqlite3.Connection, *Arguments], Result],
    *arguments: *Arguments,
) -> Result:
    """The result of ``work``, which is one write to the store, all of it or nothing.

    It waits for the lock, and then is completed: what was saved must not be reported as
    cancelled. It is one call in the connection's thread, which many small sessions need
    (benchmark row 17).
    """
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        call = connection.run(_in_transaction, partial(work, connection._conn, *arguments))
        try:
            return await shielded_from_late_cancellation(call)
        except sqlite3.OperationalError as error:
            if not is_busy(error) or time.monotonic() > deadline:
                raise
        await asyncio.sleep(_PAUSE_SECONDS)


def _in_transaction(connection: sqlite3.Connection, work: Callable[[], Result]) -> Result:
    connection.execute("BEGIN IMMEDIATE")
    try:
        result = work()
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return result


def decoded_fast(
    connection: sqlite3.Connection,
    work: Callable[[sqlite3.Connection, *Arguments], Result],
    *arguments: *Arguments,
) -> Result:
    """The result of ``work``, which may be done twice; valid UTF-8 is decoded in C.

    Exports (rows 3 and 4 of the benchmarks) and the index would be slower with ``lenient_text``
    alone. Only what has other text is read a second time.
    """
    try:
        connection.text_factory = str
        return work(connection, *arguments)
    except sqlite3.OperationalError as error:
        # Only what is no UTF-8 has no code.
        if hasattr(error, "sqlite_errorcode"):
            raise
    finally:
        connection.text_factory = lenient_text
    return work(connection, *arguments)


def fetch(connection: sqlite3.Connection, sql: str, values: Sequence[Any] = ()) -> Rows:
    """All rows of a query."""
    return connection.execute(sql, values).fetchall()


def fetch_unchanged(connection: sqlite3.Connection, sql: str, values: Sequence[Any] = ()) -> Rows:
    """All rows of a query, to be written again; text that is no UTF-8 as bytes."""
    connection.text_factory = _text_or_bytes
    try:
        return fetch(connection, sql, values)
    finally:
        connection.text_factory = lenient_text


def _text_or_bytes(stored: bytes) -> str | bytes:
    try:
        return stored.decode()
    except UnicodeDecodeError:
        return stored


async def change_mark(connection: Connection) -> object:
    """A value that differs after each change of the store, by any program."""
    ((version,),) = await connection.run(fetch, "PRAGMA data_version", wait=True)
    # The connection itself: the address of a closed one is soon used again.
    return connection, version


async def connect(
    path: Path, mode: OpenMode = WRITABLE, identity: Identity | None = None
) -> Connection:
    """A new connection to the file, which must be closed. Raises sqlite3.Error.

    Raises Replaced if the file is not that of ``identity``.
    """
    opening = asyncio.ensure_future(_opened(f"{path.absolute().as_uri()}?{mode.query}"))
    try:
        connection = await finished(opening)
    except asyncio.CancelledError:
        # A connection that nobody has would keep its thread, and the process, alive.
        if opening.exception() is None:
            await finished(opening.result().close())
        raise
    try:
        # Before anything is read, since that opens the index of the write-ahead log.
        if identity is not None and file_identity(path) != identity:
            raise Replaced
        await connection.run(_configure, wait=True)
    except BaseException:
        await finished(connection.close())
        raise
    return connection


async def _opened(uri: str) -> Connection:
    open_file = partial(
        sqlite3.connect, uri, uri=True, isolation_level=None, timeout=_ATTEMPT_SECONDS
    )
    connection = Connection(open_file, iter_chunk_size=64)
    try:
        await connection
    except sqlite3.Error:
        if connection.ended is not None:
            await connection.ended
        raise
    except RuntimeError as error:
        # No room for another thread.
        raise MemoryError from error
    return connection


def _configure(connection: sqlite3.Connection) -> None:
    connection.text_factory = lenient_text
    add_functions(connection)
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = FULL")


def is_busy(error: sqlite3.Error) -> bool:
    """Whether another program has the store locked."""
    return primary_code(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def primary_code(error: sqlite3.Error) -> int:
    """SQLite's result code without its details, or 0."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF
