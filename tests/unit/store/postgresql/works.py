"""All that a store does, each as one call that a fault can strike."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

import pytest

from hfs_server.errors import HfsError, StoreBusy, StoreUnusable
from hfs_server.filters import EVERYTHING
from hfs_server.session import no_progress
from hfs_server.store import Store
from hfs_server.store.shapes import DEFAULT_RULES, FileStamp, ImportRules
from tests.unit.store.sqlite.sessions import message, names, read, save, save_source
from tests.unit.store.sqlite.tool_sessions import said, session

Work = Callable[[Store], Awaitable[object]]
STRANGER = "hfs:no-such-identity"
TIME = "2026-02-01T10:00:00Z"


async def search(store: Store) -> None:
    """Searches what is indexed."""
    await store.search("x")


async def statistics(store: Store) -> None:
    """Counts all sessions."""
    await store.statistics(EVERYTHING, no_progress)


async def originals(store: Store) -> None:
    """Reads all originals."""
    async with store.rereading(DEFAULT_RULES) as rereading:
        for kept in await rereading.originals(None):
            async for _ in rereading.original(kept):
                pass


async def remember(store: Store) -> None:
    """Records a file, and looks it up. That it is locked is no error there."""
    async with store.importing(ImportRules()) as session_import:
        await session_import.remember({"/f": FileStamp(1, 1, 1)})
    await store.imported_files("/")


READS: dict[str, Work] = {
    "list": names,
    "list deleted": partial(names, deleted=True),
    "find": lambda store: store.find(1),
    "deletion states": lambda store: store.deletion_states(),
    "ids": lambda store: store.session_ids(),
    "marks": lambda store: store.session_marks(EVERYTHING),
    "snapshot": lambda store: read(store, 1),
    "statistics": statistics,
    "search": search,
    "originals": originals,
}
WRITES: dict[str, Work] = {
    "import": lambda store: save(store, [message("more")]),
    "update": lambda store: save_source(
        store, session([said(0), said(1), said(2)], original=b"grown"), on_conflict="update"
    ),
    "rename": lambda store: store.rename(1, "Renamed"),
    "delete": lambda store: store.delete(1),
    "restore": lambda store: store.restore(3),
    "delete identity": lambda store: store.delete_identity(STRANGER, TIME),
    "restore identity": lambda store: store.restore_identity(STRANGER, TIME),
    "remember": remember,
    "purge": lambda store: store.purge(),
}
ALL = {**READS, **WRITES}


async def fill(store: Store) -> None:
    """Makes the three sessions that the calls are about, the last of which is deleted."""
    await save(store, [message()], name="one")
    await save_source(store, session([said(0), said(1)], original=b"original"))
    await save(store, [message()], name="three")
    await store.delete(3)
    await store.update_index(no_progress)


async def fails(
    work: Awaitable[object],
    words: str = ".",
    kinds: tuple[type[HfsError], ...] = (StoreBusy, StoreUnusable),
) -> None:
    """Fails unless ``work`` does so with one clear error of the store."""
    with pytest.raises(kinds, match=words) as raised:
        await work
    assert raised.value.__cause__ is None
    assert "\n" not in raised.value.message
    assert "unknown" not in raised.value.message, raised.value.message
