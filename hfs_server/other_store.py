"""The sessions of another store, read as those of any other file that is imported.

The rule not to break: the other store is not changed; a copy of it is opened.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Iterator
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO, TypeVar, cast

from hfs_server.errors import InvalidDocument, StoreBusy, StoreTooNew, StoreUnusable
from hfs_server.importers.databases import copy_of, table_names
from hfs_server.importers.source_file import SourceFile
from hfs_server.session import Batch, Original, SessionHeader, SessionSnapshot
from hfs_server.store import Store, open_store

Result = TypeVar("Result")
Wait = Callable[[Awaitable[Any]], Any]
"""Awaits in the event loop, from another thread."""

TakeOver = Callable[[Path], Awaitable[Collection[int]]]
"""Saves sessions of a store many at a time, and returns their ids there."""

_TABLES = frozenset(("sessions", "messages", "checkpoints"))
_MEMORY_BYTES = 8 << 20


def is_store(file: SourceFile) -> bool:
    """Whether the file is a store of sessions."""
    return table_names(file) >= _TABLES


def store_sessions(
    file: SourceFile, loop: asyncio.AbstractEventLoop, take_over: TakeOver
) -> Iterator[StoredSessionSource]:
    """The sessions of a store that ``take_over`` leaves, for a thread; ``loop`` must run meanwhile.

    It must be closed in a thread too. Raises InvalidDocument if the store cannot be used.
    """

    def wait(work: Awaitable[Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(_awaited(work), loop).result()

    def read(work: Awaitable[Result]) -> Result:
        try:
            return wait(work)
        except (StoreBusy, StoreTooNew, StoreUnusable) as error:
            # One that is raised by an import is about the store that it writes to.
            raise InvalidDocument(f"Its sessions cannot be read. {error.message}") from None

    with copy_of(file) as path:
        store = open_store(path)
        try:
            ids = read(store.session_ids())
            taken = wait(take_over(path))
            for session_id in ids:
                if session_id not in taken:
                    yield from _source(store, session_id, read)
        finally:
            wait(store.close())


def _source(store: Store, session_id: int, wait: Wait) -> Iterator[StoredSessionSource]:
    context = store.snapshot(session_id)
    snapshot = wait(context.__aenter__())
    try:
        yield StoredSessionSource(snapshot, wait)
    finally:
        wait(context.__aexit__(None, None, None))


class StoredSessionSource:
    """A SessionSource of a session in a store."""

    warnings: tuple[str, ...] = ()

    def __init__(self, snapshot: SessionSnapshot, wait: Wait) -> None:
        self._snapshot = snapshot
        self._wait = wait
        self.header: SessionHeader = snapshot.header
        self.schema_version = snapshot.header.schema_version

    @property
    def original(self) -> Original | None:
        """The bytes that the session was first read from."""
        name = self._snapshot.original_name
        return None if name is None else Original(name, self._open_original)

    def batches(self) -> Iterator[Batch]:
        """All messages, then all checkpoints."""
        yield from self._items(self._snapshot.messages())
        yield from self._items(self._snapshot.checkpoints())

    def _open_original(self) -> BinaryIO:
        file = SpooledTemporaryFile(_MEMORY_BYTES)  # noqa: SIM115 - The caller closes it.
        for piece in self._items(self._snapshot.original()):
            file.write(piece)
        file.seek(0)
        return cast(BinaryIO, file)

    def _items(self, items: AsyncGenerator[Result, None]) -> Iterator[Result]:
        while (item := self._wait(anext(items, None))) is not None:
            yield item


async def _awaited(work: Awaitable[Result]) -> Result:
    return await work
