"""The list of deleted sessions: pages, filters, and what it shows of each."""

from __future__ import annotations

import pytest

from hfs_server.filters import Filters
from hfs_server.store.shapes import InvalidCursor
from tests.unit.store.sqlite.sessions import message, save, use

NAMES = [f"Session {number}" for number in range(7)]


async def delete_some(store):
    for number, name in enumerate(NAMES):
        session_id = await save(store, [message(name)], name=name)
        await store.delete(session_id, f"2026-02-0{1 + number // 2}T10:00:00.5Z")


def test_the_last_deletion_comes_first_whatever_the_size_of_a_page(place):
    async def work(store):
        await delete_some(store)
        expected = [each.name for each in (await store.list(deleted=True)).sessions]
        assert {*expected[:1]} <= {"Session 6"}
        for limit in range(1, 9):
            found, cursor = [], None
            while True:
                page = await store.list(limit, cursor, deleted=True)
                found += [each.name for each in page.sessions]
                cursor = page.next_cursor
                if cursor is None:
                    break
            assert found == expected
        times = [each.deleted_at for each in (await store.list(deleted=True)).sessions]
        assert times == sorted(times, reverse=True)

    use(place, work)


def test_names_and_filters_select_among_the_deleted(place):
    async def work(store):
        await delete_some(store)
        await save(store, [message("Another")], name="Session 3, not deleted")
        found = await store.list(query="session 3", deleted=True)
        assert [each.name for each in found.sessions] == ["Session 3"]
        for filters, count in ((Filters(tools=("hfs",)), 7), (Filters(tools=("codex",)), 0)):
            assert len((await store.list(filters=filters, deleted=True)).sessions) == count

    use(place, work)


def test_a_deleted_session_is_shown_with_all_that_it_has(place):
    async def work(store):
        session_id = await save(store, [message("What it says"), message("y")], name="Named")
        before = (await store.list()).sessions[0]
        deletion = await store.delete(session_id)
        (shown,) = (await store.list(deleted=True)).sessions
        assert shown == before._replace(deleted_at=deletion.deleted_at)

    use(place, work)


def test_a_cursor_that_is_none_is_an_error(place):
    async def work(store):
        with pytest.raises(InvalidCursor):
            await store.list(cursor="x", deleted=True)
        assert (await store.list(deleted=True, parent_id=5)).sessions == []

    use(place, work)
