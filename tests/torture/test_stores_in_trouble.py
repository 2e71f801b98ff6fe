"""Stores that are damaged, half written, or held."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from testing import stores
from testing.client import Start
from testing.command_line import check_one_clear_line, hfs
from testing.programs import PATIENT
from testing.stores import DYING_WRITER, contents_of
from testing.terminal import Terminal, make_store
from testing.whole_sessions import write_whole

Make = Callable[[Path], None]


def cut(size: int) -> Make:
    """Makes a store of which only the first bytes are there, or all but the last."""

    def make(path: Path) -> None:
        make_store(path)
        path.write_bytes(path.read_bytes()[:size])

    return make


def text(path: Path) -> None:
    path.write_text("My notes. " * 1000)


def newer(path: Path) -> None:
    make_store(path)
    with stores.opened(path) as connection:
        connection.execute("ALTER TABLE sessions ADD COLUMN hfs_of_a_later_version TEXT")
        connection.execute("PRAGMA user_version = 999")


def of_another_program(path: Path) -> None:
    with stores.opened(path) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE bookmarks (url TEXT)")


def in_utf_16(encoding: str, journal_mode: str) -> Make:
    """Makes the terminal program's tables, with a session, in a store of that encoding."""

    def make(path: Path) -> None:
        make_store(path.with_name("other.db"))
        with stores.opened(path.with_name("other.db")) as connection:
            script = [*connection.iterdump()]
        path.with_name("other.db").unlink()
        with stores.opened(path) as connection:
            connection.execute(f"PRAGMA encoding = '{encoding}'")
            connection.execute(f"PRAGMA journal_mode = {journal_mode}")
            connection.executescript("\n".join(script))

    return make


def a_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(os.path.relpath(path))


def link_to(target: str) -> Make:
    return lambda path: path.symlink_to(target)


UNFIT: dict[str, tuple[Make, str]] = {
    "half a header": (cut(50), "damaged"),
    "a header": (cut(100), "damaged"),
    "half a page": (cut(2048), "damaged"),
    "a page": (cut(4096), "damaged"),
    "a page and a half": (cut(6144), "damaged"),
    "some pages": (cut(20_000), "damaged"),
    "all but a page": (cut(-4096), "damaged"),
    "all but a byte": (cut(-1), "truncated"),
    "text": (text, "not an SQLite database"),
    "newer": (newer, "pgrade hfs-server"),
    "of another program": (of_another_program, "another program"),
    "UTF-16le": (in_utf_16("UTF-16le", "DELETE"), ".dump"),
    "UTF-16be": (in_utf_16("UTF-16be", "WAL"), ".dump"),
    "a socket": (a_socket, "not a regular file"),
    "/dev/null": (link_to("/dev/null"), "not a regular file"),
    "/dev/zero": (link_to("/dev/zero"), "not a regular file"),
    "/dev/full": (link_to("/dev/full"), "not a regular file"),
}


@pytest.mark.parametrize(
    ("make", "why"), [pytest.param(*case, id=what) for what, case in UNFIT.items()]
)
def test_a_file_that_is_not_a_store_is_reported_and_its_folder_stays_as_it_is(
    home: Path, store_path: Path, monkeypatch: pytest.MonkeyPatch, make: Make, why: str
) -> None:
    monkeypatch.chdir(store_path.parent)
    make(store_path)
    before = contents_of(store_path.parent)
    file = write_whole(home / "one.json", "one", 3)
    for work in (["list"], ["import", file], ["export", "1", "-o", "-"], ["purge"]):
        done = hfs(home, "--database", store_path, *work)
        check_one_clear_line(done)
        assert why in done.stderr
        assert "SQLITE" not in done.stderr
        assert contents_of(store_path.parent) == before


def test_a_store_in_utf_16_that_was_not_closed_is_refused_and_stays_as_it_is(
    home: Path, store_path: Path
) -> None:
    """All that says so is in the log, which the last to close a store writes into it."""
    in_utf_16("UTF-16le", "WAL")(store_path.with_name("whole.db"))
    with stores.opened(store_path.with_name("whole.db")) as connection:
        connection.execute("UPDATE sessions SET name = 'new'")
        for end in ("", "-wal"):
            shutil.copyfile(f"{store_path.parent}/whole.db{end}", f"{store_path}{end}")
    before = contents_of(store_path.parent)
    for work in (["list"], ["export", "1", "-o", "-"], ["purge"]):
        done = hfs(home, "--database", store_path, *work)
        check_one_clear_line(done)
        assert "UTF-16" in done.stderr
        # To read a log SQLite makes an index into it, which may stay.
        assert before.items() <= contents_of(store_path.parent).items()


@pytest.mark.parametrize("path", ["/dev/null", "/dev/zero", "/dev/full", "/proc/self/mem"])
def test_a_device_as_the_store_is_reported_in_one_line(home: Path, path: str) -> None:
    if not Path(path).exists():
        pytest.skip(f"NO STORE AT {path} TESTED: there is none here")
    for work in (["list"], ["export", "1"], ["purge"]):
        done = hfs(home, "--database", path, *work)
        check_one_clear_line(done)
        assert "SQLITE" not in done.stderr


def test_a_store_whose_writer_was_killed_is_opened(home: Path, store_path: Path) -> None:
    """A journal lies beside it, from which SQLite must first put back what was written."""
    with Terminal(store_path, journal_mode="DELETE") as terminal:
        for number in range(50):
            terminal.add_session(f"No {number}", "x" * 5000)
    died = subprocess.run([sys.executable, "-c", DYING_WRITER, str(store_path)], check=False)
    assert died.returncode == -9
    assert store_path.with_name("sessions.db-journal").stat().st_size
    done = hfs(home, "--database", store_path, "list")
    assert (done.returncode, len(done.stdout.splitlines())) == (0, 50), done.stderr
    spoilt = "SELECT count(*) FROM messages WHERE content LIKE '%half%'"
    assert stores.rows(store_path, spoilt) == [(0,)]


@pytest.mark.parametrize("journal_mode", ["WAL", "DELETE"])
def test_a_store_that_is_held_by_one_program_alone_is_waited_for(
    start: Start, store_path: Path, journal_mode: str
) -> None:
    Terminal(store_path, journal_mode=journal_mode).close()
    with stores.opened(store_path) as connection:
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("BEGIN EXCLUSIVE")
        connection.execute("INSERT INTO sessions (name, created_at) VALUES ('Mine', '2026-01-01')")
        client = start(program=PATIENT)
        request = client.send("hfs/listSessions")
        # A server that gave up at once would have answered before it answers this.
        for _ in range(20):
            assert client.refusal("hfs/nothing", {}).code == -32601
            with pytest.raises(AssertionError, match="have passed"):
                client.reply(request, within=0.05)
        connection.execute("COMMIT")
    assert [found["name"] for found in client.result(request)["sessions"]] == ["Mine"]


def test_a_list_waits_for_no_writer_where_something_is_to_be_swept(
    home: Path, store_path: Path
) -> None:
    make_store(store_path)
    assert hfs(home, "--database", store_path, "list").returncode == 0
    with stores.opened(store_path) as connection:
        connection.execute("INSERT INTO hfs_pending_imports VALUES (x'00', 500, 500, 500)")
        connection.execute("BEGIN IMMEDIATE")
        done = hfs(home, "--database", store_path, "list")
        assert (done.returncode, len(done.stdout.splitlines())) == (0, 30), done.stderr
        connection.execute("ROLLBACK")
    assert hfs(home, "--database", store_path, "list").returncode == 0
    assert stores.rows(store_path, "SELECT count(*) FROM hfs_pending_imports") == [(0,)]
