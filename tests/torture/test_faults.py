"""System calls that fail, and processes that die in them, at every k-th call.

strace injects the faults. Each thread counts each call apart, so that a fault of the
k-th call may come to several threads; whatever it hits, a session is whole or absent, a
file is the old one or the new one, and what was said to be done is done.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from testing import effort, stores
from testing.command_line import hfs
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
from testing.store_checks import check_no_orphans, check_store, check_swept, left_behind
from testing.terminal import Terminal
from testing.whole_sessions import name_of, write_whole

STORE_PLANS = [
    (CALLS, KILL),
    ("pwrite64", "error=EIO"),
    ("pwrite64", "error=ENOSPC"),
]
IMPORT_PLANS = [
    *STORE_PLANS,
    ("fdatasync", "error=EIO"),
    ("ftruncate", "error=ENOSPC"),
    ("unlink,unlinkat", "error=EIO"),
    ("write", "error=EIO"),
]
# Slices of some messages, so that a small session moves in by many of them.
IN_SLICES = """
import sys
from hfs_server.store.sqlite import staging
from hfs_server.cli import commands
staging.SLICE_CHARACTERS = 20_000
sys.exit(commands.main())
"""
SLICED = ("-c", IN_SLICES)
LARGE_TRIES = 30
"""How many are tried where each takes seconds, when there is time."""


@pytest.fixture(scope="module")
def strace() -> str:
    """strace, where it may inject faults."""
    return require_strace()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write_whole(tmp_path / "source.json", "new", MESSAGES, CHARACTERS)


IN_SLICES_PLANS = [(SLICED, *plan, "") for plan in IMPORT_PLANS]
AT_ONCE_PLANS = [(PLAIN, *plan, "") for plan in IMPORT_PLANS]
FROM_THEN_ON_PLANS = [
    (SLICED, calls, fault, "+") for calls, fault in IMPORT_PLANS if calls not in ("write", CALLS)
]
IMPORTS = [
    *IN_SLICES_PLANS,
    *(AT_ONCE_PLANS if effort.IS_LONG else AT_ONCE_PLANS[:1]),
    *(FROM_THEN_ON_PLANS if effort.IS_LONG else FROM_THEN_ON_PLANS[:1]),
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
    name = name_of("new", MESSAGES)

    def prepared(number: str) -> Path:
        path = tmp_path / f"store-{number}" / "sessions.db"
        path.parent.mkdir()
        stores.copy(template, path)
        return path

    made = calls_made(
        strace, home, "--database", prepared("dry"), "import", source, program=program
    )
    outcomes = Outcomes(fault, calls)
    for number, (call, k) in enumerate(injection_points(made, calls)):
        path = prepared(str(number))
        done = hfs(
            home,
            "--database",
            path,
            "import",
            source,
            before=injecting(strace, call, fault, f"{k}{lasting}"),
            program=program,
        )
        was_done = outcomes.was_done(done)
        found = check_store(path)
        assert set(found) <= {name}
        assert name in found or not was_done, f"{call} {k}: said to be done, but not there"
        assert stores.rows(path, "SELECT name FROM sessions WHERE id = 1") == [("Kept",)]
        if fault == KILL:
            check_swept(path, home)
        elif k % 4 == 1:
            again = hfs(home, "--database", path, "import", source, "--name", "again")
            assert again.returncode == 0, again.stderr
            assert left_behind(path.parent) == []
        shutil.rmtree(path.parent)
    outcomes.judge()


NEW_STORE_FAULTS = [KILL, "error=EIO", *(["error=ENOSPC"] if effort.IS_LONG else [])]


@pytest.mark.parametrize("fault", NEW_STORE_FAULTS)
def test_a_new_store_that_meets_faults_is_usable_afterwards(
    tmp_path: Path, home: Path, source: Path, strace: str, fault: str
) -> None:
    calls = CALLS if fault == KILL else "pwrite64"

    def fresh(number: str) -> Path:
        folder = tmp_path / f"store-{number}"
        folder.mkdir()
        return folder / "sessions.db"

    made = calls_made(strace, home, "--database", fresh("dry"), "import", source, program=PLAIN)
    outcomes = Outcomes(fault, calls)
    for number, (call, k) in enumerate(injection_points(made, calls)):
        path = fresh(str(number))
        done = hfs(
            home,
            "--database",
            path,
            "import",
            source,
            before=injecting(strace, call, fault, k),
        )
        was_done = outcomes.was_done(done)
        again = hfs(home, "--database", path, "import", source, "--name", "again")
        assert again.returncode == 0, f"{call} {k}: {again.stderr}"
        names = [name for (name,) in stores.rows(path, "SELECT name FROM sessions ORDER BY id")]
        assert names[-1] == "again"
        assert len(names) >= 1 + was_done
        check_store(path)
        check_no_orphans(path)
    outcomes.judge()


LOOKS = [
    (is_new, calls, fault)
    for is_new in (True, False)
    for calls, fault in (STORE_PLANS if is_new else [STORE_PLANS[0]])
]


@pytest.mark.parametrize(("is_new", "calls", "fault"), LOOKS)
def test_a_list_that_meets_faults_leaves_the_store_of_the_terminal_program_as_it_was(
    tmp_path: Path, home: Path, strace: str, is_new: bool, calls: str, fault: str
) -> None:
    """The first look at such a store is what adds our columns to it."""
    template = tmp_path / "template" / "sessions.db"
    template.parent.mkdir()
    terminal_store(template)
    if not is_new:
        assert hfs(home, "--database", template, "list").returncode == 0

    def prepared(number: str) -> Path:
        return stores.copy(template, tmp_path / f"store-{number}" / "sessions.db")

    made = calls_made(strace, home, "--database", prepared("dry"), "list", program=PLAIN)
    outcomes = Outcomes(fault, calls)
    for number, (call, k) in enumerate(injection_points(made, calls)):
        path = prepared(str(number))
        before = injecting(strace, call, fault, k)
        done = hfs(home, "--database", path, "list", before=before)
        if outcomes.was_done(done):
            assert "Kept" in done.stdout
        with Terminal(path) as terminal:
            said = [("user", "one"), ("user", "two")]
            assert terminal.list() == [(1, "Kept", said)]
            terminal.add_session("New", "three")
        again = hfs(home, "--database", path, "list")
        assert again.returncode == 0, f"{call} {k}: {again.stderr}"
        assert len(again.stdout.splitlines()) == 2
        check_swept(path, home)
        shutil.rmtree(path.parent)
    outcomes.judge()


@pytest.mark.skipif(not effort.IS_LONG, reason="LARGE IMPORTS MEET FAULTS IN THE LONG FORM ONLY")
@pytest.mark.parametrize(("calls", "fault"), STORE_PLANS)
def test_an_import_of_real_slices_that_meets_faults_is_whole_or_absent(
    tmp_path: Path, home: Path, strace: str, calls: str, fault: str
) -> None:
    source = write_whole(tmp_path / "large.json", "large", 5000, 8000)
    name = name_of("large", 5000)

    def command(number: str) -> list[str | Path]:
        path = tmp_path / f"store-{number}" / "sessions.db"
        path.parent.mkdir()
        terminal_store(path)
        return ["--database", path, "import", source]

    made = calls_made(strace, home, *command("dry"), program=PLAIN)
    outcomes = Outcomes(fault, calls)
    for number, (call, k) in enumerate(injection_points(made, calls, LARGE_TRIES)):
        words = command(str(number))
        path = Path(words[1])
        done = hfs(home, *words, before=injecting(strace, call, fault, k), within=300)
        was_done = outcomes.was_done(done)
        found = check_store(path)
        assert set(found) <= {name}
        assert name in found or not was_done, f"{call} {k}: said to be done, but not there"
        check_swept(path, home)
        shutil.rmtree(path.parent)
    outcomes.judge()
