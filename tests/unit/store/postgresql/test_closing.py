"""A store that is closed does not wait for the index of words and edits to be complete."""

from __future__ import annotations

import asyncio

import pytest

from hfs_server.store import open_store
from hfs_server.store.address import Address
from hfs_server.store.postgresql import connections
from testing.postgresql import Server
from testing.waiting import PATIENCE_SECONDS, wait_until
from tests.unit.pairs_of_stores import add, named

HOLD = """
    CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN PERFORM pg_advisory_xact_lock(NEW.session_id); RETURN NEW; END';
    CREATE TRIGGER at_once BEFORE INSERT ON hfs.words FOR EACH ROW
        WHEN (NEW.session_id = 1) EXECUTE FUNCTION hold();
    CREATE CONSTRAINT TRIGGER at_the_end AFTER INSERT ON hfs.words DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW WHEN (NEW.session_id = 2) EXECUTE FUNCTION hold();
    SELECT pg_advisory_lock(1), pg_advisory_lock(2);
"""
"""Whoever indexes waits for the test: when the second session is committed, and in the first one,
which is indexed after it."""
WAITING = "SELECT FROM pg_stat_activity WHERE wait_event = 'advisory'"


def test_a_store_closes_though_its_index_ignored_that_while_it_was_committed(
    postgresql: Server, database: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(database, named("older", "one"), named("newer", "two"))
    for name in ("lock_timeout", "statement_timeout"):
        monkeypatch.setitem(connections._SETTINGS, name, "0")
    monkeypatch.setattr(connections, "ANSWER_SECONDS", PATIENCE_SECONDS)

    async def run() -> None:
        store = open_store(database)
        await store.search("two")
        with postgresql.connected() as other:
            await asyncio.to_thread(wait_until, lambda: other.execute(WAITING).fetchall() != [])
        closing = asyncio.ensure_future(store.close())
        for _ in range(10):
            await asyncio.sleep(0)
        held.execute("SELECT pg_advisory_unlock(2)")
        await asyncio.wait([closing], timeout=PATIENCE_SECONDS)
        assert closing.done()

    with postgresql.connected(database) as held:
        held.execute(HOLD.encode())
        asyncio.run(run())
        rows = held.execute("SELECT id, indexed_messages FROM hfs.sessions ORDER BY id").fetchall()
    assert rows == [(1, 0), (2, 1)]
