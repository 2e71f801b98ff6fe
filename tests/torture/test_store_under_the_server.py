"""What happens to the store while the server has it: moved, deleted, replaced, locked, spoilt."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from testing import stores
from testing.client import Client, Refused, Start
from testing.command_line import hfs
from testing.programs import RESTING, changed
from testing.store_checks import check_store, isolated_rows
from testing.terminal import Terminal
from testing.waiting import PATIENCE_SECONDS
from testing.whole_sessions import (
    LARGE_MESSAGES,
    check_all_whole,
    name_of,
    whole_document,
    write_whole,
)


def content(tag: str, count: int = 5) -> str:
    return json.dumps(whole_document(tag, count))


def with_beside(path: Path) -> list[Path]:
    return [path.with_name(path.name + end) for end in ("", "-wal", "-shm")]


def delete(path: Path, _: Path) -> None:
    for file in with_beside(path):
        file.unlink(missing_ok=True)


def delete_alone(path: Path, _: Path) -> None:
    path.unlink()


def move(path: Path, elsewhere: Path) -> None:
    for file in with_beside(path):
        if file.exists():
            shutil.move(file, elsewhere / file.name)


def rename_folder(path: Path, elsewhere: Path) -> None:
    path.parent.rename(elsewhere / "renamed")


def replace(path: Path, elsewhere: Path) -> None:
    other = elsewhere / "sessions.db"
    Terminal(other).close()
    for file in with_beside(path)[1:]:
        file.unlink(missing_ok=True)
    other.replace(path)


def make_anew(path: Path, elsewhere: Path) -> None:
    delete(path, elsewhere)
    Terminal(path).close()


DEEDS = [delete, delete_alone, move, rename_folder, replace, make_anew]


@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize("percentage", [20, 86])
def test_an_import_whose_store_goes_away_meanwhile_is_not_acknowledged(
    tmp_path: Path,
    start: Start,
    store_path: Path,
    large_file: Path,
    deed: Callable[[Path, Path], None],
    percentage: int,
) -> None:
    """Were it, the conversation would be lost: a deleted file takes every write."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    client = start(program=RESTING, environment={"GO_ON": str(tmp_path / "go on")})
    client.request("hfs/listSessions")
    params = {"uri": large_file.as_uri(), "workDoneToken": "t"}
    request = client.send("hfs/import", params)
    client.wait_for_progress("t", percentage)
    deed(store_path, elsewhere)
    (tmp_path / "go on").touch()
    try:
        client.result(request)
    except Refused as refused:
        if refused.kind not in ("storeUnusable", "storeBusy"):
            raise
        return
    assert store_path.exists(), "acknowledged, but there is no store"
    assert name_of("large", LARGE_MESSAGES) in check_all_whole(store_path)


