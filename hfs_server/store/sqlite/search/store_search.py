"""The search of one store: its index, which follows the store while it is used."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar, TypeVarTuple

from hfs_server.cancellation import shielded
from hfs_server.errors import HfsError, StoreUnusable
from hfs_server.session import Progress
from hfs_server.store import SearchPage
from hfs_server.store.sqlite.connections import Connection
from hfs_server.store.sqlite.database import Database
from hfs_server.store.sqlite.search.following import Follower
from hfs_server.store.sqlite.search.index import has_many_dead_rows
from hfs_server.store.sqlite.search.index_file import delete, is_damaged, open_index
from hfs_server.store.sqlite.search.searching import Request, search
from hfs_server.store.sqlite.store_file import Identity, file_identity

_PAUSE_SECONDS = 0.25
_RETRY_SECONDS = 5.0
_STEPS_BEFORE_ANSWER = 1

logger = logging.getLogger(__name__)


Result = TypeVar("Result")
Arguments = TypeVarTuple("Arguments")


class IndexRead(NamedTuple, Generic[Result]):
    """What was read of the index."""

    result: Result | None
    """None if the index was damaged."""
    is_complete: bool


class StoreSearch:
    """Searches a store; the index is opened, and followed, from the first search on."""

    def __init__(self, database: Database, change_mark: Callable[[], Awaitable[object]]) -> None:
        self._database = database
        self._change_mark = change_mark
        self._index: Connection | None = None
        self._path = Path()
        self._identity: Identity | None = None
        self._follower = Follower()
        self._turn = asyncio.Lock()
        """Held while the index is opened or followed."""
        self._reading = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    async def read_index(
        self, work: Callable[[sqlite3.Connection, *Arguments], Result], *arguments: *Arguments
    ) -> IndexRead[Result]:
        """The result of a function of the index. Raises what opening the store raises."""
        self._start()
        async with self._database.reading() as store:
            await self._look(store)
        try:
            async with self._reading, self._opened() as index:
                result = await index.run(work, *arguments, wait=True)
        except sqlite3.DatabaseError as error:
            if not self._is_of_index(error):
                raise
            await self._discard()
            return IndexRead(None, False)
        return IndexRead(result, self._follower.is_complete)

    async def search(self, request: Request) -> SearchPage:
        """A page of matches. Raises InvalidCursor, and what opening the store raises."""
        self._start()
        async with self._database.reading() as store:
            await self._look(store)
            try:
                async with self._reading, self._opened() as index:
                    page = await search(store, index, request)
            except sqlite3.DatabaseError as error:
                if not self._is_of_index(error):
                    raise
                await self._discard()
                return SearchPage([], None, False)
        return page._replace(is_complete=self._follower.is_complete)

    async def update(self, on_progress: Progress) -> None:
        """Brings the index up to date."""
        async with self._database.reading() as store:
            while True:
                async with self._turn, self._opened() as index:
                    await self._follower.look(store, index, await self._change_mark())
                    if not self._follower.is_compared:
                        await self._follower.compare(store, index)
                    pending, total = len(self._follower.pending), self._follower.total
                    if not pending:
                        return
                    await self._follower.step(store, index)
                done = total - len(self._follower.pending)
                on_progress(done / total if total else 1.0, f"{done:,} of {total:,} sessions")

    async def close(self) -> None:
        """Ends the following, and closes the index."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        await self._close_index()

    def _start(self) -> None:
        if self._task is None or self._task.done():
            self._task = asyncio.ensure_future(self._follow())

    async def _follow(self) -> None:
        """Follows the store until the task is cancelled."""
        while True:
            pause = _PAUSE_SECONDS
            try:
                async with self._database.reading() as store:
                    await self._advance(store)
                    if self._follower.pending:
                        pause = 0.0
            except (HfsError, sqlite3.Error) as error:
                logger.info("The search index does not follow: %s", type(error).__name__)
                pause = _RETRY_SECONDS
            await asyncio.sleep(pause)

    async def _advance(self, store: Connection) -> None:
        """One step."""
        try:
            async with self._turn, self._opened() as index:
                await self._follower.look(store, index, await self._change_mark())
                if self._follower.pending:
                    await self._follower.step(store, index)
                else:
                    await self._follower.rest(store, index)
                    if await index.run(has_many_dead_rows, wait=True):
                        await self._rebuild()
        except sqlite3.DatabaseError as error:
            if not self._is_of_index(error):
                raise
            await self._discard()

    async def _look(self, store: Connection) -> None:
        """Notices the newest changes, and reads them if they are few."""
        if self._turn.locked() or self._follower.pending:
            return
        async with self._turn, self._opened() as index:
            await self._follower.look(store, index, await self._change_mark())
            if 0 < len(self._follower.pending) <= _STEPS_BEFORE_ANSWER:
                await self._follower.step(store, index)

    @asynccontextmanager
    async def _opened(self) -> AsyncIterator[Connection]:
        """The index that is at its path now."""
        if self._index is not None and file_identity(self._path) != self._identity:
            await self._close_index()
        if self._index is None:
            self._index, self._path = await open_index(self._database.path)
            self._identity = file_identity(self._path)
            self._follower = Follower()
        yield self._index

    async def _close_index(self) -> None:
        index, self._index = self._index, None
        self._follower = Follower()
        if index is not None:
            await shielded(index.close())

    async def _rebuild(self) -> None:
        await self._close_index()
        delete(self._path)

    def _is_of_index(self, error: sqlite3.DatabaseError) -> bool:
        return is_damaged(error)

    async def _discard(self) -> None:
        """Deletes a damaged index, which is then built again."""
        logger.warning("The search index is damaged, and is built again.")
        await self._rebuild()


def unusable(path: Path) -> StoreUnusable:
    """The error if there is no store to search."""
    return StoreUnusable(f"The store {path} does not exist.")
