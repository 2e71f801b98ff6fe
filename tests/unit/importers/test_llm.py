"""Sessions of llm: its database in three generations, and what "llm logs --json" writes."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from hfs_server.errors import HfsError
from hfs_server.importers.llm import Llm
from hfs_server.importers.places import Places
from hfs_server.sources import read_sessions
from tests.unit.importers.files import file_with
from tests.unit.importers.mutations import survive
from tests.unit.importers.reading import Found, JsonObject, sessions_in
from tests.unit.importers.tool_databases import database, file_at

OLDEST = """CREATE TABLE [log] ([provider] TEXT, [system] TEXT, [prompt] TEXT, [chat_id] TEXT,
  [response] TEXT, [model] TEXT, [timestamp] TEXT)"""
LOGS = """CREATE TABLE "logs" ([id] INTEGER PRIMARY KEY, [model] TEXT, [prompt] TEXT, [system] TEXT,
  [prompt_json] TEXT, [options_json] TEXT, [response] TEXT, [response_json] TEXT,
  [reply_to_id] INTEGER, [chat_id] INTEGER, [duration_ms] INTEGER, [datetime_utc] TEXT);
CREATE TABLE [log] ([prompt] TEXT, [response] TEXT)"""
RESPONSES = """
CREATE TABLE [_llm_migrations] ([name] TEXT PRIMARY KEY, [applied_at] TEXT);
CREATE TABLE [conversations] ([id] TEXT PRIMARY KEY, [name] TEXT, [model] TEXT);
CREATE TABLE [responses] ([id] TEXT PRIMARY KEY, [model] TEXT, [prompt] TEXT, [system] TEXT,
  [prompt_json] TEXT, [options_json] TEXT, [response] TEXT, [response_json] TEXT,
  [conversation_id] TEXT REFERENCES [conversations]([id]), [duration_ms] INTEGER,
  [datetime_utc] TEXT, [input_tokens] INTEGER, [output_tokens] INTEGER, [token_details] TEXT);
"""
EXTRAS = """
CREATE TABLE [attachments] ([id] TEXT PRIMARY KEY, [type] TEXT, [path] TEXT, [url] TEXT,
  [content] BLOB);
CREATE TABLE [prompt_attachments] ([response_id] TEXT, [attachment_id] TEXT, [order] INTEGER);
CREATE TABLE [fragments] ([id] INTEGER PRIMARY KEY, [hash] TEXT, [content] TEXT,
  [datetime_utc] TEXT, [source] TEXT);
CREATE TABLE [prompt_fragments] ([response_id] TEXT, [fragment_id] INTEGER, [order] INTEGER);
CREATE TABLE [system_fragments] ([response_id] TEXT, [fragment_id] INTEGER, [order] INTEGER);
CREATE TABLE [tool_calls] ([id] INTEGER PRIMARY KEY, [response_id] TEXT, [tool_id] INTEGER,
  [name] TEXT, [arguments] TEXT, [tool_call_id] TEXT);
CREATE TABLE [tool_results] ([id] INTEGER PRIMARY KEY, [response_id] TEXT, [tool_id] INTEGER,
  [name] TEXT, [output] TEXT, [tool_call_id] TEXT, [exception] TEXT);
