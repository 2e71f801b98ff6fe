"""Replies, of which the log has one line for each piece, and the results of tools."""

from __future__ import annotations

from typing import Any

import pytest

from hfs_server.importers.claude_code import replies
from tests.unit.importers.claude_code.logs import assistant, call, read, result, text, user


def test_the_pieces_of_a_reply_are_one_message() -> None:
    log = read(
        user("Fix it"),
        assistant({"type": "thinking", "thinking": "Hm.", "signature": "x"}),
        assistant(text("I look.")),
        assistant(call("toolu_1", command="ls")),
        assistant(text("And again.")),
        assistant(text("Done."), id="msg_2"),
    )
    reply, last = log.messages[1:]
    assert reply["content"] == "I look.\n\nAnd again."
    assert reply["thinking"] == "Hm."
    assert reply["tool_calls"] == [{"id": "toolu_1", "name": "Bash", "input": {"command": "ls"}}]
    assert reply["model"] == "claude-opus-4-7"
    assert reply["source_id"] == "msg_1"
    assert last["content"] == "Done."
    assert log.header.facts["models"] == ["claude-opus-4-7"]


def test_results_between_the_pieces_of_a_reply_follow_it() -> None:
    log = read(
        assistant(call("toolu_1"), timestamp="2026-02-01T10:00:01.500Z"),
        result("toolu_1", "one", timestamp="2026-02-01T10:00:02.500Z"),
        assistant(call("toolu_2"), timestamp="2026-02-01T10:00:03.500Z"),
        result("toolu_2", "two", timestamp="2026-02-01T10:00:04.500Z"),
    )
    assert [message["role"] for message in log.messages] == ["assistant", "tool", "tool"]
    assert [call["id"] for call in log.messages[0]["tool_calls"]] == ["toolu_1", "toolu_2"]
    times = [message["created_at"] for message in log.messages]
    assert times == sorted(times)


def test_the_time_of_a_reply_is_that_of_its_last_piece() -> None:
    log = read(
        assistant(text("a"), timestamp="2026-02-01T10:00:01.500Z"),
        assistant(text("b"), timestamp="2026-02-01T10:00:09.500Z"),
        assistant(text("c"), timestamp=None),
    )
    assert log.messages[0]["created_at"] == "2026-02-01T10:00:09.500000Z"


def test_the_usage_of_a_reply_is_the_largest_of_its_pieces_not_their_sum() -> None:
    log = read(
        assistant(text("a"), usage={"input_tokens": 4, "output_tokens": 1,
                                    "cache_read_input_tokens": 7}),
        assistant(text("b"), usage={"input_tokens": 4, "output_tokens": 1,
                                    "cache_read_input_tokens": 7}),
        assistant(text("c"), usage={"input_tokens": 4, "output_tokens": 90,
                                    "cache_creation_input_tokens": 2}),
    )  # fmt: skip
    assert log.messages[0]["usage"] == {
        "input_tokens": 4,
        "output_tokens": 90,
        "cache_read_tokens": 7,
        "cache_write_tokens": 2,
    }


def test_the_cost_that_older_versions_wrote_is_kept() -> None:
    log = read(assistant(text("a"), costUSD=0.25, usage={"input_tokens": 4}))
    assert log.messages[0]["usage"] == {"input_tokens": 4, "cost_usd": 0.25}


def test_replies_without_an_id_are_not_joined() -> None:
    log = read(assistant(text("a"), id=None), assistant(text("b"), id=None))
    assert [message["content"] for message in log.messages] == ["a", "b"]


def test_a_reply_with_only_signed_thinking_is_left_out() -> None:
    blocks = [{"type": "thinking", "thinking": "", "signature": "x"}, {"type": "redacted_thinking"}]
    assert len(read(user("Fix it"), assistant(*blocks)).messages) == 1


