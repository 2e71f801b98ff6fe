"""Imports of very many sessions: how much memory they take, and how long they lock the store."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from testing import effort, stores
from testing.client import Client, Start
from testing.command_line import hfs
from testing.lock_waits import Writer
from testing.tool_logs import claude_code, id_of, write, write_claude_code
from testing.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.quiet

MILLION = 1_000_000
MOST_MEMORY = 64 << 20
FILES, TOTAL = (2000, 1000 * MILLION) if effort.IS_LONG else (400, 200 * MILLION)
SMALL_SESSIONS = 2000
WITHIN = 580
LONGEST_SECONDS = 1.0
"""What the terminal program must never wait for; one of some tries must keep it."""

TRIES = 3


def memory_of(client: Client, name: str) -> int:
    """A size from the status of the server's process, in bytes."""
    status = Path(f"/proc/{client.process.pid}/status").read_text()
    (size,) = (line.split()[1] for line in status.splitlines() if line.startswith(f"{name}:"))
    return int(size) << 10


@pytest.mark.skipif(sys.platform != "linux", reason="NO MEMORY MEASURED: needs /proc")
def test_an_import_of_many_logs_takes_little_memory(start: Start, tmp_path: Path) -> None:
    turns = 100
    words = "words of a session " * (TOTAL // FILES // turns // 2 // 19)
    for number in range(FILES):
        write(tmp_path / "in" / f"{id_of(number)}.jsonl", claude_code(number, turns, words))
    client = start()
    client.request("hfs/import", {"content": '{"session_name": "x", "messages": []}'})
    idle = memory_of(client, "VmRSS")
    result = client.request("hfs/import", {"uri": (tmp_path / "in").as_uri()}, within=WITHIN)
    over = memory_of(client, "VmHWM") - idle
    print(f"{over / MILLION:.1f} MB over idle for {FILES} files of {TOTAL / MILLION:.0f} MB")
    assert len(result["sessions"]) == FILES
    assert over <= MOST_MEMORY
    before = memory_of(client, "VmHWM")
    again = client.request("hfs/import", {"uri": (tmp_path / "in").as_uri()}, within=WITHIN)
    assert again["sessions"] == []
    assert memory_of(client, "VmHWM") - before <= MOST_MEMORY // 4


def test_no_program_waits_long_for_an_import_of_many_small_sessions(
    home: Path, tmp_path: Path
) -> None:
    write_claude_code(tmp_path / "in", range(SMALL_SESSIONS))
    tries = []
    for number in range(TRIES):
        path = tmp_path / f"{number}.db"
        assert hfs(home, "--database", path, "list").returncode == 0
        writer = Writer(path)
        writer.start()
        done = hfs(home, "--database", path, "import", tmp_path / "in", within=WITHIN)
        writer.stop.set()
        writer.join(PATIENCE_SECONDS)
        assert done.returncode == 0, done.stderr
        assert stores.counts(path)["sessions"] == SMALL_SESSIONS
        assert len(writer.waits) > 10
        tries.append(max(writer.waits))
        if tries[-1] < LONGEST_SECONDS:
            print(f"waited {tries} s at most, {len(writer.waits)} writes")
            return
    raise AssertionError(f"another program waited {tries} s")
