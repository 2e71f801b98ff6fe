"""A session is imported again and again while another program deletes and restores it."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from hfs_server.errors import SessionNotFound, StoreBusy
from hfs_server.store import Store, open_store
from hfs_server.store.address import StorePlace
from tests.unit.store.sqlite.sessions import save_source, use
from tests.unit.store.sqlite.tool_sessions import said, session

IMPORTS = 40


def test_an_import_meets_deletions_and_restorations_of_its_session(place: StorePlace) -> None:
    async def work(store: Store) -> None:
        await save_source(store, session([said(0)]))
        others = open_store(place)
        is_done = asyncio.Event()

        async def change() -> None:
            while not is_done.is_set():
                for call in (others.delete, others.restore):
                    with suppress(SessionNotFound, StoreBusy):
                        await call(1)

        changing = asyncio.create_task(change())
        try:
            for number in range(IMPORTS):
                grown = session([said(each) for each in range(number + 1)])
                with suppress(StoreBusy):
                    saved = await save_source(store, grown, on_conflict="update")
                    assert saved.id == 1
        finally:
            is_done.set()
            await changing
            await others.close()
        assert [*await store.session_ids()] in ([1], [])

    use(place, work)
