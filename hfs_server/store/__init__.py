"""Where sessions are kept: what every store can do, and the way to open one.

Nothing above this package knows that a store is a file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Literal, NamedTuple, Protocol

from hfs_server.identity import HFS_TOOL
from hfs_server.session import Progress, SavedSession, SessionSnapshot, SessionSource


class SessionSummary(NamedTuple):
    """A session as a list shows it; times are ISO 8601 with ``Z``."""

    id: int
    name: str
    created_at: str
    """Empty if it is not known."""
    updated_at: str | None
    message_count: int
    checkpoint_count: int
    preview: str | None
    """The beginning of the first message that a person typed, on one line."""
    tool: str = HFS_TOOL
    working_directory: str | None = None
    models: Sequence[str] = ()
    total_tokens: int | None = None
    """Input and output together; None if its tool does not say."""
    parent_id: int | None = None
    child_count: int = 0
    tags: Sequence[str] = ()
    deleted_at: str | None = None


class SessionPage(NamedTuple):
    """Some sessions, last activity first; ``next_cursor`` leads to those that follow."""

    sessions: list[SessionSummary]
    next_cursor: str | None


class InvalidCursor(ValueError):
    """The cursor is not one of an earlier page."""


OnConflict = Literal["update", "skip", "copy"]
"""What becomes of a session that the store already has."""


DELETED = "deleted from the store before"
PRESENT = "in the store already"
"""Why sessions are skipped."""


class ImportRules(NamedTuple):
    """How sessions are imported."""

    on_conflict: OnConflict = "update"
    name: str | None = None
    """Replaces the names of the sources."""
    is_trial: bool = False
    """Whether nothing is written; all results are the same, but ids are None."""


DEFAULT_RULES = ImportRules()


class FileStamp(NamedTuple):
    """What shows that a file is the one that was imported before; ``mtime`` in nanoseconds."""

    size: int
    mtime: int
    inode: int


class StoreImport(Protocol):
    """An import into a store, which saves one session after the other."""

    async def save(
        self, source: SessionSource, on_progress: Progress, *, restores_deleted: bool
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
    ) -> SessionPage:
        """The sessions whose name contains ``query``, in any case. Raises InvalidCursor.

        A session whose parent is in the store is only listed under it, with ``parent_id``.
        """

    async def session_ids(self) -> Sequence[int]:
        """The ids of all sessions."""

    def list_now(self, limit: int, query: str | None) -> SessionPage | None:
        """The first page, without an event loop; None if only ``list`` can read it."""

    def snapshot(self, session_id: int) -> AbstractAsyncContextManager[SessionSnapshot]:
        """One session as it is now, unaffected by later writes. Raises SessionNotFound."""

    def importing(self, rules: ImportRules) -> AbstractAsyncContextManager[StoreImport]:
        """An import into the store, which is created if it is missing."""

    async def imported_files(self, folder: str) -> dict[str, FileStamp]:
        """The files in a folder and below that need not be read again, by their paths."""

    async def change_mark(self) -> object:
        """A value that differs after each change of the store, by any program."""

    async def purge(self) -> int:
        """Permanently removes deleted data; returns how many bytes smaller the store is."""

    async def back_up(self, copy: Path, on_progress: Progress) -> None:
        """Writes a checked copy of the store, as it is now, to an empty file."""

    async def close(self) -> None:
        """Closes what is open."""


def open_store(path: Path) -> Store:
    """The store at ``path``."""
    from hfs_server.store.sqlite.store import SqliteStore

    return SqliteStore(path)
