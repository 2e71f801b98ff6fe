"""All that a store of any engine holds, as its readers see it."""

from __future__ import annotations

from typing import Any

from hfs_server.filters import EVERYTHING
from hfs_server.store import Store
from tests.unit.store.sqlite.sessions import read


async def held(store: Store) -> list[Any]:
    """The sessions, deleted ones last; a mark shows what was written without being read."""
    found: list[Any] = []
    for mark in await store.session_marks(EVERYTHING):
        async with store.snapshot(mark.id) as snapshot:
            original = [piece async for piece in snapshot.original()]
        found.append((mark, *await read(store, mark.id), original))
    return [*found, *(await store.list(500, deleted=True)).sessions]
