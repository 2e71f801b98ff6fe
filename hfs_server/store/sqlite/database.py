"""The store's database file: opened when it is first needed, and anew when it was replaced.

No byte of the file is ever read or written but through SQLite: opening and closing
it otherwise would drop the locks by which programs share it.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path

import aiosqlite

from hfs_server.cancellation import finished, shielded
from hfs_server.errors import HfsError, StoreBusy, StoreUnusable, os_reason
from hfs_server.store.sqlite import connections
from hfs_server.store.sqlite.checks import (
    not_closed,
    refuse_cut,
    refuse_foreign,
    refuse_older,
    refuse_unreadable_log,
)
from hfs_server.store.sqlite.connections import (
    connect,
    is_busy,
    primary_code,
    transaction,
    while_busy,
)
from hfs_server.store.sqlite.migrations import migrate
from hfs_server.store.sqlite.recovery import remove_abandoned
from hfs_server.store.sqlite.store_file import (
    READABLE,
    WRITABLE,
    Identity,
    access_to,
    has_log,
    identity_of,
    prepare_file,
    stamp_of,
)

_ATTEMPTS = 10
"""How often a file is opened that is changed or replaced while it is opened."""


class _Reader:
    """The shared connection; one that has been replaced is closed by the last who uses it."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self.connection = connection
        self.users = 0
        self.is_retired = False

    async def close_if_unused(self) -> None:
        """Closes the connection where nobody needs it any more."""
        if self.is_retired and not self.users:
            await shielded(self.connection.close())


class Database:
    """One SQLite file, opened when it is first needed, and anew when it was replaced."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._reader: _Reader | None = None
        self._identity: Identity | None = None
        self._access = WRITABLE
        self._opening = asyncio.Lock()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[aiosqlite.Connection]:
        """The shared connection, for reads that are short.

        Raises StoreUnusable, StoreTooNew or StoreBusy; so do the following.
        """
        with self._told():
            reader = await self._opened()
            reader.users += 1
            try:
                yield reader.connection
            finally:
                reader.users -= 1
                await reader.close_if_unused()

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[aiosqlite.Connection]:
        """A connection of one's own, for work that changes the store."""
        async with self._connection() as connection:
            if not self._access.is_writable:
                raise StoreUnusable(
                    f"The store {self.path} can only be read. Get the right to write to it and to "
                    "its folder, or name another store."
                )
            yield connection

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[aiosqlite.Connection]:
        """A connection that sees the store as it is now, whatever is written meanwhile."""
        async with self._connection() as connection:
            await connection.execute("BEGIN")
            yield connection

    def place_keeper(self) -> Callable[[], None]:
        """Gives a function that raises StoreUnusable once another file, or none, is in the place
        of the one that is open now.
        """
        opened = self._identity

        def refuse_moved() -> None:
            if identity_of(self.path) != opened:
                raise self._moved()

        return refuse_moved

    async def close(self) -> None:
        """Closes the shared connection, once those who use it have done so."""
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.is_retired = True
            await reader.close_if_unused()

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[aiosqlite.Connection]:
        with self._told():
            await self._opened()
            connection = await connect(self.path, self._access)
            try:
                yield connection
            except BaseException:
                # A query that still runs for a cancelled request is not waited for.
                await connection.interrupt()
                raise
            finally:
                # The work is done, and what it did shall be told.
                await shielded(connection.close())

    async def _opened(self) -> _Reader:
        async with self._opening:
            identity = identity_of(self.path)
            if self._identity is not None and identity is None:
                raise self._moved()
            is_same = identity is not None and identity == self._identity
            if self._reader is None or not is_same or access_to(self.path) != self._access:
                await self.close()
                self._reader = await self._reopened()
            return self._reader

    async def _reopened(self) -> _Reader:
        """A reader of the file that is in this place now, also if it is replaced meanwhile."""
        async with AsyncExitStack() as doubtful:
            for _ in range(_ATTEMPTS):
                prepare_file(self.path)
                stamp, self._access = stamp_of(self.path), access_to(self.path)
                connection = await self._open()
                found = stamp_of(self.path)
                if found is not None and found == stamp:
                    self._identity = found[:2]
                    return _Reader(connection)
                # It may be open on another file, or this one was changed. The last to close a
                # store writes to it, so that it stays open until the next one is.
                doubtful.push_async_callback(shielded, connection.close())
                if found is None:
                    raise self._moved()
        raise StoreBusy(
            f"Other programs keep changing or replacing the store {self.path}. Try again when "
            "they have finished."
        )

    def _moved(self) -> StoreUnusable:
        return StoreUnusable(
            f"The store {self.path} was moved or deleted. Put it back, or restart the server to "
            "begin a new one."
        )

    async def _open(self) -> aiosqlite.Connection:
        if not self._access.is_writable:
            refuse_unreadable_log(self.path)
        elif has_log(self.path):
            # The last to close a store writes its log back, also into one that is not ours.
            look = await connect(self.path, READABLE)
            try:
                await while_busy(lambda: refuse_foreign(look, self.path))
            finally:
                await finished(look.close())
        connection = await connect(self.path, self._access)
        try:
            await while_busy(lambda: self._make_ready(connection))
        except BaseException:
            await finished(connection.close())
            raise
        return connection

    async def _make_ready(self, connection: aiosqlite.Connection) -> None:
        await refuse_foreign(connection, self.path)
        await refuse_cut(connection, self.path)
        if not self._access.is_writable:
            await refuse_older(connection, self.path)
            return
        await connection.execute_fetchall("PRAGMA journal_mode = WAL")
        await migrate(connection, transaction)
        try:
            await remove_abandoned(connection, self.path, partial(transaction, is_patient=False))
        except sqlite3.OperationalError as error:
            # Whoever only reads shall not wait for a writer; the next one removes it.
            if not is_busy(error):
                raise

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            self._refuse_changed()
            raise _in_words(error, self.path) from error
        self._refuse_changed()

    def _refuse_changed(self) -> None:
        """Where no locks could be taken, what was read while another program wrote is void."""
        if self._access.stamp is not None and access_to(self.path) != self._access:
            raise StoreBusy(f"Another program changed the store {self.path} meanwhile. Try again.")


def _in_words(error: sqlite3.Error, path: Path) -> HfsError:
    if is_busy(error):
        return StoreBusy(
            f"Another program is using the store {path} and did not let go of it for "
            f"{connections.BUSY_SECONDS:.0f} seconds. Try again when it has finished."
        )
    if getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_READONLY_ROLLBACK:
        return not_closed(path, "a write that was interrupted must be undone from", "-journal")
    reason = {
        sqlite3.SQLITE_NOTADB: "it is not an SQLite database",
        sqlite3.SQLITE_CORRUPT: "it is damaged; restore a copy of it",
        sqlite3.SQLITE_FULL: "the disk is full; make room and try again",
        sqlite3.SQLITE_READONLY: "it is read-only",
        sqlite3.SQLITE_CANTOPEN: f"it cannot be opened{_lack_of_files()}",
        sqlite3.SQLITE_PERM: "access to it is denied",
        sqlite3.SQLITE_IOERR: "the disk reports an error",
    }.get(primary_code(error), f"SQLite reports {getattr(error, 'sqlite_errorname', 'an error')}")
    return StoreUnusable(f"The store {path} cannot be used: {reason}.")


def _lack_of_files() -> str:
    """Why no file at all can be opened now, which SQLite does not say; for a sentence's end."""
    try:
        os.close(os.open(os.devnull, os.O_RDONLY))
    except OSError as error:
        return f" ({os_reason(error)})"
    return ""
