"""Threads of Zed's agent, in a database, and its text threads."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from hfs_server.errors import InvalidDocument
from hfs_server.importers import recognize
from hfs_server.importers.places import Places
from hfs_server.importers.zed import Zed
from hfs_server.sources import read_sessions
from tests.unit.importers.attached import with_text
from tests.unit.importers.files import file_with
from tests.unit.importers.mutations import survive
from tests.unit.importers.reading import Found, sessions_in
from tests.unit.importers.tool_databases import database, file_at, files_in, write_ahead

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

Json = dict[str, Any]
TABLE = """
CREATE TABLE threads (id TEXT PRIMARY KEY, summary TEXT NOT NULL, updated_at TEXT NOT NULL,
  data_type TEXT NOT NULL, data BLOB NOT NULL{});
"""
USE = {"id": "t1", "name": "read_file", "raw_input": "{}", "input": {"path": "a.py"}}
AGENT = {
    "content": [
        {"Thinking": {"text": "Hm", "signature": "x"}},
        {"RedactedThinking": "…"},
        {"Text": "Let me look."},
        {"ToolUse": USE},
    ],
    "tool_results": {
        "t1": {"tool_use_id": "t1", "tool_name": "read_file", "content": {"Text": "print()"}}
    },
}
MENTION = {"uri": {"File": {"abs_path": "/work/web/a.py"}}, "content": "print()"}
THREAD: Json = {
    "version": "0.3.0",
    "title": "Read it",
    "updated_at": "2026-04-18T13:00:00Z",
    "model": {"provider": "anthropic", "model": "claude-x"},
    "messages": [
        {"User": {"id": "u1", "content": [{"Text": "Read it"}, {"Mention": MENTION}]}},
        {"Agent": AGENT},
        "Resume",
        {"Agent": {"content": [{"Text": "Done"}], "tool_results": {}}},
    ],
    "initial_project_snapshot": {
        "timestamp": "2026-04-18T12:00:00Z",
        "worktree_snapshots": [
            {"worktree_path": "/work/web", "git_state": {"current_branch": "main"}}
        ],
    },
}
EXPECTED = [
    ("user", "Read it"),
    ("assistant", "Let me look."),
    ("tool", "print()"),
    ("assistant", "Done"),
]
OLDER: Json = {
    "version": "0.2.0",
    "summary": "Older",
    "updated_at": "2025-06-01T10:00:00Z",
    "messages": [
        {"id": 0, "role": "user", "segments": [{"type": "text", "text": "Q"}], "context": "C"},
        {
            "id": 1,
            "role": "assistant",
            "segments": [{"type": "thinking", "text": "Hm"}, {"type": "text", "text": "A"}],
            "tool_uses": [{"id": "t", "name": "grep", "input": {"q": 1}}],
            "tool_results": [{"tool_use_id": "t", "is_error": True, "content": "none"}],
        },
        {"id": 2, "role": "assistant", "text": "Oldest"},
    ],
}
TEXT_THREAD: Json = {
    "id": "x-1",
    "zed": "context",
    "version": "0.4.0",
    "text": "Was heißt das?\nNothing.\n",
    "messages": [
        {"id": {"value": 0}, "start": 0, "metadata": {"role": "user", "status": "Done"}},
        {"id": {"value": 1}, "start": 16, "metadata": {"role": "assistant", "status": "Done"}},
    ],
    "summary": "Meaning",
}


def read(value: Json) -> Found:
    (found,) = sessions_in(Zed(), json.dumps(value).encode(), "thread.json")
    return found


def store(folder: Path, *rows: tuple[Any, ...], more: str = "") -> Path:
    path = folder / "threads" / "threads.db"
    return database(path, TABLE.format(more), [("threads", row) for row in rows])


def row(name: str, thread: Json, *, is_compressed: bool = True) -> tuple[Any, ...]:
    data = json.dumps(thread).encode()
    kind = "zstd" if is_compressed else "json"
    return (
        name,
        "Summary",
        "2026-04-18T13:00:00Z",
        kind,
        zstd.compress(data) if is_compressed else data,
    )


@pytest.mark.parametrize("is_compressed", [True, False])
def test_threads_in_the_database_are_read(tmp_path: Path, is_compressed: bool) -> None:
    (found,) = read_sessions(store(tmp_path, row("a", THREAD, is_compressed=is_compressed)))
    messages, metadata = found["messages"], found["metadata"]
    assert [(item["role"], item["content"]) for item in messages] == EXPECTED
    assert (metadata["session_name"], metadata["session_id"]) == ("Read it", "zed:a")
    assert metadata["models"] == ["claude-x"]
    assert metadata["session_created_at"] == "2026-04-18T12:00:00Z"
    assert metadata["session_updated_at"] == "2026-04-18T13:00:00Z"
    assert metadata["working_directory"] == "/work/web"
    assert metadata["git"] == {"branch": "main"}
    assert messages[0]["attachments"] == [
        with_text("a.py", "text/x-python", "print()", uri="/work/web/a.py")
    ]
    assert messages[1]["thinking"] == "Hm"
    assert messages[1]["tool_calls"] == [
        {"id": "t1", "name": "read_file", "input": {"path": "a.py"}}
    ]
    assert (messages[2]["tool_call_id"], messages[2]["tool_name"]) == ("t1", "read_file")


def test_columns_of_newer_versions_are_read(tmp_path: Path) -> None:
    thread = {key: THREAD[key] for key in ("version", "title", "messages")}
    more = ", parent_id TEXT, folder_paths TEXT, created_at TEXT"
    new = (*row("a", thread), "p", "/work/web\n/work/api", "2026-04-18T11:00:00Z")
    (found,) = read_sessions(store(tmp_path, new, more=more))
    assert found["metadata"]["parent_session_id"] == "zed:p"
    assert found["metadata"]["working_directory"] == "/work/web"
    assert found["metadata"]["session_created_at"] == "2026-04-18T11:00:00Z"
    assert found["messages"][0]["synthetic"] is True


def test_a_damaged_thread_costs_only_itself(tmp_path: Path) -> None:
    torn = zstd.compress(json.dumps(THREAD).encode())[:40]
    rows = ("a", "S", "1", "zstd", torn), ("b", "S", "2", "json", "{no"), row("c", THREAD)
    (found,) = Zed().sessions(file_at(store(tmp_path, *rows)))
    list(found.batches())
    assert "damaged thread (2)" in found.warnings[0]


def test_the_original_of_a_thread_is_read_again(tmp_path: Path) -> None:
    (found,) = Zed().sessions(file_at(store(tmp_path, row("a", THREAD))))
    assert found.original
    (again,) = sessions_in(Zed(), found.original.open().read(), "a.json")
    assert again.shown() == EXPECTED
    assert again.facts["session_id"] == "zed:a"


def test_the_database_is_recognized_and_not_touched(tmp_path: Path) -> None:
    path = write_ahead(store(tmp_path, row("a", THREAD)))
    before = files_in(tmp_path)
    found = recognize(file_at(path))
    assert found
    assert found[1] == "zed: table threads"
    assert len(list(read_sessions(path))) == 1
    assert files_in(tmp_path) == before
    other = database(tmp_path / "x.db", "CREATE TABLE threads (id TEXT, title TEXT)")
    assert Zed().recognizes(file_at(other)) is None


def test_threads_of_older_versions_are_read() -> None:
    found = read(OLDER)
    assert found.name == "Older"
    assert found.shown() == [
        ("user", "Q"), ("user*", "C"), ("assistant", "A"), ("tool", "none"),
        ("assistant", "Oldest"),
    ]  # fmt: skip
    answer, result = found.messages[2:4]
    assert (answer["thinking"], result["tool_name"], result["is_error"]) == ("Hm", "grep", True)


RESULTS: list[tuple[Any, str]] = [
    ("text", "text"),
    ({"type": "text", "text": "t"}, "t"),
    ([{"Text": "a"}, {"Text": "b"}], "a\n\nb"),
    (None, '{"raw": 1}'),
]


@pytest.mark.parametrize(("content", "expected"), RESULTS)
def test_results_of_all_versions_are_read(content: Any, expected: str) -> None:
    result = {"tool_name": "f", "content": content, "output": {"raw": 1}}
    found = read({"messages": [{"Agent": {"content": [], "tool_results": {"t": result}}}]})
    assert found.messages[0]["content"] == expected


def test_images_are_attachments_and_unknown_contents_are_named() -> None:
    content = [{"Image": {"source": "cG5n", "size": None}}, {"Video": {}}]
    found = read({"messages": [{"User": {"content": content}}, {"New": {}}]})
    assert found.messages[0]["attachments"][0]["size"] == 3
    assert "Video (1), New (1)" in found.warnings[0]


OLDER_PLACES = {
    "messages": [{"id": 0, "start": 0}, {"id": 1, "start": 16}],
    "message_metadata": {"0": {"role": "user"}, "1": {"role": "assistant"}},
}


@pytest.mark.parametrize("places", [{}, OLDER_PLACES])
def test_a_text_thread_is_cut_at_its_places_in_bytes(places: Json) -> None:
    found = read({**TEXT_THREAD, **places})
    assert found.shown() == [("user", "Was heißt das?"), ("assistant", "Nothing.")]
    assert (found.name, found.facts["session_id"]) == ("Meaning", "zed:x-1")


@pytest.mark.parametrize(
    "content", ["", "{}", "[]", '{"messages": [{"role": "user", "content": ""}]}', '{"zed": 1}']
)
def test_other_files_are_not_recognized(content: str) -> None:
    assert Zed().recognizes(file_with(content.encode())) is None


def test_a_file_without_a_thread_is_rejected() -> None:
    with pytest.raises(InvalidDocument, match="messages are missing"):
        list(Zed().sessions(file_with(b"{}")))


@pytest.mark.parametrize("value", [THREAD, OLDER, TEXT_THREAD])
def test_damaged_threads_are_read_or_rejected(value: Json) -> None:
    assert survive(Zed(), json.dumps(value).encode()) > 100


def test_damaged_databases_are_read_or_rejected(tmp_path: Path) -> None:
    path = store(tmp_path, row("a", THREAD), row("b", OLDER))
    assert survive(Zed(), path.read_bytes(), "threads.db") > 10


def test_the_folders_are_those_of_each_system() -> None:
    home = Path("/home/ada")
    assert home / ".local/share/zed" in Zed().folders(Places(home, {}, "linux"))
    mac = {home / "Library/Application Support/Zed", home / ".config/zed"}
    assert mac <= {*Zed().folders(Places(home, {}, "darwin"))}
    assert Path("/local/Zed") in Zed().folders(Places(home, {"LOCALAPPDATA": "/local"}, "win32"))
