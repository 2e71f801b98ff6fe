"""The rules of an import: what is skipped, copied, tried, deleted and imported by several."""

import asyncio
import sqlite3
from contextlib import closing

import pytest

from hfs_server.errors import StoreBusy, StoreUnusable
from hfs_server.session import no_progress
from hfs_server.store import DELETED, EMPTY, PRESENT, FileStamp, ImportRules, open_store
from hfs_server.store.sqlite import connections, staging
from testing.terminal import Terminal
from tests.unit.store.sqlite.sessions import execute, source, use
from tests.unit.store.sqlite.tool_sessions import (
    contents,
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


def test_skip_leaves_what_the_store_has_and_creates_the_rest(path):
    save(path, session(OLD, title="Stored"))
    before = execute(path, "SELECT * FROM sessions")
    known, new = save(path, session(NEW), session(OLD, "s-2"), on_conflict="skip")
    assert (known.status, known.reason, known.id) == ("skipped", PRESENT, 1)
    assert (known.name, known.message_count) == ("Stored", 3)
    assert (new.status, new.id) == ("created", 2)
    assert execute(path, "SELECT * FROM sessions WHERE id = 1") == before


def test_copy_makes_another_session_each_time(path):
    for number in range(1, 4):
        saved = save_one(path, session(OLD), on_conflict="copy")
        assert (saved.status, saved.id) == ("created", number)
    assert save_one(path, session(OLD)).status == "unchanged"
    assert execute(path, "SELECT count(*) FROM sessions") == [(3,)]


def test_a_copy_is_no_session_of_its_own_for_the_next_import(path):
    save(path, session(OLD))
    save(path, session(OLD), on_conflict="copy")
    saved = save_one(path, session(NEW))
    assert (saved.status, saved.id) == ("updated", 1)
    assert save_one(path, session(NEW)).status == "unchanged"
    assert contents(path, 2) == [each["content"] for each in OLD]


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


@pytest.mark.parametrize("make", [session, source], ids=["of a tool", "documents"])
@pytest.mark.parametrize("on_conflict", ["update", "skip", "copy"])
@pytest.mark.parametrize("stored", [False, True], ids=["new", "stored before"])
@pytest.mark.parametrize("name", SERIES)
def test_a_trial_has_the_result_of_the_import_with_null_ids(path, name, stored, on_conflict, make):
    save(path, session(OLD, "unrelated"))
    if stored:
        save(path, make(SERIES[name][0]))
    tried = save(path, *map(make, SERIES[name]), on_conflict=on_conflict, is_trial=True)
    done = save(path, *map(make, SERIES[name]), on_conflict=on_conflict)
    assert [each.id for each in tried] == [None] * len(tried)
    plain = [each._replace(stored_id=None) for each in tried]
    assert plain == [each._replace(id=None, stored_id=None) for each in done]


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


def test_a_parent_is_found_under_its_id_whichever_was_imported_first(path):
    child = session([said(9)], "s-1/agent", parent_id="s-1")
    parent = session(OLD)

    async def work(store):
        await save_all(store, child)
        alone = (await store.list()).sessions
        await save_all(store, parent)
        return alone, (await store.list()).sessions, (await store.list(parent_id=2)).sessions

    alone, listed, children = use(path, work)
    assert [each.id for each in alone] == [1]
    assert [(each.id, each.child_count) for each in listed] == [(2, 1)]
    assert [(each.id, each.parent_id) for each in children] == [(1, 2)]


def test_files_are_remembered_by_their_paths_and_forgotten_by_none(path):
    stamps = {f"/a/{n}.jsonl": FileStamp(n, 10**18 + n, 2**63 - n - 1) for n in range(3)}

    async def work(store, is_trial=False):
        async with store.importing(ImportRules(is_trial=is_trial)) as session_import:
            await session_import.remember(stamps)
        return await store.imported_files("/a")

    assert use(path, lambda store: work(store, is_trial=True)) == {}
    assert not path.exists()
    assert use(path, work) == stamps
    assert use(path, lambda store: store.imported_files("/b")) == {}
    newer = FileStamp(9, 9, 9)
    stamps["/a/1.jsonl"] = newer
    assert use(path, work)["/a/1.jsonl"] == newer


def test_a_store_that_is_locked_or_damaged_is_reported_as_such_by_the_import(path, monkeypatch):
    monkeypatch.setattr(connections, "BUSY_SECONDS", 0.3)
    save(path, session(OLD))

    async def work(store, change):
        async with store.importing(ImportRules()) as session_import:
            with closing(sqlite3.connect(path)) as other:
                other.execute(change)
                with pytest.raises((StoreBusy, StoreUnusable)) as raised:
                    await session_import.save(
                        session(NEW, "s-2"), no_progress, restores_deleted=True
                    )
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
                await session_import.save(session(NEW), no_progress, restores_deleted=True)
            assert not listing.done()
        assert (await listing).sessions == []

    use(path, work)
    assert execute(path, "SELECT count(*) FROM sessions") == [(0,)]


@pytest.mark.parametrize("is_trial", [False, True])
def test_a_session_that_its_tool_has_only_begun_is_skipped(path, is_trial):
    save(path, session(OLD))
    saved = save_one(path, session([], "s-2"), is_trial=is_trial)
    assert (saved.status, saved.reason, saved.id) == ("skipped", EMPTY, None)
    assert save_one(path, session([]), is_trial=is_trial).status == "skipped"
    assert execute(path, "SELECT count(*) FROM sessions") == [(1,)]
    assert save_one(path, session(NEW, "s-2"), is_trial=is_trial).status == "created"


def test_an_export_document_without_messages_is_imported(path):
    assert save_one(path, source()).status == "created"


def test_files_that_are_recorded_already_are_not_written_again(path):
    stamps = {"/a/1.jsonl": FileStamp(1, 2, 3)}

    async def work(store):
        async with store.importing(ImportRules()) as session_import:
            await session_import.remember(stamps)

    use(path, work)
    before = path.stat().st_mtime_ns
    use(path, work)
    assert path.stat().st_mtime_ns == before
