"""The store as an SQLite file: what ``store.Store`` promises, done by this package's modules.

A list in the shell must not load asyncio (row 10 of the benchmarks), so the modules that
need an event loop are imported when they are first used.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from hfs_server import __version__
from hfs_server.session import Progress
from hfs_server.store import FileStamp, ImportRules, SessionPage
from hfs_server.store.sqlite.listing import page
from hfs_server.store.sqlite.store_file import store_files
from hfs_server.store.sqlite.sync_listing import first_page

if TYPE_CHECKING:
    from hfs_server.store.sqlite.database import Database
    from hfs_server.store.sqlite.importing import SqliteImport
    from hfs_server.store.sqlite.snapshot import SqliteSnapshot


class SqliteStore:
    """The sessions of one SQLite file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @cached_property
    def _database(self) -> Database:
        from hfs_server.store.sqlite.database import Database

        return Database(self._path)

    @property
    def files(self) -> list[Path]:
        """The files that SQLite has, or would have, for this store."""
        return store_files(self._path)

    def exists(self) -> bool:
        """Whether there is a file; if it cannot be reached, opening it raises the reason."""
        try:
            os.lstat(self._path)
        except FileNotFoundError:
            return False
        except OSError:
            pass
        return True

    async def list(
        self,
        limit: int = 50,
        cursor: str | None = None,
        query: str | None = None,
        parent_id: int | None = None,
    ) -> SessionPage:
        """The sessions whose name contains ``query``, in any case. Raises InvalidCursor."""
        async with self._database.reading() as connection:
            return await connection.run(page, limit, cursor, query, parent_id, wait=True)

    async def session_ids(self) -> Sequence[int]:
        """The ids of all sessions."""
        async with self._database.reading() as connection:
            return await connection.run(_session_ids, wait=True)

    def list_now(self, limit: int, query: str | None) -> SessionPage | None:
        """The first page, without an event loop; None if only ``list`` can read it."""
        return first_page(self._path, limit, query)

    @asynccontextmanager
    async def snapshot(self, session_id: int) -> AsyncIterator[SqliteSnapshot]:
        """One session as it is now, unaffected by later writes. Raises SessionNotFound."""
        from hfs_server.store.sqlite.snapshot import read_snapshot

        async with self._database.snapshot() as connection:
            yield await read_snapshot(connection, session_id)

    @asynccontextmanager
    async def importing(self, rules: ImportRules) -> AsyncIterator[SqliteImport]:
        """An import into the store, which is created if it is missing."""
        from hfs_server.store.sqlite.importing import importing

        async with importing(self._database, rules, exists=self.exists()) as session_import:
            yield session_import

    async def imported_files(self, folder: str) -> dict[str, FileStamp]:
        """The files in a folder and below that need not be read again, by their paths."""
        if not self.exists():
            return {}
        async with self._database.reading() as connection:
            return await connection.run(_imported_files, folder, wait=True)

    async def change_mark(self) -> object:
        """A value that differs after each change of the store, by any program."""
        async with self._database.reading() as connection:
            # The connection itself: the address of a closed one is soon used again.
            return connection, await connection.run(_data_version, wait=True)

    async def purge(self) -> int:
        """Permanently removes deleted data; returns how many bytes smaller the files are."""
        from hfs_server.store.sqlite.purge import purge

        return await purge(self._database)

    async def back_up(self, copy: Path, on_progress: Progress) -> None:
        """Writes a checked copy of the store, as it is now, to an empty file."""
        from hfs_server.store.sqlite.backup import back_up

        await back_up(self._database, copy, on_progress)

    async def close(self) -> None:
        """Closes the shared connection."""
        await self._database.close()


def _imported_files(connection: sqlite3.Connection, folder: str) -> dict[str, FileStamp]:
    rows = connection.execute(_IMPORTED_FILES, (folder, __version__))
    return {path: FileStamp(*stamp) for path, *stamp in rows}


def _session_ids(connection: sqlite3.Connection) -> Sequence[int]:
    return [number for (number,) in connection.execute("SELECT id FROM sessions ORDER BY id")]


def _data_version(connection: sqlite3.Connection) -> int:
    ((version,),) = connection.execute("PRAGMA data_version").fetchall()
    return int(version)


_IMPORTED_FILES = """
    SELECT path, size, mtime, inode FROM hfs_imported_files WHERE substr(path, 1, length(?1)) = ?1
        AND coalesce(unknown_to, ?2) = ?2
"""
