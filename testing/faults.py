"""System calls that fail, and processes that die in them, by strace.

Each thread counts each call apart, so that a fault of the k-th call may come to several
threads.
"""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from testing import effort
from testing.command_line import check_one_clear_line, hfs
from testing.terminal import Terminal
from testing.waiting import PATIENCE_SECONDS

CALLS = "write,pwrite64,fsync,fdatasync,ftruncate,rename,renameat,link,linkat,unlink,unlinkat"
KILL = "signal=KILL"
QUICK_TRIES = 3
"""How many of the k are tried, for each plan, when there is little time."""

MESSAGES, CHARACTERS = 200, 700

Made = Counter[tuple[str, str]]


def require_strace() -> str:
    """The path of strace; skips where it cannot inject faults here."""
    path = shutil.which("strace")
    if path is None:
        pytest.skip("NO FAULTS INJECTED: strace is not installed")
    inject = ["-f", "--seccomp-bpf", "-o", "/dev/null", "-e", "inject=chdir:error=EIO:when=1"]
    probe = subprocess.run(
        [path, *inject, sys.executable, "-c", "import os; os.chdir('/')"],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )
    if "Errno 5" not in probe.stderr:
        pytest.skip(f"NO FAULTS INJECTED: strace cannot here: {probe.stderr.strip()[-200:]}")
    return path


def terminal_store(path: Path) -> None:
    """Makes a store of one session."""
    with Terminal(path) as terminal:
        terminal.add_session("Kept", "one", "two")


def calls_made(strace: str, home: Path, *arguments: str | Path, program: tuple[str, ...]) -> Made:
    """How often each thread makes each call, when all goes well."""
    trace = home / "trace"
    before = [strace, "-f", "--seccomp-bpf", "-e", f"trace={CALLS}", "-o", str(trace)]
    done = hfs(home, *arguments, before=before, program=program)
    assert done.returncode == 0, done.stderr
    by_thread: Counter[tuple[str, str]] = Counter()
    for line in trace.read_text(errors="replace").splitlines():
        if match := re.match(r"(\d+) +(\w+)\(", line):
            by_thread[match[1], match[2]] += 1
    trace.unlink()
    return by_thread


def injecting(strace: str, call: str, fault: str, k: int | str) -> list[str]:
    """The command before a command that brings the fault to the k-th call."""
    # With a filter in the kernel strace says nothing and injects no signal.
    how = [] if fault == KILL else ["--seccomp-bpf"]
    inject = f"inject={call}:{fault}:when={k}"
    return [strace, "-f", *how, "-o", "/dev/null", "-e", f"trace={call}", "-e", inject]


def injection_points(made: Made, calls: str, tries: int = 0) -> list[tuple[str, int]]:
    """The calls, with each k to try a fault at: up to the last call of the busiest thread."""
    last: dict[str, int] = {}
    for (_, call), count in made.items():
        if call in calls.split(","):
            last[call] = max(count, last.get(call, 0))
    assert last, f"{calls} is never called, so nothing was tried"
    every = [(call, k) for call in sorted(last) for k in range(1, last[call] + 1)]
    return effort.spread(every, tries) if tries else effort.chosen(every, QUICK_TRIES)


class Outcomes:
    """How commands that met one kind of fault have ended."""

    def __init__(self, fault: str, calls: str) -> None:
        self.fault = fault
        self.calls = calls
        self.tries = self.done = self.killed = 0

    def was_done(self, done: subprocess.CompletedProcess[str]) -> bool:
        """Fails if a command ended as it may not; returns whether it succeeded."""
        self.tries += 1
        self.done += done.returncode == 0
        if self.fault == KILL and done.returncode in (-signal.SIGKILL, 128 + signal.SIGKILL):
            self.killed += 1
        elif done.returncode:
            check_one_clear_line(done)
        return done.returncode == 0

    def judge(self) -> None:
        """Fails if a fault that kills killed no process; prints how much was tried."""
        print(f"{self.fault} in {self.calls}: {self.tries} tries, {self.done} of them done")
        assert self.fault != KILL or self.killed
