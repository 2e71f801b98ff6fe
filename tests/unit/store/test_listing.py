"""Pages of the list: cursors and queries, in any store."""

import pytest

from hfs_server.store.shapes import InvalidCursor
from tests.unit.store.sqlite.sessions import names, save, use


def test_pages_hold_every_session_once_while_sessions_are_added(place):
    async def work(store):
        for minute in range(30):
            time = f"2026-02-01T10:{minute // 3:02}:00Z"
            await save(store, name=f"s{minute}", created_at=time)
        seen, cursor = [], None
        while True:
            page = await store.list(limit=7, cursor=cursor)
            seen += [summary.id for summary in page.sessions]
            await save(store, name="newer", created_at="2026-03-01T00:00:00Z")
            cursor = page.next_cursor
            if cursor is None:
                return seen

    assert use(place, work) == list(range(30, 0, -1))


@pytest.mark.parametrize("cursor", ["", "x", "e30=", "WzEsMl0=", "WyJhIiwgMWU5OV0=", "é"])
def test_a_cursor_that_is_not_of_a_page_is_rejected(place, cursor):
    with pytest.raises(InvalidCursor):
        use(place, lambda store: store.list(cursor=cursor))


def test_a_query_finds_a_part_of_a_name_in_any_case(place):
    async def work(store):
        for name in ("Größe ÄNDERN", "100% done", "other"):
            await save(store, name=name)
        queries = ("grösse ändern", "ä", "0%", "OTHER", "", "nowhere")
        return [await names(store, query=query) for query in queries]

    german, percent, other = ["Größe ÄNDERN"], ["100% done"], ["other"]
    assert use(place, work) == [
        german,
        german,
        percent,
        other,
        ["other", "100% done", "Größe ÄNDERN"],
        [],
    ]