"""
FIRST, SECOND = "2025-06-01T10:00:00.123456+00:00", "2025-06-01T10:00:05+00:00"
DETAILS = json.dumps({
    "prompt_tokens_details": {"cached_tokens": 4},
    "completion_tokens_details": {"reasoning_tokens": 2},
})  # fmt: skip
ROWS = [
    ("conversations", ("c2", "List files", "gpt-5")),
    ("conversations", ("c1", "Hello", "gpt-5")),
    ("responses", (
        "r2", "gpt-5", "", "Be brief.", None, None, "One file.", None, "c2", 9, SECOND, 20, 3, None,
    )),
    ("responses", (
        "r1", "gpt-5", "list all", "Be brief.", None, None, "", None, "c2", 9, FIRST,
        10, 5, DETAILS,
    )),
    ("responses", ("r3", "m", "hi", None, None, None, "Hello!", None, "c1", 9, SECOND, 1, 1, None)),
]  # fmt: skip
MORE = [
    ("attachments", ("a1", "image/png", None, None, b"png")),
    ("prompt_attachments", ("r1", "a1", 0)),
    ("fragments", (1, "h", "text of a", FIRST, "a.txt")),
    ("prompt_fragments", ("r1", 1, 0)),
    ("tool_calls", (1, "r1", 1, "ls", '{"path": "."}', "t1")),
    ("tool_results", (1, "r2", 1, "ls", "a.py", "t1", None)),
]


def newest(folder: Path) -> Path:
    return database(folder / "logs.db", RESPONSES + EXTRAS, [*ROWS, *MORE])


def found_in(path: Path) -> list[Found]:
    return sessions_in(Llm(), path.read_bytes(), "logs.db")


def test_each_conversation_is_a_session_in_the_order_of_its_responses(tmp_path: Path) -> None:
    first, second = found_in(newest(tmp_path))
    assert first.shown() == [
        ("system*", "Be brief."), ("user", "list all"), ("assistant", ""), ("tool", "a.py"),
        ("assistant", "One file."),
    ]  # fmt: skip
    assert (first.name, first.facts["session_id"]) == ("List files", "llm:c2")
    assert second.shown() == [("user", "hi"), ("assistant", "Hello!")]
    assert second.facts["models"] == ["m"]


def test_a_reply_has_its_calls_and_its_usage_and_a_prompt_its_files(tmp_path: Path) -> None:
    prompt, reply, result = found_in(newest(tmp_path))[0].messages[1:4]
    assert [(file["name"], file["size"]) for file in prompt["attachments"]] == [
        ("a.txt", 9), ("image", 3),
    ]  # fmt: skip
    assert reply["tool_calls"] == [{"id": "t1", "name": "ls", "input": {"path": "."}}]
    assert reply["usage"] == {
        "input_tokens": 6, "output_tokens": 5, "cache_read_tokens": 4, "reasoning_tokens": 2,
    }  # fmt: skip
    assert (result["tool_call_id"], result["tool_name"]) == ("t1", "ls")
    assert prompt["created_at"] == "2025-06-01T10:00:00.123456Z"


def test_the_files_of_a_result_are_its_attachments(tmp_path: Path) -> None:
    script = "CREATE TABLE tool_results_attachments (tool_result_id, attachment_id, [order]);"
    rows = [*ROWS, *MORE, ("tool_results_attachments", (1, "a1", 0))]
    path = database(tmp_path / "logs.db", RESPONSES + EXTRAS + script, rows)
    result = found_in(path)[0].messages[3]
    assert [(file["name"], file["size"]) for file in result["attachments"]] == [("image", 3)]


def test_a_database_without_the_newer_tables_is_read(tmp_path: Path) -> None:
    found = found_in(database(tmp_path / "logs.db", RESPONSES, ROWS))
    assert [len(each.messages) for each in found] == [3, 2]


def test_the_first_generation_is_read(tmp_path: Path) -> None:
    rows = [
        ("log", ("OpenAI", "Be brief.", "hi", None, "Hello!", "gpt-4", "2023-06-17 05:04:20")),
        ("log", ("OpenAI", None, "other", None, "Yes", "gpt-4", "2023-06-17 05:05:20")),
        ("log", ("OpenAI", None, "more", "1", "More.", "gpt-4", "2023-06-17 05:06:20")),
    ]
    first, second = found_in(database(tmp_path / "logs.db", OLDEST, rows))
    assert first.shown() == [
        ("system*", "Be brief."), ("user", "hi"), ("assistant", "Hello!"), ("user", "more"),
        ("assistant", "More."),
    ]  # fmt: skip
    assert first.created_at == "2023-06-17T05:04:20Z"
    assert first.facts["session_id"] != second.facts["session_id"]


def test_the_generation_between_them_is_read_and_its_chats_are_grouped(tmp_path: Path) -> None:
    rows = [
        ("logs", (1, "gpt-4", "hi", None, None, None, "Hello!", None, None, None, 9, FIRST)),
        ("logs", (2, "gpt-4", "more", None, None, None, "More.", None, 1, 1, 9, SECOND)),
    ]
    (found,) = found_in(database(tmp_path / "logs.db", LOGS, rows))
    assert [text for _, text in found.shown()] == ["hi", "Hello!", "more", "More."]


def rows_as_json() -> list[JsonObject]:
    """What "llm logs --json" writes, of two conversations that alternate."""
    plain = {"system": None, "prompt_json": None, "model": "gpt-5", "datetime_utc": FIRST}
    calls = [{"name": "ls", "arguments": {"path": "."}, "tool_call_id": "t1"}]
    return [
        {
            "id": "r1", **plain, "prompt": "list all", "response": "", "conversation_id": "c2",
            "conversation_name": "List files", "tool_calls": calls, "attachments": [],
        },
        {"id": "r3", **plain, "prompt": "hi", "response": "Hello!", "conversation_id": "c1"},
        {
            "id": "r2", **plain, "prompt": "", "response": "One file.", "conversation_id": "c2",
            "datetime_utc": SECOND, "tool_results": [{"output": "a.py", "tool_call_id": "t1"}],
        },
    ]  # fmt: skip


def test_what_llm_logs_writes_is_read_by_conversation() -> None:
    content = json.dumps(rows_as_json(), indent=2).encode()
    first, second = sessions_in(Llm(), content, "logs.json")
    assert [role for role, _ in first.shown()] == ["user", "assistant", "tool", "assistant"]
    assert (first.name, second.shown()[0]) == ("List files", ("user", "hi"))


def check_originals(path: Path) -> None:
    """Fails if the original of a session is not read as the session was."""
    for session, document in zip(Llm().sessions(file_at(path)), read_sessions(path), strict=True):
        list(session.batches())
        assert session.original
        (again,) = sessions_in(Llm(), session.original.open().read(), session.original.name)
        assert again.messages == document["messages"]
        assert again.facts["session_id"] == document["metadata"]["session_id"]


def test_the_original_of_a_session_is_its_rows_and_is_read_again(tmp_path: Path) -> None:
    check_originals(newest(tmp_path))


@pytest.mark.parametrize(
    "script",
    [
        "CREATE TABLE log (message TEXT)",
        "CREATE TABLE responses (id TEXT); CREATE TABLE conversations (id TEXT)",
    ],
)
def test_other_databases_are_not_taken_for_one(tmp_path: Path, script: str) -> None:
    assert Llm().recognizes(file_at(database(tmp_path / "logs.db", script))) is None


def test_a_heavily_damaged_database_is_read_or_refused(tmp_path: Path) -> None:
    content = newest(tmp_path).read_bytes()
    chance = random.Random(11)
    refused = 0
    for _ in range(200):
        damaged = bytearray(content)
        for _ in range(chance.randrange(1, 20)):
            damaged[chance.randrange(100, len(content))] = chance.randrange(256)
        file = file_with(bytes(damaged), "logs.db")
        Llm().recognizes(file)
        try:
            for session in Llm().sessions(file):
                list(session.batches())
        except HfsError:
            refused += 1
    assert 0 < refused < 200


def test_damaged_lists_never_raise_anything_else() -> None:
    assert survive(Llm(), json.dumps(rows_as_json()).encode()) > 100


def test_its_folder_follows_its_environment_variable() -> None:
    places = Places(Path("/home/ada"), {"LLM_USER_PATH": "/elsewhere"}, "linux")
    assert list(Llm().folders(places)) == [Path("/elsewhere")]
    assert list(Llm().folders(Places(Path("/home/ada"), {}, "darwin"))) == [
        Path("/home/ada/Library/Application Support/io.datasette.llm")
    ]
