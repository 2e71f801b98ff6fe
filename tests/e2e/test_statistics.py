"""``hfs/statistics``: what the sessions of several tools amount to, as they grow."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from testing.client import Client, Start
from testing.documents import document, message, text
from testing.stores import rows
from testing.terminal import Terminal
from testing.tool_logs import subagent, write, write_claude_code

pytestmark = pytest.mark.both_engines

DAY = datetime(2026, 2, 1, 10, 30)
USAGE_KINDS = [
    *("inputTokens", "outputTokens", "cacheReadTokens"),
    *("cacheWriteTokens", "reasoningTokens", "costUsd"),
]


def statistics(client: Client, **params: Any) -> dict[str, Any]:
    found: dict[str, Any] = client.request("hfs/statistics", params)
    return found


def test_a_new_store_amounts_to_nothing(emptied: Client) -> None:
    assert statistics(emptied) == {
        **dict.fromkeys(("sessions", "messages", "prompts", "toolCalls"), 0),
        "usage": dict.fromkeys(USAGE_KINDS),
        **{f"by{what}": [] for what in ("Tool", "Model", "Day", "Project")},
    }


def test_sessions_of_the_terminal_program_are_counted_as_they_grow(
    terminal: Terminal, start: Start
) -> None:
    session = terminal.add_session("One", "a prompt", created_at=DAY)
    client = start(terminal.path)
    assert statistics(client)["prompts"] == 1
    terminal.add_message(session, "assistant", "an answer")
    found = statistics(client)
    assert (found["sessions"], found["messages"], found["prompts"]) == (1, 2, 1)
    assert [tool["tool"] for tool in found["byTool"]] == ["hfs"]
    assert [(model["model"], model["messages"]) for model in found["byModel"]] == [(None, 1)]
    assert [project["project"] for project in found["byProject"]] == [None]
    terminal.delete_session(session)
    assert statistics(client)["sessions"] == 0


def test_sessions_of_a_tool_are_counted_with_their_subagents(
    start: Start, store_path: Path, tmp_path: Path
) -> None:
    (log, *_) = write_claude_code(tmp_path / ".claude", range(3))
    write(log.with_suffix("") / "subagents" / "agent-a1.jsonl", subagent(0, "a1"))
    client = start(store_path)
    client.request("hfs/import", {"uri": tmp_path.as_uri()})
    found = statistics(client)
    listed = rows(store_path, "SELECT count(*) FROM sessions")[0][0]
    said = rows(store_path, "SELECT count(*) FROM messages")[0][0]
    assert (found["sessions"], found["messages"]) == (listed, said) == (4, 8)
    assert found["usage"]["inputTokens"] > 0
    assert found["usage"]["costUsd"] is None
    for what in ("byTool", "byDay", "byProject"):
        for number in ("messages", "prompts", "toolCalls"):
            assert sum(item[number] for item in found[what]) == found[number]
    replies = sum(item["usage"]["outputTokens"] or 0 for item in found["byModel"])
    assert replies == found["usage"]["outputTokens"]
    assert [model["model"] for model in found["byModel"]] == ["claude-opus-4-7"]
    assert [project["project"] for project in found["byProject"]] == ["/home/ada/web"]


def test_the_filters_of_a_list_select_the_same_sessions(emptied: Client) -> None:
    for name, tool, folder in (("A", "codex", "/home/ada/a"), ("B", "cursor", "/home/ada/a/b")):
        metadata = {"schema_version": "1.1.0", "source": {"tool": tool}}
        made = document(name, message(), metadata={**metadata, "working_directory": folder})
        emptied.request("hfs/import", {"content": text(made)})
    emptied.request("hfs/import", {"content": text(document("C"))})
    for filters in (
        {},
        {"tools": ["codex"]},
        {"tools": ["hfs", "cursor"]},
        {"project": "/home/ada/a"},
        {"project": "/home/ada/a/b/"},
        {"since": "2026-02-01T10:00:00Z"},
        {"until": "2026-02-01T10:00:00Z"},
        {"models": ["none"]},
    ):
        listed = emptied.request("hfs/listSessions", filters)["sessions"]
        found = statistics(emptied, **filters)
        assert found["sessions"] == len(listed)
        assert found["messages"] == sum(session["messageCount"] for session in listed)


def test_days_are_in_order_and_hold_the_messages_of_their_date(emptied: Client) -> None:
    times = ["2026-02-03T12:00:00Z", "2026-02-01T12:00:00Z", "2026-02-03T12:00:01Z", None]
    said = [message(created_at=time) for time in times]
    emptied.request("hfs/import", {"content": text(document("Days", *said))})
    days = statistics(emptied)["byDay"]
    assert [day["day"] for day in days] == sorted({day["day"] for day in days})
    assert sum(day["messages"] for day in days) == len(times)
    assert {day["sessions"] for day in days} == {1}


@pytest.mark.parametrize("params", [{"tools": 5}, {"project": "a"}, {"since": "x"}, [1], "text"])
def test_params_of_another_shape_are_rejected(shared: Client, params: Any) -> None:
    error = shared.refusal("hfs/statistics", params)
    assert error.code == -32602


@pytest.mark.parametrize("params", [{}, None, [], {"tools": None, "since": None}])
def test_params_may_be_left_out_or_null(shared: Client, params: Any) -> None:
    assert shared.request("hfs/statistics", params)["sessions"] >= 1
    assert shared.request("hfs/statistics")["sessions"] >= 1


def test_it_is_a_command_too(shared: Client) -> None:
    command = {"command": "hfs.server.statistics", "arguments": [{"tools": ["hfs"]}]}
    by_command = shared.request("workspace/executeCommand", command)
    assert by_command == statistics(shared, tools=["hfs"])


def test_progress_is_reported_and_requests_that_wait_can_be_cancelled(shared: Client) -> None:
    statistics(shared, workDoneToken="counting")
    kinds = [value["kind"] for value in shared.progress("counting")]
    assert (kinds[0], kinds[-1]) == ("begin", "end")
    requests = [shared.send("hfs/statistics") for _ in range(20)]
    shared.cancel(requests[-1])
    for request in requests[:-1]:
        assert shared.result(request)["sessions"] >= 1
    reply = shared.reply(requests[-1])
    assert "result" in reply or reply["error"]["code"] == -32800
