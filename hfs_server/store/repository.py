"""Sessions out of the store: pages of the list, and one session as it stood at one moment."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from hfs_server.store.arrival import Arrival, arrival
from hfs_server.store.connections import fetched
from hfs_server.store.database import Database
from hfs_server.store.pages import SessionPage, has_words, page
from hfs_server.store.snapshot import SessionSnapshot, snapshot_of


class SessionRepository:
    """The sessions of one store.

    Every method raises what opening the store raises: StoreUnusable, StoreTooNew, StoreBusy.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(
        self, limit: int = 50, cursor: str | None = None, query: str | None = None
    ) -> SessionPage:
        """The sessions whose name has each word of ``query``, in any case, a page at a time.

        Raises InvalidCursor.
        """
        questions = page(limit, cursor, query)
        sql, values = next(questions)
        async with self._database.reading() as connection:
            if query:
                await connection.create_function("hfs_has_words", 2, has_words, deterministic=True)
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
            return id(connection), version

    @asynccontextmanager
    async def snapshot(self, session_id: int) -> AsyncIterator[SessionSnapshot]:
        """One session as it is now, whatever is written meanwhile. Raises SessionNotFound."""
        async with self._database.snapshot() as connection:
            yield await snapshot_of(connection, session_id)

    def arrival(self) -> AbstractAsyncContextManager[Arrival]:
        """A new session on its way into the store."""
        return arrival(self._database)
