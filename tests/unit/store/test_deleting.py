"""Sessions that are deleted from any store are gone, and come back exactly as they were."""

from __future__ import annotations

import asyncio

import pytest

from hfs_server.errors import SessionNotFound
from hfs_server.store import open_store
from hfs_server.store.shapes import DEFAULT_RULES, FileStamp
from tests.unit.store.sqlite.deletions import save_family
from tests.unit.store.sqlite.sessions import message, names, read, save, save_source, use
from tests.unit.store.sqlite.tool_sessions import said, session

CHECKPOINT = {"trigger": "t", "message_index": 1, "created_at": None, "state": {"a": [1]}}


async def save_rich(store, name="rich", **more):
    messages = [message(f"{name} {number}", None, thought={"deep": number}) for number in range(3)]
    return await save(
        store, messages, [CHECKPOINT], name=name, run_snapshot={"run_id": name}, extra=[1], **more
    )


def test_a_session_is_read_as_before_after_it_came_back(place):
    async def work(store):
        session_id = await save_rich(store)
        before = await read(store, session_id)
        await store.delete(session_id)
        assert await names(store) == []
        assert await store.session_ids() == []
        assert (await store.restore(session_id)).id == session_id
        assert await read(store, session_id) == before

    use(place, work)


def test_imports_do_not_get_the_id_of_a_deleted_session(place):
    async def work(store):
        await store.delete(await save_rich(store))
        assert await save(store, [message("other")], name="other") == 2
        assert (await store.restore(1)).id == 1

    use(place, work)


def test_the_sessions_below_one_go_and_come_back_with_it(place):
    family = [("a", None), ("b", "a"), ("c", "b"), ("d", "c"), ("e", "a"), ("other", None)]

    async def work(store):
        ids = await save_family(store, *family)
        before = {number: await read(store, number) for number in ids.values()}
        deletion = await store.delete(ids["a"])
        assert deletion.session_count == 5
        assert await names(store) == ["other"]
        (listed,) = (await store.list(deleted=True)).sessions
        assert (listed.name, listed.child_count) == ("a", 2)
        assert listed.deleted_at == deletion.deleted_at
        below = (await store.list(deleted=True, parent_id=ids["a"])).sessions
        assert {(each.name, each.parent_id) for each in below} == {("b", ids["a"]), ("e", ids["a"])}
        await store.restore(ids["a"])
        assert {number: await read(store, number) for number in ids.values()} == before

    use(place, work)


def test_a_session_can_be_restored_without_its_parent(place):
    async def work(store):
        ids = await save_family(store, ("a", None), ("b", "a"), ("c", "b"))
        await store.delete(ids["a"])
        assert (await store.restore(ids["b"])).child_count == 1
        assert await names(store) == ["b"]
        await store.restore(ids["a"])
        assert await names(store) == ["a"]
        assert await names(store, parent_id=ids["a"]) == ["b"]

    use(place, work)


def test_what_is_below_a_copy_of_the_parent_stays(place):
    async def work(store):
        first = await save_family(store, ("a", None), ("b", "a"))
        second = await save_family(store, ("a", None))
        assert (await store.delete(second["a"])).session_count == 1
        assert (await store.delete(first["a"])).session_count == 2
        await store.restore(second["a"])
        assert await names(store) == ["a"]

    use(place, work)


def test_sessions_that_are_each_others_parents_are_deleted_once(place):
    async def work(store):
        ids = await save_family(store, ("a", "b"), ("b", "a"), ("c", "c"))
        assert (await store.delete(ids["a"])).session_count == 2
        assert (await store.delete(ids["c"])).session_count == 1
        assert {each.name for each in (await store.list(deleted=True)).sessions} == {"a", "c"}
        await store.restore(ids["a"])
        await store.restore(ids["c"])
        assert len(await store.session_ids()) == 3

    use(place, work)


def test_what_cannot_be_deleted_or_restored_is_an_error_that_says_why(place):
    async def work(store):
        session_id = await save_rich(store)
        for method, number, words in (
            (store.delete, 7, "no session 7"),
            (store.restore, 7, "no deleted session 7"),
            (store.restore, session_id, "is not deleted"),
        ):
            with pytest.raises(SessionNotFound, match=words):
                await method(number)
        await store.delete(session_id)
        for work_on_it in (store.delete(1), store.rename(1, "x"), read(store, 1)):
            with pytest.raises(
                SessionNotFound, match=r"was deleted on .*hfs-server restore 1"
            ) as found:
                await work_on_it
            assert found.value.data["deletedAt"].endswith("Z")
        await store.purge()
        with pytest.raises(SessionNotFound, match="no deleted session"):
            await store.restore(session_id)

    use(place, work)


def test_two_stores_that_delete_and_restore_the_same_session_do_it_once(place):
    async def work(store):
        await save_family(store, ("a", None), ("b", "a"))
        other = open_store(place)
        try:
            for method in ("delete", "restore"):
                done = await asyncio.gather(
                    *(getattr(each, method)(1) for each in (store, other, store, other)),
                    return_exceptions=True,
                )
                assert sum(isinstance(each, SessionNotFound) for each in done) == 3, done
        finally:
            await other.close()

    use(place, work)
    assert len(use(place, lambda store: store.session_ids())) == 2


def test_the_files_of_imports_are_read_again_after_one_of_several_versions_is_deleted(place):
    """No deletion is noted, so the file of that version brings it back, whenever it is read."""

    async def work(store):
        ids = [(await save_source(store, session([said(0)], "s-1"))).id for _ in range(2)]
        async with store.importing(DEFAULT_RULES) as session_import:
            await session_import.remember({"/logs/a": FileStamp(1, 2, 3)})
        found = []
        for number in ids:
            await store.delete(number)
            found.append([*await store.imported_files("/logs")])
            async with store.importing(DEFAULT_RULES) as session_import:
                await session_import.remember({"/logs/a": FileStamp(1, 2, 3)})
        await store.delete((await save_source(store, session([said(0)], "s-2"))).id)
        return found, [*await store.imported_files("/logs")]

    found, after_another = use(place, work)
    assert found == [[], ["/logs/a"]]
    assert after_another == ["/logs/a"]
