"""Imports that are paused between two slices, for any time, while others import and clean up."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from testing import stores
from testing.command_line import check_one_clear_line, hfs
from testing.programs import environment_for
from testing.store_checks import check_store, check_swept, left_behind
from testing.terminal import Terminal
from testing.waiting import PATIENCE_SECONDS
from testing.whole_sessions import name_of, write_whole

MESSAGES, CHARACTERS = 200, 700

PAUSING = """
import os, signal, sys, time
from hfs_server.cli import commands
from hfs_server.store.sqlite import committing, staging

class Pause(float):
    def __le__(self, other):
        committing.PAUSE_SECONDS = 0.01
        os.kill(os.getpid(), signal.SIGSTOP)
        return False

staging.SLICE_CHARACTERS = 20_000
committing.PAUSE_SECONDS = Pause(0.01)
clock = time.time
time.time = lambda: clock() + CLOCK_SECONDS
sys.exit(commands.main())
"""
"""The command line, which imports in small slices, and stops itself in the first rest."""


class Import:
    """An import of a document in a process of its own, whose clock may be wrong."""

    def __init__(self, home: Path, path: Path, tag: str, clock_seconds: int = 0) -> None:
        self.name = name_of(tag, MESSAGES)
        self._store = path
        source = write_whole(home / f"{tag}.json", tag, MESSAGES, CHARACTERS)
        script = PAUSING.replace("CLOCK_SECONDS", str(clock_seconds))
        self._process = subprocess.Popen(
            [sys.executable, "-c", script, "--database", str(path), "import", str(source)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment_for(home),
        )

    def pause(self, others: Collection[int] = ()) -> int:
        """Waits until it has stopped after its first slice; gives its session's id."""
        os.waitid(os.P_PID, self._process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
        pending = "SELECT DISTINCT session_id FROM hfs_pending_imports"
        ids = {session_id for (session_id,) in stores.rows(self._store, pending)}
        (mine,) = ids.difference(others)
        return int(mine)

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate(timeout=PATIENCE_SECONDS)

    def end(self) -> subprocess.CompletedProcess[str]:
        """Lets it go on to its end."""
        self._process.send_signal(signal.SIGCONT)
        out, errors = self._process.communicate(timeout=PATIENCE_SECONDS)
        return subprocess.CompletedProcess([], self._process.returncode, out, errors)


Begin = Callable[..., Import]


@pytest.fixture
def begin(home: Path, store_path: Path) -> Iterator[Begin]:
    """Begins imports into a store with one session; what is still there in the end is killed."""
    with Terminal(store_path) as terminal:
        terminal.add_session("Kept", "one")
    assert hfs(home, "--database", store_path, "list").returncode == 0
    begun: list[Import] = []

    def begin(tag: str, clock_seconds: int = 0) -> Import:
        begun.append(Import(home, store_path, tag, clock_seconds))
        return begun[-1]

    yield begin
    for one in begun:
        one.kill()


def check_nothing_left(path: Path) -> None:
    assert stores.rows(path, "SELECT * FROM hfs_pending_imports") == []
    orphans = "SELECT id FROM messages WHERE session_id NOT IN (SELECT id FROM sessions)"
    assert stores.rows(path, orphans) == []
    assert left_behind(path.parent) == []
    assert stores.rows(path, "SELECT content FROM messages WHERE session_id = 1") == [("one",)]


@pytest.mark.parametrize("clock_seconds", [0, 10**9, -(10**9)])
def test_imports_that_were_paused_beside_others_are_all_whole(
    home: Path, store_path: Path, begin: Begin, clock_seconds: int
) -> None:
    first = begin("first")
    first_id = first.pause()
    second = begin("second", clock_seconds)
    second_id = second.pause({first_id})
    third = begin("third", clock_seconds)
    third.pause({first_id, second_id})
    assert third.end().returncode == 0
    done = hfs(home, "--database", store_path, "list")
    assert (done.returncode, len(done.stdout.splitlines())) == (0, 2), done.stderr
    done = hfs(home, "--database", store_path, "purge")
    check_one_clear_line(done)
    assert "is importing into the store" in done.stderr
    for paused in (second, first):
        done = paused.end()
        assert done.returncode == 0, done.stderr
    found = check_store(store_path)
    assert found.keys() == {first.name, second.name, third.name}
    assert (found[first.name], found[second.name]) == (first_id, second_id)
    check_nothing_left(store_path)


@contextmanager
def written(path: Path) -> Iterator[sqlite3.Connection]:
    with stores.opened(path) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield connection
        connection.execute("COMMIT")


def remove_lock(path: Path, _: int) -> None:
    """As a program that tidies up does; the next import then takes this one for dead."""
    (lock,) = left_behind(path.parent)
    (path.parent / lock).unlink()


def forget(path: Path, reserved: int) -> None:
    with written(path) as connection:
        connection.execute("DELETE FROM hfs_pending_imports WHERE session_id = ?", (reserved,))
        connection.execute("DELETE FROM messages WHERE session_id = ?", (reserved,))


def give_to_another(path: Path, _: int) -> None:
    with written(path) as connection:
        connection.execute("UPDATE hfs_pending_imports SET token = x'00'")


def delete_a_message(path: Path, reserved: int) -> None:
    with written(path) as connection:
        newest = "SELECT max(id) FROM messages WHERE session_id = ?"
        connection.execute(f"DELETE FROM messages WHERE id = ({newest})", (reserved,))


def delete_all_messages(path: Path, _: int) -> None:
    """The ids of the messages are then free, and go to those of others."""
    with written(path) as connection:
        connection.execute("DELETE FROM messages WHERE session_id <> 1")


def add_a_message(path: Path, reserved: int) -> None:
    with written(path) as connection:
        connection.execute(
            "INSERT INTO messages (session_id, role, content, created_at)"
            " VALUES (?, 'user', 'not of this session', '2026-01-01 00:00:00.000000')",
            (reserved,),
        )


def take_the_id(path: Path, reserved: int) -> None:
    with written(path) as connection:
        connection.execute(
            "INSERT INTO sessions (id, name, created_at)"
            " VALUES (?, 'taken', '2026-01-01 00:00:00.000000')",
            (reserved,),
        )


DEEDS = [
    remove_lock,
    forget,
    give_to_another,
    delete_a_message,
    delete_all_messages,
    add_a_message,
    take_the_id,
]


@pytest.mark.parametrize("deed", DEEDS)
def test_an_import_whose_rows_were_touched_is_refused_and_the_others_are_whole(
    home: Path, store_path: Path, begin: Begin, deed: Callable[[Path, int], None]
) -> None:
    first = begin("first")
    first_id = first.pause()
    deed(store_path, first_id)
    second = begin("second")
    second_id = second.pause({first_id})
    assert second_id > first_id
    small = write_whole(home / "small.json", "small", 5)
    assert hfs(home, "--database", store_path, "import", small).returncode == 0
    done = first.end()
    check_one_clear_line(done)
    assert "Other programs changed the store" in done.stderr
    done = second.end()
    assert done.returncode == 0, done.stderr
    found = check_store(store_path)
    assert found.keys() == {second.name, name_of("small", 5)}
    if deed is add_a_message:
        mine = "DELETE FROM messages WHERE content = 'not of this session'"
        assert stores.rows(store_path, f"{mine} RETURNING 1") == [(1,)]
    check_swept(store_path, home)
    check_nothing_left(store_path)


def test_an_id_that_was_reserved_is_never_reserved_again(
    home: Path, store_path: Path, begin: Begin
) -> None:
    seen = [1]
    for number in range(3):
        killed = begin(f"killed-{number}")
        seen.append(killed.pause())
        killed.kill()
        # The next that opens the store removes what is left.
        assert hfs(home, "--database", store_path, "list").returncode == 0
        check_nothing_left(store_path)
    small = write_whole(home / "small.json", "small", 5)
    assert hfs(home, "--database", store_path, "import", small).returncode == 0
    seen.append(stores.rows(store_path, "SELECT max(id) FROM sessions")[0][0])
    assert seen == sorted(set(seen))
