"""Sessions of Kimi's command line, in the layouts of both generations, and its context."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hfs_server.importers.kimi import Kimi
from hfs_server.importers.places import Places
from hfs_server.importers.source_file import SourceFile
from hfs_server.sources import read_sessions
from tests.unit.importers.mutations import survive
from tests.unit.importers.reading import Found, JsonObject, lines_of, sessions_in
from tests.unit.importers.truth import foreign_folder

HEADING = {"type": "metadata", "protocol_version": "1.4", "created_at": 1784950509920}
TIME = 1784950605093


def added(role: str, text: str, origin: str = "user") -> JsonObject:
    said = {"role": role, "content": [{"type": "text", "text": text}], "toolCalls": []}
    said["origin"] = {"kind": origin}
    return {"type": "context.append_message", "message": said, "time": TIME, "agentId": "main"}


def event(kind: str, **more: Any) -> JsonObject:
    inner = {"type": kind, "turnId": "0", "step": 1, **more}
    return {"type": "context.append_loop_event", "event": inner, "time": TIME}


def part(kind: str, text: str) -> JsonObject:
    return event("content.part", part={"type": kind, kind: text})


USAGE = {"inputOther": 10, "output": 5, "inputCacheRead": 3, "inputCacheCreation": 0}
CODE = (
    HEADING,
    {"type": "config.update", "modelAlias": "kimi-k2", "time": TIME},
    {"type": "turn.prompt", "input": [{"type": "text", "text": "list all"}], "time": TIME},
    added("user", "list all"),
    event("step.begin"),
    part("think", "I list."),
    part("text", "Look:"),
    event("tool.call", toolCallId="c1", name="Glob", args={"pattern": "*"}),
    event("tool.result", toolCallId="c1", result={"output": "a.py", "isError": False}),
    event("tool.call", toolCallId="c2", name="Read", args='{"path": "a.py"}'),
    event("tool.result", toolCallId="c2", result={"output": "gone", "isError": True}),
    event("step.end", usage=USAGE),
    event("step.begin"),
    part("text", "One file."),
)


def wire(kind: str, **payload: Any) -> JsonObject:
    return {"timestamp": TIME / 1000, "message": {"type": kind, "payload": payload}}


def call(key: str, name: str, given: str) -> JsonObject:
    return wire("ToolCall", type="function", id=key, function={"name": name, "arguments": given})


COUNTS = {"input_other": 10, "output": 5, "input_cache_read": 3, "input_cache_creation": 0}
CLI = (
    {"type": "metadata", "protocol_version": "1.3"},
    wire("TurnBegin", user_input=[{"type": "text", "text": "list all"}]),
    wire("StepBegin", n=1),
    wire("ContentPart", type="think", think="I list."),
    wire("ContentPart", type="text", text="Lo"),
    wire("ContentPart", type="text", text="ok:"),
    call("c1", "Glob", '{"pattern": "*"}'),
    wire("ToolResult", tool_call_id="c1", return_value={"is_error": False, "output": "a.py"}),
    call("c2", "Read", '{"path": '),
    wire("ToolCallPart", arguments_part='"a.py"}'),
    wire("StatusUpdate", token_usage=COUNTS),
    wire("ToolResult", tool_call_id="c2", return_value={"is_error": True, "message": "gone"}),
    wire("StepBegin", n=2),
    wire("ContentPart", type="text", text="One file."),
    wire("TurnEnd"),
)


def read(*records: JsonObject) -> Found:
    (found,) = sessions_in(Kimi(), lines_of(*records), "wire.jsonl")
    return found


@pytest.mark.parametrize("found", [read(*CODE), read(*CLI)], ids=["Kimi Code", "Kimi CLI"])
def test_each_step_is_one_reply_and_results_follow_it(found: Found) -> None:
    assert found.shown() == [
        ("user", "list all"), ("assistant", "Look:"), ("tool", "a.py"), ("tool", "gone"),
        ("assistant", "One file."),
    ]  # fmt: skip
    reply, first, second = found.messages[1:4]
    assert reply["thinking"] == "I list."
    assert [(each["name"], each["input"]) for each in reply["tool_calls"]] == [
        ("Glob", {"pattern": "*"}), ("Read", {"path": "a.py"}),
    ]  # fmt: skip
    assert reply["usage"] == {
        "input_tokens": 10, "output_tokens": 5, "cache_read_tokens": 3, "cache_write_tokens": 0,
    }  # fmt: skip
    assert (first["tool_name"], first.get("is_error", False)) == ("Glob", False)
    assert (second["tool_name"], second["is_error"]) == ("Read", True)
    assert reply["created_at"] == "2026-07-25T03:36:45.093000Z"
    assert found.warnings == []


def test_the_model_of_a_reply_is_known() -> None:
    assert read(*CODE).facts["models"] == ["kimi-k2"]


def test_what_the_program_added_is_synthetic() -> None:
    reminder = "<system-reminder>x</system-reminder>"
    found = read(HEADING, added("user", "do", "task"), added("user", f"{reminder}\nhi"))
    assert found.shown() == [("user*", "do"), ("user*", reminder), ("user", "hi")]


def test_notes_of_what_files_a_tool_read_are_no_part_of_the_session() -> None:
    assert read(*CODE, {"type": "staleGuard.recorded", "path": "/work/a.py"}).warnings == []


def test_unknown_records_are_counted() -> None:
    found = read(*CODE, {"type": "brand.new"}, {"type": "usage.record"})
    assert found.warnings == [
        "1 record of an unknown type is kept only in the original: brand.new (1)."
    ]


def test_the_folders_tell_the_session_its_title_and_its_subagents(tmp_path: Path) -> None:
    session = tmp_path / "wd" / "session_1"
    state = {"title": "Files", "workDir": "/project"}
    for agent in ("main", "agent-1"):
        (session / "agents" / agent).mkdir(parents=True)
        (session / "agents" / agent / "wire.jsonl").write_bytes(lines_of(*CODE))
    (session / "state.json").write_text(json.dumps(state), "utf-8")
    (main,) = read_sessions(session / "agents" / "main" / "wire.jsonl")
    assert main["metadata"]["session_name"] == "Files"
    assert main["metadata"]["session_id"] == "kimi:session_1"
    assert main["metadata"]["working_directory"] == "/project"
    (agent_session,) = read_sessions(session / "agents" / "agent-1" / "wire.jsonl")
    assert agent_session["metadata"]["session_id"] == "kimi:session_1/agent-1"
    assert agent_session["metadata"]["parent_session_id"] == "kimi:session_1"
    assert agent_session["messages"][0]["synthetic"] is True


CONTEXT = (
    {"role": "_system_prompt", "content": "You are Kimi"},
    {"role": "_checkpoint", "id": 0},
    {"role": "user", "content": "list all"},
    {
        "role": "assistant",
        "content": [{"type": "think", "think": "I list."}, {"type": "text", "text": "Look:"}],
        "tool_calls": [{"id": "c1", "function": {"name": "Glob", "arguments": '{"pattern": "*"}'}}],
    },
    {"role": "tool", "tool_call_id": "c1", "content": [{"type": "text", "text": "a.py"}]},
    {"role": "_usage", "token_count": 10863},
)


def test_a_context_is_read_unless_the_log_of_the_session_is_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "context.jsonl"
    path.write_bytes(lines_of(*CONTEXT))
    file = SourceFile(lambda: path.open("rb"), path.name, path)
    (found,) = sessions_in(Kimi(), lines_of(*CONTEXT), "context.jsonl")
    assert found.shown() == [("user", "list all"), ("assistant", "Look:"), ("tool", "a.py")]
    assert len(list(Kimi().sessions(file))) == 1
    (tmp_path / "wire.jsonl").write_bytes(lines_of(*CLI))
    assert list(Kimi().sessions(file)) == []


@pytest.mark.parametrize("records", [CODE, CLI, CONTEXT])
def test_damaged_files_never_raise_anything_else(records: tuple[JsonObject, ...]) -> None:
    assert survive(Kimi(), lines_of(*records)) > 100


def test_its_folders_follow_their_environment_variables() -> None:
    places = Places(Path("/home/ada"), {"KIMI_SHARE_DIR": "/elsewhere"}, "linux")
    assert list(Kimi().folders(places)) == [
        Path("/elsewhere/sessions"), Path("/home/ada/.kimi-code/sessions"),
    ]  # fmt: skip


def test_the_real_session_is_read_as_it_is() -> None:
    (session,) = read_sessions(foreign_folder() / "kimi" / "agent-sessions-small.jsonl")
    assert [item["content"] for item in session["messages"]] == ["hi", "hi", "stop"]
