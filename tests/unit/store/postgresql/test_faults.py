"""A server that is away, full, locked, newer or silent: one clear error, and it goes on later."""

from __future__ import annotations

import asyncio

import pytest

from hfs_server.errors import HfsError, StoreBusy, StoreTooNew, StoreUnusable
from hfs_server.store import Store, health_of, open_store
from hfs_server.store.address import Address
from hfs_server.store.postgresql import connections
from testing.postgresql import Server
from tests.unit.store.sqlite.sessions import message, names, save, save_source, use
from tests.unit.store.sqlite.tool_sessions import said, session

LARGE = [said(number, "x" * 3000) for number in range(3000)]


def fails(address: Address, kind: type[HfsError], words: str) -> None:
    """Neither listing nor importing works, and the error shows no secret."""
    for work in (names, lambda store: save(store, [message()])):
        with pytest.raises(kind, match=words) as raised:
            use(address, work)
        assert "s3cr3t" not in raised.value.message
        assert raised.value.__cause__ is None


UNREACHABLE = {
    "refused": ("postgresql://me:s3cr3t@127.0.0.1:1/name", "the connection was refused"),
    "no socket": ("postgresql://me:s3cr3t@/name?host=/nowhere/s3cr3t", "there is no socket"),
    "no host": ("postgresql://me:s3cr3t@host.invalid/name", "cannot be reached: "),
    "odd port": ("postgresql://me:s3cr3t@host:s3cr3t/name", "cannot be reached|not valid"),
    "odd option": ("postgresql://host/name?s3cr3t=5", "not valid"),
    "odd escape": ("postgresql://me:s3cr3t%zz@host/name", "not valid"),
}


@pytest.mark.parametrize(("text", "words"), UNREACHABLE.values(), ids=UNREACHABLE)
def test_a_server_that_cannot_be_reached_is_reported_without_secrets(text: str, words: str) -> None:
    with pytest.raises(StoreUnusable, match=words) as raised:
        use(Address(text), names)
    assert "s3cr3t" not in raised.value.message


def test_what_the_server_rejects_is_reported_with_what_to_do(
    postgresql: Server, database: Address
) -> None:
    fails(postgresql.address("nowhere"), StoreUnusable, "does not have this database|no socket")
    name = database.connection_string.partition("@/")[2].partition("?")[0]
    fails(postgresql.address(name, "unknown"), StoreUnusable, "reached|rejected")
    use(database, lambda store: save(store, [message()]))
    with postgresql.connected() as connection:
        connection.execute("CREATE ROLE visitor LOGIN")
    try:
        fails(postgresql.address(name, "visitor"), StoreUnusable, "does not permit")
        with postgresql.connected() as connection:
            connection.execute("ALTER ROLE visitor CONNECTION LIMIT 0")
        fails(postgresql.address(name, "visitor"), StoreBusy, "no connection left")
    finally:
        with postgresql.connected() as connection:
            connection.execute("DROP ROLE visitor")


def test_a_newer_store_is_rejected_and_not_changed(postgresql: Server, database: Address) -> None:
    use(database, lambda store: save(store, [message()]))
    with postgresql.connected(database) as connection:
        connection.execute("UPDATE hfs.schema_version SET version = 99")
        fails(database, StoreTooNew, "newer hfs-server")
        assert connection.execute("SELECT count(*) FROM hfs.sessions").fetchall() == [(1,)]
        connection.execute("UPDATE hfs.schema_version SET version = 1")
    assert use(database, names) == ["n"]


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM hfs.schema_version",
        "INSERT INTO hfs.schema_version VALUES (1)",
        "UPDATE hfs.schema_version SET version = 0",
    ],
)
def test_a_store_whose_version_is_not_known_is_unusable(
    postgresql: Server, database: Address, change: str
) -> None:
    use(database, lambda store: save(store, [message()]))
    with postgresql.connected(database) as connection:
        connection.execute(change.encode())
    fails(database, StoreUnusable, "schema_version")
    with pytest.raises(StoreUnusable, match="schema_version"):
        use(database, lambda store: save(store, [message()]))
    with pytest.raises(StoreUnusable, match="schema_version"):
        health_of(database, [])


