"""Sessions of Factory's Droid."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hfs_server.importers.content_blocks import blocks_of
from hfs_server.importers.droid import Droid
from hfs_server.importers.injected import split_injected
from hfs_server.importers.places import Places
from hfs_server.sources import read_sessions
from tests.unit.importers.mutations import survive
from tests.unit.importers.reading import Found, JsonObject, lines_of, sessions_in
from tests.unit.importers.truth import foreign_folder

HEADING = {
    "type": "session_start", "id": "s-1", "title": "Run it", "cwd": "/project", "version": "0.81.0",
}  # fmt: skip
TIME = "2025-12-26T23:50:00.000Z"


def said(role: str, content: Any, **more: Any) -> JsonObject:
    message = {"role": role, "content": content, **more}
    return {"type": "message", "id": "m1", "parentId": "x", "timestamp": TIME, "message": message}


CALL = {"type": "tool_use", "id": "t1", "name": "Execute", "input": {"command": "ls"}}
REMINDER = {"type": "text", "text": "<system-reminder>Today is Friday.</system-reminder>"}
SURE = {"type": "text", "text": "Sure."}
RESULT = {"type": "tool_result", "tool_use_id": "t1", "content": "a.py", "is_error": True}
LOG = (
    HEADING,
    said("user", [REMINDER, {"type": "text", "text": "run ls"}]),
    said("assistant", [{"type": "thinking", "thinking": "ok"}, SURE, CALL]),
    said("user", [RESULT]),
    {"type": "todo_state", "todos": {}},
    {"type": "compaction_state", "summaryText": "So far", "timestamp": TIME},
)  # fmt: skip


def read(*records: JsonObject) -> Found:
    (found,) = sessions_in(Droid(), lines_of(*records))
    return found


def test_prompts_replies_and_results_are_messages_and_reminders_are_synthetic() -> None:
    found = read(*LOG)
    assert found.shown() == [
        ("user*", REMINDER["text"]), ("user", "run ls"), ("assistant", "Sure."), ("tool", "a.py"),
        ("system*", "So far"),
    ]  # fmt: skip
    assert (found.name, found.facts["session_id"]) == ("Run it", "droid:s-1")
    assert found.facts["source"]["tool_version"] == "0.81.0"
    reply, result = found.messages[2:4]
    assert (reply["thinking"], reply["tool_calls"][0]["id"]) == ("ok", "t1")
    assert (result["tool_name"], result["is_error"]) == ("Execute", True)
    assert found.warnings == []


def test_the_prompt_of_a_subagent_is_synthetic() -> None:
    heading = {**HEADING, "callingSessionId": "s-0"}
    found = read(heading, said("user", "look around"))
    assert found.shown() == [("user*", "look around")]
    assert found.facts["parent_session_id"] == "droid:s-0"


def test_the_model_is_in_the_settings_beside_the_session(tmp_path: Path) -> None:
    (tmp_path / "s-1.jsonl").write_bytes(lines_of(*LOG))
    (tmp_path / "s-1.settings.json").write_text(json.dumps({"model": "glm-4.6"}), "utf-8")
    (session,) = read_sessions(tmp_path / "s-1.jsonl")
    assert session["metadata"]["models"] == ["glm-4.6"]
    (tmp_path / "s-1.settings.json").write_text("[5", "utf-8")
    (session,) = read_sessions(tmp_path / "s-1.jsonl")
    assert "models" not in session["metadata"]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("<ide_selection>a\n</ide_selection>\nhi", ("hi", "<ide_selection>a\n</ide_selection>")),
        ("hi\n\n<notification>a</notification>\n", ("hi", "<notification>a</notification>")),
        ("<system-reminder> never ends, hi", ("<system-reminder> never ends, hi", "")),
        ("<b>hi</b>", ("<b>hi</b>", "")),
        ("see </notification>", ("see </notification>", "")),
        ("a <notification>b</notification> c", ("a <notification>b</notification> c", "")),
    ],
)  # fmt: skip
def test_only_known_elements_around_a_prompt_are_taken_out(
    text: str, parts: tuple[str, str]
) -> None:
    assert split_injected(text) == parts
    assert split_injected(blocks_of(text)) == parts


def test_many_elements_take_no_quadratic_time() -> None:
    element = "<notification>a</notification>\n"
    assert split_injected("x" + element * 100_000)[0] == "x"
    assert split_injected(element * 100_000 + "x")[0] == "x"


def test_damaged_files_never_raise_anything_else() -> None:
    assert survive(Droid(), lines_of(*LOG)) > 100


def test_its_folder_is_in_the_home_folder() -> None:
    places = Places(Path("/home/ada"), {}, "win32")
    assert list(Droid().folders(places)) == [Path("/home/ada/.factory/sessions")]


def test_the_real_session_is_read_as_it_is() -> None:
    path = foreign_folder() / "droid" / "agent-sessions-session_store_small.jsonl"
    (session,) = read_sessions(path)
    assert [item["role"] for item in session["messages"]] == ["user", "assistant", "tool"]
    assert session["metadata"]["session_name"] == "Stage0 Droid Small"
