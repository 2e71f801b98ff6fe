"""The store's database file: its connections, and the one way to write to it.

No byte of the file is ever read or written but through SQLite: opening and closing
it otherwise would drop the locks by which programs share it.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import time
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import aiosqlite

from hfs_server.errors import HfsError, StoreBusy, StoreUnusable, os_reason
from hfs_server.store.abandoned import remove_abandoned
from hfs_server.store.migrations import migrate, refuse_foreign
from hfs_server.waiting import finished, uninterrupted

Result = TypeVar("Result")

BUSY_SECONDS = 10.0
"""How long a program that holds the store is waited for."""

_ATTEMPT_SECONDS = 0.2
_PAUSE_SECONDS = 0.02


class Database:
    """One SQLite file, opened when it is first needed, and anew when it was replaced."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._reader: aiosqlite.Connection | None = None
        self._identity: tuple[int, int] | None = None
        self._opening = asyncio.Lock()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[aiosqlite.Connection]:
        """The shared connection, for reads that are short.

        Raises StoreUnusable, StoreTooNew or StoreBusy; so does ``connection``.
        """
        with self._told():
            yield await self._opened()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[aiosqlite.Connection]:
        """A connection of one's own, for work that takes its time."""
        with self._told():
            await self._opened()
            connection = await _connect(self.path)
            try:
                yield connection
            except BaseException:
                # A query that still runs for a cancelled request is not waited for.
                await connection.interrupt()
                raise
            finally:
                # The work is done, and what it did shall be told.
                await uninterrupted(connection.close())

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[aiosqlite.Connection]:
        """A connection that sees the store as it is now, whatever is written meanwhile."""
        async with self.connection() as connection:
            await connection.execute("BEGIN")
            yield connection

    def place_keeper(self) -> Callable[[], None]:
        """Gives a function that raises StoreUnusable once another file, or none, is in the place
        of the one that is open now.
        """
        opened = self._identity

        def refuse_moved() -> None:
            if self._present_identity() != opened:
                raise self._moved()

        return refuse_moved

    async def close(self) -> None:
        """Closes the shared connection."""
        reader, self._reader = self._reader, None
        if reader is not None:
            await finished(reader.close())

    async def _opened(self) -> aiosqlite.Connection:
        async with self._opening:
            identity = self._present_identity()
            if self._identity is not None and identity is None:
                raise self._moved()
            if self._reader is None or identity != self._identity:
                await self.close()
                self._reader = await self._open()
                self._identity = self._present_identity()
            return self._reader

    def _moved(self) -> StoreUnusable:
        return StoreUnusable(
            f"The store {self.path} was moved or deleted. Put it back, or restart the server to "
            "begin a new one."
        )

    def _present_identity(self) -> tuple[int, int] | None:
        try:
            found = os.stat(self.path)
        except FileNotFoundError:
            return None
        except OSError as error:
            why = os_reason(error)
            raise StoreUnusable(f"The store {self.path} cannot be reached: {why}.") from None
        return found.st_dev, found.st_ino

    async def _open(self) -> aiosqlite.Connection:
        _prepare_file(self.path)
        await self._refuse_unfit()
        connection = await _connect(self.path)
        try:
            await while_busy(lambda: connection.execute_fetchall("PRAGMA journal_mode = WAL"))
            await migrate(connection, transaction)
            await remove_abandoned(connection, transaction)
        except BaseException:
            await finished(connection.close())
            raise
        return connection

    async def _refuse_unfit(self) -> None:
        """Looks at the file without writing, so that one which is not ours stays as it is."""
        connection = await _connect(self.path, "ro")
        try:
            await while_busy(lambda: refuse_foreign(connection, self.path))
        finally:
            await finished(connection.close())

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise _in_words(error, self.path) from error


async def while_busy(attempt: Callable[[], Awaitable[Result]]) -> Result:
    """The result of ``attempt``, which is made again while another program holds the store."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            return await attempt()
        except sqlite3.OperationalError as error:
            if not _is_busy(error) or time.monotonic() > deadline:
                raise
        await asyncio.sleep(_PAUSE_SECONDS)


async def fetched(
    connection: aiosqlite.Connection, sql: str, values: Sequence[Any] | Mapping[str, Any] = ()
) -> Iterable[sqlite3.Row]:
    """All rows of a query, waiting while another program holds the store."""
    return await while_busy(lambda: connection.execute_fetchall(sql, values))


@asynccontextmanager
async def transaction(
    connection: aiosqlite.Connection, decisive: bool = False
) -> AsyncIterator[None]:
    """One write to the store: all of it, or nothing; what was cancelled leaves nothing.

    A commit that has begun is waited for. With ``decisive`` it takes back a cancellation
    that comes too late for it, so that nobody is told "cancelled" of what is saved.
    """
    try:
        await while_busy(lambda: connection.execute_fetchall("BEGIN IMMEDIATE"))
        yield
        await (uninterrupted if decisive else finished)(connection.commit())
    except BaseException:
        await finished(connection.rollback())
        raise


async def _connect(path: Path, mode: str = "rw") -> aiosqlite.Connection:
    opening = asyncio.ensure_future(_connected(path, mode))
    try:
        return await finished(opening)
    except asyncio.CancelledError:
        # A connection that nobody has would keep its thread, and the process, alive.
        if opening.exception() is None:
            await finished(opening.result().close())
        raise


async def _connected(path: Path, mode: str) -> aiosqlite.Connection:
    connection = await aiosqlite.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        isolation_level=None,
        timeout=_ATTEMPT_SECONDS,
    )
    try:
        connection.text_factory = lenient_text
        await connection.execute_fetchall("PRAGMA foreign_keys = ON")
        await connection.execute_fetchall("PRAGMA synchronous = FULL")
    except BaseException:
        await finished(connection.close())
        raise
    return connection


def lenient_text(stored: bytes) -> str:
    """Text of the store; bytes that are no UTF-8, which another program wrote, as ``\\xff``."""
    return stored.decode("utf-8", "backslashreplace")


def _prepare_file(path: Path) -> None:
    """Makes the file where there is none, for its owner alone whatever the umask."""
    try:
        if path.is_dir():
            raise StoreUnusable(f"The store {path} is a folder. Name a file as the store.")
        if path.exists() and not path.is_file():
            raise StoreUnusable(f"The store {path} is no regular file. Name a file as the store.")
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        return
    except OSError as error:
        raise StoreUnusable(f"The store {path} cannot be made: {os_reason(error)}.") from None


def _is_busy(error: sqlite3.Error) -> bool:
    return _code(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def _code(error: sqlite3.Error) -> int:
    """The primary result code, or 0."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _in_words(error: sqlite3.Error, path: Path) -> HfsError:
    if _is_busy(error):
        return StoreBusy(
            f"Another program is using the store {path} and did not let go of it for "
            f"{BUSY_SECONDS:.0f} seconds. Try again when it has finished."
        )
    reason = {
        sqlite3.SQLITE_NOTADB: "it is not an SQLite database",
        sqlite3.SQLITE_CORRUPT: "it is damaged; restore a copy of it",
        sqlite3.SQLITE_FULL: "the disk is full; make room and try again",
        sqlite3.SQLITE_READONLY: "it is read-only",
        sqlite3.SQLITE_CANTOPEN: "it cannot be opened",
        sqlite3.SQLITE_PERM: "access to it is denied",
    }.get(_code(error), f"SQLite reports {getattr(error, 'sqlite_errorname', 'an error')}")
    return StoreUnusable(f"The store {path} cannot be used: {reason}.")
