"""Exports that meet faults at every k-th system call: the old file or the new one is there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from testing import stores
from testing.command_line import hfs
from testing.documents import same_but_for_export_time
from testing.faults import (
    CALLS,
    CHARACTERS,
    KILL,
    MESSAGES,
    Outcomes,
    calls_made,
    injecting,
    injection_points,
    require_strace,
    terminal_store,
)
from testing.programs import PLAIN
from testing.store_checks import check_no_orphans, check_store, left_behind
from testing.whole_sessions import write_whole

EXPORT_PLANS = [
    (CALLS, KILL),
    ("write", "error=EIO"),
    ("write", "error=ENOSPC"),
    ("fsync", "error=EIO"),
]
OVER_PLANS = [*EXPORT_PLANS, ("rename,renameat", "error=EIO")]
NEW_PLANS = [
    *EXPORT_PLANS,
    ("link,linkat", "error=EIO"),
    ("link,linkat", "error=ENOSPC"),
    ("unlink,unlinkat", "error=EIO"),
]


@pytest.fixture(scope="module")
def strace() -> str:
    """strace, where it may inject faults."""
    return require_strace()


@pytest.fixture(scope="module")
def store_to_export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store whose session 2 is to be exported."""
    folder = tmp_path_factory.mktemp("to-export")
    terminal_store(folder / "sessions.db")
    file = write_whole(folder / "old.json", "old", MESSAGES, CHARACTERS)
    done = hfs(folder, "--database", folder / "sessions.db", "import", file)
    assert done.returncode == 0, done.stderr
    return folder / "sessions.db"


EXPORTS = [*((True, *plan) for plan in OVER_PLANS), *((False, *plan) for plan in NEW_PLANS)]


@pytest.mark.parametrize(("was_there", "calls", "fault"), EXPORTS)
def test_an_export_that_meets_faults_leaves_the_old_file_or_the_new_one(
    store_to_export: Path,
    home: Path,
    exports: Path,
    strace: str,
    was_there: bool,
    calls: str,
    fault: str,
) -> None:
    store = store_to_export
    before = stores.counts(store)
    destination = exports / "chat.json"
    old = '{"mine": "what stood there before"}'
    command = ["--database", store, "export", "2", "--format", "json", "-o", destination]
    if was_there:
        destination.write_text(old)
        command.append("--force")
    made = calls_made(strace, home, *command, program=PLAIN)
    new = same_but_for_export_time(destination.read_text(encoding="utf-8"))
    assert len(new["messages"]) == MESSAGES
    outcomes = Outcomes(fault, calls)
    for call, k in injection_points(made, calls):
        destination.unlink(missing_ok=True)
        if was_there:
            destination.write_text(old)
        done = hfs(home, *command, before=injecting(strace, call, fault, k))
        was_done = outcomes.was_done(done)
        if destination.exists():
            text = destination.read_text(encoding="utf-8")
            is_new = text != old
            assert not is_new or same_but_for_export_time(text) == new, f"{call} {k}"
        else:
            assert not was_there, f"{call} {k}: what stood there is gone"
            is_new = False
        assert is_new or not was_done, f"{call} {k}: said to be done, but not there"
        left = left_behind(exports)
        assert fault == KILL or calls.startswith("unlink") or left == [], f"{call} {k}"
        assert len(left) <= 1
        for name in left:
            (exports / name).unlink()
        assert stores.counts(store) == before
    outcomes.judge()
    check_store(store)
    check_no_orphans(store)


def test_what_a_killed_export_leaves_is_swept_an_hour_later(
    store_to_export: Path, home: Path, exports: Path, strace: str
) -> None:
    command = ["--database", store_to_export, "export", "2", "-o", exports / "chat.md"]
    done = hfs(home, *command, before=injecting(strace, "link", KILL, 1))
    assert done.returncode not in (0, 1)
    (left,) = left_behind(exports)
    assert (exports / left).stat().st_mode & 0o777 == 0o600
    os.utime(exports / left, (0, 0))
    assert hfs(home, *command).returncode == 0
    assert [path.name for path in exports.iterdir()] == ["chat.md"]
