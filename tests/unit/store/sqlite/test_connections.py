"""Functions run in a connection's thread: cancelled, interrupted, waiting for a lock."""

import asyncio
import sqlite3
import threading
from contextlib import closing

import pytest

from hfs_server.store.sqlite import connections
from hfs_server.store.sqlite.connections import connect, fetch, transaction
from tests.unit.store.sqlite.sessions import names, use

COUNT = """
    WITH RECURSIVE n(i) AS (SELECT report() UNION ALL SELECT 1 FROM n LIMIT {limit})
    SELECT count(*) FROM n
"""
ENDLESS = COUNT.format(limit=-1)
FINITE = COUNT.format(limit=100_000)


def connected(path, work):
    """Runs ``work(connection)`` on a store, and closes the connection."""

    async def run():
        connection = await connect(path)
        try:
            return await work(connection)
        finally:
            await connection.close()

    use(path, names)
    return asyncio.run(run())


def test_a_transaction_that_is_cancelled_at_any_step_leaves_nothing(path):
    def insert(connection):
        connection.execute("INSERT INTO sessions (name, created_at) VALUES ('half', '')")

    async def work(connection):
        async def write():
            async with transaction(connection):
                await connection.run(insert)
                await connection.run(fetch, "SELECT 1")
                raise RuntimeError("never committed")

        for turns in range(25):
            task = asyncio.ensure_future(write())
            for _ in range(turns):
                await asyncio.sleep(0)
            task.cancel()
            with pytest.raises((asyncio.CancelledError, RuntimeError)):
                await task
            assert not connection.in_transaction

    connected(path, work)
    assert use(path, names) == []


def test_a_cancelled_task_interrupts_its_query(path):
    async def work(connection):
        begun = threading.Event()

        await connection.create_function("report", 0, begun.set)
        task = asyncio.ensure_future(connection.run(fetch, ENDLESS))
        await asyncio.to_thread(begun.wait)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return await connection.run(fetch, "SELECT 1")

    assert connected(path, work) == [(1,)]


def test_a_cancelled_task_interrupts_no_query_of_another_and_its_own_is_not_begun(path):
    async def work(connection):
        begun, may_end = threading.Event(), threading.Event()
        calls = []

        def report():
            begun.set()
            may_end.wait()

        await connection.create_function("report", 0, report)
        other = asyncio.ensure_future(connection.run(fetch, FINITE))
        await asyncio.to_thread(begun.wait)
        mine = asyncio.ensure_future(connection.run(calls.append))
        await asyncio.sleep(0)
        mine.cancel()
        with pytest.raises(asyncio.CancelledError):
            await mine
        may_end.set()
        return await other, calls

    assert connected(path, work) == ([(100_000,)], [])


def test_work_is_repeated_until_the_store_is_unlocked(path):
    async def work(connection):
        attempts = []

        def begin(raw):
            attempts.append(1)
            if len(attempts) == 2:
                holder.rollback()
            raw.execute("BEGIN IMMEDIATE")
            raw.rollback()

        with closing(sqlite3.connect(path, check_same_thread=False)) as holder:
            holder.execute("BEGIN IMMEDIATE")
            await connection.run(begin, wait=True)
        return len(attempts)

    assert connected(path, work) == 2


def test_work_that_must_not_be_repeated_fails_at_the_first_lock(path, monkeypatch):
    monkeypatch.setattr(connections, "BUSY_SECONDS", 600)

    async def work(connection):
        with closing(sqlite3.connect(path)) as holder:
            holder.execute("BEGIN IMMEDIATE")
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                async with transaction(connection, wait=False):
                    pass

    connected(path, work)


def test_a_connection_that_cannot_be_opened_leaves_no_thread(tmp_path):
    before = {*threading.enumerate()}
    with pytest.raises(sqlite3.OperationalError):
        asyncio.run(connect(tmp_path / "nowhere" / "sessions.db"))
    for thread in {*threading.enumerate()} - before:
        # It was told to end, which takes a little longer than its last answer.
        thread.join(timeout=60)
    assert not {*threading.enumerate()} - before
