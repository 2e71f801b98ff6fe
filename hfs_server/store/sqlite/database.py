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
from hfs_server.store.sqlite.connections import (
    BUSY_SECONDS,
    Connection,
    Replaced,
    connect,
    fetch,
    is_busy,
    transaction,
)
from hfs_server.store.sqlite.migrations import is_migrated, migrate
from hfs_server.store.sqlite.moving import finish_moves
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


class _OpenFile:
    """A file that is open: the shared connection, and how many use the file.

    One that was replaced is closed by its last user, and before its successor is opened: SQLite
    takes the index of the write-ahead log for one without users, because locks do not separate
    the files of one process, and truncates it. Whoever still reads it is killed (SIGBUS).
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.users = 0
        self.is_retired = False
        self._is_closed = asyncio.Event()

    async def retire(self) -> None:
        """Closes the file once nobody uses it."""
        self.is_retired = True
        await self._close_if_unused()

    async def closed(self) -> None:
        """Waits until the retired file is closed. Raises TimeoutError."""
        async with asyncio.timeout(BUSY_SECONDS):
            await self._is_closed.wait()

    async def release(self) -> None:
        """Ends one use."""
        self.users -= 1
        await self._close_if_unused()

    async def _close_if_unused(self) -> None:
        if self.is_retired and not self.users and not self._is_closed.is_set():
            await shielded(self.connection.close())
            self._is_closed.set()


class Database:
    """One SQLite file, opened when it is first needed, and again when it was replaced."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.identity: Identity | None = None
        """The identity of the file that is open."""
        self._file: _OpenFile | None = None
        self._mode = WRITABLE
        self._opening = asyncio.Lock()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Connection]:
        """The shared connection, for short reads.

        Raises StoreUnusable, StoreTooNew or StoreBusy; so do the following methods.
        """
        with self.translated_errors():
            async with self._used() as file:
                yield file.connection

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
    async def separate(self) -> AsyncIterator[Connection]:
        """A separate connection, for many reads."""
        async with self._connection() as connection:
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
        """Closes the file once its users have finished."""
        file, self._file = self._file, None
        if file is not None:
            await file.retire()

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Connection]:
        with self.translated_errors():
            for _ in range(_ATTEMPTS):
                async with self._used():
                    try:
                        connection = await connect(self.path, self._mode, self.identity)
                    except Replaced:
                        continue
                    try:
                        yield connection
                    finally:
                        # The work is done, and its result must be returned.
                        await shielded(connection.close())
                    return
            raise self._busy()

    @asynccontextmanager
    async def _used(self) -> AsyncIterator[_OpenFile]:
        """The file that is at the path now, which is not closed meanwhile."""
        async with self._opening:
            file = await self._opened()
            file.users += 1
        try:
            yield file
        finally:
            await file.release()

    async def _opened(self) -> _OpenFile:
        identity = file_identity(self.path)
        if self.identity is not None and identity is None:
            raise self._moved()
        file = self._file
        if file is not None:
            is_same = identity is not None and identity == self.identity
            if is_same and not file.is_retired and open_mode(self.path) == self._mode:
                return file
            await file.retire()
            try:
                await file.closed()
            except TimeoutError:
                raise self._busy() from None
        self._file = None
        self._file = await self._reopened()
        return self._file

    async def _reopened(self) -> _OpenFile:
        """The file that is at the path now, even if it is replaced meanwhile."""
        async with AsyncExitStack() as outdated:
            last: Identity | None = None
            for _ in range(_ATTEMPTS):
                create_if_missing(self.path)
                stamp, self._mode = file_stamp(self.path), open_mode(self.path)
                if stamp is None:
                    raise self._moved()
                if stamp[:2] != last:
                    await outdated.aclose()
                last = stamp[:2]
                try:
                    connection = await self._open(last)
                except Replaced:
                    continue
                if file_stamp(self.path) == stamp:
                    self.identity = last
                    return _OpenFile(connection)
                # This one was changed. The last to close a store writes to it, so this one stays
                # open until the next one is.
                outdated.push_async_callback(shielded, connection.close())
                if file_stamp(self.path) is None:
                    raise self._moved()
        raise self._busy()

    def _moved(self) -> StoreUnusable:
        return StoreUnusable(
            f"The store {self.path} was moved or deleted. Put it back, or restart the server to "
            "create a new one."
        )

    def _busy(self) -> StoreBusy:
        return StoreBusy(
            f"Other programs keep changing or replacing the store {self.path}. Try again when "
            "they have finished."
        )

    async def _open(self, identity: Identity) -> Connection:
        if not self._mode.is_writable:
            check_wal_readable(self.path)
        elif has_wal(self.path):
            # Closing writes the write-ahead log back, even if the file is not an HFS store.
            reader = await connect(self.path, READABLE, identity)
            try:
                await reader.run(check_is_hfs_store, self.path, wait=True)
            finally:
                await finished(reader.close())
        connection = await connect(self.path, self._mode, identity)
        try:
            await self._prepare(connection)
        except BaseException:
            await finished(connection.close())
            raise
        return connection

    async def _prepare(self, connection: Connection) -> None:
        """Checks the store, migrates it, and ends what was interrupted."""
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
            await finish_moves(connection, wait=False)
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
