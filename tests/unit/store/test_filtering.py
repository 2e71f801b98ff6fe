"""Filters select sessions by what their summaries show, in any store."""

from __future__ import annotations

import pytest

from hfs_server.filters import Filters
from hfs_server.store import Store
from hfs_server.store.address import StorePlace
from tests.unit.store.sqlite.sessions import message, names, save, save_source, use
from tests.unit.store.sqlite.tool_sessions import session

WEB, SRC, SITE, WINDOWS = "/home/ada/web/", "/home/ada/web/src", "/home/ada/website", "C:\\Users\\A"
SELECTED: list[tuple[Filters, set[str]]] = [
    (Filters(tools=("claude-code",)), {"web", "src", "site", "windows"}),
    (Filters(tools=("hfs",)), {"hfs"}),
    (Filters(tools=("hfs", "claude-code")), {"hfs", "web", "src", "site", "windows"}),
    (Filters(tools=("' OR 1 --", "%", "")), set()),
    (Filters(project="/home/ada/web"), {"web", "src"}),
    (Filters(project="/home/ada"), {"web", "src", "site"}),
    (Filters(project="/home/ada/we_"), set()),
    (Filters(project="c:/users/"), {"windows"}),
    (Filters(since="2026-02-03T00:00:00Z"), {"hfs", "site", "windows"}),
    (Filters(since="2026-02-03T10:00:00.000001Z"), {"hfs", "windows"}),
    (Filters(until="2026-02-01T11:00:00+01:00"), set()),
    (Filters(until="2026-02-01T10:00:00.000001Z"), {"web"}),
    (Filters(models=("opus",)), {"web", "src"}),
    (Filters(models=("haiku", "none")), {"src"}),
    (Filters(models=("OPUS", "opu")), set()),
    (Filters(tags=("b", "a\0")), {"site"}),
    (Filters(tags=("a\0", "c")), set()),
    (Filters(("claude-code",), "/home/ada/web/src", "2026-02-02T10:00:00Z"), {"src"}),
    (Filters(), {"hfs", "web", "src", "site", "windows"}),
]
FACTS = {
    "web": {"working_directory": WEB, "models": ["opus"]},
    "src": {"working_directory": SRC, "models": ["opus", "haiku"]},
    "site": {"working_directory": SITE, "tags": ["a\0", "b"]},
    "windows": {"working_directory": WINDOWS},
}


async def fill(store: Store) -> None:
    """Saves sessions, each a day younger than the one before."""
    for day, (name, facts) in enumerate(FACTS.items(), start=1):
        models = facts.get("models", [None])
        said = [
            message(name, f"2026-02-0{day}T10:00:00Z", **({"model": model} if model else {}))
            for model in models
        ]
        more = {key: value for key, value in facts.items() if key != "models"}
        await save_source(store, session(said, name, title=name, **more))
    await save(store, [message("x")], name="hfs", created_at="2026-02-05T10:00:00Z")


def test_a_filter_selects_the_sessions_that_fulfil_it(place: StorePlace) -> None:
    async def work(store: Store) -> None:
        await fill(store)
        for filters, selected in SELECTED:
            assert set(await names(store, filters=filters)) == selected, filters
            assert len(await store.session_marks(filters)) == len(selected), filters

    use(place, work)


def test_pages_of_filtered_sessions_follow_one_another(place: StorePlace) -> None:
    async def work(store: Store) -> list[str]:
        await fill(store)
        found: list[str] = []
        cursor = None
        while True:
            page = await store.list(1, cursor, "W", filters=Filters(project="/home/ada"))
            found += [each.name for each in page.sessions]
            cursor = page.next_cursor
            if cursor is None:
                return found

    assert use(place, work) == ["web"]


@pytest.mark.parametrize("deleted", [False, True])
def test_what_is_below_another_session_is_filtered_there(place: StorePlace, deleted: bool) -> None:
    async def work(store: Store) -> list[str]:
        await save_source(store, session([message("x")], "p", title="parent"))
        for name in ("one", "two"):
            folder = {"working_directory": f"/{name}", "parent_id": "p"}
            await save_source(store, session([message(name)], name, title=name, **folder))
        if deleted:
            await store.delete(1)
        filters = Filters(project="/one")
        return await names(store, parent_id=1, filters=filters, deleted=deleted)

    assert use(place, work) == ["one"]
