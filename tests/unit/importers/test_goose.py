"""Sessions of Goose: its database, its older logs, and its exports."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from hfs_server.errors import InvalidDocument
from hfs_server.importers import recognize
from hfs_server.importers.goose import Goose
from hfs_server.importers.places import Places
from hfs_server.sources import read_sessions
from tests.unit.importers.files import file_with
from tests.unit.importers.mutations import survive
from tests.unit.importers.reading import Found, lines_of, sessions_in
from tests.unit.importers.tool_databases import database, file_at, files_in, write_ahead

Json = dict[str, Any]
TIME = 1_700_000_000
HEAD = {"working_dir": "/work/web", "description": "Fix the test", "message_count": 4}
TABLES = """
CREATE TABLE sessions (id TEXT PRIMARY KEY, name TEXT, description TEXT, working_dir TEXT NOT NULL,
  created_at TIMESTAMP, updated_at TIMESTAMP, model_config_json TEXT, parent_session_id TEXT);
CREATE TABLE messages (id INTEGER PRIMARY KEY AUTOINCREMENT, message_id TEXT,
  session_id TEXT NOT NULL, role TEXT NOT NULL, content_json TEXT NOT NULL,
  created_timestamp INTEGER NOT NULL, metadata_json TEXT);
"""


def said(role: str, *content: Json, **keys: Any) -> Json:
    return {"id": "m", "role": role, "created": TIME, "content": [*content], **keys}


def text(content: str) -> Json:
    return {"type": "text", "text": content}


VALUE = {"name": "developer__shell", "arguments": {"command": "ls"}}
REQUEST = {"type": "toolRequest", "id": "t1", "toolCall": {"status": "success", "value": VALUE}}
SHOWN = {"type": "text", "text": "for the user", "annotations": {"audience": ["user"]}}
RESPONSE = {
    "type": "toolResponse",
    "id": "t1",
    "toolResult": {"status": "success", "value": [text("a.py"), SHOWN]},
}
THINKING = {"type": "thinking", "thinking": "Hm", "signature": "x"}
MESSAGES = [
    said("user", text("List it")),
    said("assistant", THINKING, text("Sure"), REQUEST),
    said("user", RESPONSE),
    said("assistant", text("Done")),
]
EXPECTED = [("user", "List it"), ("assistant", "Sure"), ("tool", "a.py"), ("assistant", "Done")]


def log(*messages: Json) -> Found:
    (found,) = sessions_in(Goose(), lines_of(HEAD, *messages), "20250801_120000.jsonl")
    return found


def test_a_log_is_read_with_its_first_line() -> None:
    found = log(*MESSAGES)
    assert found.shown() == EXPECTED
    assert (found.name, found.facts["session_id"]) == ("Fix the test", "goose:20250801_120000")
    assert found.facts["working_directory"] == "/work/web"
    assert found.created_at == "2023-11-14T22:13:20Z"
    _, answer, result, _ = found.messages
    assert answer["thinking"] == "Hm"
    assert answer["tool_calls"] == [
        {"id": "t1", "name": "developer__shell", "input": {"command": "ls"}}
    ]
    assert (result["tool_call_id"], result["tool_name"]) == ("t1", "developer__shell")


def test_a_log_whose_first_line_is_lost_is_read() -> None:
    (found,) = sessions_in(Goose(), lines_of(*MESSAGES) + b'{"torn', "a.jsonl")
    assert found.shown() == EXPECTED
    assert found.warnings == ["Line 5 is not a JSON object and was skipped."]


RESULTS: list[tuple[Json, str, bool]] = [
    ({"value": {"content": [text("x")], "isError": True}}, "x", True),
    ({"value": {"content": [text("x")], "isError": False}}, "x", False),
    ({"status": "error", "error": "No such file"}, "No such file", True),
    ({"value": [{"type": "resource", "resource": {"text": "r"}}]}, "r", False),
    ({"value": 5}, "", False),
]


@pytest.mark.parametrize(("result", "content", "failed"), RESULTS)
def test_results_of_all_versions_are_read(result: Json, content: str, failed: bool) -> None:
    found = log(said("user", {**RESPONSE, "toolResult": result})).messages[0]
    assert (found["content"], found.get("is_error", False)) == (content, failed)


def test_hidden_messages_and_notes_are_synthetic_and_unknown_types_are_named() -> None:
    image = {"type": "image", "data": "cG5n", "mimeType": "image/png"}
    found = log(
        said("user", text("Summary"), metadata={"userVisible": False}),
        said("user", image),
        said("assistant", {"type": "systemNotification", "msg": "Compacted"}, {"type": "new"}),
        said("robot"),
    )
    assert found.shown() == [("user*", "Summary"), ("user", ""), ("system*", "Compacted")]
    assert found.messages[1]["attachments"][0]["size"] == 3
    assert "new (1), role robot (1)" in found.warnings[0]


def rows_of(session: str, *messages: Json) -> list[tuple[str, tuple[Any, ...]]]:
    return [
        ("messages", (None, each["id"], session, each["role"], json.dumps(each["content"]), TIME,
                      json.dumps(each.get("metadata", {}))))
        for each in messages
    ]  # fmt: skip


def store(folder: Path) -> Path:
    config = json.dumps({"model_name": "gpt-x"})
    when = ("2026-04-18 12:34:56", "2026-04-18 13:00:00")
    return database(folder / "sessions.db", TABLES, [
        ("sessions", ("s1", "Named", "", "/work/web", *when, config, None)),
        ("sessions", ("s2", "", "Sub", "/work/web", *when, None, "s1")),
        ("sessions", ("s3", "Empty", "", "/work/web", *when, None, None)),
        *rows_of("s1", *MESSAGES), *rows_of("s2", *MESSAGES[:1]),
        ("messages", (None, "m", "s1", "user", "{no json", TIME, None)),
    ])  # fmt: skip


def test_each_session_with_messages_in_the_database_is_read(tmp_path: Path) -> None:
    first, second = read_sessions(store(tmp_path))
    assert [(item["role"], item["content"]) for item in first["messages"]] == EXPECTED
    metadata = first["metadata"]
    assert (metadata["session_name"], metadata["session_id"]) == ("Named", "goose:s1")
    assert metadata["session_created_at"] == "2026-04-18T12:34:56Z"
    assert metadata["models"] == ["gpt-x"]
    assert second["metadata"]["parent_session_id"] == "goose:s1"
    assert second["messages"][0]["synthetic"] is True


def test_damaged_rows_are_counted_and_the_original_is_read_again(tmp_path: Path) -> None:
    first, _ = Goose().sessions(file_at(store(tmp_path)))
    list(first.batches())
    assert "damaged row (1)" in first.warnings[0]
    assert first.original
    assert first.original.name == "s1.json"
    (again,) = sessions_in(Goose(), first.original.open().read(), "s1.json")
    assert again.shown() == EXPECTED
    assert (again.name, again.facts["session_id"]) == ("Named", "goose:s1")


def test_the_database_is_recognized_and_not_touched(tmp_path: Path) -> None:
    path = write_ahead(store(tmp_path))
    before = files_in(tmp_path)
    found = recognize(file_at(path))
    assert found
    assert found[1] == "goose: tables sessions and messages"
    assert len(list(read_sessions(path))) == 2
    assert files_in(tmp_path) == before


def test_messages_are_found_without_reading_those_of_others(tmp_path: Path) -> None:
    connection = sqlite3.connect(store(tmp_path))
    connection.execute("CREATE INDEX idx_messages_session ON messages(session_id)")
    plan = connection.execute(
        "EXPLAIN QUERY PLAN SELECT * FROM messages WHERE session_id = ? ORDER BY id", ("x",)
    )
    assert "SCAN" not in " ".join(row[3] for row in plan)
    connection.close()


def test_databases_of_others_are_not_recognized(tmp_path: Path) -> None:
    other = "CREATE TABLE sessions (id); CREATE TABLE messages (id)"
    assert Goose().recognizes(file_at(database(tmp_path / "x.db", other))) is None


@pytest.mark.parametrize(
    "content",
    ["", "{}", "[]", '{"role": "user", "content": []}', '{"working_dir": "/a"}',
     '{"role": "user", "created": 1, "content": [{"type": "tool_use"}]}'],
)  # fmt: skip
def test_other_files_are_not_recognized(content: str) -> None:
    assert Goose().recognizes(file_with(content.encode())) is None


def test_a_file_without_a_session_is_rejected() -> None:
    with pytest.raises(InvalidDocument):
        list(Goose().sessions(file_with(b"")))


def test_damaged_logs_and_exports_are_read_or_rejected() -> None:
    assert survive(Goose(), lines_of(HEAD, *MESSAGES), "a.jsonl") > 300
    export = {"id": "s", **HEAD, "conversation": MESSAGES[1:3], "created_at": "2026-04-18 12:34:56"}
    assert survive(Goose(), json.dumps(export).encode(), "a.json") > 300


def test_damaged_databases_are_read_or_rejected(tmp_path: Path) -> None:
    assert survive(Goose(), store(tmp_path).read_bytes(), "sessions.db") > 10


def test_the_folders_are_those_of_each_system() -> None:
    home = Path("/home/ada")
    linux, windows = Goose().folders(Places(home, {"APPDATA": "/roaming"}, "linux"))
    assert linux == home / ".local" / "share" / "goose" / "sessions"
    assert windows == Path("/roaming/Block/goose/data/sessions")
    places = Places(home, {"GOOSE_PATH_ROOT": "/elsewhere"}, "linux")
    assert list(Goose().folders(places)) == [Path("/elsewhere/data/sessions")]
