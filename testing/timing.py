"""Promises about time, measured beside a control, so that a busy machine breaks none of them.

The control is a trivial process, which sleeps and writes to the same disk while the promise
is measured: how late it was says what the machine adds to any work. A promise is kept where
one of some tries keeps it; a program that hangs, or is too slow, breaks it in all of them.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from testing.waiting import PATIENCE_SECONDS

TRIES = 5
STEPS = 4
"""How many times as late as the control it may be: it wakes, works, ends, and is seen to end."""

_CONTROL = """
import os, sys, threading, time
ended = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
latest = 0.0
with open(sys.argv[1], "wb", buffering=0) as file:
    print("ready", flush=True)
    while not ended.is_set():
        begun = time.monotonic()
        ended.wait(0.05)
        file.write(b"x")
        os.fsync(file.fileno())
        latest = max(latest, time.monotonic() - begun - 0.05)
print(latest)
"""


class Measured:
    """What ``measuring`` has measured, in seconds."""

    took = 0.0
    late = 0.0

    def keeps(self, seconds: float) -> bool:
        """Whether it was done in so many seconds, but for what the machine adds."""
        return self.took <= seconds + STEPS * self.late


@contextmanager
def measuring(folder: Path) -> Iterator[Measured]:
    """Measures how long its body takes, and how late a control was meanwhile."""
    measured = Measured()
    with subprocess.Popen(
        [sys.executable, "-c", _CONTROL, str(folder / "control")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as control:
        assert control.stdout is not None
        assert control.stdout.readline() == "ready\n"
        begun = time.monotonic()
        try:
            yield measured
        finally:
            measured.took = time.monotonic() - begun
            output, _ = control.communicate(timeout=PATIENCE_SECONDS)
    measured.late = float(output)


def check_promise(seconds: float, attempt: Callable[[], Measured]) -> None:
    """Fails where no try was done in time."""
    tries: list[str] = []
    for _ in range(TRIES):
        measured = attempt()
        tries.append(f"{measured.took:.2f} s (control: {measured.late:.2f} s late)")
        if measured.keeps(seconds):
            print(f"promised: {seconds} s; took {', '.join(tries)}")
            return
    raise AssertionError(f"{seconds} s are promised, but it took {', '.join(tries)}")
