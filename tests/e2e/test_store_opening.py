"""Opening stores: by several servers, new ones, those of the terminal program, and other files."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from testing import stores
from testing.client import Client, Start
from testing.documents import document, text
from testing.programs import PATIENT
from testing.terminal import Terminal


def test_a_store_of_the_terminal_program_is_opened_as_it_is(
    terminal: Terminal, start: Start
) -> None:
    session = terminal.add_session("Old", "one")
    client = start(terminal.path)
    assert [found["id"] for found in client.request("hfs/listSessions")["sessions"]] == [session]
    assert terminal.list() == [(session, "Old", [("user", "one")])]


def test_a_store_without_write_ahead_log_gets_one(store_path: Path, start: Start) -> None:
    with Terminal(store_path, journal_mode="DELETE") as terminal:
        terminal.add_session("Old", "one")
    client = start(store_path)
    assert len(client.request("hfs/listSessions")["sessions"]) == 1
    assert stores.rows(store_path, "PRAGMA journal_mode") == [("wal",)]


def test_an_empty_file_becomes_a_store(store_path: Path, start: Start) -> None:
    store_path.parent.mkdir()
    store_path.touch()
    client = start(store_path)
    assert client.request("hfs/listSessions")["sessions"] == []
    assert {"sessions", "messages", "checkpoints"} <= set(stores.counts(store_path))


def nothing(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)


def empty_file(path: Path) -> None:
    nothing(path)
    path.touch()


def terminal_store(path: Path) -> None:
    Terminal(path).close()


def terminal_store_without_log(path: Path) -> None:
    Terminal(path, journal_mode="DELETE").close()


@pytest.mark.parametrize(
    "prepare", [nothing, empty_file, terminal_store, terminal_store_without_log]
)
def test_two_servers_open_a_store_at_the_same_instant(
    start: Start, store_path: Path, prepare: Callable[[Path], None]
) -> None:
    prepare(store_path)
    open_together([start(store_path, program=PATIENT) for _ in range(2)])


def test_eight_servers_open_new_stores_at_the_same_instant(
    launch: Start, tmp_path: Path, opened_stores: set[Path]
) -> None:
    store_path = tmp_path / "eight" / "sessions.db"
    opened_stores.add(store_path)
    clients = [launch(program=PATIENT) for _ in range(8)]
    for client in clients:
        client.initialize(databasePath=str(store_path))
    open_together(clients)


def open_together(clients: list[Client]) -> None:
    """Each server imports a session; all of them see all sessions."""
    contents = [text(document(f"Mine {number}")) for number in range(len(clients))]
    imports = [
        client.send("hfs/import", {"content": content})
        for client, content in zip(clients, contents, strict=True)
    ]
    lists = [client.send("hfs/listSessions") for client in clients]
    made = [
        client.result(request)["sessions"][0]["id"]
        for client, request in zip(clients, imports, strict=True)
    ]
    for client, request in zip(clients, lists, strict=True):
        client.result(request)
    assert len(set(made)) == len(clients)
    for client in clients:
        listed = client.request("hfs/listSessions")["sessions"]
        assert {found["id"] for found in listed} == set(made)
        assert {found["messageCount"] for found in listed} == {2}


def newer(path: Path) -> None:
    Terminal(path).close()
    with stores.opened(path) as connection:
        connection.execute("ALTER TABLE sessions ADD COLUMN hfs_of_a_later_version TEXT")
        connection.execute("PRAGMA user_version = 999")


def junk(path: Path) -> None:
    path.write_bytes(os.urandom(20_000))


def a_text(path: Path) -> None:
    path.write_text("My notes. " * 1000)


def other_program(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE bookmarks (url TEXT)")
        connection.execute("INSERT INTO bookmarks VALUES ('https://example.org')")
        connection.commit()


def other_program_s_sessions(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE sessions (token TEXT, expires INTEGER)")
        connection.execute("INSERT INTO sessions VALUES ('secret', 5)")
        connection.commit()


def truncated(path: Path) -> None:
    with Terminal(path) as terminal:
        for number in range(50):
            terminal.add_session(f"No {number}", "x" * 5000)
    path.write_bytes(path.read_bytes()[:20_000])


def overwritten_header(path: Path) -> None:
    terminal_store(path)
    path.write_bytes(b"\0" * 100 + path.read_bytes()[100:])


WORK = [
    ("hfs/listSessions", {}),
    ("hfs/import", {"content": text(document())}),
    ("hfs/export", {"sessionId": 1, "format": "json"}),
    ("workspace/textDocumentContent", {"uri": "hfs:/sessions/1.md"}),
]


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (newer, "storeTooNew"),
        (junk, "storeUnusable"),
        (a_text, "storeUnusable"),
        (other_program, "storeUnusable"),
        (other_program_s_sessions, "storeUnusable"),
        (truncated, "storeUnusable"),
        (overwritten_header, "storeUnusable"),
    ],
)
def test_a_file_that_is_not_a_store_is_rejected_and_left_as_it_is(
    start: Start,
    store_path: Path,
    opened_stores: set[Path],
    make: Callable[[Path], None],
    kind: str,
) -> None:
    store_path.parent.mkdir()
    make(store_path)
    before = store_path.read_bytes()
    client = start(store_path)
    opened_stores.discard(store_path)
    for method, params in WORK:
        error = client.refusal(method, params)
        assert (method, error.code, error.kind) == (method, -32803, kind)
        assert str(store_path) in error.message
    assert store_path.read_bytes() == before
    assert [path.name for path in store_path.parent.iterdir()] == [store_path.name]
    if kind == "storeTooNew":
        assert error.data["found"] == 999
        assert "pgrade hfs-server" in error.message
    # The server is well again as soon as the cause is gone.
    store_path.unlink()
    terminal_store(store_path)
    assert client.request("hfs/listSessions")["sessions"] == []


def test_a_folder_is_not_a_store(start: Start, store_path: Path) -> None:
    store_path.mkdir(parents=True)
    client = start(store_path)
    for method, params in WORK:
        assert client.refusal(method, params).kind == "storeUnusable"
    assert list(store_path.iterdir()) == []


def test_a_store_below_a_file_is_unusable(start: Start, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    client = start(tmp_path / "file" / "sessions.db")
    assert client.refusal("hfs/listSessions").kind == "storeUnusable"
    assert (tmp_path / "file").read_text() == "mine"


def test_a_store_that_is_moved_away_is_an_error_and_works_again_when_it_is_back(
    start: Start, store_path: Path, tmp_path: Path
) -> None:
    client = start(store_path)
    made = client.request("hfs/import", {"content": text(document())})["sessions"][0]
    away = tmp_path / "away"
    shutil.move(store_path.parent, away)
    for method, params in WORK:
        assert client.refusal(method, params).kind == "storeUnusable"
    assert not store_path.exists()
    shutil.move(away, store_path.parent)
    (found,) = client.request("hfs/listSessions")["sessions"]
    assert found["id"] == made["id"]


def test_a_store_that_is_replaced_is_opened_again(
    start: Start, store_path: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other" / "sessions.db"
    with Terminal(other) as terminal:
        terminal.add_session("Of the other store", "one")
    client = start(store_path)
    client.request("hfs/import", {"content": text(document())})
    shutil.rmtree(store_path.parent)
    shutil.move(other.parent, store_path.parent)
    (found,) = client.request("hfs/listSessions")["sessions"]
    assert found["name"] == "Of the other store"


def test_the_version_of_the_store_is_written_down(server: Client, store_path: Path) -> None:
    server.request("hfs/listSessions")
    assert stores.rows(store_path, "PRAGMA user_version")[0][0] >= 1
    columns = {
        table: [row[1] for row in stores.rows(store_path, f"PRAGMA table_info({table})")]
        for table in stores.TABLES
    }
    assert columns["sessions"][:4] == ["id", "name", "created_at", "updated_at"]
    assert columns["messages"][:5] == ["id", "session_id", "role", "content", "created_at"]
    assert columns["checkpoints"][:6] == [
        "id",
        "session_id",
        "message_index",
        "trigger_event",
        "state_json",
        "created_at",
    ]


def test_columns_that_are_added_to_the_store_are_null_or_have_a_default(
    server: Client, store_path: Path
) -> None:
    server.request("hfs/listSessions")
    ours = {"sessions": 4, "messages": 5, "checkpoints": 6}
    for table, theirs in ours.items():
        for row in stores.rows(store_path, f"PRAGMA table_info({table})")[theirs:]:
            _, name, _, is_required, default, is_key = row
            assert not is_key, name
            assert not is_required or default is not None, name
