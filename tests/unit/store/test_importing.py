"""The rules of an import into any store: what is skipped, copied and tried."""

import asyncio

import pytest

from hfs_server.store import open_store
from hfs_server.store.shapes import EMPTY, PRESENT, FileStamp, ImportRules
from tests.unit.store.holding import held
from tests.unit.store.sqlite.sessions import names, source, use
from tests.unit.store.sqlite.tool_sessions import (
    contents,
    plain,
    said,
    save,
    save_all,
    save_one,
    session,
)

OLD = [said(number) for number in range(3)]
NEW = [said(number) for number in range(5)]
SERIES = {
    "the same twice": (OLD, OLD),
    "growing": (OLD, NEW, [*NEW, said(5)], NEW),
    "shrinking": (NEW, OLD),
    "forked": ([plain(0), plain(1)], [plain(0), plain(2)], [plain(0), plain(2)]),
    "changed": (OLD, [*OLD[:2], said(2, "a longer answer")], OLD),
    "in another order": (OLD, OLD[::-1], OLD),
}


def test_several_imports_of_the_same_sessions_create_each_once(place):
    numbers = range(6)
    messages = [said(number) for number in range(30)]

    async def run():
        stores = [open_store(place) for _ in range(4)]
        try:
            work = [
                save_all(store, *(session(messages, f"s-{n}") for n in numbers)) for store in stores
            ]
            return await asyncio.gather(*work), await stores[0].list()
        finally:
            for store in stores:
                await store.close()

    done, listed = asyncio.run(run())
    statuses = [[each.status for each in of_one] for of_one in done]
    for number in numbers:
        assert sorted(of_one[number] for of_one in statuses) == ["created"] + ["unchanged"] * 3
    assert [each.message_count for each in listed.sessions] == [30] * 6


def test_a_trial_writes_nothing(place):
    save(place, session(OLD, original=b"old"))
    before = use(place, held)
    saved = save(place, session(NEW, original=b"new"), session(OLD, "s-2"), is_trial=True)
    assert [(each.status, each.id) for each in saved] == [("updated", None), ("created", None)]
    assert use(place, held) == before


def test_skip_leaves_what_the_store_has_and_creates_the_rest(place):
    save(place, session(OLD, title="Stored"))
    before = use(place, held)
    known, new = save(place, session(NEW), session(OLD, "s-2"), on_conflict="skip")
    assert (known.status, known.reason, known.id) == ("skipped", PRESENT, 1)
    assert (known.name, known.message_count) == ("Stored", 3)
    assert (new.status, new.id) == ("created", 2)
    assert use(place, held)[:1] == before


def test_copy_makes_another_session_each_time(place):
    for number in range(1, 4):
        saved = save_one(place, session(OLD), on_conflict="copy")
        assert (saved.status, saved.id) == ("created", number)
    assert save_one(place, session(OLD)).status == "unchanged"
    assert len(use(place, names)) == 3


def test_a_copy_is_no_session_of_its_own_for_the_next_import(place):
    save(place, session(OLD))
    save(place, session(OLD), on_conflict="copy")
    saved = save_one(place, session(NEW))
    assert (saved.status, saved.id) == ("updated", 1)
    assert save_one(place, session(NEW)).status == "unchanged"
    assert contents(place, 2) == [each["content"] for each in OLD]


@pytest.mark.parametrize("make", [session, source], ids=["of a tool", "documents"])
@pytest.mark.parametrize("on_conflict", ["update", "skip", "copy"])
@pytest.mark.parametrize("stored", [False, True], ids=["new", "stored before"])
@pytest.mark.parametrize("name", SERIES)
def test_a_trial_has_the_result_of_the_import_with_null_ids(place, name, stored, on_conflict, make):
    save(place, session(OLD, "unrelated"))
    if stored:
        save(place, make(SERIES[name][0]))
    tried = save(place, *map(make, SERIES[name]), on_conflict=on_conflict, is_trial=True)
    done = save(place, *map(make, SERIES[name]), on_conflict=on_conflict)
    assert [each.id for each in tried] == [None] * len(tried)
    plain = [each._replace(stored_id=None) for each in tried]
    assert plain == [each._replace(id=None, stored_id=None) for each in done]


def test_a_parent_is_found_under_its_id_whichever_was_imported_first(place):
    child = session([said(9)], "s-1/agent", parent_id="s-1")
    parent = session(OLD)

    async def work(store):
        await save_all(store, child)
        alone = (await store.list()).sessions
        await save_all(store, parent)
        return alone, (await store.list()).sessions, (await store.list(parent_id=2)).sessions

    alone, listed, children = use(place, work)
    assert [each.id for each in alone] == [1]
    assert [(each.id, each.child_count) for each in listed] == [(2, 1)]
    assert [(each.id, each.parent_id) for each in children] == [(1, 2)]


def test_files_are_remembered_by_their_paths_and_forgotten_by_none(place):
    stamps = {f"/a/{n}.jsonl": FileStamp(n, 10**18 + n, 2**63 - n - 1) for n in range(3)}

    async def work(store, is_trial=False):
        async with store.importing(ImportRules(is_trial=is_trial)) as session_import:
            await session_import.remember(stamps)
        return await store.imported_files("/a")

    assert use(place, lambda store: work(store, is_trial=True)) == {}
    assert use(place, work) == stamps
    assert use(place, lambda store: store.imported_files("/b")) == {}
    newer = FileStamp(9, 9, 9)
    stamps["/a/1.jsonl"] = newer
    assert use(place, work)["/a/1.jsonl"] == newer


@pytest.mark.parametrize("is_trial", [False, True])
def test_a_session_that_its_tool_has_only_begun_is_skipped(place, is_trial):
    save(place, session(OLD))
    saved = save_one(place, session([], "s-2"), is_trial=is_trial)
    assert (saved.status, saved.reason, saved.id) == ("skipped", EMPTY, None)
    assert save_one(place, session([]), is_trial=is_trial).status == "skipped"
    assert len(use(place, names)) == 1
    assert save_one(place, session(NEW, "s-2"), is_trial=is_trial).status == "created"


def test_an_export_document_without_messages_is_imported(place):
    assert save_one(place, source()).status == "created"