def test_a_store_that_can_only_be_read_is_listed_and_nothing_is_imported(
    postgresql: Server, database: Address
) -> None:
    use(database, lambda store: save(store, [message()]))
    with postgresql.connected(database) as connection:
        name = connection.info.dbname
        connection.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on".encode())
    assert use(database, names) == ["n"]
    with pytest.raises(StoreUnusable, match="can only be read"):
        use(database, lambda store: save(store, [message("other")]))


def test_a_store_that_stays_locked_is_busy(
    postgresql: Server, database: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(database, lambda store: save(store, [message()]))
    monkeypatch.setitem(connections._SETTINGS, "lock_timeout", "200ms")
    with postgresql.connected(database) as connection, connection.transaction():
        connection.execute("LOCK TABLE hfs.sessions IN ACCESS EXCLUSIVE MODE")
        fails(database, StoreBusy, "is locked by another program")
    assert use(database, names) == ["n"]


def test_a_statement_that_takes_too_long_is_ended_by_the_server(
    database: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(connections._SETTINGS, "statement_timeout", "100ms")

    async def sleep(store: Store) -> None:
        async with store._database.writing(creates=True) as connection:  # type: ignore[attr-defined]
            await connection.run(connections.fetch, "SELECT pg_sleep(100)::text")

    with pytest.raises(StoreBusy, match="did not answer in time"):
        use(database, sleep)


def test_the_store_goes_on_when_its_server_was_restarted(
    postgresql: Server, database: Address
) -> None:
    async def work(store: Store) -> None:
        await save(store, [message()])
        await asyncio.gather(*(names(store) for _ in range(3)))
        postgresql.stop()
        try:
            for _ in range(2):
                with pytest.raises((StoreBusy, StoreUnusable)):
                    await names(store)
        finally:
            postgresql.start()
        assert await asyncio.gather(*(names(store) for _ in range(5))) == [["n"]] * 5
        await save(store, [message("more")])

    use(database, work)


def test_an_import_whose_connection_ends_leaves_nothing_and_can_be_repeated(
    postgresql: Server, database: Address
) -> None:
    def end(*_: object) -> None:
        with postgresql.connected(database) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )

    async def work(store: Store) -> None:
        with pytest.raises(StoreBusy, match="Try again"):
            await save_source(store, session(LARGE), end)
        assert await names(store) == []
        await save_source(store, session(LARGE))
        assert await names(store) == ["Title"]

    use(database, work)


def test_a_cancelled_import_leaves_nothing_and_the_store_goes_on(
    postgresql: Server, database: Address
) -> None:
    async def work(store: Store) -> None:
        await names(store)
        for _ in range(3):
            begun = asyncio.Event()
            task = asyncio.ensure_future(
                save_source(store, session(LARGE), lambda *_: begun.set())  # noqa: B023
            )
            waiting = asyncio.ensure_future(begun.wait())
            await asyncio.wait([task, waiting], return_when=asyncio.FIRST_COMPLETED)
            assert not task.done()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert await names(store) == []
        with postgresql.connected(database) as connection:
            busy = """SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
                AND pid <> pg_backend_pid() AND state <> 'idle'"""
            assert connection.execute(busy).fetchall() == [(0,)]

    use(database, work)


def test_several_servers_create_the_store_at_the_same_time(database: Address) -> None:
    async def run() -> list[str]:
        stores = [open_store(database) for _ in range(8)]
        try:
            made = (save(store, [message(f"{n}")]) for n, store in enumerate(stores))
            await asyncio.gather(*made)
            return await names(stores[0])
        finally:
            for store in stores:
                await store.close()

    assert asyncio.run(run()) == ["n"] * 8
