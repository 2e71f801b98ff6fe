"""Row 19: a server that keeps sessions, while nothing changes and when one file does."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from benchmarks.client import PATIENCE_SECONDS, Client
from benchmarks.costs import Meter
from benchmarks.figures import Figure, Scale, mebibytes, seconds
from benchmarks.memory import present_kibibytes

_PROJECTS = 200
_IDLE_SECONDS = 60
_MOST_SHARE = 0.01
_MOST_MEBIBYTES = 24
_MOST_SECONDS = 5.0


def idle(scale: Scale, scratch: Path) -> list[Figure]:
    """The processor, the memory and the delay of keeping so many files."""
    files = min(scale.sessions, 10_000)
    projects = scratch / ".claude" / "projects"
    paths = [_written(projects, number) for number in range(files)]
    with _serving(scratch, []) as first:
        first.request("hfs/import", {"tools": ["claude-code"]})
    with _serving(scratch, []) as plain:
        plain.request("hfs/listSessions")
        _settle(plain)
        before = present_kibibytes(plain.process.pid)
        floor = _used_within(plain, _IDLE_SECONDS)
    with _serving(scratch, ["claude-code"]) as keeping:
        keeping.request("hfs/listSessions")
        _settle(keeping)
        memory = present_kibibytes(keeping.process.pid) - before
        used = _used_within(keeping, _IDLE_SECONDS)
        delays = [_delay(scratch, path) for path in paths[: scale.runs]]
    what = f"keep idle, {files:,} files"
    share = used / _IDLE_SECONDS
    return [
        Figure(
            19,
            f"{what}: processor in {_IDLE_SECONDS} s",
            seconds(floor),
            seconds(used),
            f"{share:.2%}",
            "-",
            f"≤ {_MOST_SHARE:.0%} of a core",
            share <= _MOST_SHARE,
        ),
        Figure(
            19,
            f"{what}: memory over the server",
            mebibytes(before),
            mebibytes(memory),
            "-",
            "-",
            f"≤ {_MOST_MEBIBYTES} MiB",
            memory <= _MOST_MEBIBYTES << 10,
        ),
        Figure(
            19,
            "from the last write of a session until it is in the store",
            "1.50 s",
            seconds(max(delays)),
            "-",
            f"{seconds(min(delays))}-{seconds(max(delays))}",
            f"≤ {_MOST_SECONDS:.0f} s",
            max(delays) <= _MOST_SECONDS,
        ),
    ]


@contextmanager
def _serving(home: Path, tools: list[str]) -> Iterator[Client]:
    client = Client(home)
    options = {"databasePath": str(home / "sessions.db"), "keep": tools}
    try:
        params = {"processId": None, "capabilities": {}, "initializationOptions": options}
        client.request("initialize", params)
        client.send({"jsonrpc": "2.0", "method": "initialized", "params": {}})
        yield client
    finally:
        client.process.kill()
        client.process.wait(10)


def _written(projects: Path, number: int, turn: int = 0) -> Path:
    """Adds a message to a session of Claude Code."""
    path = projects / f"-project-{number % _PROJECTS}" / f"{number:08}-0000-4000-8000.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    record = {
        "type": "user",
        "uuid": f"{number}-{turn}",
        "parentUuid": f"{number}-{turn - 1}" if turn else None,
        "sessionId": path.stem,
        "cwd": "/work",
        "timestamp": f"2026-02-01T10:00:{turn:02}.000Z",
        "message": {"role": "user", "content": f"Question {turn} of {number}"},
    }
    with path.open("a") as file:
        file.write(json.dumps(record) + "\n")
    return path


def _settle(client: Client) -> None:
    """Returns when the server has used little of the processor for some seconds."""
    while _used_within(client, 5) > 0.2:
        pass


def _used_within(client: Client, seconds: float) -> float:
    """The seconds of a processor that the server uses in so many seconds."""
    meter = Meter(client.process.pid)
    time.sleep(seconds)
    return meter.cost().processor


def _delay(home: Path, path: Path) -> float:
    """How long a message that was added to a session takes to get into the store."""
    with closing(sqlite3.connect(home / "sessions.db")) as store:
        (before,) = store.execute("SELECT count(*) FROM messages").fetchone()
        _written(home / ".claude" / "projects", int(path.stem[:8]), turn=1)
        begun = time.perf_counter()
        while store.execute("SELECT count(*) FROM messages").fetchone() == (before,):
            if time.perf_counter() - begun > PATIENCE_SECONDS:
                raise TimeoutError("the session was not kept")
            time.sleep(0.02)
        return time.perf_counter() - begun
