"""Statistics: what is counted, and in which groups."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hfs_server.filters import Filters
from hfs_server.store import Store
from tests.unit.store.sqlite.counting import MESSAGES, NO_USAGE, by, counted
from tests.unit.store.sqlite.sessions import execute, message, save, save_source, use
from tests.unit.store.sqlite.tool_sessions import said, session


def test_every_message_is_counted_once(path: Path) -> None:
    async def work(store: Store) -> dict[str, Any]:
        await save(store, MESSAGES)
        return await counted(store)

    result = use(path, work)
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


ODD_EXTRA: list[Any] = [
    "{",
    "[]",
    "5",
    '{"usage": 5, "tool_calls": "x", "model": 7, "synthetic": "true"}',
    '{"usage": {"input_tokens": -1, "output_tokens": 1.5, "cost_usd": NaN}, "tool_calls": [1]}',
    '{"usage": {"input_tokens": true, "cost_usd": "1"}, "tool_calls": {"a": 1}, "model": ""}',
    '{"usage": {"input_tokens": 9223372036854775808}}',
    '{"usage": null, "tool_calls": null, "model": null, "synthetic": null}',
    '{"usage": ' + "[" * 100_000,
    b'{"usage": {"input_tokens": 1}}',
    5,
]


@pytest.mark.parametrize("extra", ODD_EXTRA)
def test_what_no_message_can_have_is_not_counted(path: Path, extra: Any) -> None:
    use(path, lambda store: save(store, [message()]))
    execute(path, "UPDATE messages SET hfs_extra = ?", extra)
    result = use(path, counted)
    assert (result["messages"], result["prompts"], result["toolCalls"]) == (1, 1, 0)
    assert result["usage"] == NO_USAGE
    assert result["byModel"] == []


def test_sums_of_any_size_are_exact(path: Path) -> None:
    largest = {"input_tokens": 2**63 - 1, "output_tokens": 2**53 + 1}
    many = [message(role="assistant", usage=largest) for _ in range(3)]
    use(path, lambda store: save(store, many))
    for _ in range(2):
        result = use(path, counted)
        assert result["usage"]["inputTokens"] == 3 * (2**63 - 1)
        assert result["usage"]["outputTokens"] == 3 * (2**53 + 1)


def test_rows_of_the_terminal_program_with_any_values_are_counted(path: Path) -> None:
    use(path, lambda store: store.list())
    for role, created_at in (
        ("user", "2026-02-01 10:00:00.000000"),
        (b"\xff", "2026-02-01T23:59:59+00:00"),
        (7, "never"),
        ("user", 20260201),
        ("USER", b"2026"),
    ):
        sql = "INSERT INTO messages (session_id, role, content, created_at) VALUES (1, ?, x'ff', ?)"
        execute(path, sql, role, created_at)
    execute(path, "UPDATE messages SET role = CAST(x'ff' AS TEXT) WHERE id = 3")
    execute(path, "INSERT INTO sessions (id, name, created_at) VALUES (1, 'n', '2026-02-03')")
    execute(path, "INSERT INTO messages SELECT 9, 99, 'user', 'of no session', '2026', NULL")
    result = use(path, counted)
    assert (result["sessions"], result["messages"], result["prompts"]) == (1, 5, 2)
    assert by(result, "byDay") == {"2026-02-01": 2, "2026-02-03": 3}
    assert use(path, counted) == result


def test_messages_of_a_session_without_any_time_are_of_no_day(path: Path) -> None:
    use(path, lambda store: save(store, [message()]))
    execute(path, "UPDATE sessions SET created_at = 'never'")
    execute(path, "UPDATE messages SET created_at = 5")
    result = use(path, counted)
    assert (result["messages"], result["byDay"]) == (1, [])


def test_sessions_of_tools_are_grouped_and_filtered(path: Path) -> None:
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

    everything, hfs, haiku = use(path, work)
    assert by(everything, "byTool") == {"claude-code": 5, "hfs": 1}
    assert by(everything, "byProject", "sessions") == {"/home/ada/web/": 2, None: 1}
    assert by(everything, "byModel", "sessions") == {"opus": 2, "haiku": 1}
    assert everything["usage"]["inputTokens"] == 20
    assert (hfs["sessions"], hfs["messages"]) == (1, 1)
    assert (haiku["sessions"], haiku["messages"]) == (1, 3)
