"""The rules of an import: what is skipped, copied, tried, deleted and imported by several."""

import asyncio
import sqlite3
from contextlib import closing

import pytest

from hfs_server.errors import StoreBusy, StoreUnusable
from hfs_server.store import open_store
from hfs_server.store.shapes import DELETED, FileStamp, ImportRules
from hfs_server.store.sqlite import connections, staging
from testing.terminal import Terminal
from tests.unit.store.sqlite.sessions import execute, save_in, use
from tests.unit.store.sqlite.tool_sessions import (
    everything,
    plain,
    said,
    save,
    save_all,
    save_one,
    session,
)

OLD = [said(number) for number in range(3)]
NEW = [said(number) for number in range(5)]


@pytest.mark.parametrize("on_conflict", ["update", "skip", "copy"])
def test_what_was_deleted_is_skipped_in_a_folder_and_returns_by_itself(path, on_conflict):
    save(path, session(OLD))
    with Terminal(path) as terminal:
        terminal.delete_session(1)
    for messages in (OLD, NEW):
        saved = save_one(path, session(messages), is_chosen=False, on_conflict=on_conflict)
        assert (saved.status, saved.reason, saved.id) == ("skipped", DELETED, None)
    assert execute(path, "SELECT count(*) FROM sessions") == [(0,)]
    saved = save_one(path, session(NEW), is_chosen=True, on_conflict=on_conflict)
    assert (saved.status, saved.message_count) == ("created", 5)
    saved = save_one(path, session(NEW), is_chosen=False)
    assert saved.status == "unchanged"


def test_a_deletion_is_remembered_after_a_purge(path):
    save(path, session(OLD))
    execute(path, "DELETE FROM sessions")
    use(path, lambda store: store.purge())
    assert save_one(path, session(OLD), is_chosen=False).reason == DELETED


def test_a_trial_for_a_store_that_does_not_exist_writes_nothing_at_all(path):
    saved = save(path, session(OLD), session(OLD, "s-2"), is_trial=True)
    assert [(each.status, each.id) for each in saved] == [("created", None)] * 2
    assert not path.exists()
    assert not path.parent.exists()


def test_a_trial_does_not_change_the_files_of_the_store(path):
    save(path, session(OLD, original=b"old"))
    before = everything(path), path.read_bytes()
    saved = save(
        path, session(NEW, original=b"new"), session(OLD, "s-2", original=b"x"), is_trial=True
    )
    assert [(each.status, each.id) for each in saved] == [("updated", None), ("created", None)]
    assert (everything(path), path.read_bytes()) == before


SERIES = {
    "the same twice": (OLD, OLD),
    "growing": (OLD, NEW, [*NEW, said(5)], NEW),
    "shrinking": (NEW, OLD),
    "forked": ([plain(0), plain(1)], [plain(0), plain(2)], [plain(0), plain(2)]),
    "changed": (OLD, [*OLD[:2], said(2, "a longer answer")], OLD),
    "in another order": (OLD, OLD[::-1], OLD),
}


def test_a_trial_skips_what_was_deleted(path):
    save(path, session(OLD))
    execute(path, "DELETE FROM sessions")
    saved = save_one(path, session(OLD), is_chosen=False, is_trial=True)
    assert (saved.status, saved.reason) == ("skipped", DELETED)


def test_several_imports_of_the_same_sessions_create_each_once(path, monkeypatch):
    monkeypatch.setattr(staging, "SLICE_CHARACTERS", 3000)
    numbers = range(6)
    large = [said(number, "x" * 300) for number in range(30)]

    async def run():
        stores = [open_store(path) for _ in range(4)]
        try:
            await stores[0].list()
            work = [
                save_all(store, *(session(large, f"s-{n}") for n in numbers)) for store in stores
            ]
            return await asyncio.gather(*work)
        finally:
            for store in stores:
                await store.close()

    done = asyncio.run(run())
    statuses = [[each.status for each in of_one] for of_one in done]
    for number in numbers:
        assert sorted(of_one[number] for of_one in statuses) == ["created"] + ["unchanged"] * 3
    assert execute(path, "SELECT count(*) FROM sessions") == [(6,)]
    assert execute(path, "SELECT count(*) FROM messages") == [(6 * 30,)]


def test_a_store_that_is_locked_or_damaged_is_reported_as_such_by_the_import(path, monkeypatch):
    monkeypatch.setattr(connections, "BUSY_SECONDS", 0.3)
    save(path, session(OLD))

    async def work(store, change):
        async with store.importing(ImportRules()) as session_import:
            with closing(sqlite3.connect(path)) as other:
                other.execute(change)
                with pytest.raises((StoreBusy, StoreUnusable)) as raised:
                    await save_in(session_import, session(NEW, "s-2"))
            return type(raised.value)

    assert use(path, lambda store: work(store, "BEGIN IMMEDIATE")) is StoreBusy
    assert use(path, lambda store: work(store, "DROP TABLE hfs_identities")) is StoreUnusable


def test_an_import_into_a_store_that_is_replaced_meanwhile_is_not_acknowledged(path):
    """The new store is opened for lists when the import into the old one has ended."""

    async def work(store):
        async with store.importing(ImportRules()) as session_import:
            for file in path.parent.iterdir():
                file.unlink()
            Terminal(path).close()
            listing = asyncio.ensure_future(store.list())
            with pytest.raises(StoreUnusable, match="moved or deleted"):
                await save_in(session_import, session(NEW))
            assert not listing.done()
        assert (await listing).sessions == []

    use(path, work)
    assert execute(path, "SELECT count(*) FROM sessions") == [(0,)]


def test_files_that_are_recorded_already_are_not_written_again(path):
    stamps = {"/a/1.jsonl": FileStamp(1, 2, 3)}

    async def work(store):
        async with store.importing(ImportRules()) as session_import:
            await session_import.remember(stamps)

    use(path, work)
    before = path.stat().st_mtime_ns
    use(path, work)
    assert path.stat().st_mtime_ns == before
