"""An import waits for the transaction of another program that changes the same session."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack

import pytest

from hfs_server.store import Store
from hfs_server.store.address import Address
from hfs_server.store.postgresql.connections import Raw
from hfs_server.store.postgresql.database import Database
from hfs_server.store.postgresql.deleting import delete, restore
from hfs_server.store.postgresql.purge import purge
from testing.postgresql import Server
from testing.waiting import PATIENCE_SECONDS
from tests.unit.store.sqlite.sessions import save_source, use
from tests.unit.store.sqlite.tool_sessions import said, session

NOW = "2026-02-01 10:00:00.000000"
IDS = "SELECT id FROM hfs.sessions WHERE deleted_at IS NULL"
WAITING = """SELECT pid FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'"""


@pytest.mark.parametrize(
    ("was_deleted", "change", "ids"),
    [
        (True, lambda raw: restore(raw, 1), [(1,)]),
        (False, lambda raw: delete(raw, 1, NOW), [(1,)]),
        (True, purge, [(2,)]),
    ],
    ids=["restored", "deleted", "purged"],
)
def test_a_session_is_there_once_whatever_happens_to_it_meanwhile(
    postgresql: Server,
    database: Address,
    was_deleted: bool,
    change: Callable[[Raw], object],
    ids: list[tuple[int]],
) -> None:
    async def work(store: Store) -> None:
        await save_source(store, session([said(0)]))
        if was_deleted:
            await store.delete(1)
        other, grown = Database(database), session([said(0), said(1)])
        async with AsyncExitStack() as closed:
            closed.push_async_callback(other.close)
            watcher = closed.enter_context(postgresql.connected(database))
            async with other.writing() as connection:
                await connection.run(change)
                later = asyncio.create_task(save_source(store, grown, on_conflict="update"))
                async with asyncio.timeout(PATIENCE_SECONDS):
                    while not watcher.execute(WAITING).fetchall() and not later.done():
                        await asyncio.sleep(0.01)
                assert not later.done()
            await later
            assert watcher.execute(IDS).fetchall() == ids

    use(database, work)
