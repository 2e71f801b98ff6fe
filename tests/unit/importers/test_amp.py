"""Threads of Amp."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hfs_server.errors import InvalidDocument
from hfs_server.importers.amp import Amp
from hfs_server.importers.places import Places
from tests.unit.importers.files import file_with
from tests.unit.importers.mutations import survive
from tests.unit.importers.reading import Found, JsonObject, sessions_in

CALL = {"type": "tool_use", "id": "t1", "name": "Bash", "input": {"cmd": "ls"}}

THINKING = {"type": "thinking", "thinking": "ok"}


def result(run: JsonObject) -> JsonObject:
    content = [{"type": "tool_result", "toolUseID": "t1", "run": run}]
    return {"role": "user", "messageId": 2, "content": content}


THREAD: JsonObject = {
    "v": 12,
    "id": "T-019b",
    "created": 1767865803494,
    "title": "List files",
    "messages": [
        {
            "role": "user", "messageId": 0, "content": [{"type": "text", "text": "run ls"}],
            "meta": {"sentAt": 1767865803500},
        },
        {
            "role": "assistant", "messageId": 1,
            "content": [THINKING, {"type": "text", "text": "Sure."}, CALL],
            "usage": {
                "model": "claude-opus-4-5", "inputTokens": 9, "outputTokens": 5,
                "cacheReadInputTokens": 3, "cacheCreationInputTokens": 2,
                "timestamp": "2026-01-08T09:50:05.000Z",
            },
        },
        result({"status": "done", "result": {"output": "a.py", "exitCode": 0}}),
        {"role": "info", "content": [{"type": "summary", "summary": {"summary": "So far"}}]},
    ],
    "env": {"initial": {
        "trees": [{
            "uri": "file:///home/ada/my%20project",
            "repository": {"url": "git@x:y.git", "ref": "refs/heads/main", "sha": "abc"},
        }],
        "platform": {"clientVersion": "0.0.17"},
    }},
}  # fmt: skip


def read(thread: Any = THREAD) -> Found:
    (found,) = sessions_in(Amp(), json.dumps(thread, indent=1).encode(), "T-019b.json")
    return found


def test_prompts_replies_and_results_are_messages() -> None:
    found = read()
    assert found.shown() == [
        ("user", "run ls"), ("assistant", "Sure."), ("tool", "a.py"), ("system*", "So far"),
    ]  # fmt: skip
    prompt, reply, returned = found.messages[:3]
    assert prompt["created_at"] == "2026-01-08T09:50:03.500000Z"
    assert (reply["model"], reply["thinking"]) == ("claude-opus-4-5", "ok")
    assert reply["usage"] == {
        "input_tokens": 9, "output_tokens": 5, "cache_read_tokens": 3, "cache_write_tokens": 2,
    }  # fmt: skip
    assert (returned["tool_call_id"], returned["tool_name"]) == ("t1", "Bash")


def test_the_thread_tells_its_title_folder_and_commit() -> None:
    found = read()
    assert (found.name, found.facts["session_id"]) == ("List files", "amp:T-019b")
    assert found.facts["working_directory"] == "/home/ada/my project"
    assert found.facts["git"] == {"branch": "main", "commit": "abc", "remote": "git@x:y.git"}
    assert found.facts["source"]["tool_version"] == "0.0.17"


@pytest.mark.parametrize(
    ("run", "content", "is_error"),
    [
        ({"status": "error", "error": {"message": "no such file"}}, "no such file", True),
        ({"status": "rejected-by-user", "reason": "no"}, "no", True),
        ({"status": "done", "result": [{"type": "text", "text": "x"}]}, "x", False),
        ({"status": "done", "result": "x"}, "x", False),
        ({"status": "done", "result": {"files": 3}}, '{"files": 3}', False),
    ],
)
def test_a_result_of_any_shape_is_text(run: JsonObject, content: str, is_error: bool) -> None:
    (found,) = read({**THREAD, "messages": [result(run)]}).messages
    assert (found["content"], found.get("is_error", False)) == (content, is_error)


def test_a_run_in_progress_has_no_result() -> None:
    assert read({**THREAD, "messages": [result({"status": "in-progress"})]}).messages == []


def test_a_subthread_has_its_parent() -> None:
    assert read({**THREAD, "mainThreadID": "T-0"}).facts["parent_session_id"] == "amp:T-0"


@pytest.mark.parametrize(
    ("uri", "folder"), [("file:///c:/code", "c:/code"), ("/plain", "/plain"), ("", None)]
)
def test_the_folder_is_a_path(uri: str, folder: str | None) -> None:
    found = read({**THREAD, "env": {"initial": {"trees": [{"uri": uri}]}}})
    assert found.facts.get("working_directory") == folder


def test_a_file_without_messages_is_rejected_in_a_sentence() -> None:
    file = file_with(b'{"id": "T-1", "messages": 5}')
    with pytest.raises(InvalidDocument, match="The file holds no thread of Amp"):
        [list(session.batches()) for session in Amp().sessions(file)]


def test_damaged_files_never_raise_anything_else() -> None:
    assert survive(Amp(), json.dumps(THREAD).encode()) > 100


def test_its_folder_is_that_for_data() -> None:
    places = Places(Path("/home/ada"), {"XDG_DATA_HOME": "/data"}, "linux")
    assert list(Amp().folders(places)) == [Path("/data/amp")]
