"""Statistics of any store: what is counted, and in which groups."""

from __future__ import annotations

from typing import Any

from hfs_server.filters import Filters
from hfs_server.store import Store
from hfs_server.store.address import StorePlace
from tests.unit.store.sqlite.counting import MESSAGES, NO_USAGE, by, counted
from tests.unit.store.sqlite.sessions import message, save, save_source, use
from tests.unit.store.sqlite.tool_sessions import said, session


def test_counts_follow_a_session_that_changes(place: StorePlace) -> None:
    async def work(store: Store) -> list[int]:
        found = []
        for end in (1, 3, 2):
            messages = [said(number) for number in range(end)]
            await save_source(store, session(messages), on_conflict="update")
            found += [(await counted(store))["messages"] for _ in range(2)]
        await store.delete(1)
        return [*found, (await counted(store))["messages"]]

    assert use(place, work) == [1, 1, 3, 3, 3, 3, 0]


def test_every_message_is_counted_once(place: StorePlace) -> None:
    async def work(store: Store) -> dict[str, Any]:
        await save(store, MESSAGES)
        return await counted(store)

    result = use(place, work)
    assert (result["sessions"], result["messages"], result["prompts"], result["toolCalls"]) == (
        *(1, 6, 1),
        2,
    )
    assert result["usage"] == {**NO_USAGE, "inputTokens": 5, "costUsd": 0.5}
    assert by(result, "byTool") == {"hfs": 6}
    assert by(result, "byModel") == {"opus": 1, None: 1}
    assert by(result, "byModel", "toolCalls") == {"opus": 2, None: 0}
    assert by(result, "byProject") == {None: 6}
    assert sum(by(result, "byDay").values()) == 6


def test_sums_of_any_size_are_exact(place: StorePlace) -> None:
    largest = {"input_tokens": 2**63 - 1, "output_tokens": 2**53 + 1}
    many = [message(role="assistant", usage=largest) for _ in range(3)]
    use(place, lambda store: save(store, many))
    for _ in range(2):
        result = use(place, counted)
        assert result["usage"]["inputTokens"] == 3 * (2**63 - 1)
        assert result["usage"]["outputTokens"] == 3 * (2**53 + 1)


def test_sessions_of_tools_are_grouped_and_filtered(place: StorePlace) -> None:
    async def work(store: Store) -> list[dict[str, Any]]:
        usage = {"input_tokens": 10}
        replies = [said(0), said(1, model="opus", usage=usage), said(3, model="haiku")]
        web = session(replies, "one", working_directory="/home/ada/web/")
        await save_source(store, web)
        src = session(replies[:2], "two", working_directory="/home/ada/web")
        await save_source(store, src)
        await save(store, [message()])
        opus = await counted(store, Filters(models=("haiku",)))
        return [await counted(store), await counted(store, Filters(tools=("hfs",))), opus]

    everything, hfs, haiku = use(place, work)
    assert by(everything, "byTool") == {"claude-code": 5, "hfs": 1}
    assert by(everything, "byProject", "sessions") == {"/home/ada/web/": 2, None: 1}
    assert by(everything, "byModel", "sessions") == {"opus": 2, "haiku": 1}
    assert everything["usage"]["inputTokens"] == 20
    assert (hfs["sessions"], hfs["messages"]) == (1, 1)
    assert (haiku["sessions"], haiku["messages"]) == (1, 3)
