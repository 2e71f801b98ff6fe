"""Rows 1 to 4, 7 and 8: one large session into the store and out of it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

from benchmarks import material
from benchmarks.client import Message, serving
from benchmarks.costs import Cost
from benchmarks.figures import Figure, Pairs, Scale, mebibytes, quantile, ratio_figure, seconds
from benchmarks.memory import Run
from benchmarks.neighbours import neighbour
from benchmarks.pings import PARAMS, PING, pings_during, pings_while_idle

FORMATS = {"json": ".json", "markdown": ".md"}
_LONG_WORK: dict[str, Message] = {
    "json": {"format": "json"},
    "markdown": {"format": "markdown"},
    "html": {"format": "html"},
    "redacted": {"format": "markdown", "redact": True},
}
_SUFFIXES = {**FORMATS, "html": ".html", "redacted": ".md"}
_IDLE_SECONDS = 3.0
_NEIGHBOUR_SECONDS = 0.5


def imports(scale: Scale, scratch: Path) -> list[Figure]:
    """Rows 1 and 2: a file into an empty store, and the memory that it takes."""
    document = material.document(scale.messages)
    floors: list[Run] = []
    ours: list[Run] = []
    for number in range(scale.runs):
        floors.append(floor_of_import(document, scratch / f"floor-{number}.db"))
        ours.append(import_(document, scratch / f"ours-{number}.db"))
    pairs = Pairs([run.cost for run in floors], [run.cost for run in ours])
    size = f"{document.stat().st_size / 1e6:.0f} MB"
    return [
        ratio_figure(1, f"import of {size}", pairs, 0.85, 1.0),
        _memory_figure(f"memory during it ({size})", ours, floors),
    ]


def memory_at_ten_times(scale: Scale, scratch: Path) -> list[Figure]:
    """Row 2 at ten times the size, for which the floor has no room."""
    run = import_(material.document(scale.largest), scratch / "largest.db")
    return [_memory_figure(f"the same, {scale.largest:,} messages", [run], [])]


def exports(scale: Scale, scratch: Path) -> list[Figure]:
    """Rows 3 and 4: a session into a file."""
    store = material.session_store(scale.messages)
    figures = []
    for row, kind, reach in ((3, "json", 0.42), (4, "markdown", 2.5)):
        pairs = Pairs()
        for number in range(scale.runs):
            destination = scratch / f"floor-{number}"
            pairs.floors.append(floor(kind, store, destination).cost)
            pairs.ours.append(export(store, kind, scratch / f"ours-{number}").cost)
        name = {"json": "JSON", "markdown": "Markdown"}[kind]
        figures.append(
            ratio_figure(row, f"{name} export, {scale.messages:,} messages", pairs, reach)
        )
    return figures


def pings(scale: Scale, scratch: Path) -> list[Figure]:
    """Row 7: how soon a small request is answered while a large one is at work."""
    document, store = material.document(scale.messages), material.session_store(scale.messages)
    with serving(scratch, store) as client:
        client.request(PING, PARAMS)
        idle = pings_while_idle(client, _IDLE_SECONDS)
    figures = []
    for name in ("import", *_LONG_WORK):
        took: list[float] = []
        for number in range(max(2, scale.runs // 2)):
            database = scratch / f"{name}-{number}.db" if name == "import" else store
            with serving(scratch, database) as client:
                if name == "import":
                    method, params = _import_request(document)
                else:
                    method, params = _export_request(name, scratch / f"{name}-{number}")
                took += pings_during(client, method, params)
        figures += _ping_figures(name, idle, took, scale)
    return figures


def locks(scale: Scale, scratch: Path) -> list[Figure]:
    """Row 8: how long an import keeps other programs from writing."""
    return _locks(scale.messages, scale.runs, 1.0, scratch)


def locks_at_ten_times(scale: Scale, scratch: Path) -> list[Figure]:
    """Row 8 at ten times the size."""
    return _locks(scale.largest, 1, 4.0, scratch)


def import_(document: Path, store: Path) -> Run:
    """One import by a new server into the store, which is made where it is not there."""
    with serving(store.parent, store) as client:
        client.request(PING, PARAMS)
        run = client.measured(*_import_request(document))
    _remove(store)
    return run


def export(store: Path | str, format: str, destination: Path) -> Run:
    """One export of session 1 by a new server."""
    with serving(destination.parent, store) as client:
        client.request(PING, PARAMS)
        run = client.measured(*_export_request(format, destination))
    destination.with_suffix(_SUFFIXES[format]).unlink()
    return run


def _import_request(document: Path) -> tuple[str, Message]:
    return "hfs/import", {"uri": document.as_uri()}


def _export_request(format: str, destination: Path) -> tuple[str, Message]:
    uri = destination.with_suffix(_SUFFIXES[format]).as_uri()
    return "hfs/export", {"sessionId": 1, "destination": uri, **_LONG_WORK[format]}


def floor_of_import(document: Path, store: Path) -> Run:
    """The same by the plain program."""
    return floor("import", document, material.empty_store(store))


def floor(name: str, source: Path, destination: Path) -> Run:
    """The work of this name by the plain program, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.floors", name, str(source), str(destination)]
    output = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    _remove(destination)
    return Run(Cost(output["seconds"], output["processor"]), output["kibibytes"])


