"""Stores and folders that this user may read but not write, or write but not read.

Root may do everything, so that its rights must be taken away first.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from testing import stores
from testing.command_line import check_one_clear_line, hfs
from testing.keeping import CLAUDE_CODE, Keeping
from testing.programs import IMPATIENT, environment_for
from testing.stores import DYING_WRITER, contents_of
from testing.terminal import Terminal, make_store
from testing.waiting import PATIENCE_SECONDS
from testing.whole_sessions import write_whole


@pytest.fixture
def bound(home: Path) -> tuple[str, ...]:
    """What stands before a program that shall be bound by the modes of files."""
    if os.geteuid() != 0:
        return ()
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        pytest.skip("NO RIGHTS TESTED: root is bound by none, and there is no setpriv")
    lost = "-dac_override,-dac_read_search"
    return (setpriv, f"--bounding-set={lost}", f"--inh-caps={lost}")


@pytest.fixture
def kept_store(home: Path, store_path: Path) -> Iterator[Path]:
    """A store of ours with a session, whose rights are given back in the end."""
    make_store(store_path)
    file = write_whole(home / "one.json", "one", 30)
    done = hfs(home, "--database", store_path, "import", file)
    assert done.returncode == 0, done.stderr
    yield store_path
    store_path.parent.chmod(0o700)
    store_path.chmod(0o600)


READ_ONLY = [(0o400, 0o700), (0o600, 0o500), (0o400, 0o500)]


@pytest.mark.parametrize(("file", "folder"), READ_ONLY)
def test_a_store_that_may_only_be_read_is_listed_and_exported(
    home: Path, kept_store: Path, bound: tuple[str, ...], file: int, folder: int
) -> None:
    before = contents_of(kept_store.parent)
    whole = hfs(home, "--database", kept_store, "export", "31", "-o", "-", "--format=json")
    kept_store.chmod(file)
    kept_store.parent.chmod(folder)
    work = ("export", "31", "-o", "-", "--format=json")
    again = hfs(home, "--database", kept_store, *work, before=bound)
    assert again.returncode == 0, again.stderr
    assert without_moment(again.stdout) == without_moment(whole.stdout)
    done = hfs(home, "--database", kept_store, "list", before=bound)
    assert (done.returncode, len(done.stdout.splitlines())) == (0, 31), done.stderr
    for refused in (["import", home / "one.json"], ["purge"]):
        done = hfs(home, "--database", kept_store, *refused, before=bound)
        check_one_clear_line(done)
        assert "can only be read" in done.stderr
    assert contents_of(kept_store.parent) == before


def without_moment(document: str) -> list[str]:
    return [line for line in document.splitlines() if '"exported_at"' not in line]


def leave_behind(path: Path, log: str, index: str) -> None:
    """Leaves the store as a program does that had it open: its log ``full``, ``empty`` or absent,
    the index into it as it was (``kept``), ``empty`` or absent.
    """
    aside = path.parent.with_name("aside")
    aside.mkdir()
    with stores.opened(path) as connection:
        connection.execute("UPDATE sessions SET name = 'newest' WHERE id = 31")
        if log != "full":
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        for file in path.parent.iterdir():
            shutil.copyfile(file, aside / file.name)
    for file in aside.iterdir():
        os.replace(file, path.with_name(file.name))
    for end, state in (("-wal", log), ("-shm", index)):
        beside = path.with_name(path.name + end)
        if state == "absent":
            beside.unlink()
        elif state == "empty":
            beside.write_bytes(b"")
        elif state == "header":
            beside.write_bytes(bytes(32))


LEFT_BEHIND = [
    (log, index) for log in ("full", "empty", "absent") for index in ("kept", "empty", "absent")
] + [("header", "absent")]


@pytest.mark.parametrize(("log", "index"), LEFT_BEHIND)
@pytest.mark.parametrize(("file", "folder"), READ_ONLY)
def test_a_store_that_was_not_closed_and_may_only_be_read_is_listed_or_says_what_to_do(
    home: Path,
    kept_store: Path,
    bound: tuple[str, ...],
    file: int,
    folder: int,
    log: str,
    index: str,
) -> None:
    leave_behind(kept_store, log, index)
    before = contents_of(kept_store.parent)
    kept_store.chmod(file)
    kept_store.parent.chmod(folder)
    for work in (["list"], ["export", "31", "-o", "-", "--format=json"]):
        done = hfs(home, "--database", kept_store, *work, before=bound)
        if (log, index) == ("full", "absent"):
            check_one_clear_line(done)
            assert "sessions.db-wal" in done.stderr
            assert "copy both files" in done.stderr
        else:
            assert (done.returncode, done.stderr) == (0, "")
            assert "newest" in done.stdout
    assert [*contents_of(kept_store.parent)] == [*before]


def test_the_advice_for_a_store_that_was_not_closed_helps(
    home: Path, kept_store: Path, bound: tuple[str, ...]
) -> None:
    """A copy of both files, in a folder that may be written, has the newest changes."""
    leave_behind(kept_store, "full", "absent")
    copy = home / "copy" / "sessions.db"
    stores.copy(kept_store, copy)
    shutil.copyfile(f"{kept_store}-wal", f"{copy}-wal")
    done = hfs(home, "--database", copy, "list", before=bound)
    assert (done.returncode, done.stderr) == (0, "")
    assert "newest" in done.stdout


@pytest.mark.parametrize(("file", "folder"), READ_ONLY)
def test_a_store_whose_writer_was_killed_and_that_may_only_be_read_says_what_to_do(
    home: Path, kept_store: Path, bound: tuple[str, ...], file: int, folder: int
) -> None:
    with stores.opened(kept_store) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    died = subprocess.run([sys.executable, "-c", DYING_WRITER, str(kept_store)], check=False)
    assert died.returncode == -9
    assert kept_store.with_name("sessions.db-journal").stat().st_size
    before = contents_of(kept_store.parent)
    kept_store.chmod(file)
    kept_store.parent.chmod(folder)
    done = hfs(home, "--database", kept_store, "list", before=bound)
    check_one_clear_line(done)
    assert "sessions.db-journal" in done.stderr
    assert "copy both files" in done.stderr
    assert contents_of(kept_store.parent) == before


@pytest.mark.parametrize(("file", "folder"), READ_ONLY)
def test_a_store_that_may_only_be_read_while_its_owner_writes_is_as_it_is_now(
    home: Path, kept_store: Path, bound: tuple[str, ...], file: int, folder: int
) -> None:
    with Terminal(kept_store) as terminal:
        terminal.add_session("While it is open", "in the log")
        kept_store.chmod(file)
        kept_store.parent.chmod(folder)
        done = hfs(home, "--database", kept_store, "list", before=bound)
        assert (done.returncode, len(done.stdout.splitlines())) == (0, 32), done.stderr
        kept_store.parent.chmod(0o700)
        kept_store.chmod(0o600)
        terminal.add_session("Still works", "x")
    stores.check_whole_and_free(kept_store)


def test_a_store_of_an_earlier_version_that_may_only_be_read_is_listed(
    home: Path, kept_store: Path, bound: tuple[str, ...]
) -> None:
    with stores.opened(kept_store) as connection:
        for table in ("hfs_pending_imports", "hfs_reserved_ids"):
            connection.execute(f"DROP TABLE {table}")
        connection.execute("PRAGMA user_version = 1")
    kept_store.chmod(0o400)
    done = hfs(home, "--database", kept_store, "list", before=bound)
    assert (done.returncode, len(done.stdout.splitlines())) == (0, 31), done.stderr


@pytest.mark.parametrize("has_column", [True, False])
@pytest.mark.parametrize(("file", "folder"), READ_ONLY)
def test_a_store_that_may_only_be_read_is_counted(
    home: Path, kept_store: Path, bound: tuple[str, ...], file: int, folder: int, has_column: bool
) -> None:
    if not has_column:
        with stores.opened(kept_store) as connection:
            connection.execute("ALTER TABLE sessions DROP COLUMN hfs_statistics")
            connection.execute("PRAGMA user_version = 3")
            connection.execute("UPDATE hfs_schema SET version = 3")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before = contents_of(kept_store.parent)
    kept_store.chmod(file)
    kept_store.parent.chmod(folder)
    for _ in range(2):
        done = hfs(home, "--database", kept_store, "stats", before=bound)
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith("Sessions: 31, messages: ")
    kept_store.parent.chmod(0o700)
    kept_store.chmod(0o600)
    assert contents_of(kept_store.parent) == before


def test_a_read_only_store_without_the_added_columns_is_reported(
    home: Path, store_path: Path, bound: tuple[str, ...]
) -> None:
    make_store(store_path)
    store_path.chmod(0o400)
    before = contents_of(store_path.parent)
    for work in (["list"], ["export", "1"]):
        done = hfs(home, "--database", store_path, *work, before=bound)
        check_one_clear_line(done)
        assert "lacks columns" in done.stderr
    assert contents_of(store_path.parent) == before


@pytest.mark.parametrize(("file", "folder"), [(0o000, 0o700), (0o200, 0o700), (0o600, 0o000)])
def test_a_store_without_read_permission_is_reported(
    home: Path, kept_store: Path, bound: tuple[str, ...], file: int, folder: int
) -> None:
    kept_store.chmod(file)
    kept_store.parent.chmod(folder)
    for work in (["list"], ["export", "1"], ["import", home / "one.json"], ["purge"]):
        done = hfs(home, "--database", kept_store, *work, before=bound)
        check_one_clear_line(done)
        assert "SQLITE" not in done.stderr


WAITING = """
import sys
from hfs_server.cli import commands
from hfs_server import export_session
write_session = export_session.write_session
async def write_and_wait(*given):
    await write_session(*given)
    print("read", file=sys.stderr, flush=True)
    sys.stdin.readline()
