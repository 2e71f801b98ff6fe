"""Searches in stores of the terminal program, for the tests of the index."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

from hfs_server.session import no_progress
from hfs_server.store import Store, open_store
from hfs_server.store.address import StorePlace
from hfs_server.store.results import SearchMatch
from testing.terminal import Terminal

Result = TypeVar("Result")


def store_of(path: Path, sessions: dict[str, list[str]]) -> Path:
    """A store with these sessions: names, and the messages of each."""
    with Terminal(path) as terminal:
        for name, messages in sessions.items():
            terminal.add_session(name, *messages)
    return path


def use(path: StorePlace, work: Callable[[Store], Awaitable[Result]]) -> Result:
    """The result of ``work`` on the store, which is closed at the end."""

    async def run() -> Result:
        store = open_store(path)
        try:
            return await work(store)
        finally:
            await store.close()

    return asyncio.run(run())


def found(path: StorePlace, query: str, **options: Any) -> list[SearchMatch]:
    """All matches, with an index that is up to date."""

    async def search(store: Store) -> list[SearchMatch]:
        await store.update_index(no_progress)
        return await all_matches(store, query, **options)

    return use(path, search)


async def all_matches(store: Store, query: str, **options: Any) -> list[SearchMatch]:
    """The matches of all pages."""
    matches: list[SearchMatch] = []
    cursor = None
    while True:
        page = await store.search(query, cursor=cursor, **options)
        matches += page.matches
        cursor = page.next_cursor
        if cursor is None:
            return matches


def places(matches: list[SearchMatch]) -> list[tuple[str, int]]:
    """The name of each match's session, and the number of its message."""
    return [(match.session.name, match.message_index) for match in matches]
