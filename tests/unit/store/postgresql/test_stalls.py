"""A network that stops: one clear error after a while, and the store goes on when it is back.

The limits are made short here; a wait that has no end shows as a test that has none.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator

import pytest

from hfs_server.errors import StoreBusy, StoreUnusable
from hfs_server.store import Store, health_of, open_store
from hfs_server.store.address import Address
from hfs_server.store.postgresql import connections
from hfs_server.store.postgresql import database as transactions
from testing.postgresql import Server
from testing.proxy import LOSSES, Loss, Proxy, proxy
from tests.unit.store.postgresql.works import ALL, Work, fails, fill
from tests.unit.store.sqlite.sessions import message, names, read, save, save_source, use
from tests.unit.store.sqlite.tool_sessions import said, session

LARGE = [said(number, "x" * 3000) for number in range(3000)]
HANDSHAKES = (150, 420)
"""After how many bytes of connecting the network stops."""


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "ANSWER_SECONDS", 2.0)
    monkeypatch.setattr(connections, "_LOOK_SECONDS", 0.05)
    monkeypatch.setattr(connections, "_CONNECT_SECONDS", 2.0)
    monkeypatch.setattr(transactions, "_IDLE_SECONDS", 0.3)


@pytest.fixture
def between(postgresql: Server) -> Iterator[Proxy]:
    with proxy(postgresql) as between:
        yield between


@pytest.mark.parametrize("loss", LOSSES)
def test_each_call_on_idle_connections_fails_once_and_the_next_one_works(
    between: Proxy, database: Address, loss: Loss
) -> None:
    async def work(store: Store) -> None:
        await fill(store)
        await asyncio.gather(*(names(store) for _ in range(3)))
        before = between.connections
        between.lose(loss)
        await fails(names(store))
        # It tried one new connection, not all that were idle one after the other.
        assert between.connections <= before + 1
        between.heal()
        assert await names(store) == ["Title", "one"]

    use(between.address(database), work)


def test_every_call_has_an_end(between: Proxy, database: Address) -> None:
    use(database, fill)

    async def call(work: Work, is_lost: asyncio.Event, ready: asyncio.Barrier) -> None:
        store = open_store(between.address(database))
        await names(store)
        await ready.wait()
        await is_lost.wait()
        try:
            await fails(work(store))
        finally:
            await store.close()

    async def all_calls() -> None:
        works = {**ALL, "remember": lambda store: store.imported_files("/")}
        is_lost, ready = asyncio.Event(), asyncio.Barrier(len(works) + 1)
        calls = [asyncio.ensure_future(call(work, is_lost, ready)) for work in works.values()]
        await ready.wait()
        between.lose("both")
        is_lost.set()
        await asyncio.gather(*calls)

    asyncio.run(all_calls())
    assert use(database, names) == ["Title", "one"]


@pytest.mark.parametrize("loss", ["both", "half-open"])
@pytest.mark.parametrize("count", HANDSHAKES)
def test_connecting_has_an_end_wherever_it_stalls(
    between: Proxy, database: Address, loss: Loss, count: int
) -> None:
    use(database, fill)
    address = between.address(database)

    async def work(store: Store) -> None:
        between.lose(loss, after=count)
        await fails(names(store))
        between.lose(loss, after=count)
        with pytest.raises((StoreBusy, StoreUnusable)):
            await asyncio.to_thread(health_of, address, [])
        between.heal()
        assert await names(store) == ["Title", "one"]

    use(address, work)


def test_a_name_that_is_looked_up_for_too_long_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    found = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found.wait())

    async def work(store: Store) -> None:
        await fails(names(store), "does not answer", (StoreUnusable,))
        task = asyncio.ensure_future(names(store))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    try:
        use(Address("postgresql://me@db.example/name"), work)
    finally:
        found.set()


@pytest.mark.parametrize("loss", LOSSES)
def test_an_import_that_stalls_in_the_middle_leaves_nothing(
    between: Proxy, database: Address, loss: Loss
) -> None:
    async def work(store: Store) -> None:
        await save(store, [message()])
        between.lose(loss, after=4 << 20)
        await fails(save_source(store, session(LARGE)), "did not answer in time", (StoreBusy,))
        between.heal()
        assert await names(store) == ["n"]
        assert (await save_source(store, session(LARGE))).status == "created"

    use(between.address(database), work)


@pytest.mark.parametrize("loss", ["both", "from the server", "half-open"])
def test_an_export_that_stalls_in_the_middle_fails(
    between: Proxy, database: Address, loss: Loss
) -> None:
    async def work(store: Store) -> None:
        saved = await save_source(store, session(LARGE))
        assert saved.id is not None

        async def export(session_id: int) -> None:
            async with store.snapshot(session_id) as snapshot:
                async for _ in snapshot.messages():
                    between.lose(loss)

        await fails(export(saved.id), "did not answer in time", (StoreBusy,))
        between.heal()
        assert len((await read(store, saved.id))[1]) == len(LARGE)

    use(between.address(database), work)


def test_a_cancelled_call_ends_though_the_network_is_silent(
    between: Proxy, database: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "ANSWER_SECONDS", 600)
    monkeypatch.setattr(connections, "_CONNECT_SECONDS", 600)
    monkeypatch.setattr(connections, "_CANCEL_SECONDS", 0.3)
    monkeypatch.setattr(transactions, "_IDLE_SECONDS", 600)

    async def work(store: Store) -> None:
        for is_idle in (True, False):
            between.heal()
            await save(store, [message()])
            if not is_idle:
                await store.close()
            between.lose("both")
            task = asyncio.ensure_future(names(store))
            await asyncio.wait([task], timeout=0.2)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    use(between.address(database), work)
