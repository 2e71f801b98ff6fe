"""Rows 9 and 10: how soon a new process has its first answer."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from pathlib import Path

from benchmarks import material
from benchmarks.client import BARE, OURS, Client, environment
from benchmarks.figures import Figure, Pairs, Scale, ratio_figure

_RUNS_PER_RUN = 4
_SESSIONS = 1000


def servers(scale: Scale, scratch: Path) -> list[Figure]:
    """Row 9: from the start of the process to the answer to initialize."""
    pairs = Pairs()
    _initialized(scratch, OURS)
    runs = scale.runs * _RUNS_PER_RUN
    pairs.measure(runs, lambda: _initialized(scratch, BARE), lambda: _initialized(scratch, OURS))
    return [ratio_figure(9, "start of the server", pairs, 1.1)]


def commands(scale: Scale, scratch: Path) -> list[Figure]:
    """Row 10: ``hfs-server list``, from its start to its end."""
    store = material.sessions_store(_SESSIONS)
    program = shutil.which("hfs-server", path=str(Path(sys.executable).parent))
    start = [program] if program else [sys.executable, "-m", "hfs_server"]
    listing = [*start, "list", "--database", str(store)]
    plain = [sys.executable, "-c", "import sqlite3, json"]
    pairs = Pairs()
    _ran(listing, scratch)
    runs = scale.runs * _RUNS_PER_RUN
    pairs.measure(runs, lambda: _ran(plain, scratch), lambda: _ran(listing, scratch))
    return [ratio_figure(10, "hfs-server list", pairs, 3)]


def _initialized(home: Path, command: tuple[str, ...]) -> float:
    begun = time.perf_counter()
    client = Client(home, command)
    try:
        client.initialize()
        return time.perf_counter() - begun
    finally:
        client.process.kill()
        client.process.wait(10)


def _ran(command: list[str], home: Path) -> float:
    begun = time.perf_counter()
    subprocess.run(
        command,
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment(home),
    )
    return time.perf_counter() - begun
