"""Sessions in the database of opencode."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from hfs_server.errors import InvalidDocument
from hfs_server.importers import recognize
from hfs_server.importers.opencode import OpenCode
from hfs_server.importers.opencode.layouts import MESSAGES_OF_SESSION, PARTS_OF_SESSION
from hfs_server.session import JsonObject
from hfs_server.sources import read_sessions
from tests.unit.importers.mutations import survive
from tests.unit.importers.test_opencode import EXPECTED, MESSAGES, TIME, document_of
from tests.unit.importers.tool_databases import (
    OPENCODE,
    SESSION_MESSAGE,
    database,
    file_at,
    files_in,
    write_ahead,
)

Rows = list[tuple[str, tuple[Any, ...]]]


def session(name: str, parent: str | None = None) -> tuple[str, tuple[Any, ...]]:
    row = (name, "p", parent, "slug", "/work/web", f"Title of {name}", "1.3.7", TIME, TIME + 60_000)
    return "session", row


def rows_of(name: str) -> Rows:
    """The rows of a session with two messages."""
    rows = []
    for item in MESSAGES:
        info: JsonObject = dict(item["info"])
        del info["sessionID"]
        created = info["time"]["created"]
        message = f"{name}_{info.pop('id')}"
        rows.append(("message", (message, name, created, created, json.dumps(info))))
        for number, part in enumerate(item["parts"]):
            own = {key: value for key, value in part.items() if not key.endswith(("ID", "id"))}
            own |= {"callID": part["callID"]} if "callID" in part else {}
            key = f"{message}_{number}"
            rows.append(("part", (key, message, name, created, created, json.dumps(own))))
    return rows


def opencode(folder: Path, rows: Rows, script: str = OPENCODE) -> Path:
    return database(folder / "opencode.db", script, rows)


def without_ids(messages: list[JsonObject]) -> list[JsonObject]:
    return [{key: item[key] for key in item if key != "source_id"} for item in messages]


def test_each_session_with_messages_is_read(tmp_path: Path) -> None:
    rows = [session("ses_1"), session("ses_2", "ses_1"), session("ses_3")]
    path = opencode(tmp_path, [*rows, *rows_of("ses_1"), *rows_of("ses_2")])
    first, second = read_sessions(path)
    assert without_ids(first["messages"]) == without_ids(EXPECTED)
    assert first["metadata"]["session_name"] == "Title of ses_1"
    assert first["metadata"]["session_created_at"] == "2025-10-09T08:53:20Z"
    assert first["metadata"]["working_directory"] == "/work/web"
    assert first["metadata"]["source"]["tool_version"] == "1.3.7"
    assert second["metadata"]["parent_session_id"] == "opencode:ses_1"
    assert second["messages"][0]["synthetic"] is True
    assert OpenCode().session_count(file_at(path)) == 2


def test_the_original_of_a_session_is_its_rows_and_is_read_again(tmp_path: Path) -> None:
    rows = [session("ses_1"), session("ses_2")]
    path = opencode(tmp_path, [*rows, *rows_of("ses_1"), *rows_of("ses_2")])
    found = list(OpenCode().sessions(file_at(path)))
    assert found[0].original
    assert found[0].original.name == "ses_1.json"
    text = found[0].original.open().read().decode()
    assert "ses_2" not in text
    again = document_of(json.loads(text), tmp_path)
    assert without_ids(again["messages"]) == without_ids(EXPECTED)
    assert again["metadata"]["session_id"] == "opencode:ses_1"


def test_a_database_that_is_open_elsewhere_or_not_is_not_touched(tmp_path: Path) -> None:
    path = write_ahead(opencode(tmp_path, [session("ses_1"), *rows_of("ses_1")]))
    before = files_in(tmp_path)
    assert len(list(read_sessions(path))) == 1
    # To count would take a copy.
    assert OpenCode().session_count(file_at(path)) is None
    assert files_in(tmp_path) == before


def test_damaged_rows_cost_only_themselves(tmp_path: Path) -> None:
    rows = rows_of("ses_1")
    rows[2] = ("part", (*rows[2][1][:-1], "{no json"))
    path = opencode(tmp_path, [session("ses_1"), *rows])
    (found,) = OpenCode().sessions(file_at(path))
    (batch,) = found.batches()
    assert len(list(batch.messages)) == len(EXPECTED) - 1
    assert "damaged row (1)" in found.warnings[0]


NEXT: list[tuple[str, JsonObject]] = [
    ("agent-switched", {"agent": "build"}),
    ("user", {"text": "Fix it", "files": [{"uri": "file:///a.txt", "mime": "text/plain"}]}),
    ("synthetic", {"text": "Context", "sessionID": "ses_1"}),
    ("assistant", {
        "agent": "build", "model": {"id": "gpt-5", "providerID": "openai"}, "cost": 0.5,
        "content": [
            {"type": "reasoning", "id": "r", "text": "Hm"},
            {"type": "text", "id": "t", "text": "Done"},
            {"type": "tool", "id": "c", "name": "read", "state": {
                "status": "completed", "input": {"a": 1},
                "content": [{"type": "text", "text": "result"}],
            }, "time": {"created": TIME, "completed": TIME + 1000}},
        ],
    }),
    ("shell", {"callID": "s", "command": "ls", "output": "a", "time": {"created": TIME}}),
    ("compaction", {"reason": "auto", "summary": "All done", "recent": ""}),
    ("novelty", {}),
]  # fmt: skip


def test_the_table_of_the_next_version_is_read_where_the_other_one_is_empty(
    tmp_path: Path,
) -> None:
    rows = [
        ("session_message", (f"msg_{number}", "ses_1", kind, TIME + number, TIME, json.dumps(data)))
        for number, (kind, data) in enumerate(NEXT)
    ]
    path = opencode(tmp_path, [session("ses_1"), *rows], OPENCODE + SESSION_MESSAGE)
    (found,) = OpenCode().sessions(file_at(path))
    (batch,) = found.batches()
    prompt, context, reply, result, shell, output, summary = batch.messages
    assert (prompt["content"], prompt["attachments"][0]["uri"]) == ("Fix it", "file:///a.txt")
    assert (context["content"], context["synthetic"]) == ("Context", True)
    assert (reply["content"], reply["thinking"], reply["model"]) == ("Done", "Hm", "openai/gpt-5")
    assert (result["content"], result["tool_call_id"]) == ("result", "c")
    assert shell["tool_calls"][0]["input"] == {"command": "ls"}
    assert output["content"] == "a"
    assert (summary["content"], summary["synthetic"]) == ("All done", True)
    assert "novelty (1)" in found.warnings[0]
    assert OpenCode().session_count(file_at(path)) == 1


def test_the_rows_of_a_session_are_found_without_reading_those_of_others(tmp_path: Path) -> None:
    path = opencode(tmp_path, [])
    connection = sqlite3.connect(path)
    for sql in (MESSAGES_OF_SESSION.format(table="message"), PARTS_OF_SESSION):
        plan = " ".join(row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", ("x",)))
        assert "SCAN" not in plan
    connection.close()


def test_a_database_that_lacks_a_table_says_what_to_do(tmp_path: Path) -> None:
    path = database(tmp_path / "x.db", "CREATE TABLE session (id)")
    with pytest.raises(InvalidDocument, match=r"lacks tables.*opencode export"):
        list(OpenCode().sessions(file_at(path)))


def test_a_database_with_other_columns_says_so(tmp_path: Path) -> None:
    script = "CREATE TABLE session (id); CREATE TABLE message (id); CREATE TABLE part (id)"
    path = database(tmp_path / "x.db", script)
    with pytest.raises(InvalidDocument, match="another version of its tool"):
        list(OpenCode().sessions(file_at(path)))


def test_a_database_is_recognized_by_its_tables(tmp_path: Path) -> None:
    found = recognize(file_at(write_ahead(opencode(tmp_path, []))))
    assert found
    assert found[1] == "opencode: tables session and message"
    other = database(
        tmp_path / "store.db", "CREATE TABLE sessions (id); CREATE TABLE messages (id)"
    )
    assert recognize(file_at(other)) is None


def test_every_damaged_database_is_read_or_refused(tmp_path: Path) -> None:
    path = opencode(tmp_path, [session("ses_1"), *rows_of("ses_1")])
    assert survive(OpenCode(), path.read_bytes(), "opencode.db") > 10
