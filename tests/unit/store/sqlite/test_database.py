"""Opening the database: created, checked, locked, moved and replaced."""

import asyncio
import os
import sqlite3
import stat
from contextlib import closing

import pytest

from hfs_server.errors import StoreBusy, StoreTooNew, StoreUnusable
from hfs_server.store.sqlite import connections, database
from hfs_server.store.sqlite.migrations import STEPS
from tests.unit.store.sqlite.sessions import execute, message, names, save, use


@pytest.mark.skipif(os.name == "nt", reason="Windows has no file modes; its folders have owners")
def test_a_new_store_is_readable_by_its_owner_alone_regardless_of_the_umask(path):
    before = os.umask(0)
    try:
        use(path, names)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_an_empty_file_becomes_a_store(path):
    path.parent.mkdir()
    path.touch()
    assert use(path, names) == []
    assert execute(path, "PRAGMA user_version") == [(len(STEPS),)]
    assert execute(path, "PRAGMA journal_mode") == [("wal",)]


def test_a_newer_store_is_rejected_and_not_changed(path):
    use(path, names)
    execute(path, f"PRAGMA user_version = {len(STEPS) + 1}")
    before = path.read_bytes()
    with pytest.raises(StoreTooNew, match="Upgrade hfs-server"):
        use(path, names)
    assert path.read_bytes() == before


def test_a_file_that_is_not_a_store_is_rejected_and_not_changed(path):
    path.parent.mkdir()
    execute(path, "CREATE TABLE bookmarks (id INTEGER)")
    before = path.read_bytes()
    with pytest.raises(StoreUnusable, match="another program"):
        use(path, names)
    assert path.read_bytes() == before
    path.write_bytes(b"not a database, but longer than its header would be" * 40)
    with pytest.raises(StoreUnusable, match="not an SQLite database"):
        use(path, names)
    path.unlink()
    path.mkdir()
    with pytest.raises(StoreUnusable, match="folder"):
        use(path, names)


def test_a_store_that_stays_locked_is_busy_and_usable_afterwards(path, monkeypatch):
    use(path, names)
    monkeypatch.setattr(connections, "BUSY_SECONDS", 0.3)

    async def work(store):
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StoreBusy, match="locked by another program"):
                await save(store, [message()])
            assert await names(store) == []
        return await save(store, [message()])

    assert use(path, work) == 1


def test_a_store_that_was_moved_is_reported_and_found_again(path):
    async def work(store):
        await save(store, [message()])
        away = path.rename(path.with_suffix(".away"))
        with pytest.raises(StoreUnusable, match="moved or deleted"):
            await names(store)
        with pytest.raises(StoreUnusable, match="moved or deleted"):
            await save(store, [message()])
        assert not path.exists()
        away.rename(path)
        return await names(store)

    assert use(path, work) == ["n"]


def test_a_replaced_store_is_opened_when_the_readers_of_the_old_one_have_finished(path, tmp_path):
    """Two files of one name in one process share an index of the log, and crash it (SIGBUS)."""

    async def work(store):
        await save(store, [message()], name="old")
        execute(path, "PRAGMA wal_checkpoint(TRUNCATE)")
        execute(path, "VACUUM INTO ?", str(tmp_path / "new.db"))
        execute(tmp_path / "new.db", "UPDATE sessions SET name = 'new'")
        async with store.snapshot(1) as old:
            os.replace(tmp_path / "new.db", path)
            listing = asyncio.ensure_future(names(store))
            for _ in range(3):
                assert [batch async for batch in old.messages()]
                assert not listing.done()
        assert old.header.name == "old"
        assert await listing == ["new"]

    use(path, work)


def test_a_replaced_store_that_is_still_read_is_busy(path, tmp_path, monkeypatch):
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.1)

    async def work(store):
        await save(store, [message()], name="old")
        async with store.snapshot(1):
            execute(path, "VACUUM INTO ?", str(tmp_path / "new.db"))
            os.replace(tmp_path / "new.db", path)
            with pytest.raises(StoreBusy, match="replacing the store"):
                await names(store)
        assert await names(store) == ["old"]

    use(path, work)


def test_readers_of_a_store_that_is_replaced_can_finish(path, tmp_path):
    copy = tmp_path / "copy.db"

    async def work(store):
        await save(store, name="there")
        execute(path, "VACUUM INTO ?", str(copy))
        for _ in range(20):
            lists = [asyncio.ensure_future(store.list(query="there")) for _ in range(20)]
            await asyncio.sleep(0)
            other = copy.with_name("other.db")
            other.write_bytes(copy.read_bytes())
            os.replace(other, path)
            lists += [asyncio.ensure_future(store.list(query="there")) for _ in range(5)]
            pages = await asyncio.gather(*lists)
            assert {len(page.sessions) for page in pages} == {1}

    use(path, work)