def test_a_message_that_the_program_wrote_as_a_reply_is_synthetic() -> None:
    log = read(
        assistant(text("API Error: overloaded"), message={"model": "<synthetic>"}),
        assistant(text("Prompt is too long"), id="msg_2", isApiErrorMessage=True),
    )
    assert log.synthetic == ["API Error: overloaded", "Prompt is too long"]
    assert "<synthetic>" not in str(log.header.facts)


def test_many_results_between_two_pieces_do_not_grow_the_window() -> None:
    log = read(
        assistant(call("toolu_0")),
        *(result(f"toolu_{number}", "x") for number in range(1_000)),
        assistant(text("late")),
    )
    replied = [message for message in log.messages if message["role"] == "assistant"]
    assert len(log.messages) == 1_002
    assert [message["source_id"] for message in replied] == ["msg_1", "msg_1"]


def test_large_messages_leave_the_window_early(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replies, "_HELD_BYTES", 1_000)
    window = replies.Window()
    window.add({"role": "user", "content": "x"})
    window.add(replies.Reply("msg_1"))
    assert not window.is_full(1_000)
    assert window.is_full(1_001)
    assert [*window.release(1_001)] == [{"role": "user", "content": "x"}]
    assert window.reply("msg_1") is not None


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("plain", "plain"),
        ([text("one"), text("two")], "one\ntwo"),
        (["one", text("two")], "one\ntwo"),
        ([{"type": "tool_reference", "tool_name": "WebFetch"}], "WebFetch"),
        ("", "out\nerr"),
        (None, "out\nerr"),
        ([], "out\nerr"),
    ],
)
def test_the_result_of_a_tool_is_a_message_of_its_own(content: Any, expected: str) -> None:
    detailed = {"stdout": "out", "stderr": "err", "interrupted": False}
    log = read(assistant(call("toolu_1")), result("toolu_1", content, toolUseResult=detailed))
    shown = log.messages[1]
    assert (shown["role"], shown["content"]) == ("tool", expected)
    assert (shown["tool_call_id"], shown["tool_name"]) == ("toolu_1", "Bash")
    assert "is_error" not in shown


@pytest.mark.parametrize("detailed", ["all", {"content": [text("all")]}])
def test_a_result_without_content_is_found_in_its_details(detailed: Any) -> None:
    log = read(assistant(call("toolu_1")), result("toolu_1", None, toolUseResult=detailed))
    assert log.messages[1]["content"] == "all"


def test_a_result_has_its_error_and_its_images() -> None:
    source = {"type": "base64", "media_type": "image/png", "data": "aGVsbG8="}
    log = read(
        assistant(call("toolu_1")),
        result("toolu_1", [{"type": "image", "source": source}], block={"is_error": True}),
    )
    assert log.messages[1]["is_error"] is True
    assert log.messages[1]["attachments"][0]["size"] == 5
    assert log.messages[1]["content"] == ""


def test_a_second_result_of_a_call_counts_once() -> None:
    log = read(assistant(call("toolu_1")), result("toolu_1", "a"), result("toolu_1", "a"))
    assert [message["content"] for message in log.messages[1:]] == ["a"]


def test_a_call_without_a_result_and_a_result_without_a_call_are_normal() -> None:
    log = read(result("toolu_0", "late"), assistant(call("toolu_1")))
    assert [message["role"] for message in log.messages] == ["tool", "assistant"]
    assert log.warnings == []


def test_tools_of_the_provider_are_calls_and_results_too() -> None:
    log = read(
        assistant(
            {"type": "server_tool_use", "id": "s1", "name": "web_search", "input": {"query": "x"}},
            {"type": "web_search_tool_result", "tool_use_id": "s1", "content": [text("found")]},
        )
    )
    assert log.messages[0]["tool_calls"][0]["name"] == "web_search"
    assert log.messages[1]["content"] == "found"


def test_a_deep_input_of_a_tool_is_kept_as_text() -> None:
    deep: Any = "x"
    for _ in range(150):
        deep = [deep]
    log = read(assistant(call("toolu_1", value=deep)))
    assert isinstance(log.messages[0]["tool_calls"][0]["input"], str)
