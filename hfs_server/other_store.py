"""The sessions of another store, read as those of any other file that is imported.

The rule not to break: the other store is not changed; of a file, a copy is opened.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO, NamedTuple, TypeVar, cast

from hfs_server.errors import (
    HfsError,
    InvalidDocument,
    SessionNotFound,
    SourceNotReadable,
    StoreBusy,
    StoreTooNew,
    StoreUnusable,
)
from hfs_server.export_session import open_session
from hfs_server.importers.databases import copy_of, table_names
from hfs_server.importers.source_file import SourceFile
from hfs_server.session import Batch, Original, SessionHeader, SessionSnapshot
from hfs_server.store import SessionReader, Store, open_store
from hfs_server.store.address import Address
from hfs_server.store.shapes import SessionEntry
from hfs_server.transfers import Entries, Selection

Result = TypeVar("Result")
Wait = Callable[[Awaitable[Any]], Any]
"""Awaits in the event loop, from another thread."""

OtherStore = SourceFile | Address | Store
"""A file, an address, or a store that is open already."""

_TABLES = frozenset(("sessions", "messages", "checkpoints"))
_MEMORY_BYTES = 8 << 20


class Begin(NamedTuple):
    """What is done before sessions are read one by one."""

    take_over: Callable[[Path], Awaitable[Collection[int]]]
    """Saves sessions of a store in a file many at a time, and returns their ids there."""
    leave_out: Callable[[Sequence[SessionEntry]], Awaitable[Collection[int]]]
    """Returns the ids of the sessions that need not be read."""


def is_store(file: SourceFile) -> bool:
    """Whether the file is a store of sessions."""
    return table_names(file) >= _TABLES


def store_sessions(
    other: OtherStore, loop: asyncio.AbstractEventLoop, begin: Begin, selection: Selection
) -> Iterator[StoredSessionSource]:
    """The selected sessions of a store but those that ``begin`` deals with, for a thread; ``loop``
    must run meanwhile.

    It must be closed in a thread too. Raises InvalidDocument or SourceNotReadable if the store
    cannot be used.
    """

    def wait(work: Awaitable[Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(_awaited(work), loop).result()

    def read(work: Awaitable[Result]) -> Result:
        try:
            return wait(work)
        except (StoreBusy, StoreTooNew, StoreUnusable) as error:
            # One that is raised by an import is about the store that it writes to.
            raise _unreadable(error, other) from None

    with _opened(other, wait) as (store, path):
        ids = read(store.session_ids())
        if path is not None and selection.is_everything:
            taken = wait(begin.take_over(path))
            ids = [each for each in ids if each not in taken]
        found = read(selection.entries(store)) if ids else Entries((), frozenset())
        known = set(ids)
        entries = {each.id: each for each in found.selected if each.id in known}
        if not selection.is_everything:
            ids = [*entries]
        done = wait(begin.leave_out([*entries.values()]))
        left = [each for each in ids if each not in done]
        context = store.reader()
        reader = read(context.__aenter__()) if left else None
        try:
            for session_id in left:
                how = _Reading(selection, found.originals, entries.get(session_id))
                yield from _source(cast(SessionReader, reader), session_id, read, how)
        finally:
            if reader is not None:
                wait(context.__aexit__(None, None, None))


@contextmanager
def _opened(other: OtherStore, wait: Wait) -> Iterator[tuple[Store, Path | None]]:
    """The store, and the path of its copy if it is a file."""
    if isinstance(other, SourceFile):
        with copy_of(other) as path, _closing(open_store(path), wait) as store:
            yield store, path
    elif isinstance(other, Address):
        with _closing(open_store(other), wait) as store:
            yield store, None
    else:
        yield other, None


@contextmanager
def _closing(store: Store, wait: Wait) -> Iterator[Store]:
    try:
        yield store
    finally:
        wait(store.close())


def _unreadable(error: HfsError, other: OtherStore) -> HfsError:
    if isinstance(other, SourceFile):
        return InvalidDocument(f"Its sessions cannot be read. {error.message}")
    return SourceNotReadable(error.message)


class _Reading(NamedTuple):
    """How a session is read."""

    selection: Selection
    originals: frozenset[str]
    """Those that are taken along if not everything is."""
    entry: SessionEntry | None

    @property
    def takes_original(self) -> bool:
        if self.selection.is_everything:
            return True
        return self.entry is not None and self.entry.original in self.originals


def _source(
    reader: SessionReader, session_id: int, wait: Wait, how: _Reading
) -> Iterator[StoredSessionSource]:
    context = open_session(reader, session_id, how.selection.redactor())
    try:
        snapshot = wait(context.__aenter__())
    except SessionNotFound:
        return  # It was deleted meanwhile.
    try:
        entry = how.entry if how.selection.redact else None
        yield StoredSessionSource(
            session_id, snapshot, wait, entry, takes_original=how.takes_original
        )
    finally:
        wait(context.__aexit__(None, None, None))


class StoredSessionSource:
    """A SessionSource of a session in a store."""

    warnings: tuple[str, ...] = ()

    def __init__(
        self,
        session_id: int,
        snapshot: SessionSnapshot,
        wait: Wait,
        entry: SessionEntry | None,
        *,
        takes_original: bool,
    ) -> None:
        self.session_id = session_id
        """Its id in the other store."""
        self._snapshot = snapshot
        self._wait = wait
        self._takes_original = takes_original
        self.header: SessionHeader = _identified(snapshot.header, entry)
        self.schema_version = snapshot.header.schema_version

    @property
    def original(self) -> Original | None:
        """The bytes that the session was first read from."""
        name = self._snapshot.original_name
        if name is None or not self._takes_original:
            return None
        return Original(name, self._open_original)

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


def _identified(header: SessionHeader, entry: SessionEntry | None) -> SessionHeader:
    """The header of a redacted session with the identity that it has without redaction."""
    if entry is None:
        return header
    known = {"session_id": entry.identity, "parent_session_id": entry.parent_identity}
    facts = {name: known.get(name) or value for name, value in header.facts.items()}
    return header._replace(facts=facts, identity=entry.identity)


async def _awaited(work: Awaitable[Result]) -> Result:
    return await work
