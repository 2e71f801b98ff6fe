"""Statistics: what is counted, and in which groups."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.unit.store.sqlite.counting import NO_USAGE, by, counted
from tests.unit.store.sqlite.sessions import execute, message, save, use

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
