"""The store as a PostgreSQL database.

The rule not to break: modules that load psycopg are imported after ``_database``, which reports
that it is missing.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from hfs_server.errors import StoreUnusable
from hfs_server.filters import EVERYTHING, Filters
from hfs_server.statistics import Statistics
from hfs_server.store.address import Address
from hfs_server.store.cursors import position_of
from hfs_server.store.export_notes import export_notes_file, read_notes, write_notes
from hfs_server.store.keep_lock import KeepLock, keep_lock_file
from hfs_server.store.local_files import local_path
from hfs_server.store.missing import no_identity, no_session
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
from hfs_server.timestamps import iso_from_text, now, store_text

if TYPE_CHECKING:
    from hfs_server.edits.paths import AskedFile
    from hfs_server.session import Progress
    from hfs_server.store.postgresql.database import Database
    from hfs_server.store.postgresql.importing import PostgresqlImport
    from hfs_server.store.postgresql.indexing import Indexing
    from hfs_server.store.postgresql.rereading import PostgresqlRereading
    from hfs_server.store.postgresql.snapshot import PostgresqlSnapshot
    from hfs_server.store.postgresql.watching import ChangeWatch


class PostgresqlStore:
    """The sessions of one PostgreSQL database."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._local = local_path(address)

    @cached_property
    def _database(self) -> Database:
        require_psycopg()
        from hfs_server.store.postgresql.database import Database

        return Database(self._address)

    @cached_property
    def _indexing(self) -> Indexing:
        database = self._database
        from hfs_server.store.postgresql.indexing import Indexing

        return Indexing(database)

    @cached_property
    def _watch(self) -> ChangeWatch:
        require_psycopg()
        from hfs_server.store.postgresql.watching import ChangeWatch

        return ChangeWatch(self._address)

    @asynccontextmanager
    async def _of_session(self, session_id: int) -> AsyncIterator[None]:
        """Raises SessionNotFound where there is no store yet."""
        from hfs_server.store.postgresql.database import NoStore

        try:
            yield
        except NoStore:
            raise no_session(session_id) from None

    @property
    def files(self) -> list[Path]:
        """What this machine keeps for the store: all else is on the server."""
        return [keep_lock_file(self._local), export_notes_file(self._local)]

    def exists(self) -> bool:
        """True: only a connection could show that there is none, which whoever reads it does."""
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
        database = self._database
        from hfs_server.store.postgresql.listing import page

        if cursor is not None:
            position_of(cursor)
        asked = (limit, cursor, query, parent_id, filters)
        return await database.read(SessionPage([], None), page, *asked, deleted=deleted)

    async def find(self, session: int | str) -> FoundSession:
        """The session of an id or of an identity. Raises SessionNotFound."""
        database = self._database
        from hfs_server.store.postgresql.database import NoStore
        from hfs_server.store.postgresql.finding import found_session

        try:
            async with database.reading() as connection:
                return await connection.run(found_session, session)
        except NoStore:
            raise no_session(session) if isinstance(session, int) else no_identity() from None

    async def rename(self, session_id: int, name: str) -> SessionSummary:
        """Gives a session another name. Raises SessionNotFound."""
        database = self._database
        from hfs_server.store.postgresql.renaming import rename

        async with self._of_session(session_id), database.writing() as connection:
            return await connection.run(rename, session_id, name)

    async def delete(self, session_id: int, deleted_at: str | None = None) -> Deletion:
        """Deletes a session, which can be restored, and those below it. Raises SessionNotFound."""
        database = self._database
        from hfs_server.store.postgresql.deleting import delete

        time = iso_from_text(deleted_at) if deleted_at else now()
        async with self._of_session(session_id), database.writing() as connection:
            return Deletion(time, await connection.run(delete, session_id, store_text(time)))

    async def restore(self, session_id: int) -> SessionSummary:
        """Restores a deleted session, and those deleted with it. Raises SessionNotFound."""
        database = self._database
        from hfs_server.store.postgresql.deleting import restore
        from hfs_server.store.postgresql.listing import summary

        async with self._of_session(session_id), database.writing() as connection:
            await connection.run(restore, session_id)
            return await connection.run(summary, session_id)

    async def share(self, session_id: int, visibility: Visibility) -> int:
        """Shows a session and those below it to the team, or not. Raises SessionNotFound."""
        database = self._database
        from hfs_server.store.postgresql.sharing import share

        async with self._of_session(session_id), database.writing() as connection:
            return await connection.run(share, session_id, visibility)

    async def shared(self) -> Sequence[SharedSession]:
        """What is shared by whom, last activity first."""
        database = self._database
        from hfs_server.store.postgresql.sharing import shared

        none: Sequence[SharedSession] = []
        return await database.read(none, shared)

    async def deletion_states(self) -> Mapping[str, DeletionState]:
        """Which identities were deleted from the store last, or came back, and when."""
        database = self._database
        from hfs_server.store.postgresql.deletion_states import deletion_states

        none: Mapping[str, DeletionState] = {}
        return await database.read(none, deletion_states)

    async def delete_identity(self, identity: str, deleted_at: str) -> int:
        """Deletes all sessions of an identity, as of a time; returns how many."""
        database = self._database
        from hfs_server.store.postgresql.deleting import delete_identity

        time = store_text(iso_from_text(deleted_at))
        async with database.writing(creates=True) as connection:
            return await connection.run(delete_identity, identity, time)

    async def restore_identity(self, identity: str, restored_at: str) -> int | None:
        """Restores the session of an identity that was deleted last; returns its id."""
        database = self._database
        from hfs_server.store.postgresql.deleting import restore_identity

        time = store_text(iso_from_text(restored_at))
        async with database.writing(creates=True) as connection:
            return await connection.run(restore_identity, identity, time)

    async def statistics(self, filters: Filters, on_progress: Progress) -> Statistics:
        """What the sessions that ``filters`` select amount to, with those of subagents."""
        database = self._database
        from hfs_server.store.postgresql.database import NoStore
        from hfs_server.store.postgresql.statistics import read_statistics

        try:
            return await read_statistics(database, filters, on_progress)
        except NoStore:
            return Statistics()

    async def session_ids(self) -> Sequence[int]:
        """The ids of all sessions."""
        database = self._database
        from hfs_server.store.postgresql.marks import session_ids

        none: Sequence[int] = ()
        return await database.read(none, session_ids)

    def list_now(self, limit: int, query: str | None, filters: Filters = EVERYTHING) -> None:
        """None: the first page is read with an event loop, which can end a wait for the server."""

    @asynccontextmanager
    async def snapshot(self, session_id: int) -> AsyncIterator[PostgresqlSnapshot]:
        """One session as it is now, unaffected by later writes. Raises SessionNotFound."""
        database = self._database
        from hfs_server.store.postgresql.snapshot import read_snapshot

        async with self._of_session(session_id), database.reading() as connection:
            yield await read_snapshot(connection, session_id)

    @asynccontextmanager
    async def reader(self) -> AsyncIterator[PostgresqlStore]:
        """This store: it uses its connections again for one session after the other."""
        yield self

    async def session_marks(self, filters: Filters) -> Sequence[SessionMark]:
        """The sessions that ``filters`` select, in the order of ids."""
        database = self._database
        from hfs_server.store.postgresql.marks import session_marks

        none: Sequence[SessionMark] = ()
        return await database.read(none, session_marks, filters)

    async def entries(self, filters: Filters) -> Sequence[SessionEntry]:
        """The sessions that ``filters`` select, in the order of ids."""
        database = self._database
        from hfs_server.store.postgresql.entries import entries

        none: Sequence[SessionEntry] = ()
        return await database.read(none, entries, filters)

    def export_notes(self, destination: str) -> dict[str, ExportNote]:
        """What is remembered of the files at a destination, by their names."""
        return read_notes(self._local, destination)

    def remember_export(self, destination: str, notes: Mapping[str, ExportNote]) -> None:
        """Remembers the files at a destination. A failure is ignored."""
        with suppress(OSError):
            self._local.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_notes(self._local, destination, notes)

    @asynccontextmanager
    async def importing(self, rules: ImportRules) -> AsyncIterator[PostgresqlImport]:
        """An import into the store, which is created if it is missing."""
        database = self._database
        from hfs_server.store.postgresql.importing import PostgresqlImport, importing

        async with importing(database, rules, PostgresqlImport) as session_import:
            yield session_import

    @asynccontextmanager
    async def rereading(self, rules: ImportRules) -> AsyncIterator[PostgresqlRereading]:
        """An import of originals that the store has."""
        database = self._database
        from hfs_server.store.postgresql.importing import importing
        from hfs_server.store.postgresql.rereading import PostgresqlRereading

        async with importing(database, rules, PostgresqlRereading) as rereading:
            yield rereading

    async def imported_files(self, folder: str) -> dict[str, FileStamp]:
        """The files in a folder and below that need not be read again, by their paths."""
        database = self._database
        from hfs_server.store.postgresql.imported_files import imported_files

        none: dict[str, FileStamp] = {}
        return await database.read(none, imported_files, folder)

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
        database = self._database
        from hfs_server.store.postgresql.search_position import position_of
        from hfs_server.store.postgresql.searching import Request, search

        if cursor is not None:
            position_of(cursor)
        await self._indexing.follow()
        request = Request(query, filters, tuple(roles), limit, cursor, session_id, context)
        return await database.read(SearchPage([], None, True), search, request)

    def search_now(
        self,
        query: str,
        filters: Filters,
        limit: int,
        session_id: int | None,
        context: int | None,
    ) -> None:
        """None, like ``list_now``."""

    async def edits_of_file(
        self, file: AskedFile, lines: Sequence[str], kinds: Collection[str], limit: int
    ) -> SessionEdits:
        """What sessions did to a file, which has these lines now."""
        database = self._database
        from hfs_server.store.postgresql.found_edits import edits_of_file

        await self._indexing.follow()
        return await database.read(SessionEdits([], True), edits_of_file, file, lines, kinds, limit)

    async def writers_of_lines(
        self, file: AskedFile, lines: Sequence[str], limit: int
    ) -> LineWriters:
        """Which edits put in each of the lines; none for one that is too common to say."""
        database = self._database
        from hfs_server.store.postgresql.found_edits import writers_of_lines

        await self._indexing.follow()
        nobody = LineWriters([[] for _ in lines], True)
        return await database.read(nobody, writers_of_lines, file, lines, limit)

    async def prepare_search(self) -> None:
        """Nothing: the index is in the database."""

    async def update_index(self, on_progress: Progress) -> None:
        """Brings the index up to date, so that a search finds everything."""
        await self._indexing.update(on_progress)

    async def change_mark(self) -> object:
        """A value that differs after each change of the store, by any program."""
        return await self._watch.mark()

    def keep_lock(self) -> KeepLock:
        """The lock that shows which process of this machine keeps which tools' sessions.

        Each machine has sessions of its own.
        """
        return KeepLock(self._local)

    async def purge(self) -> int:
        """Permanently removes deleted data; returns how many bytes smaller the store is."""
        database = self._database
        from hfs_server.store.postgresql.database import NoStore
        from hfs_server.store.postgresql.purge import purge

        with suppress(NoStore):
            async with database.writing() as connection:
                await connection.run(purge)
        return 0

    async def back_up(
        self,
        copy: Path,  # noqa: ARG002 - As the protocol has it.
        on_progress: Progress,  # noqa: ARG002 - As the protocol has it.
    ) -> None:
        """Refused: PostgreSQL has tools for it."""
        raise StoreUnusable(
            f"The store {self._address} is backed up with PostgreSQL's own tools, for example "
            "with: pg_dump --schema=hfs --format=custom --file=sessions.dump ADDRESS"
        )

    async def close(self) -> None:
        """Closes what is open."""
        if "_indexing" in self.__dict__:
            await self._indexing.close()
        if "_watch" in self.__dict__:
            await self._watch.close()
        if "_database" in self.__dict__:
            await self._database.close()


def require_psycopg() -> None:
    """Raises StoreUnusable if the library for PostgreSQL is missing or cannot be loaded."""
    try:
        import psycopg  # noqa: F401
    except ImportError:
        raise StoreUnusable(
            "A store on PostgreSQL needs psycopg. Install it with: "
            "pip install 'hfs-server[postgresql]'"
        ) from None
