"""Row 20: another store into the store, and again when it has not changed."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from statistics import median

from benchmarks import material
from benchmarks.client import serving
from benchmarks.costs import Cost, measured
from benchmarks.figures import Figure, Pairs, Scale, ratio_figure, seconds
from benchmarks.pings import PARAMS, PING

_SESSIONS = 10_000
_MOST_SECONDS = 2.0


def imports(scale: Scale, scratch: Path) -> list[Figure]:
    """The first import against the same rows inserted plainly, and an import of what is there."""
    sessions = min(_SESSIONS, scale.sessions)
    other = material.sessions_store(sessions)
    first = Pairs()
    again: list[float] = []
    for number in range(scale.runs):
        first.floors.append(_floor(other, _prepared(scratch / f"floor-{number}.db")))
        store = _prepared(scratch / f"ours-{number}.db")
        with serving(scratch, store) as client:
            client.request(PING, PARAMS)
            first.ours.append(client.measured("hfs/import", {"uri": other.as_uri()}).cost)
            before = _changes(store)
            again.append(client.measured("hfs/import", {"uri": other.as_uri()}).cost.seconds)
            assert _changes(store) == before, "an import of what is there wrote to the store"
    what = f"import of another store, {sessions:,} sessions"
    return [
        ratio_figure(20, what, first, 1.5),
        Figure(
            20,
            "the same unchanged",
            "-",
            seconds(median(again)),
            "-",
            f"{seconds(min(again))}-{seconds(max(again))}",
            f"≤ {_MOST_SECONDS:.0f} s",
            median(again) <= _MOST_SECONDS,
        ),
    ]


def insert_rows(source: str, store: str) -> None:
    """All rows read and inserted, in one transaction: the floor."""
    with (
        closing(sqlite3.connect(source)) as other,
        closing(sqlite3.connect(store, isolation_level=None)) as connection,
    ):
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("BEGIN IMMEDIATE")
        for table in ("sessions", "messages", "checkpoints"):
            rows = other.execute(f"SELECT * FROM {table}")
            names = [column[0] for column in rows.description]
            marks = ", ".join("?" * len(names))
            statement = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})"
            connection.executemany(statement, rows)
        connection.execute("COMMIT")


def _prepared(path: Path) -> Path:
    """A new store, which has our tables, columns and indexes."""
    material.empty_store(path)
    command = [sys.executable, "-m", "hfs_server", "list", "--database", str(path)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return path


def _changes(store: Path) -> tuple[int, int]:
    """What differs after each write to the store: the end of its log."""
    log = store.with_name(f"{store.name}-wal")
    return store.stat().st_mtime_ns, log.stat().st_mtime_ns if log.exists() else 0


def _floor(source: Path, destination: Path) -> Cost:
    command = [sys.executable, "-m", "benchmarks.other_stores", str(source), str(destination)]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
    return Cost(*json.loads(output))


if __name__ == "__main__":
    print(json.dumps(measured(lambda: insert_rows(sys.argv[1], sys.argv[2]))))
