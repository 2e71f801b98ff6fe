"""Sessions of Cursor's agent in the terminal: databases and transcripts."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from hfs_server.importers import recognize
from hfs_server.importers.cursor import Cursor
from hfs_server.importers.cursor.text import typed_and_injected
from hfs_server.session import JsonObject
from hfs_server.sources import read_sessions
from tests.unit.importers.files import file_with
from tests.unit.importers.mutations import survive
from tests.unit.importers.tool_databases import STORE, database, file_at

TIME = 1_760_000_000_000
SESSION = "a1b2c3d4-e5f6-7890-abcd-ef1234567890"
MESSAGES: list[JsonObject] = [
    {"role": "system", "content": "You are an agent."},
    {"role": "user", "content": "<user_info>OS: x</user_info>"},
    {"role": "user", "content": [{"type": "text", "text": "<user_query>Fix it</user_query>"}]},
    {"role": "assistant", "content": [
        {"type": "reasoning", "text": "Hm"}, {"type": "redacted-reasoning", "data": "x"},
        {"type": "text", "text": "I look."},
        {"type": "tool-call", "toolCallId": "c", "toolName": "Shell", "args": {"command": "ls"}},
    ]},
    {"role": "tool", "content": [
        {"type": "tool-result", "toolCallId": "c", "toolName": "Shell", "result": "a.py"},
        {"type": "novelty"},
    ]},
]  # fmt: skip
EXPECTED = [
    {"role": "system", "content": "You are an agent.", "created_at": None, "synthetic": True},
    {"role": "user", "content": "<user_info>OS: x</user_info>", "created_at": None,
     "synthetic": True},
    {"role": "user", "content": "Fix it", "created_at": None},
    {"role": "assistant", "content": "I look.", "created_at": None, "thinking": "Hm",
     "tool_calls": [{"id": "c", "name": "Shell", "input": {"command": "ls"}}]},
    {"role": "tool", "content": "a.py", "created_at": None, "tool_call_id": "c",
     "tool_name": "Shell"},
]  # fmt: skip


def field(number: int, payload: bytes) -> bytes:
    size = len(payload)
    varint = bytes([size]) if size < 128 else bytes([size & 127 | 128, size >> 7])
    return bytes([number << 3 | 2]) + varint + payload


def store(
    folder: Path, messages: list[JsonObject] = MESSAGES, has_root: bool = True, **keys: object
) -> Path:
    """The database of an agent's session."""
    blobs = [json.dumps(item).encode() for item in messages]
    ids = [hashlib.sha256(blob).digest() for blob in blobs]
    root = b"".join(field(1, blob) for blob in ids)
    root += bytes([2 << 3, 5]) + field(
        4, json.dumps({"role": "assistant", "content": "…"}).encode()
    )
    root += field(9, b"file:///work/my%20web")
    meta = {
        "agentId": SESSION, "latestRootBlobId": "ff" * 32, "name": "Fix all", "createdAt": TIME,
        "lastUsedModel": "gpt-5", **keys,
    }  # fmt: skip
    rows = [("blobs", (key.hex(), blob)) for key, blob in zip(ids, blobs, strict=True)]
    rows = [*rows, ("blobs", ("ff" * 32, root))] if has_root else rows
    value = json.dumps(meta).encode().hex()
    return database(folder / "store.db", STORE, [*rows, ("meta", ("0", value))])


def test_the_database_of_a_session_is_read_in_the_order_of_its_root(tmp_path: Path) -> None:
    path = store(tmp_path)
    found = recognize(file_at(path))
    assert found
    assert found[1] == "cursor: tables blobs and meta"
    (document,) = read_sessions(path)
    assert document["messages"][:-1] == EXPECTED
    assert document["messages"][-1]["content"] == "…"
    metadata = document["metadata"]
    assert metadata["session_name"] == "Fix all"
    assert metadata["session_id"] == f"cursor:{SESSION}"
    assert metadata["working_directory"] == "/work/my web"
    assert metadata["models"] == ["gpt-5"]
    assert metadata["session_created_at"] == "2025-10-09T08:53:20Z"


def test_without_a_root_the_messages_are_read_in_the_order_of_writing(tmp_path: Path) -> None:
    (document,) = read_sessions(store(tmp_path, has_root=False))
    assert document["messages"] == EXPECTED


def test_a_blob_that_is_no_message_costs_only_itself(tmp_path: Path) -> None:
    path = store(tmp_path)
    database(path, "UPDATE blobs SET data = x'00ff' WHERE CAST(data AS TEXT) LIKE '%I look.%'")
    (session,) = Cursor().sessions(file_at(path))
    (batch,) = session.batches()
    assert len(list(batch.messages)) == len(EXPECTED)
    assert "blob (1)" in session.warnings[0]
    assert "novelty (1)" in session.warnings[0]


def test_the_original_of_a_database_is_its_messages_and_is_read_again(tmp_path: Path) -> None:
    (session,) = Cursor().sessions(file_at(store(tmp_path)))
    assert session.original
    path = tmp_path / "original.json"
    path.write_bytes(session.original.open().read())
    (document,) = read_sessions(path)
    assert document["messages"][:-1] == EXPECTED
    assert document["metadata"]["session_name"] == "Fix all"


