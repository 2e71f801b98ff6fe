"""Sessions are kept whole: under kill, on a full disk, and while their tool writes them."""

from __future__ import annotations

import random
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from testing import effort, file_systems, stores, tool_logs
from testing.client import Client, finish_all
from testing.faults import require_strace
from testing.keeping import CLAUDE_CODE, Keeping
from testing.programs import FEW_WATCHES, IMPATIENT, IMPATIENT_PAUSING
from testing.store_checks import check_no_orphans, check_store
from testing.waiting import wait_until

Mount = Callable[[int], Path]
LARGE = "x" * 1_000_000


@pytest.fixture
def keeping(tmp_path: Path, store_path: Path, home: Path) -> Iterator[Keeping]:
    """A home folder whose tools have no sessions yet, and a new store."""
    clients: list[Client] = []

    def launch(**how: object) -> Client:
        clients.append(Client(home, **how))  # type: ignore[arg-type]
        return clients[-1]

    yield Keeping(tmp_path / "user", store_path, launch)
    finish_all(clients)


def test_a_large_session_whose_keeper_is_killed_half_way_is_kept_by_the_next(
    keeping: Keeping,
) -> None:
    path = keeping.claude_code(1)
    path.write_bytes(tool_logs.claude_code(1, 20, LARGE))
    first = keeping.start(CLAUDE_CODE, program=IMPATIENT_PAUSING)
    lock = f"{keeping.store.name}-import-*"
    wait_until(lambda: bool([*keeping.store.parent.glob(lock)]))
    pending = "SELECT count(*) FROM hfs_pending_imports"
    wait_until(lambda: stores.rows(keeping.store, pending) == [(1,)])
    assert stores.rows(keeping.store, "SELECT id FROM sessions") == []
    first.signal(9)
    first.wait_for_end()
    keeping.start(CLAUDE_CODE)
    keeping.wait_for(40)
    check_no_orphans(keeping.store)
    check_store(keeping.store)


def test_keepers_that_are_killed_at_any_time_lose_nothing(keeping: Keeping) -> None:
    chance = random.Random(effort.SEED)
    turns: dict[int, int] = {}
    spare = keeping.start(CLAUDE_CODE)
    for _ in effort.rounds(4):
        keeper, spare = spare, keeping.start(CLAUDE_CODE)
        for number in chance.sample(range(40), 10):
            turns[number] = turns.get(number, 0) + chance.randint(1, 3)
            keeping.claude_code(number, turns[number], f"-{number % 5}")
            time.sleep(chance.random() / 20)
        time.sleep(chance.random())
        keeper.signal(9)
        keeper.wait_for_end()
        check_no_orphans(keeping.store)
    expected = sorted(2 * count for count in turns.values())
    wait_until(lambda: sorted(keeping.kept()) == expected)
    check_store(keeping.store)


def test_a_full_disk_only_delays_what_is_kept(
    keeping: Keeping, tmpfs: Mount, tmp_path: Path
) -> None:
    disk = tmpfs(4 << 20)
    keeping.store = disk / "sessions.db"
    client = keeping.start(CLAUDE_CODE)
    keeping.claude_code(1)
    keeping.wait_for(2)
    ballast = file_systems.fill(disk)
    path = keeping.claude_code(2)
    path.write_bytes(tool_logs.claude_code(2, 4, LARGE[:100_000]))
    wait_until(lambda: "cannot be kept now: storeUnusable" in client.stderr)
    ballast.unlink()
    keeping.wait_for(2, 8)
    keeping.claude_code(1, turns=2)
    keeping.wait_for(4, 8)
    assert client.stderr.count("cannot be kept now") == 1
    check_store(keeping.store)


def test_a_store_that_cannot_be_written_only_delays_what_is_kept(keeping: Keeping) -> None:
    keeping.store.write_bytes(b"junk " * 1000)
    client = keeping.start(CLAUDE_CODE)
    keeping.claude_code(1)
    wait_until(lambda: "cannot be kept now: storeUnusable" in client.stderr)
    assert keeping.store.read_bytes() == b"junk " * 1000
    keeping.store.unlink()
    keeping.wait_for(2)


def test_a_session_that_is_written_piece_by_piece_is_only_kept_in_whole_lines(
    keeping: Keeping,
) -> None:
    chance = random.Random(effort.SEED)
    client = keeping.start(CLAUDE_CODE, level="debug")
    content = tool_logs.claude_code(1, 30)
    path = keeping.claude_code(1)
    done = path.stat().st_size
    with path.open("ab", buffering=0) as file:
        while done < len(content):
            size = chance.randint(1, 2000)
            file.write(content[done : done + size])
            done += size
            # Often longer than a file must rest.
            time.sleep(chance.choice([0, 0.01, 0.1, 0.5]))
            texts = stores.rows(keeping.store, _TEXTS) if keeping.kept() else []
            assert all(text.encode() in content for (text,) in texts)
    keeping.wait_for(60)
    (report,) = client.request("hfs/import", {"uri": path.as_uri()})["sessions"]
    assert report["status"] == "unchanged"
    assert stores.rows(keeping.store, "SELECT count(*) FROM sessions") == [(1,)]


def test_a_change_of_one_file_among_many_costs_no_look_at_the_others(
    keeping: Keeping, tmp_path: Path
) -> None:
    strace = require_strace()
    count = 10_000 if effort.IS_LONG else 3_000
    for number in range(count):
        folder = keeping.projects / f"-{number % 50}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{number}.jsonl").touch()
    trace = tmp_path / "trace"
    # With -D the process is the program, which the signal reaches.
    command = [strace, "-D", "-f", "--seccomp-bpf", "-e", "trace=file,getdents64", "-o", str(trace)]
    words = [sys.executable, *IMPATIENT, "keep", "--tool", CLAUDE_CODE, "--database"]
    with subprocess.Popen(
        [*command, *words, str(keeping.store)],
        env=keeping.whole_environment,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            known = "SELECT count(*) FROM hfs_imported_files"
            wait_until(
                lambda: keeping.is_made() and stores.rows(keeping.store, known) == [(count,)]
            )
            looked = calls(trace)
            assert looked >= count
            keeping.claude_code(1, project="-1")
            keeping.wait_for(2)
            keeping.claude_code(1, turns=2, project="-1")
            keeping.wait_for(4)
            assert calls(trace) - looked < 100
        finally:
            process.terminate()
            process.wait()


def calls(trace: Path) -> int:
    """How many calls named a file of a project."""
    return len(re.findall(r"\.claude/projects/[^/\"]+/", trace.read_text(errors="replace")))


@pytest.mark.skipif(
    sys.platform != "linux" or shutil.which("unshare") is None,
    reason="NOT TESTED WITH FEW WATCHES: only Linux limits them, for a user in a name space",
)
def test_more_folders_than_the_system_can_watch_are_polled(keeping: Keeping) -> None:
    for number in range(20):
        keeping.claude_code(number, project=f"-{number}")
    client = keeping.start(CLAUDE_CODE, program=FEW_WATCHES)
    keeping.wait_for(*[2] * 20)
    wait_until(lambda: "does not notify of changes" in client.stderr)
    keeping.claude_code(7, turns=2, project="-7")
    wait_until(lambda: sorted(keeping.kept()) == [2] * 19 + [4])
    keeping.claude_code(20, project="-20")
    wait_until(lambda: sorted(keeping.kept()) == [2] * 20 + [4])


_TEXTS = "SELECT content FROM messages"