def _remove(path: Path) -> None:
    for file in path.parent.glob(path.name + "*"):
        file.unlink()


def _memory_figure(what: str, ours: list[Run], floors: list[Run]) -> Figure:
    peaks = [run.kibibytes for run in ours]
    peak = median(peaks)
    floor = median(run.kibibytes for run in floors) if floors else None
    return Figure(
        2,
        what,
        "-" if floor is None else mebibytes(floor),
        mebibytes(peak),
        f"{peak / floor:.2f}" if floor else "-",
        f"{mebibytes(min(peaks))}-{mebibytes(max(peaks))}",
        "≤ 48 MiB",
        peak <= 48 * 1024,
    )


def _ping_figures(name: str, idle: list[float], took: list[float], scale: Scale) -> list[Figure]:
    p99, longest = (0.04, 0.12) if scale.is_slow else (0.015, 0.06)
    measures = (
        ("p99", quantile(idle, 0.99), quantile(took, 0.99), p99),
        ("longest", max(idle), max(took), longest),
    )
    spread = f"median {seconds(median(took))}"
    return [
        Figure(
            7,
            f"ping during {name}, {which} of {len(took)}",
            seconds(floor),
            seconds(ours),
            f"{ours / floor:.1f}",
            spread,
            f"≤ {reach * 1000:.0f} ms",
            ours <= reach,
        )
        for which, floor, ours, reach in measures
    ]


def _locks(messages: int, runs: int, longest: float, scratch: Path) -> list[Figure]:
    document = material.document(messages)
    holds: list[float] = []
    waits: list[float] = []
    idle = _neighbour_times("write", None, scratch / "idle.db")
    for number in range(runs):
        holds.append(max(_neighbour_times("watch_lock", document, scratch / f"hold-{number}.db")))
        waits += _neighbour_times("write", document, scratch / f"wait-{number}.db")
    during = f"import of {document.stat().st_size / 1e6:.0f} MB"
    wait, floor = quantile(waits, 0.99), quantile(idle, 0.99)
    return [
        Figure(
            8,
            f"longest hold of the lock, {during}",
            "-",
            seconds(max(holds)),
            "-",
            f"{seconds(min(holds))}-{seconds(max(holds))}",
            f"≤ {longest:.0f} s",
            max(holds) <= longest,
        ),
        Figure(
            8,
            f"others' writes p99, {during}",
            seconds(floor),
            seconds(wait),
            f"{wait / floor:.1f}",
            f"longest {seconds(max(waits))}",
            "≤ 250 ms",
            wait <= 0.25,
        ),
    ]


def _neighbour_times(name: str, document: Path | None, store: Path) -> list[float]:
    with serving(store.parent, store) as client:
        client.request(PING, PARAMS)
        with neighbour(name, store) as times:
            time.sleep(_NEIGHBOUR_SECONDS)
            if document is not None:
                client.request(*_import_request(document))
            else:
                time.sleep(_IDLE_SECONDS)
    _remove(store)
    return times
