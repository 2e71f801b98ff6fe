"""Where sessions are kept: what every store can do, and the way to open one.

Nothing above this package knows that a store is a file.
"""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import NamedTuple, Protocol

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


class SessionPage(NamedTuple):
    """Some sessions, last activity first; ``next_cursor`` leads to those that follow."""

    sessions: list[SessionSummary]
    next_cursor: str | None


class InvalidCursor(ValueError):
    """The cursor is not one of an earlier page."""


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
        self, limit: int = 50, cursor: str | None = None, query: str | None = None
    ) -> SessionPage:
        """The sessions whose name contains ``query``, in any case. Raises InvalidCursor."""

    def list_now(self, limit: int, query: str | None) -> SessionPage | None:
        """The first page, without an event loop; None if only ``list`` can read it."""

    def snapshot(self, session_id: int) -> AbstractAsyncContextManager[SessionSnapshot]:
        """One session as it is now, unaffected by later writes. Raises SessionNotFound."""

    async def save(
        self, source: SessionSource, name: str | None, on_progress: Progress
    ) -> SavedSession:
        """Saves a session, all of it or nothing; ``name`` replaces the source's own."""

    async def change_mark(self) -> object:
        """A value that differs after each change of the store, by any program."""

    async def purge(self) -> int:
        """Permanently removes deleted data; returns how many bytes smaller the store is."""

    async def close(self) -> None:
        """Closes what is open."""


def open_store(path: Path) -> Store:
    """The store at ``path``."""
    from hfs_server.store.sqlite.store import SqliteStore

    return SqliteStore(path)
