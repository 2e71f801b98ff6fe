"""A server that restarts, fails over, ends connections or stays locked while calls are at work."""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import quote

import pytest
from psycopg import Connection

from hfs_server.errors import SessionNotFound, StoreBusy, StoreUnusable
from hfs_server.store import Store, open_store
from hfs_server.store.address import Address
from hfs_server.store.postgresql import connections
from testing.postgresql import USER, Server
from tests.unit.store.postgresql.works import ALL, fails, fill
from tests.unit.store.sqlite.sessions import message, names, read, save, save_source, use
from tests.unit.store.sqlite.tool_sessions import said, session

LARGE = [said(number, "x" * 3000) for number in range(3000)]
TABLES = """SELECT string_agg('hfs.' || relname, ', ') FROM pg_class
    WHERE relnamespace = 'hfs'::regnamespace AND relkind = 'r'"""
OTHERS = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()"""
NOT_WHOLE = """SELECT id FROM hfs.sessions AS s WHERE message_count <>
    (SELECT count(*) FROM hfs.messages WHERE session_id = s.id)"""


def test_every_call_is_busy_while_another_program_has_all_locked(
    postgresql: Server, database: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(database, fill)
    monkeypatch.setitem(connections._SETTINGS, "lock_timeout", "200ms")

    async def all_calls(store: Store) -> None:
        works = {**ALL, "remember": lambda store: store.imported_files("/")}
        for work in works.values():
            await fails(work(store), "is locked by another program", (StoreBusy,))

    with postgresql.connected(database) as connection, connection.transaction():
        ((tables,),) = connection.execute(TABLES).fetchall()
        connection.execute(f"LOCK TABLE {tables} IN ACCESS EXCLUSIVE MODE".encode())
        use(database, all_calls)
    assert use(database, names) == ["Title", "one"]


def restarted(server: Server) -> None:
    """Restarts the server as its administrator does."""
    server.stop()
    server.start()


def crashed(server: Server) -> None:
    """Ends the server as a crash does, and starts it again."""
    server.stop("immediate")
    server.start()


@pytest.mark.parametrize("strike", [restarted, crashed])
def test_a_restart_in_the_middle_of_work_is_one_error_and_the_store_goes_on(
    postgresql: Server, database: Address, strike: Callable[[Server], None]
) -> None:
    with postgresql.connected(database) as connection:
        # The tests' server forgets what it has just committed, when it crashes.
        set_for_all(connection, synchronous_commit="on")

    async def work(store: Store) -> None:
        saved = await save_source(store, session(LARGE))
        assert saved.id is not None
        struck: list[bool] = []

        def once(*_: object) -> None:
            if not struck:
                struck.append(True)
                strike(postgresql)

        async def export(session_id: int) -> None:
            async with store.snapshot(session_id) as snapshot:
                async for _ in snapshot.messages():
                    once()

        other = session(LARGE, "s-2", title="Other")
        await fails(export(saved.id), "Try again", (StoreBusy,))
        struck.clear()
        await fails(save_source(store, other, once), "Try again", (StoreBusy,))
        assert await names(store) == ["Title"]
        struck.clear()
        # Each step is a transaction, so the index goes on by itself.
        await store.update_index(once)
        assert struck
        assert len((await store.search("x")).matches) <= 1
        assert len((await read(store, saved.id))[1]) == len(LARGE)
        assert (await save_source(store, other)).status == "created"

    use(database, work)


def test_a_store_with_two_hosts_fails_over(postgresql: Server) -> None:
    first = postgresql.another()
    second = first.replica()
    hosts = ",".join(quote(str(each.folder), safe="") for each in (first, second))
    options = f"host={hosts}&target_session_attrs=read-write"
    address = Address(f"postgresql://{USER}@/postgres?{options}")

    async def work(store: Store) -> None:
        await save(store, [message()], name="before")
        first.stop()
        try:
            for call in (lambda: names(store), lambda: save(store, [message()])):
                await fails(call(), "Try again|cannot be reached")
            second.promote()
            while True:
                # Until it has become the primary, each call is one clear error.
                try:
                    await save(store, [message()], name="after")
                    break
                except (StoreBusy, StoreUnusable):
                    await asyncio.sleep(0.05)
            assert sorted(await names(store)) == ["after", "before"]
        finally:
            first.start()

    try:
        use(address, work)
    finally:
        second.remove()
        first.remove()


SETTINGS: dict[str, tuple[dict[str, str], str | None]] = {
    "other forms": (
        {"DateStyle": "German", "IntervalStyle": "iso_8601", "TimeZone": "Asia/Tokyo"},
        None,
    ),
    "no escapes": ({"standard_conforming_strings": "off", "escape_string_warning": "on"}, None),
    "other encoding": ({"client_encoding": "LATIN1", "bytea_output": "escape"}, None),
    "another schema": ({"search_path": "hidden, public", "row_security": "off"}, None),
    "serializable": ({"default_transaction_isolation": "serializable"}, None),
    "deferred": ({"default_transaction_deferrable": "on"}, None),
    "read-only": ({"default_transaction_read_only": "on"}, "can only be read"),
}


def set_for_all(connection: Connection[Any], **settings: str) -> None:
    """Sets for the connection's database what new connections begin with."""
    for setting, value in settings.items():
        name = connection.info.dbname
        connection.execute(f"ALTER DATABASE {name} SET {setting} = '{value}'".encode())


