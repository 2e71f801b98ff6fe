"""Sessions of opencode, from all its layouts."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from hfs_server.errors import InvalidDocument
from hfs_server.importers.opencode import OpenCode
from hfs_server.importers.places import Places
from hfs_server.session import JsonObject
from hfs_server.sources import read_sessions
from tests.unit.importers.attached import beside
from tests.unit.importers.files import file_with
from tests.unit.importers.mutations import survive

TIME = 1_760_000_000_000
PNG = base64.b64encode(b"picture").decode()


def info(role: str, number: int, **keys: Any) -> JsonObject:
    return {
        "id": f"msg_{number}", "sessionID": "ses_1", "role": role,
        "time": {"created": TIME + number * 1000}, **keys,
    }  # fmt: skip


def part(kind: str, **keys: Any) -> JsonObject:
    return {"id": "prt_1", "sessionID": "ses_1", "messageID": "msg_1", "type": kind, **keys}


SESSION = {
    "id": "ses_1", "projectID": "p", "directory": "/work/web", "title": "Fix it",
    "version": "1.2.5", "time": {"created": TIME, "updated": TIME + 60_000},
}  # fmt: skip
REPLY = info(
    "assistant", 2, providerID="openai", modelID="gpt-5", agent="build", cost=0.25,
    tokens={"input": 10, "output": 2, "reasoning": 1, "cache": {"read": 3, "write": 4}},
)  # fmt: skip
CALL = part(
    "tool", tool="bash", callID="call_1",
    state={
        "status": "completed", "input": {"command": "ls"}, "output": "a\nb",
        "time": {"start": TIME + 3000, "end": TIME + 4000},
    },
)  # fmt: skip
PROMPT = [part("text", text="Fix it, please"), part("text", text="Called Read", synthetic=True)]
ANSWER = [
    part("step-start"), part("reasoning", text="Hm"), part("text", text="One"), CALL,
    part("text", text="Two"), part("step-finish"), part("novelty"),
]  # fmt: skip
MESSAGES = [
    {"info": info("user", 1, agent="build"), "parts": PROMPT},
    {"info": REPLY, "parts": ANSWER},
]


def export(*messages: JsonObject, **keys: Any) -> JsonObject:
    return {"info": {**SESSION, **keys}, "messages": list(messages or MESSAGES)}


def document_of(value: object, tmp_path: Path) -> JsonObject:
    path = tmp_path / "export.json"
    path.write_text(json.dumps(value), "utf-8")
    (found,) = read_sessions(path)
    return found


def messages_of(tmp_path: Path, *pairs: JsonObject, **keys: Any) -> list[JsonObject]:
    found: list[JsonObject] = document_of(export(*pairs, **keys), tmp_path)["messages"]
    return found


EXPECTED = [
    {
        "role": "user", "content": "Fix it, please", "created_at": "2025-10-09T08:53:21Z",
        "agent": "build", "source_id": "msg_1",
    },
    {
        "role": "user", "content": "Called Read", "created_at": "2025-10-09T08:53:21Z",
        "agent": "build", "source_id": "msg_1", "synthetic": True,
    },
    {
        "role": "assistant", "content": "One\n\nTwo", "created_at": "2025-10-09T08:53:22Z",
        "agent": "build", "source_id": "msg_2", "model": "openai/gpt-5", "thinking": "Hm",
        "tool_calls": [{"id": "call_1", "name": "bash", "input": {"command": "ls"}}],
        "usage": {
            "input_tokens": 10, "output_tokens": 2, "reasoning_tokens": 1,
            "cache_read_tokens": 3, "cache_write_tokens": 4, "cost_usd": 0.25,
        },
    },
    {
        "role": "tool", "content": "a\nb", "created_at": "2025-10-09T08:53:24Z",
        "tool_call_id": "call_1", "tool_name": "bash",
    },
]  # fmt: skip


def test_an_export_is_read_with_all_that_it_says(tmp_path: Path) -> None:
    found = document_of(export(), tmp_path)
    assert found["messages"] == EXPECTED
    metadata = found["metadata"]
    assert metadata["session_name"] == "Fix it"
    assert metadata["session_id"] == "opencode:ses_1"
    assert metadata["working_directory"] == "/work/web"
    assert metadata["models"] == ["openai/gpt-5"]
    assert metadata["source"]["tool_version"] == "1.2.5"
    assert metadata["session_created_at"] == "2025-10-09T08:53:20Z"


def test_part_types_that_are_not_known_are_counted() -> None:
    (session,) = OpenCode().sessions(file_with(json.dumps(export()).encode()))
    list(session.batches())
    assert session.warnings == [
        "1 record of an unknown type is kept only in the original: novelty (1)."
    ]


def test_the_prompts_of_a_subagent_were_typed_by_nobody(tmp_path: Path) -> None:
    found = document_of(export(parentID="ses_0"), tmp_path)
    assert found["messages"][0]["synthetic"] is True
    assert found["metadata"]["parent_session_id"] == "opencode:ses_0"


def test_ignored_text_and_compaction_are_no_talk(tmp_path: Path) -> None:
    first, second = messages_of(
        tmp_path,
        {
            "info": info("user", 1),
            "parts": [part("compaction"), part("text", text="A", ignored=True)],
        },
        {"info": info("assistant", 2, summary=True), "parts": [part("text", text="Summary")]},
    )
    assert (first["content"], first["synthetic"]) == ("A", True)
    assert (second["content"], second["synthetic"]) == ("Summary", True)


def test_a_command_that_runs_as_a_subtask_is_a_prompt(tmp_path: Path) -> None:
    subtask = part("subtask", command="review", prompt="Review all", agent="x", description="y")
    typed, hidden = messages_of(tmp_path, {"info": info("user", 1), "parts": [subtask]})
    assert typed["content"] == "/review"
    assert (hidden["content"], hidden["synthetic"]) == ("Review all", True)


def test_files_become_attachments(tmp_path: Path) -> None:
    image = part("file", mime="image/png", filename="a.png", url=f"data:image/png;base64,{PNG}")
    other = part("file", mime="text/plain", filename="b.txt", url="file:///work/b.txt")
    (found,) = messages_of(tmp_path, {"info": info("user", 1), "parts": [image, other]})
    inside, outside = found["attachments"]
    assert (inside["name"], inside["size"], inside["data"]) == ("a.png", 7, PNG)
    assert outside == beside("b.txt", "text/plain", "file:///work/b.txt")


@pytest.mark.parametrize("status", ["pending", "running"])
def test_a_call_that_never_ended_has_no_result(tmp_path: Path, status: str) -> None:
    call = {**CALL, "state": {"status": status, "input": {}}}
    (found,) = messages_of(tmp_path, {"info": REPLY, "parts": [call]})
    assert found["tool_calls"][0]["id"] == "call_1"


def test_failures_of_tools_and_of_replies_are_kept(tmp_path: Path) -> None:
    call = {**CALL, "state": {"status": "error", "input": {}, "error": "No such file"}}
    error = {"name": "APIError", "data": {"message": "Overloaded"}}
    _, result, failure = messages_of(tmp_path, {"info": {**REPLY, "error": error}, "parts": [call]})
    assert (result["content"], result["is_error"]) == ("No such file", True)
    assert (failure["role"], failure["content"]) == ("system", "APIError: Overloaded")
    assert failure["synthetic"] is True


FIRST_VERSION = {
    "id": "msg_1", "role": "assistant",
    "parts": [
        {"type": "text", "text": "One"},
        {"type": "tool-invocation", "toolInvocation": {
            "state": "result", "toolCallId": "c", "toolName": "read", "args": {"a": 1},
            "result": "text",
        }},
    ],
    "metadata": {
        "time": {"created": TIME}, "tool": {"c": {"time": {"end": TIME + 1000}}},
        "assistant": {"modelID": "m", "providerID": "p", "cost": 1, "tokens": {"input": 1}},
    },
}  # fmt: skip


def test_messages_of_the_first_version_are_read(tmp_path: Path) -> None:
    reply, result = messages_of(tmp_path, FIRST_VERSION)
    assert (reply["content"], reply["model"]) == ("One", "p/m")
    assert reply["tool_calls"] == [{"id": "c", "name": "read", "input": {"a": 1}}]
    assert (result["content"], result["created_at"]) == ("text", "2025-10-09T08:53:21Z")


def test_the_messages_of_a_session_are_read_from_a_list_too(tmp_path: Path) -> None:
    found = document_of(MESSAGES, tmp_path)
    assert found["messages"] == EXPECTED
    assert found["metadata"]["session_id"] == "opencode:ses_1"
    assert found["metadata"]["session_name"] == "Fix it, please"


def test_an_export_that_is_cut_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    text = json.dumps(export())
    (session,) = OpenCode().sessions(file_with(text[: text.index("Two") + 1].encode()))
    (batch,) = session.batches()
    assert [item["role"] for item in batch.messages] == ["user", "user", "assistant", "tool"]
    assert "ends too early" in session.warnings[0]


def test_a_file_that_is_no_session_is_refused() -> None:
    with pytest.raises(InvalidDocument, match="info and messages are missing"):
        list(OpenCode().sessions(file_with(b'{"a": 1}')))
    with pytest.raises(InvalidDocument, match="not valid JSON"):
        list(OpenCode().sessions(file_with(b'{"a": ]')))


def test_every_damaged_export_is_read_or_refused() -> None:
    assert survive(OpenCode(), json.dumps(export()).encode()) > 100
    assert survive(OpenCode(), json.dumps(export(FIRST_VERSION)).encode()) > 100


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
def test_the_folder_is_below_home_on_every_system(tmp_path: Path, platform: str) -> None:
    places = Places(tmp_path, {}, platform)
    assert list(OpenCode().folders(places)) == [tmp_path / ".local" / "share" / "opencode"]
    told = Places(tmp_path, {"OPENCODE_DATA_DIR": str(tmp_path / "x")}, platform)
    assert list(OpenCode().folders(told)) == [tmp_path / "x"]
