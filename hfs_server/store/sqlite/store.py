"""The store as an SQLite file: what ``store.Store`` promises, done by this package's modules.

A list in the shell must not load asyncio (row 10 of the benchmarks), so the modules that
need an event loop are imported when they are first used.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from hfs_server.errors import StoreUnusable
from hfs_server.filters import EVERYTHING, Filters
from hfs_server.store.export_notes import export_notes_file, read_notes, write_notes
from hfs_server.store.keep_lock import KeepLock, keep_lock_file
from hfs_server.store.results import (
    Deletion,
    DeletionState,
    FoundSession,
    LineWriters,
    SearchPage,
    SessionEdits,
    SessionPage,
    SessionSummary,
)
from hfs_server.store.shapes import (
    ExportNote,
    FileStamp,
    ImportRules,
    SessionEntry,
    SessionMark,
    SharedSession,
    Visibility,
)
from hfs_server.store.sqlite.deleted_listing import deleted_page
from hfs_server.store.sqlite.imported_files import imported_files
from hfs_server.store.sqlite.listing import page, summary
from hfs_server.store.sqlite.store_file import index_files, store_files
from hfs_server.store.sqlite.sync_listing import first_page

if TYPE_CHECKING:
    from hfs_server.edits.paths import AskedFile
    from hfs_server.session import Progress
    from hfs_server.statistics import Statistics
    from hfs_server.store.sqlite.database import Database
    from hfs_server.store.sqlite.importing import SqliteImport
    from hfs_server.store.sqlite.rereading import SqliteRereading
    from hfs_server.store.sqlite.search.store_search import StoreSearch
    from hfs_server.store.sqlite.snapshot import SqliteReader, SqliteSnapshot


class SqliteStore:
    """The sessions of one SQLite file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @cached_property
    def _database(self) -> Database:
        from hfs_server.store.sqlite.database import Database

        return Database(self._path)

    @cached_property
    def _search(self) -> StoreSearch:
        from hfs_server.store.sqlite.search.store_search import StoreSearch

        return StoreSearch(self._database)

    @property
    def files(self) -> list[Path]:
        """What lies beside each other: SQLite's files, the search index, the lock of ``keep``,
        and what is remembered of exports.
        """
        others = [keep_lock_file(self._path), export_notes_file(self._path)]
        return [*store_files(self._path), *index_files(self._path), *others]

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
        filters: Filters = EVERYTHING,
        *,
        deleted: bool = False,
    ) -> SessionPage:
        """The sessions whose name contains ``query``, in any case. Raises InvalidCursor."""
        async with self._database.reading() as connection:
            asked = (limit, cursor, query, parent_id, filters)
            return await connection.run(deleted_page if deleted else page, *asked, wait=True)

    async def find(self, session: int | str) -> FoundSession:
        """The session of an id or of an identity. Raises SessionNotFound."""
        from hfs_server.store.sqlite.finding import found_session

        async with self._database.snapshot() as connection:
            return await connection.run(found_session, session)

    async def rename(self, session_id: int, name: str) -> SessionSummary:
        """Gives a session another name. Raises SessionNotFound."""
        from hfs_server.store.sqlite.renaming import rename

        await rename(self._database, session_id, name)
        return await self._changed(session_id)

    async def delete(self, session_id: int, deleted_at: str | None = None) -> Deletion:
        """Deletes a session, which can be restored, and those below it. Raises SessionNotFound."""
        from hfs_server.store.sqlite.deleting import delete

        return await delete(self._database, session_id, deleted_at)

    async def restore(self, session_id: int) -> SessionSummary:
        """Restores a deleted session, and those deleted with it. Raises SessionNotFound."""
        from hfs_server.store.sqlite.deleting import restore

        return await self._changed(await restore(self._database, session_id))

    async def share(self, session_id: int, visibility: Visibility) -> int:  # noqa: ARG002
        """Refused: whoever may read the file sees all of it."""
        raise self._not_shared()

    async def shared(self) -> Sequence[SharedSession]:
        """Refused for the same reason."""
        raise self._not_shared()

    async def deletion_states(self) -> Mapping[str, DeletionState]:
        """Which identities were deleted from the store last, or came back, and when."""
        from hfs_server.store.sqlite.deleted_identities import deletion_states

        if not self.exists():
            return {}
        async with self._database.reading() as connection:
            return await connection.run(deletion_states, wait=True)

    async def delete_identity(self, identity: str, deleted_at: str) -> int:
        """Deletes all sessions of an identity, as of a time; returns how many."""
        from hfs_server.store.sqlite.deleted_identities import delete_identity

        return await delete_identity(self._database, identity, deleted_at)

    async def restore_identity(self, identity: str, restored_at: str) -> int | None:
        """Restores the session of an identity that was deleted last; returns its id."""
        from hfs_server.store.sqlite.deleted_identities import restore_identity

        return await restore_identity(self._database, identity, restored_at)

    async def _changed(self, session_id: int) -> SessionSummary:
        """A session that was changed, which must be reported."""
        from hfs_server.cancellation import shielded

        return await shielded(self._summary(session_id))

    async def _summary(self, session_id: int) -> SessionSummary:
        async with self._database.reading() as connection:
            return await connection.run(summary, session_id, wait=True)

    async def statistics(self, filters: Filters, on_progress: Progress) -> Statistics:
        """What the sessions that ``filters`` select amount to, with those of subagents."""
        from hfs_server.store.sqlite.statistics import read_statistics

        return await read_statistics(self._database, filters, on_progress)

    async def session_ids(self) -> Sequence[int]:
        """The ids of all sessions."""
        async with self._database.reading() as connection:
            return await connection.run(_session_ids, wait=True)

    def list_now(
        self, limit: int, query: str | None, filters: Filters = EVERYTHING
    ) -> SessionPage | None:
        """The first page, without an event loop; None if only ``list`` can read it."""
        return first_page(self._path, limit, query, filters)

    @asynccontextmanager
    async def snapshot(self, session_id: int) -> AsyncIterator[SqliteSnapshot]:
        """One session as it is now, unaffected by later writes. Raises SessionNotFound."""
        from hfs_server.store.sqlite.snapshot import read_snapshot

        async with self._database.snapshot() as connection:
            yield await read_snapshot(connection, session_id)

    @asynccontextmanager
    async def reader(self) -> AsyncIterator[SqliteReader]:
        """Reads many sessions, each as with ``snapshot``, but faster."""
        from hfs_server.store.sqlite.snapshot import SqliteReader

        async with self._database.separate() as connection:
            yield SqliteReader(connection, self._database.translated_errors)

    async def session_marks(self, filters: Filters) -> Sequence[SessionMark]:
        """The sessions that ``filters`` select, in the order of ids."""
        from hfs_server.store.sqlite.marks import session_marks

        async with self._database.snapshot() as connection:
            return await connection.run(session_marks, filters)

    async def entries(self, filters: Filters) -> Sequence[SessionEntry]:
        """The sessions that ``filters`` select, in the order of ids."""
        from hfs_server.store.sqlite.entries import entries

        if not self.exists():
            return ()
        async with self._database.snapshot() as connection:
            return await connection.run(entries, filters)

    def export_notes(self, destination: str) -> dict[str, ExportNote]:
        """What is remembered of the files at a destination, by their names."""
        return read_notes(self._path, destination)

    def remember_export(self, destination: str, notes: Mapping[str, ExportNote]) -> None:
        """Remembers the files at a destination. A failure is ignored."""
        write_notes(self._path, destination, notes)

    @asynccontextmanager
    async def importing(self, rules: ImportRules) -> AsyncIterator[SqliteImport]:
        """An import into the store, which is created if it is missing."""
        if rules.visibility == "team":
            raise self._not_shared()
        from hfs_server.store.sqlite.import_run import importing
        from hfs_server.store.sqlite.importing import SqliteImport

        async with importing(
            self._database, rules, exists=self.exists(), kind=SqliteImport
        ) as session_import:
            yield session_import

    @asynccontextmanager
    async def rereading(self, rules: ImportRules) -> AsyncIterator[SqliteRereading]:
        """An import of originals that the store has."""
        from hfs_server.store.sqlite.import_run import importing
        from hfs_server.store.sqlite.rereading import SqliteRereading

        async with importing(
            self._database, rules, exists=self.exists(), kind=SqliteRereading
        ) as rereading:
            yield rereading

    async def imported_files(self, folder: str) -> dict[str, FileStamp]:
        """The files in a folder and below that need not be read again, by their paths."""
        if not self.exists():
            return {}
        async with self._database.reading() as connection:
            return await connection.run(imported_files, folder, wait=True)

    async def search(
        self,
        query: str,
        filters: Filters = EVERYTHING,
        roles: Sequence[str] = (),
        limit: int = 50,
        cursor: str | None = None,
        session_id: int | None = None,
        context: int | None = None,
    ) -> SearchPage:
        """What is found in sessions. Raises InvalidCursor."""
        from hfs_server.store.sqlite.search.searching import Request

        request = Request(query, filters, tuple(roles), limit, cursor, session_id, context)
        return await self._search.search(request)

    def search_now(
        self,
        query: str,
        filters: Filters,
        limit: int,
        session_id: int | None,
        context: int | None,
    ) -> SearchPage | None:
        """The first page, without an event loop; None if only ``search`` can read it."""
        from hfs_server.store.sqlite.search.searching import Request
        from hfs_server.store.sqlite.search.sync_searching import first_page

        return first_page(self._path, Request(query, filters, (), limit, None, session_id, context))

    async def edits_of_file(
        self, file: AskedFile, lines: Sequence[str], kinds: Collection[str], limit: int
    ) -> SessionEdits:
        """What sessions did to a file, which has these lines now."""
        from hfs_server.store.sqlite.found_edits import edits_of_file

        if not self.exists():
            return SessionEdits([], True)
        return await edits_of_file(self._search, self._database, file, lines, kinds, limit)

    async def writers_of_lines(
        self, file: AskedFile, lines: Sequence[str], limit: int
    ) -> LineWriters:
        """Which edits put in each of the lines; none for one that is too common to say."""
        from hfs_server.store.sqlite.found_edits import writers_of_lines

        if not self.exists():
            return LineWriters([[] for _ in lines], True)
        return await writers_of_lines(self._search, self._database, file, lines, limit)

    async def prepare_search(self) -> None:
        """Brings the index up to date, if there is one."""
        await self._search.prepare()

    async def update_index(self, on_progress: Progress) -> None:
        """Brings the index up to date, so that a search finds everything."""
        await self._search.update(on_progress)

    async def change_mark(self) -> object:
        """A value that differs after each change of the store, by any program."""
        from hfs_server.store.sqlite.connections import change_mark

        async with self._database.reading() as connection:
            return await change_mark(connection)

    def keep_lock(self) -> KeepLock:
        """The lock that shows which process keeps which tools' sessions in this store."""
        return KeepLock(self._path)

    async def purge(self) -> int:
        """Permanently removes deleted data; returns how many bytes smaller the files are."""
        from hfs_server.store.sqlite.purge import purge

        await self._search.purge()
        return await purge(self._database)

    async def back_up(self, copy: Path, on_progress: Progress) -> None:
        """Writes a checked copy of the store, as it is now, to an empty file."""
        from hfs_server.store.sqlite.backup import back_up

        await back_up(self._database, copy, on_progress)

    async def close(self) -> None:
        """Closes the shared connection, and the index."""
        if "_search" in self.__dict__:
            await self._search.close()
        await self._database.close()

    def _not_shared(self) -> StoreUnusable:
        from hfs_server.text import path_in_sentence

        return StoreUnusable(
            f"The store {path_in_sentence(self._path)} is a file, which is yours alone: there is "
            "nobody to share sessions with. A team shares a store on PostgreSQL (docs/team.md)."
        )


def _session_ids(connection: sqlite3.Connection) -> Sequence[int]:
    return [number for (number,) in connection.execute("SELECT id FROM sessions ORDER BY id")]