@pytest.mark.parametrize(("settings", "words"), SETTINGS.values(), ids=SETTINGS)
def test_what_an_administrator_has_set_for_a_role_breaks_nothing(
    postgresql: Server, database: Address, settings: dict[str, str], words: str | None
) -> None:
    use(database, fill)

    async def work(store: Store) -> None:
        assert await names(store) == ["Title", "one"]
        content = "ü\\'\\x41 \u6f22\u5b57\U0001f642"
        if words is not None:
            await fails(save(store, [message(content)]), words, (StoreUnusable,))
            return
        saved = await save(store, [message(content)])
        header, messages, _ = await read(store, saved)
        assert (messages[0]["content"], header.created_at) == (content, "2026-02-01T10:00:00Z")

    with postgresql.connected(database) as connection:
        set_for_all(connection, **settings)
    use(database, work)


def test_the_limits_of_an_administrator_do_not_shorten_ours(
    postgresql: Server, database: Address
) -> None:
    use(database, fill)
    waits = """SELECT 1 FROM pg_stat_activity WHERE datname = current_database()
        AND wait_event_type = 'Lock' AND clock_timestamp() - query_start > '1.5 s'"""

    async def work(store: Store) -> None:
        with postgresql.connected(database) as looking:
            with postgresql.connected(database) as locking, locking.transaction():
                locking.execute("LOCK TABLE hfs.sessions IN ACCESS EXCLUSIVE MODE")
                waiting = asyncio.ensure_future(names(store))
                while not waiting.done() and looking.execute(waits).fetchall() == []:
                    await asyncio.sleep(0.01)
            assert await waiting == ["Title", "one"]

    with postgresql.connected(database) as connection:
        set_for_all(connection, statement_timeout="1s", lock_timeout="1s")
    use(database, work)


def test_an_export_that_idles_longer_than_the_administrator_permits_is_one_error(
    postgresql: Server, database: Address
) -> None:
    use(database, fill)
    with postgresql.connected(database) as connection:
        set_for_all(connection, idle_in_transaction_session_timeout="1s")

        async def idle(store: Store) -> None:
            async with store.snapshot(1) as snapshot:
                alive = "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in%'"
                while connection.execute(alive).fetchall() != [(0,)]:
                    await asyncio.sleep(0.01)
                async for _ in snapshot.messages():
                    pass

        async def work(store: Store) -> None:
            await fails(idle(store), "Try again", (StoreBusy,))
            assert await names(store) == ["Title", "one"]

        use(database, work)


def test_connections_that_end_at_random_leave_everything_whole(
    postgresql: Server, database: Address
) -> None:
    use(database, fill)
    numbers, is_over = random.Random(15), threading.Event()

    def strike() -> None:
        with postgresql.connected(database) as connection:
            while not is_over.wait(numbers.uniform(0.01, 0.15)):
                connection.execute(OTHERS)

    async def worker(number: int) -> int:
        done, choose = 0, random.Random(number)
        store = open_store(database)
        try:
            for _ in range(60):
                name = choose.choice([*ALL])
                with suppress(StoreBusy, StoreUnusable, SessionNotFound):
                    await ALL[name](store)
                    done += 1
        finally:
            await store.close()
        return done

    async def all_workers() -> list[int]:
        return await asyncio.gather(*map(worker, range(4)))

    striker = threading.Thread(target=strike)
    striker.start()
    try:
        done = asyncio.run(all_workers())
    finally:
        is_over.set()
        striker.join()
    assert all(done)
    with postgresql.connected(database) as connection:
        assert connection.execute(NOT_WHOLE).fetchall() == []
    use(database, lambda store: save(store, [message()]))
