"""Sessions of Continue: a history of items around messages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hfs_server.errors import InvalidDocument
from hfs_server.importers.continue_dev import Continue
from hfs_server.importers.places import Places
from hfs_server.sources import read_sessions
from tests.unit.importers.attached import with_text
from tests.unit.importers.files import file_with
from tests.unit.importers.mutations import survive
from tests.unit.importers.reading import Found, sessions_in

Json = dict[str, Any]
FUNCTION = {"name": "read_file", "arguments": '{"filepath": "a.py"}'}
CALL = {"id": "c1", "type": "function", "function": FUNCTION}


def item(role: str, content: Any, around: Json | None = None, **keys: Any) -> Json:
    made = {"message": {"role": role, "content": content, **keys}, "contextItems": []}
    return {**made, **(around or {})}


def session(*history: Json, **keys: Any) -> Json:
    made = {"sessionId": "s-1", "title": "T", "workspaceDirectory": "file:///home/ada/my%20web"}
    return {**made, "history": [*history], **keys}


def read(*history: Json, **keys: Any) -> Found:
    content = json.dumps(session(*history, **keys)).encode()
    (found,) = sessions_in(Continue(), content, "s-1.json")
    return found


def test_a_session_has_its_id_title_and_folder() -> None:
    log = {"promptLogs": [{"modelTitle": "Sonnet"}]}
    usage = {"promptTokens": 9, "completionTokens": 3, "promptTokensDetails": {"cachedTokens": 4}}
    found = read(item("user", "Hi"), item("assistant", "Hello", log, usage=usage))
    assert (found.name, found.facts["session_id"]) == ("T", "continue:s-1")
    assert found.facts["working_directory"] == "/home/ada/my web"
    assert found.facts["models"] == ["Sonnet"]
    assert found.shown() == [("user", "Hi"), ("assistant", "Hello")]
    assert found.messages[1]["usage"] == {
        "input_tokens": 5, "output_tokens": 3, "cache_read_tokens": 4,
    }  # fmt: skip


STATE = {"toolCallId": "c1", "toolCall": CALL, "status": "done",
         "output": [{"name": "a.py", "content": "print()"}]}  # fmt: skip


@pytest.mark.parametrize("around", [{"toolCallStates": [STATE]}, {"toolCallState": STATE}])
def test_results_in_the_state_of_a_call_are_read(around: Json) -> None:
    found = read(item("assistant", "", around, toolCalls=[CALL]))
    answer, result = found.messages
    assert answer["tool_calls"] == [
        {"id": "c1", "name": "read_file", "input": {"filepath": "a.py"}}
    ]
    assert (result["content"], result["tool_name"]) == ("print()", "read_file")


def test_a_result_that_stands_twice_is_read_once() -> None:
    found = read(
        item("assistant", "", {"toolCallStates": [STATE]}, toolCalls=[CALL]),
        item("tool", "print()", toolCallId="c1"),
    )
    assert found.shown() == [("assistant", ""), ("tool", "print()")]


def test_a_call_that_failed_is_an_error() -> None:
    state = {**STATE, "status": "errored"}
    found = read(item("assistant", "", {"toolCallStates": [state]}))
    assert found.messages[0]["tool_calls"][0]["id"] == "c1"
    assert found.messages[1]["is_error"] is True


def test_thinking_belongs_to_the_answer_after_it() -> None:
    reasoning = {"reasoning": {"text": "And more", "endAt": 1_700_000_000_000}}
    found = read(item("thinking", "Hm"), item("assistant", "Yes", reasoning), item("thinking", "x"))
    first, second = found.messages
    assert (first["content"], first["thinking"]) == ("Yes", "Hm\n\nAnd more")
    assert first["created_at"] == "2023-11-14T22:13:20Z"
    assert (second["content"], second["thinking"]) == ("", "x")


def test_context_and_images_are_attachments_and_summaries_are_synthetic() -> None:
    uri = {"type": "file", "value": "file:///a.py"}
    context = [{"name": "a.py", "content": "print()", "uri": uri}, {}]
    image = {"type": "imageUrl", "imageUrl": {"url": "data:image/png;base64,cG5n"}}
    around = {"contextItems": context, "conversationSummary": "So far"}
    found = read(item("user", [{"type": "text", "text": "See"}, image], around))
    prompt, summary = found.messages
    picture, file = prompt["attachments"]
    assert picture["size"] == 3
    assert file == with_text("a.py", "text/x-python", "print()", uri="file:///a.py")
    assert (summary["content"], summary["synthetic"]) == ("So far", True)


def test_system_messages_are_synthetic_and_unknown_roles_are_named() -> None:
    found = read(item("system", "S"), item("robot", "x"), {})
    assert found.shown() == [("system*", "S")]
    assert "role robot (1)" in found.warnings[0]


@pytest.mark.parametrize(
    "content",
    ["{}", "[]", '[{"sessionId": "s", "title": "T", "dateCreated": "1"}]',
     '{"sessionId": "s", "history": []}', '{"sessionId": 5, "history": [{"message": {}}]}',
     '{"version": 4, "history": [{"messages": []}]}'],
)  # fmt: skip
def test_other_files_are_not_recognized(content: str) -> None:
    assert Continue().recognizes(file_with(content.encode())) is None


def test_a_file_without_history_is_rejected() -> None:
    with pytest.raises(InvalidDocument, match="history is missing"):
        list(Continue().sessions(file_with(b"{}")))


def test_damaged_files_are_read_or_rejected() -> None:
    value = session(
        item("user", "Hi", {"contextItems": [{"name": "a", "content": "x"}]}),
        item("assistant", "", {"toolCallStates": [STATE]}, toolCalls=[CALL]),
        item("thinking", "Hm"),
    )
    assert survive(Continue(), json.dumps(value).encode()) > 300


@pytest.mark.parametrize("created", ["1700000000000", 1_700_000_000_000, "2023-11-14T22:13:20Z"])
def test_the_time_is_that_of_the_list_of_sessions(tmp_path: Path, created: Any) -> None:
    path = tmp_path / "s-1.json"
    path.write_text(json.dumps(session(item("user", "Hi"))))
    (found,) = read_sessions(path)
    assert found["metadata"].get("session_created_at") is None
    listed = [{"sessionId": "other"}, {"sessionId": "s-1", "dateCreated": created}]
    (tmp_path / "sessions.json").write_text(json.dumps(listed))
    (found,) = read_sessions(path)
    assert found["metadata"]["session_created_at"] == "2023-11-14T22:13:20Z"


@pytest.mark.parametrize(
    ("place", "folder"), [("file:///c%3A/web", "c:/web"), ("/home/ada", "/home/ada")]
)
def test_the_folder_may_be_a_uri(place: str, folder: str) -> None:
    assert read(workspaceDirectory=place).facts["working_directory"] == folder


def test_the_folder_is_the_same_on_every_system() -> None:
    home = Path("/home/ada")
    assert list(Continue().folders(Places(home, {}, "linux"))) == [home / ".continue" / "sessions"]
    places = Places(home, {"CONTINUE_GLOBAL_DIR": "/elsewhere"}, "darwin")
    assert list(Continue().folders(places)) == [Path("/elsewhere/sessions")]
