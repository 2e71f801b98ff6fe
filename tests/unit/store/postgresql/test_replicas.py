"""A replica: what reads works there, and what writes says that it cannot."""

from __future__ import annotations

import asyncio

import pytest

from hfs_server.errors import StoreUnusable
from hfs_server.session import no_progress
from hfs_server.store import Store
from hfs_server.store.address import Address
from testing.postgresql import MEMBER, Server
from testing.waiting import PATIENCE_SECONDS
from tests.unit.store.holding import held
from tests.unit.store.sqlite.counting import counted
from tests.unit.store.sqlite.sessions import message, names, save, save_source, use
from tests.unit.store.sqlite.tool_sessions import said, session


async def differs(store: Store, mark: object) -> object:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (found := await store.change_mark()) == mark:
            await asyncio.sleep(0.01)
    return found


def test_a_replica_is_read_and_follows_and_rejects_what_writes(
    postgresql: Server, database: Address
) -> None:
    made = session([said(0, "alpha"), said(1, "beta")], original=b"file")

    async def fill(store: Store) -> None:
        await save_source(store, made)
        await store.update_index(no_progress)

    use(database, fill)
    replica = postgresql.replica()
    try:
        name = database.connection_string.partition("@/")[2].partition("?")[0]
        copied = replica.address(name, MEMBER)
        assert use(copied, held) == use(database, held)

        async def work(store: Store) -> None:
            mark = await store.change_mark()
            assert [each.message_index for each in (await store.search("beta")).matches] == [2]
            assert (await counted(store))["messages"] == 2
            saved = await save_source(store, made, on_conflict="update", is_trial=True)
            assert saved.status == "unchanged"
            for writes in (save(store, [message("new")]), store.rename(1, "x"), store.delete(1)):
                with pytest.raises(StoreUnusable, match="can only be read"):
                    await writes
            assert await store.change_mark() == mark

        use(copied, work)

        async def follow(store: Store) -> None:
            mark = await store.change_mark()
            with postgresql.connected(database) as connection:
                connection.execute("UPDATE hfs.sessions SET name = 'Renamed', revision = 9")
            await differs(store, mark)
            assert await names(store) == ["Renamed"]

        use(copied, follow)
    finally:
        replica.remove()