export_session.write_session = write_and_wait
sys.exit(commands.main())
"""
"""The command line, which waits when it has read a session and not yet put its file in place."""


def test_an_export_of_a_store_that_changes_where_no_locks_can_be_had_leaves_the_old_file(
    home: Path, kept_store: Path, exports: Path, bound: tuple[str, ...]
) -> None:
    old = exports / "out.json"
    old.write_text("the old file")
    kept_store.chmod(0o400)
    kept_store.parent.chmod(0o500)
    work = ["--database", str(kept_store), "export", "31", "-o", str(old), "--force"]
    with subprocess.Popen(
        [*bound, sys.executable, "-c", WAITING, *work],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment_for(home),
    ) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "read\n"
        kept_store.parent.chmod(0o700)
        kept_store.chmod(0o600)
        with stores.opened(kept_store) as connection:
            connection.execute("UPDATE sessions SET name = 'other'")
        _, errors = process.communicate("\n", timeout=PATIENCE_SECONDS)
    assert (process.returncode, len(errors.splitlines())) == (1, 1), errors
    assert "Another program changed the store" in errors
    assert old.read_text() == "the old file"
    assert [file.name for file in exports.iterdir()] == ["out.json"]


def test_a_folder_that_may_be_written_but_not_read_takes_an_export(
    home: Path, kept_store: Path, exports: Path, bound: tuple[str, ...]
) -> None:
    exports.chmod(0o300)
    work = ("export", "31", "--format", "json", "-o", exports / "out.json")
    done = hfs(home, "--database", kept_store, *work, before=bound)
    exports.chmod(0o700)
    assert done.returncode == 0, done.stderr
    assert json.loads((exports / "out.json").read_text())["messages"]


def test_a_folder_that_may_not_be_read_stops_no_other_from_being_kept(
    bound: tuple[str, ...], home: Path, store_path: Path
) -> None:
    keeping = Keeping(home, store_path)
    closed = keeping.claude_code(1, project="-closed").parent
    keeping.claude_code(2, turns=2)
    closed.chmod(0)
    words = (sys.executable, *IMPATIENT, "keep", "--tool", CLAUDE_CODE, "--database")
    with subprocess.Popen(
        [*bound, *words, str(store_path)],
        env=keeping.whole_environment,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            keeping.wait_for(4)
            keeping.claude_code(2, turns=3)
            keeping.wait_for(6)
        finally:
            process.terminate()
            closed.chmod(0o700)
        assert "Traceback" not in process.communicate()[1]
