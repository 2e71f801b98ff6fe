"""What a log is recognized by, and what it says of its session."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hfs_server.importers import identify
from hfs_server.importers.claude_code import ClaudeCode
from hfs_server.importers.places import Places
from hfs_server.importers.source_file import SourceFile
from tests.unit.importers.claude_code.logs import (
    SESSION,
    Read,
    assistant,
    lines,
    read,
    record,
    text,
    user,
)
from tests.unit.importers.files import file_with

OTHERS: list[Any] = [
    {"type": "user", "sessionId": "x", "cwd": "/", "message": {"role": "user", "parts": []}},
    {"type": "message", "message": {"role": "user", "content": "x"}},
    {"type": "user", "message": "x", "sessionId": "x"},
    {"type": "response_item", "payload": {"type": "message"}},
    {"type": "user.message", "data": {"content": "x"}},
    {"role": "user", "message": {"content": [text("x")]}},
    {"type": ["user"], "message": {"content": "x"}, "cwd": "/"},
    {"type": "summary", "summary": "x"},
]
OWN: list[Any] = [
    {"type": "user", "message": {"content": "x"}, "cwd": "/"},
    {"type": "summary", "summary": "x", "leafUuid": "y"},
    {"type": "file-history-snapshot", "messageId": "x", "snapshot": {}},
    {"type": "queue-operation", "operation": "enqueue", "sessionId": "x"},
    {"type": "permission-mode", "permissionMode": "default", "sessionId": "x"},
    record("system", subtype="session_start"),
    record("attachment", attachment={}),
    {"loglines": []},
]


@pytest.mark.parametrize("first", OWN)
def test_a_log_is_recognized_by_its_records(first: Any) -> None:
    assert ClaudeCode().recognizes(file_with(lines(first), "any.txt"))


def test_records_that_prove_nothing_may_stand_first() -> None:
    assert ClaudeCode().recognizes(file_with(lines({"type": "mode"}, {"x": 1}, user("Fix it"))))


@pytest.mark.parametrize("first", OTHERS)
def test_the_log_of_another_tool_is_not_recognized(first: Any) -> None:
    assert ClaudeCode().recognizes(file_with(lines(first))) is None


def test_a_list_of_records_is_not_a_log() -> None:
    assert ClaudeCode().recognizes(file_with(json.dumps([user("Fix it")]).encode())) is None


def test_a_first_line_longer_than_the_head_is_recognized() -> None:
    assert ClaudeCode().recognizes(file_with(lines(user("x" * 200_000))))


def test_the_evidence_says_what_was_found() -> None:
    _, evidence = identify(file_with(lines(user("Fix it"))))
    assert evidence == "claude-code: user with isSidechain"


def test_facts_of_the_session_are_in_its_metadata(tmp_path: Path) -> None:
    path = tmp_path / f"{SESSION}.jsonl"
    path.write_bytes(lines(user("Fix it"), user("Go on", gitBranch="fix", version="2.1.208")))
    header = Read(SourceFile(lambda: path.open("rb"), path.name, path)).header
    assert header.facts == {
        "session_id": f"claude-code:{SESSION}",
        "source": {
            "tool": "claude-code",
            "tool_version": "2.1.208",
            "session_id": SESSION,
            "location": str(path),
        },
        "working_directory": "/home/ada/web",
        "git": {"branch": "fix"},
    }


def test_the_times_of_a_session_are_those_of_its_messages() -> None:
    late = user("Go on", timestamp="2026-02-01T12:00:00.500Z")
    early = user("Fix it", timestamp="2026-02-01T11:00:00.500Z")
    header = read(late, early, user("No time", timestamp="yesterday")).header
    assert header.created_at == "2026-02-01T11:00:00.500000Z"
    assert header.updated_at == "2026-02-01T12:00:00.500000Z"


def test_the_id_of_a_session_is_its_file_name_if_that_is_one() -> None:
    continued = [user("Fix it", sessionId="earlier"), user("Go on", sessionId="later")]
    assert read(*continued).header.facts["source"]["session_id"] == "later"
    named = read(*continued, name=f"{SESSION}.jsonl").header
    assert named.facts["source"]["session_id"] == SESSION


def test_a_forked_session_names_its_parent() -> None:
    forked = read(user("Fix it", forkedFrom={"sessionId": "parent", "messageUuid": "x"}))
    assert forked.header.facts["parent_session_id"] == "claude-code:parent"
    own = read(user("Fix it", forkedFrom={"sessionId": SESSION}))
    assert "parent_session_id" not in own.header.facts


TITLES = [
    ([{"type": "summary", "summary": "Old", "leafUuid": "last"}], "Old"),
    ([{"type": "summary", "summary": "Another session", "leafUuid": "elsewhere"}], "Fix it"),
    ([{"type": "summary", "summary": "A", "leafUuid": "last"},
      {"type": "summary", "summary": "B", "leafUuid": "last"}], "B"),
    ([{"type": "ai-title", "aiTitle": "Draft"}, {"type": "ai-title", "aiTitle": "Guess"},
      {"type": "summary", "summary": "Old", "leafUuid": "last"}], "Guess"),
    ([{"type": "custom-title", "customTitle": "Mine"}, {"type": "ai-title", "aiTitle": "Guess"}],
     "Mine"),
    ([{"type": "ai-title", "aiTitle": "Guess"}, {"type": "custom-title", "customTitle": " "}],
     "Guess"),
    ([{"type": "custom-title", "customTitle": 5}, {"type": "ai-title"}], "Fix it"),
]  # fmt: skip


@pytest.mark.parametrize(("titles", "expected"), TITLES)
def test_the_title_is_what_the_program_stored(titles: list[Any], expected: str) -> None:
    said = [user("Fix it"), assistant(text("Done"), uuid="last")]
    assert read(*titles, *said).header.name == expected
    assert read(*said, *titles).header.name == expected


def test_the_folders_follow_the_environment(tmp_path: Path) -> None:
    importer = ClaudeCode()
    assert importer.folders(Places(tmp_path, {}, "linux")) == (
        tmp_path / ".claude" / "projects",
        tmp_path / ".config" / "claude" / "projects",
    )
    own = {"CLAUDE_CONFIG_DIR": str(tmp_path / "x")}
    assert importer.folders(Places(tmp_path, own, "linux"))[0] == tmp_path / "x" / "projects"
