"""Other programs at the same store: ``python -m benchmarks.neighbours NAME STORE``.

Each works until its stdin ends, then prints its times in seconds as a JSON list.
"""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from select import select

from benchmarks.material import INSERT_MESSAGE, INSERT_SESSION

_LOOK_SECONDS = 0.0002
_WRITE_SECONDS = 0.02
_BUSY_SECONDS = 5.0
"""How long the terminal program waits for the lock."""

_SESSION_ID = 1_000_000


@contextmanager
def neighbour(name: str, store: Path) -> Iterator[list[float]]:
    """Runs the neighbour of this name meanwhile; its times are there at the end."""
    times: list[float] = []
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.neighbours", name, str(store)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield times
        output, _ = process.communicate()
        times += json.loads(output)


def watch_lock(store: str, is_over: Callable[[], bool]) -> Iterator[float]:
    """How long the write lock was refused without a break, each time."""
    with closing(sqlite3.connect(store, timeout=0, isolation_level=None)) as connection:
        refused_at: float | None = None
        while not is_over():
            begun = time.perf_counter()
            try:
                connection.execute("BEGIN IMMEDIATE")
                connection.execute("ROLLBACK")
            except sqlite3.OperationalError:
                refused_at = refused_at or begun
            else:
                if refused_at is not None:
                    yield time.perf_counter() - refused_at
                refused_at = None
            time.sleep(_LOOK_SECONDS)


def write(store: str, is_over: Callable[[], bool]) -> Iterator[float]:
    """How long each of many small writes took, as the terminal program makes them."""
    with closing(sqlite3.connect(store, timeout=_BUSY_SECONDS, isolation_level=None)) as connection:
        moment = "2026-02-01 10:30:00.250184"
        connection.execute(INSERT_SESSION, (_SESSION_ID, "Other", moment, moment))
        while not is_over():
            begun = time.perf_counter()
            connection.execute(INSERT_MESSAGE, (_SESSION_ID, "user", "Hello", moment))
            yield time.perf_counter() - begun
            time.sleep(_WRITE_SECONDS)


_NEIGHBOURS = {"watch_lock": watch_lock, "write": write}


def main(name: str, store: str) -> None:
    """Works until stdin ends, and prints the times."""
    print(flush=True)
    print(json.dumps([*_NEIGHBOURS[name](store, lambda: bool(select([sys.stdin], [], [], 0)[0]))]))


if __name__ == "__main__":
    main(*sys.argv[1:])
