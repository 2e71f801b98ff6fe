"""The store's database: opened when it is first needed, and again when its file was replaced.

No byte of the file is ever read or written but through SQLite: opening and closing
it otherwise would drop the locks by which programs share it.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path

from hfs_server.cancellation import finished, shielded
from hfs_server.errors import StoreBusy, StoreUnusable
from hfs_server.store.sqlite.checks import (
    check_is_hfs_store,
    check_migrated,
    check_not_truncated,
    check_wal_readable,
)
from hfs_server.store.sqlite.connections import Connection, connect, fetch, is_busy, transaction
from hfs_server.store.sqlite.migrations import is_migrated, migrate
from hfs_server.store.sqlite.recovery import remove_interrupted_imports
from hfs_server.store.sqlite.sqlite_errors import store_error
from hfs_server.store.sqlite.store_file import (
    READABLE,
    WRITABLE,
    Identity,
    create_if_missing,
    file_identity,
    file_stamp,
    has_wal,
    open_mode,
)

_ATTEMPTS = 10
"""How often opening is tried while the file is changed or replaced."""


class _Shared:
    """The shared connection; one that has been replaced is closed by its last user."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.users = 0
        self.is_retired = False

    async def close_if_unused(self) -> None:
        """Closes a replaced connection that nobody uses."""
        if self.is_retired and not self.users:
            await shielded(self.connection.close())


class Database:
    """One SQLite file, opened when it is first needed, and again when it was replaced."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.identity: Identity | None = None
        """The identity of the file that is open."""
        self._shared: _Shared | None = None
        self._mode = WRITABLE
        self._opening = asyncio.Lock()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Connection]:
        """The shared connection, for short reads.

        Raises StoreUnusable, StoreTooNew or StoreBusy; so do the following methods.
        """
        with self.translated_errors():
            shared = await self._opened()
            shared.users += 1
            try:
                yield shared.connection
            finally:
                shared.users -= 1
                await shared.close_if_unused()

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[Connection]:
        """A separate connection, for work that changes the store."""
        async with self._connection() as connection:
            if not self._mode.is_writable:
                raise StoreUnusable(
                    f"The store {self.path} can only be read. Get permission to write to it and "
                    "its folder, or choose another store."
                )
            yield connection

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Connection]:
        """A separate connection that sees the store as it is now, unaffected by later writes."""
        async with self._connection() as connection:
            await connection.run(fetch, "BEGIN")
            yield connection

    def check_unmoved(self, identity: Identity | None) -> None:
        """Raises StoreUnusable if the file of this identity is no longer at the store's path."""
        if file_identity(self.path) != identity:
            raise self._moved()

    async def close(self) -> None:
        """Closes the shared connection once its users have finished."""
        shared, self._shared = self._shared, None
        if shared is not None:
            shared.is_retired = True
            await shared.close_if_unused()

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Connection]:
        with self.translated_errors():
            await self._opened()
            connection = await connect(self.path, self._mode)
            try:
                yield connection
            finally:
                # The work is done, and its result must be returned.
                await shielded(connection.close())

    async def _opened(self) -> _Shared:
        async with self._opening:
            identity = file_identity(self.path)
            if self.identity is not None and identity is None:
                raise self._moved()
            is_same = identity is not None and identity == self.identity
            if self._shared is None or not is_same or open_mode(self.path) != self._mode:
                await self.close()
                self._shared = await self._reopened()
            return self._shared

    async def _reopened(self) -> _Shared:
        """A connection to the file that is at the path now, even if it is replaced meanwhile."""
        async with AsyncExitStack() as outdated:
            for _ in range(_ATTEMPTS):
                create_if_missing(self.path)
                stamp, self._mode = file_stamp(self.path), open_mode(self.path)
                connection = await self._open()
                found = file_stamp(self.path)
                if found is not None and found == stamp:
                    self.identity = found[:2]
                    return _Shared(connection)
                # It may be open on another file, or this one was changed. The last to close a
                # store writes to it, so this one stays open until the next one is.
                outdated.push_async_callback(shielded, connection.close())
                if found is None:
                    raise self._moved()
        raise StoreBusy(
            f"Other programs keep changing or replacing the store {self.path}. Try again when "
            "they have finished."
        )

    def _moved(self) -> StoreUnusable:
        return StoreUnusable(
            f"The store {self.path} was moved or deleted. Put it back, or restart the server to "
            "create a new one."
        )

    async def _open(self) -> Connection:
        if not self._mode.is_writable:
            check_wal_readable(self.path)
        elif has_wal(self.path):
            # Closing writes the write-ahead log back, even if the file is not an HFS store.
            reader = await connect(self.path, READABLE)
            try:
                await reader.run(check_is_hfs_store, self.path, wait=True)
            finally:
                await finished(reader.close())
        connection = await connect(self.path, self._mode)
        try:
            await self._prepare(connection)
        except BaseException:
            await finished(connection.close())
            raise
        return connection

    async def _prepare(self, connection: Connection) -> None:
        """Checks the store, migrates it, and removes interrupted imports."""
        await connection.run(check_is_hfs_store, self.path, wait=True)
        await connection.run(check_not_truncated, self.path, wait=True)
        if not self._mode.is_writable:
            await connection.run(check_migrated, self.path, wait=True)
            return
        await connection.run(fetch, "PRAGMA journal_mode = WAL", wait=True)
        if not await connection.run(is_migrated, wait=True):
            async with transaction(connection):
                await connection.run(migrate)
        try:
            await remove_interrupted_imports(connection, self.path, wait=False)
        except sqlite3.OperationalError as error:
            # A reader must not wait for a writer; the next program removes them.
            if not is_busy(error):
                raise

    @contextmanager
    def translated_errors(self) -> Iterator[None]:
        """Raises SQLite's errors as errors of the store."""
        try:
            yield
        except sqlite3.Error as error:
            self._check_unchanged()
            raise store_error(error, self.path) from error
        self._check_unchanged()

    def _check_unchanged(self) -> None:
        """Rejects what was read without locks while another program wrote."""
        if self._mode.stamp is not None and open_mode(self.path) != self._mode:
            raise StoreBusy(f"Another program changed the store {self.path} meanwhile. Try again.")
