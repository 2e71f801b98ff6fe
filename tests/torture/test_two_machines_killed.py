"""Two machines that share a folder, of which one is killed while it exports, and one while it
imports.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from testing import stores
from testing.command_line import hfs
from testing.programs import PLAIN, environment_for
from testing.store_checks import check_store
from testing.terminal import Terminal
from testing.waiting import wait_until

SESSIONS = 300
"""More than an export puts in place together, so that it can be killed in between."""

SAID = "SELECT name, content FROM sessions JOIN messages ON session_id = sessions.id ORDER BY 1, 2"


def killed(home: Path, store: Path, words: list[str], has_begun: Callable[[], bool]) -> bool:
    """Kills a command as soon as it has begun to write; whether it was not complete."""
    process = subprocess.Popen(
        [sys.executable, *PLAIN, "--database", str(store), *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment_for(home, {}),
        cwd=home,
    )
    try:
        wait_until(lambda: has_begun() or process.poll() is not None)
    finally:
        process.kill()
        code = process.wait()
    return code != 0


def exported(folder: Path) -> int:
    return len(list(folder.glob("hfs_*.json")))


def test_a_machine_that_is_killed_in_the_middle_completes_its_work_the_next_time(
    tmp_path: Path,
) -> None:
    one, two = tmp_path / "one.db", tmp_path / "two.db"
    with Terminal(one) as terminal:
        for number in range(SESSIONS):
            terminal.add_session(f"No {number}", f"said {number}")
    Terminal(two).close()
    folder = tmp_path / "shared"
    words = ["export", "--all", "-o", str(folder)]
    # Enough that an import of these can be killed in between, too.
    assert killed(tmp_path, one, words, lambda: exported(folder) >= SESSIONS // 10)
    assert 0 < exported(folder) < SESSIONS
    part = ["import", str(folder)]
    assert killed(tmp_path, two, part, lambda: stores.counts(two)["sessions"] > 0)
    assert 0 < stores.counts(two)["sessions"] <= exported(folder)
    for store in (one, two):
        for command in (words, part):
            done = hfs(tmp_path, "--database", store, *command)
            assert (done.returncode, done.stderr) == (0, "")
        check_store(store)
    assert stores.rows(one, SAID) == stores.rows(two, SAID)
    assert len(stores.rows(two, SAID)) == SESSIONS == exported(folder)
    done = hfs(tmp_path, "--database", two, "verify", folder)
    assert (done.returncode, done.stderr) == (0, "")
