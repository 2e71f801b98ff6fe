"""Sessions out of the store: pages of the list, and one session as it stood at one moment."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from hfs_server.store.sqlite.connections import fetched
from hfs_server.store.sqlite.database import Database
from hfs_server.store.sqlite.listing import SessionPage, casefold, page
from hfs_server.store.sqlite.snapshot import SessionSnapshot, snapshot_of
from hfs_server.store.sqlite.staging import Arrival, arrival


class SessionRepository:
    """The sessions of one store.

    Every method raises what opening the store raises: StoreUnusable, StoreTooNew, StoreBusy.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(
        self, limit: int = 50, cursor: str | None = None, query: str | None = None
    ) -> SessionPage:
        """The sessions whose name contains ``query``, whatever its case, a page at a time.

        Raises InvalidCursor.
        """
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

    async def change_mark(self) -> object:
        """Something that differs after each change of the store, whichever program made it."""
        async with self._database.reading() as connection:
            ((version,),) = await fetched(connection, "PRAGMA data_version")
            # The connection itself: the address of one that was closed is soon used again.
            return connection, version

    @asynccontextmanager
    async def snapshot(self, session_id: int) -> AsyncIterator[SessionSnapshot]:
        """One session as it is now, whatever is written meanwhile. Raises SessionNotFound."""
        async with self._database.snapshot() as connection:
            yield await snapshot_of(connection, session_id)

    def arrival(self) -> AbstractAsyncContextManager[Arrival]:
        """A new session on its way into the store."""
        return arrival(self._database)
