"""Deleted text, which `hfs-server purge` takes out of the store's files."""

from __future__ import annotations

import secrets
import subprocess
import sys
from pathlib import Path

from hfs_server.store.sqlite.import_lock import ImportLock
from testing import effort, stores
from testing.client import Start
from testing.command_line import check_one_clear_line, hfs
from testing.store_checks import check_store
from testing.terminal import Terminal
from testing.whole_sessions import write_whole

SECRET = "what-must-not-be-found"


def files_with_secret(path: Path) -> list[str]:
    """The names of the store's files that hold the secret, seen by a process without a store."""
    script = (
        "import pathlib, sys; folder = pathlib.Path(sys.argv[1]); print(*sorted("
        "file.name for file in folder.iterdir() if sys.argv[2].encode() in file.read_bytes()))"
    )
    command = [sys.executable, "-c", script, str(path.parent), SECRET]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    return done.stdout.split()


def delete(path: Path, session_id: int) -> None:
    """Deletes a session with an SQLite that overwrites nothing, which not every one does."""
    with stores.opened(path) as connection:
        connection.execute("PRAGMA secure_delete = OFF")
        connection.execute("DELETE FROM messages WHERE session_id = ?", (session_id,))
        connection.execute("DELETE FROM checkpoints WHERE session_id = ?", (session_id,))
        connection.execute("DELETE FROM sessions WHERE id = ?", (session_id,))
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)")


def test_what_was_deleted_is_in_no_file_after_a_purge(
    home: Path, start: Start, store_path: Path
) -> None:
    with Terminal(store_path) as terminal:
        kept = terminal.add_session("Kept", *(f"{number} " * 500 for number in range(50)))
        client = start()
        before = client.request("hfs/listSessions")["sessions"]
        for number in range(20):
            # Small ones lie between rows that stay, large ones have pages of their own.
            gone = terminal.add_session(f"{SECRET} {number}", f"{SECRET} " * (1 + number * 100))
            terminal.add_checkpoint(gone, 1, "t", f'{{"said": "{SECRET}"}}')
            terminal.add_message(kept, "user", f"after {number}")
            delete(store_path, gone)
        found = files_with_secret(store_path)
        assert found == ["sessions.db", "sessions.db-wal"], "nothing is to be purged"

        done = hfs(home, "--database", store_path, "purge")
        assert done.returncode == 0, done.stderr
        assert str(store_path) in done.stdout
        assert files_with_secret(store_path) == []

        # The server and the terminal program, which have it open, go on.
        terminal.add_message(kept, "user", "after all")
        (found,) = client.request("hfs/listSessions")["sessions"]
        assert (found["id"], found["messageCount"]) == (before[0]["id"], 50 + 20 + 1)
        file = write_whole(home / "one.json", "one", 30)
        client.request("hfs/import", {"uri": file.as_uri()})
        assert len(terminal.list()) == 2
    client.finish()
    check_store(store_path)
    assert files_with_secret(store_path) == []


def test_a_purge_says_how_much_smaller_the_files_are(home: Path, store_path: Path) -> None:
    with Terminal(store_path) as terminal:
        gone = terminal.add_session("Gone", "x" * 1_000_000)
        terminal.delete_session(gone)
    before = store_path.stat().st_size
    done = hfs(home, "--database", store_path, "purge")
    lost = before - store_path.stat().st_size
    # The columns and tables that are added when the store is first opened take some pages.
    assert lost > 800_000
    assert f"are {lost:,} bytes smaller" in done.stdout, done.stdout
    again = hfs(home, "--database", store_path, "purge")
    assert (again.returncode, again.stderr) == (0, "")
    assert "did not get smaller" in again.stdout


def test_a_purge_takes_what_a_deleted_session_left(home: Path, store_path: Path) -> None:
    with Terminal(store_path) as terminal:
        gone = terminal.add_session("Gone", SECRET)
        terminal.add_checkpoint(gone, 1, "t", f'{{"said": "{SECRET}"}}')
        terminal.add_session("Kept", "kept")
    with stores.opened(store_path) as connection:
        connection.execute("DELETE FROM sessions WHERE id = ?", (gone,))
    done = hfs(home, "--database", store_path, "purge")
    assert done.returncode == 0, done.stderr
    assert files_with_secret(store_path) == []
    assert stores.rows(store_path, "SELECT content FROM messages") == [("kept",)]


def test_a_purge_takes_what_killed_imports_left(home: Path, store_path: Path) -> None:
    Terminal(store_path).close()
    assert hfs(home, "--database", store_path, "list").returncode == 0
    dead, alive = secrets.token_bytes(16), secrets.token_bytes(16)
    with stores.opened(store_path) as connection:
        for number, token in ((200, dead), (300, alive)):
            connection.execute(
                "INSERT INTO messages (id, session_id, role, content, created_at)"
                f" VALUES ({number}, {number}, 'user', ?, '2026-01-01 00:00:00.000000')",
                (SECRET if token == dead else f"{SECRET} on its way",),
            )
            connection.execute(
                f"INSERT INTO hfs_pending_imports VALUES (?, {number}, {number}, {number})",
                (token,),
            )
    assert files_with_secret(store_path)
    lock = ImportLock(store_path, alive)
    lock.acquire()
    done = hfs(home, "--database", store_path, "purge")
    check_one_clear_line(done)
    assert "is importing into the store" in done.stderr
    assert stores.rows(store_path, "SELECT content FROM messages") == [(f"{SECRET} on its way",)]
    lock.release()
    done = hfs(home, "--database", store_path, "purge")
    assert done.returncode == 0, done.stderr
    assert files_with_secret(store_path) == []
    assert stores.rows(store_path, "SELECT content FROM messages") == []
    assert stores.rows(store_path, "SELECT session_id FROM hfs_pending_imports") == []


QUICKLY = (
    "import sys; from hfs_server.cli import commands;"
    "from hfs_server.store.sqlite import connections;"
    "connections.BUSY_SECONDS = 1.0; sys.exit(commands.main())"
)


def test_a_purge_of_a_locked_store_is_reported_and_changes_nothing(
    home: Path, store_path: Path
) -> None:
    """Once by one that writes, once by one that reads and so needs the log."""
    with Terminal(store_path) as terminal:
        terminal.add_session("Kept", "one", "two")
        assert hfs(home, "--database", store_path, "list").returncode == 0
        for begin, why in (("BEGIN IMMEDIATE", "is locked"), ("BEGIN", "is reading")):
            terminal.delete_session(terminal.add_session("Gone", SECRET))
            with stores.opened(store_path) as connection:
                connection.execute(begin)
                connection.execute("SELECT count(*) FROM messages").fetchall()
                program = () if effort.IS_LONG else ("-c", QUICKLY)
                more = {"program": program} if program else {}
                done = hfs(home, "--database", store_path, "purge", **more)
                check_one_clear_line(done)
                assert why in done.stderr
                connection.execute("ROLLBACK")
            assert [name for _, name, _ in terminal.list()] == ["Kept"]
        assert hfs(home, "--database", store_path, "purge").returncode == 0
        assert files_with_secret(store_path) == []
    check_store(store_path)