# A log of the old store beside a new one keeps SQLite itself from opening it: not ours to mend.
@pytest.mark.parametrize("deed", [deed for deed in DEEDS if deed is not delete_alone])
def test_a_store_that_is_moved_away_and_back_loses_nothing(
    tmp_path: Path, start: Start, store_path: Path, deed: Callable[[Path, Path], None]
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    client = start()
    client.request("hfs/import", {"content": content("first")})
    deed(store_path, elsewhere)
    if deed not in (replace, make_anew):
        for method, params in [
            ("hfs/listSessions", {}),
            ("hfs/import", {"content": content("no")}),
        ]:
            assert client.refusal(method, params).kind == "storeUnusable"
    if not store_path.parent.exists():
        store_path.parent.mkdir()
    # The terminal program begins a new store, and dies without closing it.
    writer = subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(store_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert writer.stdin is not None
        assert writer.stdout is not None
        assert writer.stdout.readline() == "10\n"
        client.request("hfs/listSessions")
        client.request("hfs/import", {"content": content("second")})
        writer.stdin.write("\n")
        writer.stdin.flush()
        assert writer.stdout.readline() == "20\n"
    finally:
        writer.kill()
        writer.communicate(timeout=PATIENCE_SECONDS)
    assert isolated_rows(store_path, "SELECT count(*) FROM messages WHERE role = 'w'") == [(20,)]
    assert name_of("second", 5) in check_store(store_path)


_WRITER = """
import sqlite3, sys
store = sqlite3.connect(sys.argv[1], timeout=120)
store.execute("PRAGMA journal_mode = WAL")
for table in (
    "sessions (id INTEGER NOT NULL, name VARCHAR(255) NOT NULL, created_at DATETIME NOT NULL,"
    " updated_at DATETIME, PRIMARY KEY (id))",
    "messages (id INTEGER NOT NULL, session_id INTEGER NOT NULL, role VARCHAR(50) NOT NULL,"
    " content TEXT NOT NULL, created_at DATETIME NOT NULL, PRIMARY KEY (id))",
    "checkpoints (id INTEGER NOT NULL, session_id INTEGER NOT NULL, message_index INTEGER NOT"
    " NULL, trigger_event VARCHAR(100) NOT NULL, state_json TEXT NOT NULL,"
    " created_at DATETIME NOT NULL, PRIMARY KEY (id))",
):
    store.execute(f"CREATE TABLE IF NOT EXISTS {table}")
for count in (10, 20):
    for _ in range(10):
        with store:
            store.execute("INSERT INTO messages (session_id, role, content, created_at)"
                " VALUES (1, 'w', 'x', '2026-01-01 00:00:00.000000')")
    print(count, flush=True)
    sys.stdin.readline()
"""

POISON = {
    "a session with the last id": "INSERT INTO sessions (id, name, created_at)"
    " VALUES (9223372036854775807, 'x', '2026-01-01 00:00:00')",
    "a message of the last session": "INSERT INTO messages (session_id, role, content, created_at)"
    " VALUES (9223372036854775807, 'user', 'x', '2026-01-01 00:00:00')",
    "a message of a session that is text": "INSERT INTO messages (session_id, role, content,"
    " created_at) VALUES ('abc', 'user', 'x', '2026-01-01 00:00:00')",
    "a message of a session that is a blob": "INSERT INTO messages (session_id, role, content,"
    " created_at) VALUES (x'ff00', 'user', 'x', '2026-01-01 00:00:00')",
    "a message of a session that is a number": "INSERT INTO messages (session_id, role, content,"
    " created_at) VALUES (1e300, 'user', 'x', '2026-01-01 00:00:00')",
    "a checkpoint of a session that is text": "INSERT INTO checkpoints (session_id, message_index,"
    " trigger_event, state_json, created_at) VALUES ('abc', 0, 't', '{}', '2026-01-01 00:00:00')",
    "a message with the last id": "INSERT INTO messages (id, session_id, role, content, created_at)"
    " VALUES (9223372036854775807, 1, 'user', 'x', '2026-01-01 00:00:00')",
    "a checkpoint with the last id": "INSERT INTO checkpoints (id, session_id, message_index,"
    " trigger_event, state_json, created_at)"
    " VALUES (9223372036854775807, 1, 0, 't', '{}', '2026-01-01 00:00:00')",
    "a session with a negative id": "INSERT INTO sessions (id, name, created_at)"
    " VALUES (-5, 'x', '2026-01-01 00:00:00')",
}


@pytest.mark.parametrize("poison", [pytest.param(sql, id=what) for what, sql in POISON.items()])
def test_rows_of_other_programs_break_no_import(
    start: Start, store_path: Path, poison: str
) -> None:
    client = start()
    client.request("hfs/listSessions")
    with stores.opened(store_path) as connection:
        connection.execute(poison)
    for tag in ("one", "two"):
        try:
            (made,) = client.request("hfs/import", {"content": content(tag, 30)})["sessions"]
        except Refused as refused:
            # No room for a further id may be told; it may not be a bug.
            if refused.code != -32803:
                raise
            return
        exported = client.request(
            "workspace/textDocumentContent", {"uri": f"hfs:/sessions/{made['id']}.json"}
        )
        said = json.loads(exported["text"])["messages"]
        assert [part["content"].split()[1] for part in said] == [str(n) for n in range(30)]
    check_store(store_path)


@pytest.mark.parametrize("patience", [600, 1])
def test_a_locked_store_is_read_and_waited_for_and_usable_afterwards(
    start: Start, store_path: Path, patience: int
) -> None:
    """The server waits ten seconds; here so long that it gets its turn, or that it gives up."""
    busy = f"connections.BUSY_SECONDS = {patience}"
    client = start(program=changed("from hfs_server.store.sqlite import connections", busy))
    client.request("hfs/import", {"content": content("before")})
    with stores.held(store_path):
        request = client.send("hfs/import", {"content": content("while")})
        for _ in range(20):
            assert client.request("hfs/listSessions")["sessions"]
        if patience == 1:
            assert client.refusal_of(request).kind == "storeBusy"
    if patience > 1:
        client.result(request)
    client.request("hfs/import", {"content": content("after")})
    assert len(check_store(store_path)) == (3 if patience > 1 else 2)


def test_an_immutable_store_is_read_and_imports_are_rejected(
    start: Start, store_path: Path, home: Path
) -> None:
    file = write_whole(home / "one.json", "one", 3)
    assert hfs(home, "--database", store_path, "import", file).returncode == 0
    chattr = shutil.which("chattr")
    if chattr is None or subprocess.run([chattr, "+i", store_path], check=False).returncode:
        pytest.skip("NO IMMUTABLE STORE TESTED: chattr +i is not possible here")
    before = store_path.read_bytes()
    try:
        client = start()
        (found,) = client.request("hfs/listSessions")["sessions"]
        params = {"sessionId": found["id"], "format": "json"}
        assert client.request("hfs/export", params)["messageCount"] == 3
        assert client.refusal("hfs/import", {"content": content("no")}).kind == "storeUnusable"
        assert [file.name for file in store_path.parent.iterdir()] == [store_path.name]
    finally:
        subprocess.run([chattr, "-i", store_path], check=True)
    # Not before: SQLite's locks would be lost with the file that is closed here.
    assert not store_path.with_name(f"{store_path.name}-wal").exists()
    assert store_path.read_bytes() == before
    client.request("hfs/import", {"content": content("after")})
    assert len(check_store(store_path)) == 2


@pytest.mark.parametrize("path", ["fifo", "x" * 5000, "dangling", "/dev/null", "loop"])
def test_a_store_at_an_impossible_place_is_rejected(
    tmp_path: Path, start: Start, path: str
) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere" / "x.db")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    client: Client = start(f"{tmp_path}/{path}" if not path.startswith("/") else path)
    for method, params in [("hfs/listSessions", {}), ("hfs/import", {"content": content("no")})]:
        refused = client.refusal(method, params)
        assert (refused.code, refused.kind) == (-32803, "storeUnusable")


def test_the_rest_of_a_killed_import_never_appears_in_another_session(
    tmp_path: Path, home: Path, store_path: Path
) -> None:
    """Its messages stand under an id that the terminal program comes to in a hundred sessions."""
    with Terminal(store_path) as terminal:
        terminal.add_session("First", "one")
        source = write_whole(tmp_path / "large.json", "large", 200, 700)
        script = (
            "import os, sys; from hfs_server.store.sqlite import committing, staging;"
            "from hfs_server.cli import commands;"
            "staging.SLICE_CHARACTERS = 20_000;"
            "committing.NewSession._insert_rest = lambda *_: os.kill(os.getpid(), 9);"
            "sys.exit(commands.main())"
        )
        done = hfs(home, "--database", store_path, "import", source, program=("-c", script))
        assert done.returncode == -9, done.stderr
        with stores.opened(store_path) as connection:
            assert connection.execute("SELECT count(*) FROM hfs_pending_imports").fetchone()[0] > 0
        # Somebody opens the store with us, and only looks; then goes on in the terminal.
        assert hfs(home, "--database", store_path, "list").returncode == 0
        for number in range(120):
            terminal.add_session(f"No {number}", "mine")
        sizes = {name: len(said) for _, name, said in terminal.list()}
    assert set(sizes.values()) == {1}, "a session shows messages of an import that was killed"
