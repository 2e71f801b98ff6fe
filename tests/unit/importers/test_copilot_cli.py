"""The event stream of Copilot, as its terminal program and VS Code write it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hfs_server.errors import InvalidDocument
from hfs_server.importers.copilot_cli import CopilotCli
from hfs_server.importers.copilot_transcripts import CopilotTranscripts
from hfs_server.importers.places import Places
from tests.unit.importers.files import file_with
from tests.unit.importers.mutations import survive
from tests.unit.importers.reading import Found, JsonObject, lines_of, sessions_in
from tests.unit.importers.truth import differences, foreign_folder


def event(kind: str, second: int = 0, agent: str = "", **data: Any) -> JsonObject:
    time = f"2026-05-12T00:21:{second:02}.000Z"
    made = {"type": kind, "data": data, "id": f"e{second}", "timestamp": time, "parentId": None}
    return {**made, "agentId": agent} if agent else made


def start(**more: Any) -> JsonObject:
    context = {"cwd": "/work", "branch": "main", "headCommit": "3a97", "repository": "a/b"}
    facts = {"sessionId": "s-1", "producer": "copilot-agent", "copilotVersion": "1.0.45"}
    return event(
        "session.start", startTime="2026-05-12T00:21:00Z", **facts, context=context, **more
    )


def asked(call_id: str, name: str, arguments: Any) -> JsonObject:
    return {"toolCallId": call_id, "name": name, "arguments": arguments, "type": "function"}


SESSION = (
    start(selectedModel="auto"),
    event("session.model_change", 1, newModel="gpt-4.1"),
    event("system.message", 2, content="You are Copilot.", role="system"),
    event("user.message", 3, content="list them", transformedContent="<x>list them"),
    event("assistant.turn_start", 4, turnId="0"),
    event("assistant.reasoning", 4, reasoningId="r", content="hm"),
    event("assistant.message", 5, messageId="a1", content="Listing.", outputTokens=12,
          reasoningText="hm", toolRequests=[asked("c1", "shell", '{"command": "ls"}')]),
    event("tool.execution_start", 6, toolCallId="c1", toolName="shell", arguments={}),
    event("hook.start", 6, hookType="postToolUse"),
    event("tool.execution_complete", 7, toolCallId="c1", success=True, result={"content": "a"}),
    event("assistant.message", 8, messageId="a2", content="Done.", model="gpt-5", toolRequests=[]),
)  # fmt: skip
AGENT = (
    start(),
    event("user.message", 1, content="find it"),
    event("assistant.message", 2, messageId="a1", content="",
          toolRequests=[asked("c1", "task", {"prompt": "look for it"})]),
    event("subagent.started", 3, toolCallId="c1", agentName="explore", agentDisplayName="Explorer"),
    event("assistant.message", 4, messageId="b1", content="Looking.", parentToolCallId="c1",
          model="haiku",
          toolRequests=[asked("c2", "grep", {}), asked("c3", "task", {"prompt": "x"})]),
    event("tool.execution_complete", 5, toolCallId="c2", parentToolCallId="c1",
          success=False, error={"message": "no such file"}),
    event("subagent.started", 6, agent="agent-2", toolCallId="c3", agentName="inner"),
    event("assistant.message", 7, agent="agent-2", messageId="d1", content="Inner."),
    event("subagent.completed", 8, agent="agent-2", toolCallId="c3"),
    event("subagent.completed", 9, toolCallId="c1", agentName="explore"),
    event("tool.execution_complete", 10, toolCallId="c1", success=True, result="found"),
)  # fmt: skip


def read(*events: JsonObject) -> Found:
    (found,) = sessions_in(CopilotCli(), lines_of(*events), "events.jsonl")
    return found


def test_the_text_that_was_typed_is_the_prompt() -> None:
    found = read(*SESSION)
    assert found.shown() == [
        ("system*", "You are Copilot."), ("user", "list them"), ("assistant", "Listing."),
        ("tool", "a"), ("assistant", "Done."),
    ]  # fmt: skip
    assert (found.name, found.warnings) == ("list them", [])


def test_a_reply_has_its_thinking_once_its_calls_its_model_and_its_usage() -> None:
    found = read(*SESSION)
    reply = found.messages[2]
    assert reply["thinking"] == "hm"
    assert reply["tool_calls"] == [{"id": "c1", "name": "shell", "input": {"command": "ls"}}]
    assert (reply["model"], reply["usage"]) == ("gpt-4.1", {"output_tokens": 12})
    assert found.facts["models"] == ["gpt-4.1", "gpt-5"]


def requested(call: str, given: int = 100, said: int = 7, **more: Any) -> JsonObject:
    usage = {"inputTokens": given, "outputTokens": said, "cacheReadTokens": 60,
             "cacheWriteTokens": 30, "reasoningTokens": 2, "apiCallId": call, **more}  # fmt: skip
    return event("session.usage_record", 4, usage={key: usage[key] for key in usage if usage[key]})


USED = {"input_tokens": 10, "output_tokens": 7, "cache_read_tokens": 60, "cache_write_tokens": 30,
        "reasoning_tokens": 2}  # fmt: skip


def replied(number: int, call: str = "", **more: Any) -> JsonObject:
    return event("assistant.message", 5 + number, messageId=f"m{number}", content=f"r{number}",
                 apiCallId=call, **more)  # fmt: skip


def usages(*events: JsonObject) -> list[JsonObject]:
    found = read(start(), *events)
    assert found.warnings == []
    return [made["usage"] for made in found.messages if "usage" in made]


def test_a_request_that_is_noted_before_its_reply_is_its_usage() -> None:
    assert usages(requested("c1"), replied(1, "c1"), requested("c2"), replied(2, "c2")) == [
        USED, USED,
    ]  # fmt: skip
    assert usages(requested(""), replied(1), requested(""), replied(2)) == [USED, USED]


def test_a_request_that_is_noted_after_its_reply_is_its_usage() -> None:
    assert usages(replied(1, "c1"), requested("c1"), replied(2), requested("")) == [USED, USED]


def test_the_output_that_a_reply_and_its_request_name_is_counted_once() -> None:
    assert usages(requested("c1"), replied(1, "c1", outputTokens=7)) == [USED]
    assert usages(replied(1, "c1", outputTokens=7), requested("c1")) == [USED]
    again = event("assistant.usage", 7, apiCallId="c1", inputTokens=100, outputTokens=7)
    assert usages(requested("c1"), replied(1, "c1"), again) == [USED]
    late = (replied(1, "c1", outputTokens=7), event("user.message", 7, content="x"))
    counted = usages(*late, requested("c1"), replied(2, "c2"))
    assert [used["output_tokens"] for used in counted] == [7, 0]


def test_a_request_whose_reply_shows_nothing_goes_to_the_next_reply() -> None:
    empty = event("assistant.message", 5, messageId="m0", content="", apiCallId="c0")
    (used,) = usages(requested("c0"), empty, requested("c1"), replied(1, "c1"))
    assert (used["input_tokens"], used["output_tokens"]) == (20, 14)


def test_usage_without_a_reply_is_named_in_a_warning() -> None:
    found = read(start(), replied(1, "c1"), requested("c2"))
    assert found.warnings == ["Usage that belongs to no reply is kept only in the original."]


def test_the_facts_are_those_of_the_start() -> None:
    found = read(*SESSION, event("session.title_changed", 9, title="A list"))
    assert found.facts["session_id"] == "copilot-cli:s-1"
    assert found.facts["working_directory"] == "/work"
    assert found.facts["git"] == {"branch": "main", "commit": "3a97", "remote": "a/b"}
    assert found.name == "A list"


INJECTED = [
    {"content": "x", "source": "system"}, {"content": "x", "source": "agent-1"},
    {"content": "x", "source": "skill-pdf"}, {"content": "<system_reminder>x"},
    {"content": "x", "isAutopilotContinuation": True},
]  # fmt: skip


@pytest.mark.parametrize("data", INJECTED)
def test_what_a_program_put_in_is_synthetic(data: JsonObject) -> None:
    assert [role for role, _ in read(start(), event("user.message", 1, **data)).shown()] == [
        "user*"
    ]


def test_what_the_program_noted_is_synthetic_and_empty_thinking_is_left_out() -> None:
    found = read(
        start(), event("session.error", 1, message="no model"),
        event("session.compaction_complete", 2, summaryContent="a summary"),
        event("assistant.message", 3, messageId="a", content="Hi.", reasoningText="",
              reasoningOpaque="signed"),
    )  # fmt: skip
    assert found.shown() == [
        ("system*", "no model"), ("system*", "a summary"), ("assistant", "Hi."),
    ]  # fmt: skip
    assert "thinking" not in found.messages[2]


def test_a_call_that_no_reply_asked_for_is_a_reply() -> None:
    found = read(
        start(), event("tool.user_requested", 1, toolCallId="u", toolName="bash", arguments={}),
        event("tool.execution_start", 2, toolCallId="u", toolName="bash"),
        event("tool.execution_complete", 3, toolCallId="u",
              result={"result_type": "failure", "text_result_for_llm": "no"}),
    )  # fmt: skip
    assert [call["id"] for call in found.messages[0]["tool_calls"]] == ["u"]
    assert found.messages[1]["tool_name"] == "bash"
    assert (found.messages[1]["content"], found.messages[1]["is_error"]) == ("no", True)


def test_files_that_were_attached_are_attachments() -> None:
    files = [
        {"type": "file", "path": "/work/a.py", "displayName": "a.py"},
        {"type": "selection", "filePath": "/work/b.py", "text": "x = 1"},
        {"type": "blob", "mimeType": "image/png", "data": "YSBwaWN0dXJl"},
    ]
    (made,) = read(start(), event("user.message", 1, content="", attachments=files)).messages
    assert [item["name"] for item in made["attachments"]] == ["a.py", "b.py", "image"]
    assert (made["attachments"][1]["text"], made["attachments"][2]["size"]) == ("x = 1", 9)


def test_a_subagent_is_a_session_of_its_own_whose_parent_started_it() -> None:
    main, inner, agent = sessions_in(CopilotCli(), lines_of(*AGENT))
    assert main.shown() == [("user", "find it"), ("assistant", ""), ("tool", "found")]
    assert agent.shown() == [
        ("user*", "look for it"), ("assistant", "Looking."), ("tool", "no such file"),
    ]  # fmt: skip
    assert inner.shown() == [("user*", "x"), ("assistant", "Inner.")]
    assert [found.is_inline for found in (main, inner, agent)] == [False, True, True]
    assert agent.facts["parent_session_id"] == "copilot-cli:s-1"
    assert inner.facts["parent_session_id"] == agent.facts["session_id"] == "copilot-cli:s-1/c1"
    assert (agent.name, agent.messages[1]["agent"]) == ("look for it", "explore")


def test_unknown_types_are_counted_and_damaged_lines_are_skipped() -> None:
    content = lines_of(*SESSION, event("session.new_thing", 9), event("new.thing", 9)) + b'{"torn'
    (found,) = sessions_in(CopilotCli(), content)
    assert any("session.new_thing (1), new.thing (1)" in text for text in found.warnings)
    assert any("Line 14 is not a JSON object" in text for text in found.warnings)


def test_a_stream_that_vs_code_wrote_is_of_its_chat() -> None:
    content = lines_of(start(vscodeVersion="1.119.0"), *SESSION[3:])
    assert CopilotCli().recognizes(file_with(content)) is None
    (found,) = sessions_in(CopilotTranscripts(), content)
    assert found.facts["session_id"] == "copilot-chat:s-1"
    assert CopilotTranscripts().recognizes(file_with(lines_of(*SESSION))) is None


def test_a_stream_whose_start_is_lost_is_read() -> None:
    assert read(*SESSION[3:]).name == "list them"


def test_a_file_without_an_event_is_rejected_in_a_sentence() -> None:
    with pytest.raises(InvalidDocument, match="No line of the file is an event of GitHub Copilot"):
        [list(session.batches()) for session in CopilotCli().sessions(file_with(b"{}\n"))]


@pytest.mark.parametrize("events", [SESSION, AGENT])
def test_damaged_files_never_raise_anything_else(events: tuple[JsonObject, ...]) -> None:
    assert survive(CopilotCli(), lines_of(*events), "events.jsonl") > 100


def test_its_folder_follows_its_environment_variable() -> None:
    places = Places(Path("/home/ada"), {"COPILOT_HOME": "/elsewhere"}, "linux")
    assert list(CopilotCli().folders(places)) == [Path("/elsewhere/session-state")]


def test_all_real_sessions_are_read_as_they_are() -> None:
    assert differences("copilot-cli") == []


def test_the_real_stream_of_vs_code_is_recognized() -> None:
    path = foreign_folder() / "vscode-chat" / "gitai-copilot_vscode_event_stream.jsonl"
    (found,) = sessions_in(CopilotTranscripts(), path.read_bytes(), path.name)
    roles = [role for role, _ in found.shown()]
    assert roles == ["user", "assistant", "tool", "assistant", "tool"]
    assert found.messages[0]["content"] == "Add a comment to the file"
