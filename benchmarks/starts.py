"""Rows 9, 10 and 34: how soon a new process has its first answers."""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from benchmarks import material
from benchmarks.client import BARE, OURS, Client, Message, environment, serving
from benchmarks.costs import Cost, cost_of_program, processor_seconds
from benchmarks.figures import Figure, Pairs, Scale, ratio_figure
from benchmarks.pings import PARAMS, PING

_RUNS_PER_RUN = 4
_SESSIONS = 1000
_SECONDS_WITHOUT_WORK = 2.5
"""In which a server loads what it needs later."""


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


def first_requests(scale: Scale, scratch: Path) -> list[Figure]:
    """Row 34: the first request of a kind after the start, against the tenth."""
    store = Path(shutil.copy(material.sessions_store(_SESSIONS), scratch / "store.db"))
    with serving(scratch, store) as client:
        # A search before the first one has everything in its index.
        while not client.request("hfs/search", {"query": ""})["isComplete"]:
            pass
    figures = []
    for name, request in _FIRST.items():
        pairs = Pairs()
        for run in range(scale.runs):
            first, *_, tenth = _requests(store, scratch, partial(request, scratch, run))
            pairs.ours.append(first)
            pairs.floors.append(tenth)
        figures.append(ratio_figure(34, f"first {name}, against the tenth", pairs, 1.2))
    return figures


def _requests(
    store: Path, scratch: Path, request: Callable[[int], tuple[str, Message]]
) -> list[Cost]:
    with serving(scratch, store) as client:
        client.request(PING, PARAMS)
        time.sleep(_SECONDS_WITHOUT_WORK)
        return [client.measured(*request(number)).cost for number in range(10)]


def _import(_: Path, run: int, number: int) -> tuple[str, Message]:
    metadata = {"schema_version": "1.0.0", "session_name": f"Session {run}/{number}"}
    message = {"role": "user", "content": f"{run}/{number}", "created_at": "2026-02-01T10:00:00Z"}
    content = json.dumps({"metadata": metadata, "messages": [message]})
    return "hfs/import", {"content": content}


def _export(format: str, scratch: Path, run: int, number: int) -> tuple[str, Message]:
    uri = (scratch / f"{format}-{run}-{number}").as_uri()
    return "hfs/export", {"sessionId": number + 1, "format": format, "destination": uri}


def _search(*_: object) -> tuple[str, Message]:
    return "hfs/search", {"query": "transaction"}


_FIRST: dict[str, Callable[[Path, int, int], tuple[str, Message]]] = {
    "import": _import,
    "JSON export": partial(_export, "json"),
    "Markdown export": partial(_export, "markdown"),
    "HTML export": partial(_export, "html"),
    "search": _search,
}


def _initialized(home: Path, command: tuple[str, ...]) -> Cost:
    begun = time.perf_counter()
    client = Client(home, command)
    try:
        client.initialize()
        took = time.perf_counter() - begun
        return Cost(took, processor_seconds(client.process.pid))
    finally:
        client.process.kill()
        client.process.wait(10)


def _ran(command: list[str], home: Path) -> Cost:
    return cost_of_program(command, environment(home))
