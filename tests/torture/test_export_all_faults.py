"""Exports of all sessions that meet faults at every k-th system call, full disks and signals.

No file is ever half there, and the next export completes the folder.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from testing import effort, file_systems
from testing.client import Client, Start
from testing.command_line import hfs
from testing.exports import MANIFEST, add, counts, export_all, files
from testing.faults import CALLS, KILL, Outcomes, calls_made, injecting, injection_points
from testing.faults import require_strace as found_strace
from testing.programs import PLAIN
from testing.store_checks import check_store, left_behind
from testing.terminal import Terminal

PLANS = [
    (CALLS, KILL),
    ("write", "error=EIO"),
    ("write", "error=ENOSPC"),
    ("fsync", "error=EIO"),
    ("rename,renameat", "error=EIO"),
]
SESSIONS = 5

Mount = Callable[[int], Path]


@pytest.fixture(scope="module")
def strace() -> str:
    """strace, where it may inject faults."""
    return found_strace()


@pytest.fixture
def server(start: Start, tmp_path: Path) -> Client:
    """A server on a new store."""
    return start(tmp_path / "served" / "sessions.db")


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store of some sessions."""
    path = tmp_path / "store" / "sessions.db"
    with Terminal(path) as terminal:
        for number in range(SESSIONS):
            terminal.add_session(f"No {number}", f"one {number}", "two")
    return path


def change_all(store: Path, said: str) -> None:
    """Adds a message to each session."""
    with Terminal(store) as terminal:
        for session in range(1, SESSIONS + 1):
            terminal.add_message(session, "user", said)


def check_folder(folder: Path) -> None:
    """Fails if a file is there in part."""
    for name, content in files(folder).items():
        if not name.startswith("."):
            json.loads(content)


@pytest.mark.parametrize("name", ["out", "out.zip"])
@pytest.mark.parametrize(("calls", "fault"), PLANS)
def test_an_export_that_meets_faults_leaves_what_the_next_one_completes(
    store: Path, home: Path, strace: str, calls: str, fault: str, name: str
) -> None:
    destination = home / "exports" / name
    destination.parent.mkdir()
    command = ["--database", store, "export", "--all", "-o", destination]
    # What the first export alone does, no later one can be killed in.
    assert hfs(home, *command).returncode == 0
    change_all(store, "something")
    made = calls_made(strace, home, *command, program=PLAIN)
    outcomes = Outcomes(fault, calls)
    for call, k in injection_points(made, calls):
        change_all(store, f"{call} {k}")
        done = hfs(home, *command, before=injecting(strace, call, fault, k))
        was_done = done.returncode == 0
        outcomes.tries += 1
        outcomes.done += was_done
        outcomes.killed += (fault == KILL and done.returncode < 0) or done.returncode > 128
        assert "Traceback" not in done.stderr
        if destination.is_dir():
            check_folder(destination)
        assert fault == KILL or left_behind(destination.parent) == []
        verified = hfs(home, "--database", store, "verify", destination)
        assert verified.returncode == 0 or not was_done, f"{call} {k}: {verified.stdout}"
        again = hfs(home, *command)
        assert again.returncode == 0, again.stderr
        verified = hfs(home, "--database", store, "verify", destination)
        assert verified.returncode == 0, verified.stdout
    outcomes.judge()
    check_store(store)


@pytest.mark.parametrize("leave", [0, 4096, 5 * 4096])
@pytest.mark.parametrize("name", ["out", "out.zip"])
def test_an_export_to_a_full_disk_is_completed_when_there_is_room(
    tmpfs: Mount, server: Client, leave: int, name: str
) -> None:
    disk = tmpfs(2 << 20)
    for number in range(4):
        add(server, f"No {number}")
    before = export_all(server, disk / name)
    for number in range(4, 40):
        add(server, f"No {number}")
    ballast = file_systems.fill(disk, leave)
    reply = server.reply(server.send("hfs/exportAll", {"destination": (disk / name).as_uri()}))
    error = reply.get("error", {"data": {"kind": "destinationNotWritable"}})
    assert error["data"]["kind"] == "destinationNotWritable"
    assert "error" in reply or reply["result"]["failed"]
    if (disk / name).is_dir():
        check_folder(disk / name)
    ballast.unlink()
    assert left_behind(disk) == []
    written, unchanged, failed = counts(export_all(server, disk / name))
    assert (written + unchanged, failed) == (40, 0)
    assert counts(export_all(server, disk / name)) == (0, 40, 0)
    assert before["written"] == 4


@pytest.mark.parametrize("name", ["out", "out.zip"])
def test_exports_that_are_cancelled_at_random_are_completed_by_the_next_one(
    server: Client, start: Start, tmp_path: Path, name: str
) -> None:
    rng = random.Random(effort.SEED)
    for number in range(30):
        add(server, f"No {number}")
    destination = tmp_path / name
    cancelled = 0
    for round_number in effort.rounds(8, share=0.2):
        add(server, f"More {round_number}")
        token = f"export {round_number}"
        params = {"destination": destination.as_uri(), "workDoneToken": token}
        request = server.send("hfs/exportAll", params)
        server.wait_for_progress(token, rng.choice([0, 0, 10, 50]))
        server.cancel(request)
        reply = server.reply(request)
        cancelled += "error" in reply
        if destination.is_dir():
            check_folder(destination)
            assert left_behind(destination) == []
    assert cancelled
    total = 30 + round_number + 1
    written, unchanged, failed = counts(export_all(server, destination))
    assert (written + unchanged, failed) == (total, 0)
    other = start(tmp_path / "other" / "sessions.db")
    imported = other.request("hfs/import", {"uri": destination.as_uri()})
    assert len(imported["sessions"]) == total
    assert MANIFEST not in [each["name"] for each in imported["failed"]]
