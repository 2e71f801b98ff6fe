"""Where sessions are kept: what every store can do, and the way to open one.

Nothing above this package knows that a store is a file.
"""

from __future__ import annotations

from collections.abc import (
    AsyncGenerator,
    Collection,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from hfs_server.filters import EVERYTHING, Filters
from hfs_server.session import Progress, SavedSession, SessionSnapshot, SessionSource
from hfs_server.statistics import Statistics
from hfs_server.store.address import Address, StorePlace
from hfs_server.store.shapes import (
    ExportNote,
    FileStamp,
    ImportRules,
    KeptOriginal,
    SessionEntry,
    SessionMark,
    SharedSession,
    TakenSession,
    Visibility,
)

if TYPE_CHECKING:
    from hfs_server.edits.paths import AskedFile
    from hfs_server.store.reading import Incoming, Reading, Unread
    from hfs_server.store.results import (
        Deletion,
        DeletionState,
        FoundSession,
        LineWriters,
        SearchPage,
        SessionEdits,
        SessionPage,
        SessionSummary,
        StoreHealth,
    )


class SessionReader(Protocol):
    """Reads one session after the other."""

    def snapshot(self, session_id: int) -> AbstractAsyncContextManager[SessionSnapshot]:
        """One session as it is now, unaffected by later writes. Raises SessionNotFound."""


class StoreImport(Protocol):
    """An import into a store, which saves one session after the other."""

    def take_over(self, path: Path) -> AsyncGenerator[Sequence[TakenSession], None]:
        """Saves sessions of the store at ``path``, which nobody else uses, many at a time.

        Not those that differ from what this store has, or are large: they must be saved one by one.
        """

    def reading(self, sources: Iterator[SessionSource], *, is_exchanged: bool = False) -> Reading:
        """Reads sessions that are to be saved.

        Of two values of a fact the imported one counts; if it ``is_exchanged`` between machines,
        the one that counts on each of them.
        """

    async def create(self, sessions: Sequence[Incoming | Unread]) -> Sequence[SavedSession]:
        """Saves the first of the sessions together, all of them or nothing.

        They are small, and not known to the store; it may be none of them.
        """

    async def save(
        self, session: Incoming, on_progress: Progress, *, restores_deleted: bool
    ) -> SavedSession:
        """Saves a session, all of it or nothing.

        One that was deleted from the store is only saved again with ``restores_deleted``.
        """

    async def id_of(self, identity: str) -> int | None:
        """The id of the session with this identity; None if the store has none."""

    async def remember(
        self,
        stamps: Mapping[str, FileStamp],
        unknown_to: str | None = None,
        *,
        wait: bool = True,
    ) -> None:
        """Records files that were imported completely, or whose format a version of hfs-server
        does not know, by their paths.

        If the store stays locked, they are not recorded, and are read again the next time.
        """


class Rereading(StoreImport, Protocol):
    """An import of originals that the store has."""

    async def originals(self, tools: Collection[str] | None) -> Sequence[KeptOriginal]:
        """The originals of sessions of these tools, or of all."""

    def original(self, kept: KeptOriginal) -> AsyncGenerator[bytes, None]:
        """The bytes of an original, in pieces. Raises InvalidDocument if it is damaged."""

    def begin(self, kept: KeptOriginal) -> None:
        """Says from which original the sessions come that are saved next.

        Each updates the session that was read from it, even if it has less than that.
        """


class KeepLock(Protocol):
    """Which process keeps the sessions of which tools in a store. It ends with its process."""

    def take(self, tool: str) -> bool:
        """Whether this process now keeps the tool's sessions. Raises StoreUnusable."""

    def release(self) -> None:
        """Lets other processes keep all of them."""


class Store(Protocol):
    """The sessions of one store, which is opened when it is first needed.

    Every method that reads or writes raises StoreUnusable, StoreTooNew and StoreBusy.
    """

    @property
    def files(self) -> list[Path]:
        """Its files, whether they exist or not, which no export or import may touch."""

    def exists(self) -> bool:
        """Whether there is a store; one that cannot be reached counts as one."""

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
        """The sessions whose name contains ``query``, in any case. Raises InvalidCursor.

        A session whose parent is in the store is only listed under it, with ``parent_id``. With
        ``deleted``, the deleted ones, last deletion first; those deleted with another one are
        under that.
        """

    async def find(self, session: int | str) -> FoundSession:
        """The session of an id or of an identity. Raises SessionNotFound."""

    async def deletion_states(self) -> Mapping[str, DeletionState]:
        """Which identities were deleted from the store last, or came back, and when."""

    async def delete_identity(self, identity: str, deleted_at: str) -> int:
        """Deletes all sessions of an identity, as of a time in ISO 8601; returns how many.

        The time is noted even if there is none, so that imports leave it deleted.
        """

    async def restore_identity(self, identity: str, restored_at: str) -> int | None:
        """Restores the session of an identity that was deleted last, as of a time; returns its id.

        None if the store does not have it any more.
        """

    async def rename(self, session_id: int, name: str) -> SessionSummary:
        """Gives a session another name. Raises SessionNotFound."""

    async def delete(self, session_id: int, deleted_at: str | None = None) -> Deletion:
        """Deletes a session, which can be restored, and those below it.

        ``deleted_at`` is when that was, in ISO 8601, if not now. Raises SessionNotFound.
        """

    async def restore(self, session_id: int) -> SessionSummary:
        """Restores a deleted session, and what was deleted with it from below it.

        It gets the id that it had, if that is free. Raises SessionNotFound.
        """

    async def share(self, session_id: int, visibility: Visibility) -> int:
        """Gives a session and those below it a visibility; returns how many.

        Raises SessionNotFound, and StoreUnusable if the store has one user only.
        """

    async def shared(self) -> Sequence[SharedSession]:
        """What is shared by whom, last activity first. Raises StoreUnusable as ``share`` does."""

    async def statistics(self, filters: Filters, on_progress: Progress) -> Statistics:
        """What the sessions that ``filters`` select amount to, with those of subagents."""

    async def session_ids(self) -> Sequence[int]:
        """The ids of all sessions."""

    def list_now(
        self, limit: int, query: str | None, filters: Filters = EVERYTHING
    ) -> SessionPage | None:
        """The first page, without an event loop; None if only ``list`` can read it."""

    def snapshot(self, session_id: int) -> AbstractAsyncContextManager[SessionSnapshot]:
        """One session as it is now, unaffected by later writes. Raises SessionNotFound."""

    def reader(self) -> AbstractAsyncContextManager[SessionReader]:
        """Reads many sessions, each as with ``snapshot``, but faster."""

    async def session_marks(self, filters: Filters) -> Sequence[SessionMark]:
        """The sessions that ``filters`` select, those of subagents too, in the order of ids."""

    async def entries(self, filters: Filters) -> Sequence[SessionEntry]:
        """The sessions that ``filters`` select, those of subagents too, in the order of ids."""

    def export_notes(self, destination: str) -> dict[str, ExportNote]:
        """What is remembered of the files at a destination, by their names."""

    def remember_export(self, destination: str, notes: Mapping[str, ExportNote]) -> None:
        """Remembers the files at a destination. It only saves work; a failure is ignored."""

    def importing(self, rules: ImportRules) -> AbstractAsyncContextManager[StoreImport]:
        """An import into the store, which is created if it is missing."""

    def rereading(self, rules: ImportRules) -> AbstractAsyncContextManager[Rereading]:
        """An import of originals that the store has."""

    async def imported_files(self, folder: str) -> dict[str, FileStamp]:
        """The files in a folder and below that need not be read again, by their paths."""

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
        """What is found in sessions, one match of each, or all matches of one session.

        With ``context``, a match has so many lines before and after the first word. From the
        first search on, the index of the store follows it. Raises InvalidCursor.
        """

    def search_now(
        self,
        query: str,
        filters: Filters,
        limit: int,
        session_id: int | None,
        context: int | None,
    ) -> SearchPage | None:
        """The first page, without an event loop; None if only ``search`` can read it."""

    async def edits_of_file(
        self, file: AskedFile, lines: Sequence[str], kinds: Collection[str], limit: int
    ) -> SessionEdits:
        """What sessions did to a file, which has these lines now."""

    async def writers_of_lines(
        self, file: AskedFile, lines: Sequence[str], limit: int
    ) -> LineWriters:
        """Which edits put in each of the lines; none for one that is too common to say."""

    async def prepare_search(self) -> None:
        """Does in advance what the first search would do, if the store was searched before."""

    async def update_index(self, on_progress: Progress) -> None:
        """Brings the index up to date, so that a search finds everything."""

    async def change_mark(self) -> object:
        """A value that differs after each change of the store, by any program."""

    def keep_lock(self) -> KeepLock:
        """A lock that no other lock of this process may overlap."""

    async def purge(self) -> int:
        """Permanently removes deleted data; returns how many bytes smaller the store is."""

    async def back_up(self, copy: Path, on_progress: Progress) -> None:
        """Writes a checked copy of the store, as it is now, to an empty file."""

    async def close(self) -> None:
        """Closes what is open."""


def open_store(place: StorePlace) -> Store:
    """The store at a path or an address."""
    if isinstance(place, Address):
        from hfs_server.store.postgresql.store import PostgresqlStore

        return PostgresqlStore(place)
    from hfs_server.store.sqlite.store import SqliteStore

    return SqliteStore(place)


def modules_of(place: StorePlace) -> list[str]:
    """The names of all modules of the engine of a store, most of which are loaded when needed."""
    from importlib import import_module
    from pkgutil import walk_packages

    engine = "postgresql" if isinstance(place, Address) else "sqlite"
    package = import_module(f"{__name__}.{engine}")
    return [each.name for each in walk_packages(package.__path__, f"{package.__name__}.")]


def health_of(place: StorePlace, tools: Sequence[str]) -> StoreHealth:
    """The health of the store at ``place``, which exists and is not changed; ``tools`` are those
    that may be kept. Raises StoreUnusable, StoreTooNew and StoreBusy."""
    if isinstance(place, Address):
        from hfs_server.store.postgresql.health import postgresql_health

        return postgresql_health(place)
    from hfs_server.store.sqlite import health

    return health.health_of(place, tools)


def engine() -> tuple[str, bool]:
    """The version of the engine of all stores, and whether it can search texts."""
    from hfs_server.store.sqlite import health

    return health.sqlite_facts()
