"""The store as an SQLite file: what ``store.Store`` promises, kept by this package's modules."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from hfs_server.session import Progress, SavedSession, SessionSource
from hfs_server.store import SessionPage
from hfs_server.store.sqlite.connections import fetched
from hfs_server.store.sqlite.database import Database
from hfs_server.store.sqlite.listing import casefold, page
from hfs_server.store.sqlite.purge import purge
from hfs_server.store.sqlite.snapshot import SqliteSnapshot, snapshot_of
from hfs_server.store.sqlite.staging import staging
from hfs_server.store.sqlite.store_file import files_of
from hfs_server.store.sqlite.sync_listing import page_at_once


class SqliteStore:
    """The sessions of one SQLite file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._database = Database(path)

    @property
    def files(self) -> list[Path]:
        """The files that SQLite has, or would have, for this store."""
        return files_of(self._path)

    def exists(self) -> bool:
        """Whether there is a file; opening it says what is wrong with one that is unreachable."""
        try:
            os.lstat(self._path)
        except FileNotFoundError:
            return False
        except OSError:
            pass
        return True

    async def list(
        self, limit: int = 50, cursor: str | None = None, query: str | None = None
    ) -> SessionPage:
        """The sessions whose name contains ``query``, in any case. Raises InvalidCursor."""
        questions = page(limit, cursor, query)
        sql, values = next(questions)
        async with self._database.reading() as connection:
            if query:
                await connection.create_function("hfs_casefold", 1, casefold, deterministic=True)
            try:
                while True:
                    sql, values = questions.send([*await fetched(connection, sql, values)])
            except StopIteration as done:
                found: SessionPage = done.value
                return found

    def list_now(self, limit: int, query: str | None) -> SessionPage | None:
        """The first page without an event loop; None if that needs more than a look."""
        return page_at_once(self._path, limit, query)

    @asynccontextmanager
    async def snapshot(self, session_id: int) -> AsyncIterator[SqliteSnapshot]:
        """One session as it is now, whatever is written meanwhile. Raises SessionNotFound."""
        async with self._database.snapshot() as connection:
            yield await snapshot_of(connection, session_id)

    async def save(
        self, source: SessionSource, name: str | None, on_progress: Progress
    ) -> SavedSession:
        """Takes a session in, all of it or nothing; ``name`` wins over the source's own."""
        async with staging(self._database) as staged:
            return await staged.save(source, name, on_progress)

    async def change_mark(self) -> object:
        """Something that differs after each change of the store, whichever program made it."""
        async with self._database.reading() as connection:
            ((version,),) = await fetched(connection, "PRAGMA data_version")
            # The connection itself: the address of one that was closed is soon used again.
            return connection, version

    async def purge(self) -> int:
        """Removes what was deleted for good; returns how many bytes smaller the files are."""
        return await purge(self._database)

    async def close(self) -> None:
        """Closes the shared connection."""
        await self._database.close()
