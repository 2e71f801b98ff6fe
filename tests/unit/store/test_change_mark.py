"""A store shows that it was changed, by itself or by another program."""

from __future__ import annotations

import asyncio

from hfs_server.store import Store, open_store
from hfs_server.store.address import StorePlace
from testing.waiting import PATIENCE_SECONDS
from tests.unit.store.sqlite.sessions import message, names, save, use


async def differs(store: Store, mark: object) -> object:
    """The next mark that is another one."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (found := await store.change_mark()) == mark:
            await asyncio.sleep(0.01)
    return found


def test_each_change_is_noticed_and_nothing_else(place: StorePlace) -> None:
    async def work(store: Store) -> None:
        await save(store, [message()])
        other = open_store(place)
        try:
            mark = await store.change_mark()
            await names(store)
            await names(other)
            assert await store.change_mark() == mark
            for change in (
                lambda: save(other, [message("other")]),
                lambda: save(store, [message("own")]),
                lambda: other.rename(1, "x"),
                lambda: other.delete(1),
                lambda: other.restore(1),
            ):
                await change()
                mark = await differs(store, mark)
            assert await store.change_mark() == mark
        finally:
            await other.close()

    use(place, work)