def test_the_file_beside_a_database_and_its_parent_are_read(tmp_path: Path) -> None:
    about = {"title": "Beside", "cwd": "/work", "updatedAtMs": TIME + 1000}
    (tmp_path / "meta.json").write_text(json.dumps(about), "utf-8")
    path = store(tmp_path, name="", subagentInfo={"parentAgentId": "p"})
    (document,) = read_sessions(path)
    assert document["metadata"]["session_name"] == "Beside"
    assert document["metadata"]["parent_session_id"] == "cursor:p"
    assert document["metadata"]["session_updated_at"] == "2025-10-09T08:53:21Z"
    assert all(item.get("synthetic") for item in document["messages"] if item["role"] == "user")


LINES: list[JsonObject] = [
    {"role": "user", "message": {"content": [
        {"type": "text", "text": "<timestamp>Now</timestamp>\n<user_query>\nFix it\n</user_query>"},
    ]}},
    {"role": "assistant", "message": {"content": [
        {"type": "text", "text": "I look."},
        {"type": "tool_use", "name": "Shell", "input": {"command": "ls"}},
    ]}},
    {"type": "turn_ended", "status": "success"},
    {"role": "user", "message": {"content": "And this"}},
]  # fmt: skip


def jsonl(lines: list[JsonObject]) -> bytes:
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


def test_a_transcript_of_json_lines_is_read(tmp_path: Path) -> None:
    path = tmp_path / "agent-transcripts" / "parent" / "subagents" / f"{SESSION}.jsonl"
    path.parent.mkdir(parents=True)
    path.write_bytes(jsonl(LINES))
    (document,) = read_sessions(path)
    assert document["metadata"]["session_id"] == f"cursor:{SESSION}"
    assert document["metadata"]["parent_session_id"] == "cursor:parent"
    prompt, context, reply, other = document["messages"]
    assert (prompt["content"], context["content"]) == ("Fix it", "<timestamp>Now</timestamp>")
    assert prompt["synthetic"] is True
    assert reply["tool_calls"][0]["name"] == "Shell"
    assert other["content"] == "And this"


@pytest.mark.parametrize(
    "line",
    [
        {"role": "user", "content": "Hello"},
        {"type": "user", "role": "user", "message": {"content": "Hello"}},
        {"role": "user", "uuid": "1", "message": {"content": "Hello"}},
        {"role": "user", "message": "Hello"},
    ],
)
def test_lines_of_other_tools_are_not_recognized(line: JsonObject) -> None:
    assert Cursor().recognizes(file_with(jsonl([line]))) is None


TRANSCRIPT = """user:
<user_info>OS: x</user_info>
<user_query>
Fix it
assistants: none
</user_query>

assistant:
[Thinking] I must look.
Twice.

I look.
[Tool call] Read
  path: /a.py
  text: one
two: three
[Tool call] Shell
  command: ls

[Tool result] Read
1: text

assistant:
[Tool result] Shell
Done.
user:
Thanks
"""


def test_a_transcript_of_plain_text_is_read() -> None:
    file = file_with(TRANSCRIPT.replace("\n", "\r\n").encode(), f"{SESSION}.txt")
    found = recognize(file)
    assert found
    assert found[1] == "cursor: transcript of an agent"
    (session,) = Cursor().sessions(file)
    (batch,) = session.batches()
    prompt, context, reply, first, second, last = batch.messages
    assert prompt["content"] == "Fix it\nassistants: none"
    assert context["synthetic"] is True
    assert (reply["content"], reply["thinking"]) == ("I look.", "I must look.\nTwice.")
    assert reply["tool_calls"] == [
        {"id": "call-1", "name": "Read", "input": {"path": "/a.py", "text": "one\ntwo: three"}},
        {"id": "call-2", "name": "Shell", "input": {"command": "ls"}},
    ]
    assert (first["tool_call_id"], first["content"]) == ("call-1", "1: text")
    assert (second["tool_call_id"], second["content"]) == ("call-2", "Done.")
    assert last["content"] == "Thanks"
    assert session.header.facts["session_id"] == f"cursor:{SESSION}"


@pytest.mark.parametrize("text", ["user:\nHello\nassistant:\nHi\n", "user: <user_query>", ""])
def test_other_texts_are_not_recognized(text: str) -> None:
    assert recognize(file_with(text.encode(), "a.txt")) is None


@pytest.mark.parametrize("tag", ["<user_info>", "<user_query>x</user_query>", "</user_query>"])
def test_many_tags_take_no_more_time_than_text(tag: str) -> None:
    typed, injected = typed_and_injected(tag * 100_000)
    assert typed or injected


def test_every_damaged_session_is_read_or_refused(tmp_path: Path) -> None:
    assert survive(Cursor(), store(tmp_path).read_bytes(), "store.db") > 10
    assert survive(Cursor(), jsonl(LINES), "x.jsonl") > 10
    assert survive(Cursor(), TRANSCRIPT.encode(), "x.txt") > 10
    original = {"meta": {"agentId": "a"}, "folder": "file:///x", "messages": MESSAGES}
    assert survive(Cursor(), json.dumps(original).encode()) > 10
