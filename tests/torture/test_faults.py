"""System calls that fail, and processes that die in them, at every k-th call.

strace injects the faults. Threads count their calls apart, so that a fault of the k-th
call may come to several threads; whatever it hits, a session is whole or absent, a file
is the old one or the new one, and what was said to be done is done.
"""

from __future__ import annotations

import os
import re
import signal
from collections import Counter
from pathlib import Path

import pytest

from tests.e2e import stores
from tests.e2e.documents import same_but_for_export_time
from tests.e2e.terminal import Terminal
from tests.torture import harness

CALLS = "write,pwrite64,fsync,fdatasync,ftruncate,rename,renameat,link,linkat,unlink,unlinkat"
KILL = "signal=KILL"
IMPORT_PLANS = [
    (CALLS, KILL),
    ("pwrite64", "error=EIO"),
    ("pwrite64", "error=ENOSPC"),
    ("fdatasync", "error=EIO"),
    ("ftruncate", "error=ENOSPC"),
    ("unlink,unlinkat", "error=EIO"),
    ("write", "error=EIO"),
]
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
QUICK_TRIES = 3
"""How many of the k are tried, for each call and fault, when there is little time."""

# Slices of some messages, so that a small session moves in by many of them.
IN_SLICES = """
import sys
from hfs_server.store import arrival
from hfs_server import cli
arrival.SLICE_CHARACTERS = 20_000
sys.exit(cli.main())
"""
SLICED = ("-c", IN_SLICES)
WHOLE = ("-m", "hfs_server")
MESSAGES, CHARACTERS = 200, 700

Made = Counter[tuple[str, str]]


@pytest.fixture(scope="module")
def strace() -> str:
    """strace, where it may inject faults."""
    return harness.require_strace()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return harness.write_whole(tmp_path / "source.json", "new", MESSAGES, CHARACTERS)


def terminal_store(path: Path) -> None:
    with Terminal(path) as terminal:
        terminal.add_session("Kept", "one", "two")


