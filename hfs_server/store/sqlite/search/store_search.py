"""The search of one store: its index, which follows the store while it is used."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable
from typing import TypeVar, TypeVarTuple

from hfs_server.cancellation import cancel
from hfs_server.errors import HfsError, StoreUnusable
from hfs_server.session import Progress, no_progress
from hfs_server.store.results import SearchPage
from hfs_server.store.sqlite.connections import Connection, change_mark
from hfs_server.store.sqlite.database import Database
from hfs_server.store.sqlite.search.following import READS_PER_LARGE_STEP, Follower
from hfs_server.store.sqlite.search.index import (
    has_many_dead_rows,
    set_complete_stamp,
)
from hfs_server.store.sqlite.search.index_file import (
    Index,
    IndexFailed,
    delete,
    open_existing_index,
    open_index,
    remove_index,
)
from hfs_server.store.sqlite.search.index_place import complete_stamp
from hfs_server.store.sqlite.search.searching import Request, search
from hfs_server.store.sqlite.store_file import content_stamp

_PAUSE_SECONDS = 0.25
_RETRY_SECONDS = 5.0

Result = TypeVar("Result")
Arguments = TypeVarTuple("Arguments")

logger = logging.getLogger(__name__)


class StoreSearch:
    """Searches a store; the index is opened, and followed, from the first search on."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._index: Index | None = None
        self._follower = Follower()
        self._turn = asyncio.Lock()
        """Held while the index is opened or written."""
        self._task: asyncio.Task[None] | None = None

    async def search(self, request: Request) -> SearchPage:
        """A page of matches. Raises InvalidCursor, and what opening the store raises."""
        self._start()
        async with self._database.reading() as store:
            index = await self._current()
            try:
                is_current = await self._read_newest(store)
                # The page has what was indexed before it was read.
                is_complete = is_current and self._follower.is_complete
                index = await self._current()
                page = await search(store, index, request)
            except IndexFailed as error:
                # It may have been replaced meanwhile.
                if error.is_damaged or index.is_current:
                    await self._recover(error)
                return SearchPage([], None, False)
        return page._replace(is_complete=is_complete)

    async def prepare(self) -> None:
        """Brings the index beside the store up to date, so that the first search need not.

        It is closed again: another program may delete it, and nobody may ever search.
        """
        async with self._turn:
            if self._task is None and self._index is None:
                self._index = await open_existing_index(self._database.path)
            if self._task is not None or self._index is None:
                return
        try:
            await self.update(no_progress)
        finally:
            async with self._turn:
                if self._task is None:
                    await self._close_index()

    async def read_index(
        self, work: Callable[[sqlite3.Connection, *Arguments], Result], *arguments: *Arguments
    ) -> tuple[Result | None, bool]:
        """The result of a function of the index, and whether the index has all of the store.

        The result is None if the index was damaged.
        """
        self._start()
        async with self._database.reading() as store:
            try:
                await self._read_newest(store)
                result = await (await self._current()).run(work, *arguments, wait=True)
            except IndexFailed as error:
                await self._recover(error)
                return None, False
        return result, self._follower.is_complete

    async def update(self, on_progress: Progress) -> None:
        """Brings the index up to date."""
        has_more = True
        while has_more:
            async with self._database.reading() as store:
                try:
                    has_more = await self._update_step(store)
                except IndexFailed as error:
                    await self._recover(error)
            total = self._follower.total
            done = total - len(self._follower.pending)
            on_progress(done / total if total else 1.0, f"{done:,} of {total:,} sessions")

    async def purge(self) -> None:
        """Deletes the index with all text in it; a later search builds it again."""
        async with self._turn:
            await self._close_index()
            remove_index(self._database.path)

    async def close(self) -> None:
        """Ends the following, and closes the index."""
        if self._task is not None:
            await cancel([self._task])
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
                    try:
                        await self._advance(store)
                    except IndexFailed as error:
                        await self._recover(error)
                    if self._follower.pending:
                        pause = 0.0
            except HfsError as error:
                logger.info("The search index cannot follow the store: %s", error.kind)
                pause = _RETRY_SECONDS
            await asyncio.sleep(pause)

    async def _look(self, store: Connection, index: Index) -> str:
        """Notices what has changed; the stamp that the store had before."""
        stamp = content_stamp(self._database.path)
        await self._follower.look(store, index, await change_mark(store), stamp)
        return stamp

    async def _advance(self, store: Connection) -> None:
        """One step."""
        async with self._turn:
            index = await self._opened()
            await self._look(store, index)
            if self._follower.pending:
                await self._follower.step(store, index)
                return
            await self._follower.rest(store, index)
            if await index.run(has_many_dead_rows, wait=True):
                await self._rebuild()

    async def _update_step(self, store: Connection) -> bool:
        """One step towards an index that has everything; whether another one is needed."""
        async with self._turn:
            index = await self._opened()
            stamp = await self._look(store, index)
            if not self._follower.is_compared:
                await self._follower.compare(store, index)
            if self._follower.pending:
                await self._follower.step(store, index, READS_PER_LARGE_STEP)
                return True
            if stamp and stamp != await index.run(complete_stamp, wait=True):
                await index.run(set_complete_stamp, stamp, wait=True)
            return False

    async def _read_newest(self, store: Connection) -> bool:
        """Reads a session that has just been added or has gone on; False if that fails.

        What is indexed can be searched even if the disk is full.
        """
        if self._follower.pending or self._follower.is_comparing:
            return True
        async with self._turn:
            index = await self._opened()
            try:
                await self._look(store, index)
                if len(self._follower.pending) == 1:
                    await self._follower.step(store, index)
            except IndexFailed as error:
                if error.is_damaged:
                    raise
                return False
            return True

    async def _current(self) -> Index:
        """The index, which may be behind."""
        if self._index is not None and self._index.is_current:
            return self._index
        async with self._turn:
            return await self._opened()

    async def _opened(self) -> Index:
        """The index that is at its path now."""
        if self._index is not None and not self._index.is_current:
            await self._close_index()
        if self._index is None:
            self._index = await open_index(self._database.path)
        return self._index

    async def _close_index(self) -> None:
        index, self._index = self._index, None
        self._follower = Follower()
        if index is not None:
            await index.close()

    async def _rebuild(self) -> None:
        if self._index is not None:
            path = self._index.path
            await self._close_index()
            delete(path)

    async def _recover(self, error: IndexFailed) -> None:
        """Deletes a damaged index, which is then built again. Raises StoreUnusable for others."""
        if not error.is_damaged:
            raise StoreUnusable(
                f"The search index of the store {self._database.path} cannot be used: SQLite "
                f"reports {error}. Free some space if the disk is full, and try again."
            )
        logger.warning("The search index is damaged, and is built again.")
        async with self._turn:
            await self._rebuild()