@pytest.fixture(scope="module")
def store_to_export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store whose session 2 is to be exported."""
    folder = tmp_path_factory.mktemp("to-export")
    terminal_store(folder / "sessions.db")
    file = harness.write_whole(folder / "old.json", "old", MESSAGES, CHARACTERS)
    done = harness.hfs(folder, "--database", folder / "sessions.db", "import", file)
    assert done.returncode == 0, done.stderr
    return folder / "sessions.db"


def calls_made(strace: str, home: Path, *arguments: str | Path, program: tuple[str, ...]) -> Made:
    """How often each thread makes each call, when all goes well."""
    trace = home / "trace"
    before = [strace, "-f", "--seccomp-bpf", "-e", f"trace={CALLS}", "-o", str(trace)]
    done = harness.hfs(home, *arguments, before=before, program=program)
    assert done.returncode == 0, done.stderr
    by_thread: Counter[tuple[str, str]] = Counter()
    for line in trace.read_text(errors="replace").splitlines():
        if match := re.match(r"(\d+) +(\w+)\(", line):
            by_thread[match[1], match[2]] += 1
    trace.unlink()
    return by_thread


def injecting(strace: str, calls: str, fault: str, k: int | str) -> list[str]:
    inject = f"inject={calls}:{fault}:when={k}"
    return [strace, "-f", "--seccomp-bpf", "-o", "/dev/null", "-e", f"trace={calls}", "-e", inject]


def moments(made: Made, calls: str) -> list[int]:
    """The k at which a fault is tried: up to the last call of the busiest thread."""
    by_thread: Counter[str] = Counter()
    for (thread, call), count in made.items():
        if call in calls.split(","):
            by_thread[thread] += count
    last = max(by_thread.values(), default=0)
    assert last, f"{calls} is never called, so nothing was tried"
    return harness.chosen(list(range(1, last + 1)), QUICK_TRIES)


def check_ended(done: object, was_killed: bool) -> bool:
    """Fails where a command ended in another way than it may; tells whether it said "done"."""
    code = done.returncode  # type: ignore[attr-defined]
    if code == 0:
        return True
    if was_killed and code in (-signal.SIGKILL, 128 + signal.SIGKILL):
        return False
    harness.check_one_clear_line(done)  # type: ignore[arg-type]
    return False


IN_SLICES_PLANS = [(SLICED, *plan, "") for plan in IMPORT_PLANS]
AT_ONCE_PLANS = [(WHOLE, *plan, "") for plan in IMPORT_PLANS]
FROM_THEN_ON_PLANS = [
    (SLICED, calls, fault, "+") for calls, fault in IMPORT_PLANS if calls not in ("write", CALLS)
]
IMPORTS = [
    *IN_SLICES_PLANS,
    *(AT_ONCE_PLANS if harness.IS_LONG else AT_ONCE_PLANS[:1]),
    *(FROM_THEN_ON_PLANS if harness.IS_LONG else FROM_THEN_ON_PLANS[:1]),
]


@pytest.mark.parametrize(("program", "calls", "fault", "lasting"), IMPORTS)
def test_an_import_that_meets_faults_is_whole_or_absent(
    tmp_path: Path,
    home: Path,
    source: Path,
    strace: str,
    calls: str,
    fault: str,
    program: tuple[str, ...],
    lasting: str,
) -> None:
    template = tmp_path / "template" / "sessions.db"
    template.parent.mkdir()
    terminal_store(template)
    name = harness.name_of("new", MESSAGES)

    def prepared(number: str) -> Path:
        path = tmp_path / f"store-{number}" / "sessions.db"
        path.parent.mkdir()
        stores.copy(template, path)
        return path

    made = calls_made(
        strace, home, "--database", prepared("dry"), "import", source, program=program
    )
    tries, done_at = 0, 0
    for k in moments(made, calls):
        path = prepared(str(k))
        done = harness.hfs(
            home,
            "--database",
            path,
            "import",
            source,
            before=injecting(strace, calls, fault, f"{k}{lasting}"),
            program=program,
        )
        was_done = check_ended(done, fault == KILL)
        found = harness.check_store(path)
        assert set(found) <= {name}
        assert name in found or not was_done, f"k={k}: said to be done, but not there"
        assert stores.rows(path, "SELECT name FROM sessions WHERE id = 1") == [("Kept",)]
        assert harness.left_behind(path.parent) == []
        if fault == KILL:
            harness.check_swept(path, home)
        elif k % 4 == 1:
            again = harness.hfs(home, "--database", path, "import", source, "--name", "again")
            assert again.returncode == 0, again.stderr
        tries, done_at = tries + 1, done_at + was_done
    print(f"{fault} in {calls}: {tries} tries, {done_at} of them done")


NEW_STORE_FAULTS = [KILL, "error=EIO", *(["error=ENOSPC"] if harness.IS_LONG else [])]


@pytest.mark.parametrize("fault", NEW_STORE_FAULTS)
def test_a_new_store_that_meets_faults_is_usable_afterwards(
    tmp_path: Path, home: Path, source: Path, strace: str, fault: str
) -> None:
    calls = CALLS if fault == KILL else "pwrite64"

    def fresh(number: str) -> Path:
        return tmp_path / f"store-{number}" / "sessions.db"

    made = calls_made(strace, home, "--database", fresh("dry"), "import", source, program=WHOLE)
    for k in moments(made, calls):
        path = fresh(str(k))
        done = harness.hfs(
            home, "--database", path, "import", source, before=injecting(strace, calls, fault, k)
        )
        was_done = check_ended(done, fault == KILL)
        again = harness.hfs(home, "--database", path, "import", source, "--name", "again")
        assert again.returncode == 0, f"k={k}: {again.stderr}"
        names = [name for (name,) in stores.rows(path, "SELECT name FROM sessions ORDER BY id")]
        assert names[-1] == "again"
        assert len(names) >= 1 + was_done
        harness.check_store(path)
        harness.check_no_orphans(path)


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
    made = calls_made(strace, home, *command, program=WHOLE)
    new = same_but_for_export_time(destination.read_text(encoding="utf-8"))
    assert len(new["messages"]) == MESSAGES
    for k in moments(made, calls):
        destination.unlink(missing_ok=True)
        if was_there:
            destination.write_text(old)
        done = harness.hfs(home, *command, before=injecting(strace, calls, fault, k))
        was_done = check_ended(done, fault == KILL)
        if destination.exists():
            text = destination.read_text(encoding="utf-8")
            is_new = text != old
            assert not is_new or same_but_for_export_time(text) == new, f"k={k}"
        else:
            assert not was_there, f"k={k}: what stood there is gone"
            is_new = False
        assert is_new or not was_done, f"k={k}: said to be done, but not there"
        left = harness.left_behind(exports)
        assert fault == KILL or calls.startswith("unlink") or left == [], f"k={k}"
        assert len(left) <= 1
        for name in left:
            (exports / name).unlink()
        assert stores.counts(store) == before
    harness.check_store(store)
    harness.check_no_orphans(store)


def test_what_a_killed_export_leaves_is_swept_an_hour_later(
    store_to_export: Path, home: Path, exports: Path, strace: str
) -> None:
    command = ["--database", store_to_export, "export", "2", "-o", exports / "chat.md"]
    done = harness.hfs(home, *command, before=injecting(strace, "link,linkat", KILL, 1))
    assert done.returncode not in (0, 1)
    (left,) = harness.left_behind(exports)
    assert (exports / left).stat().st_mode & 0o777 == 0o600
    os.utime(exports / left, (0, 0))
    assert harness.hfs(home, *command).returncode == 0
    assert [path.name for path in exports.iterdir()] == ["chat.md"]
