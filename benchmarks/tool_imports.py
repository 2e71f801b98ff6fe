"""Rows 14 to 18: sessions of other tools into the store."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from statistics import median

from benchmarks import foreign_material, material
from benchmarks.client import serving
from benchmarks.costs import Cost, measured
from benchmarks.figures import (
    Figure,
    Pairs,
    Scale,
    mebibytes,
    quantile,
    ratio_figure,
    seconds,
)
from benchmarks.memory import Run
from benchmarks.neighbours import neighbour
from benchmarks.pings import PARAMS, PING

_MEGABYTES_EACH = 0.5
_MOST_MEBIBYTES = 64
_STATS = 20
"""How often the floor of an unchanged folder is run, since it takes milliseconds."""


def logs(scale: Scale, scratch: Path) -> list[Figure]:
    """Rows 14 to 16: logs of Claude Code, again unchanged, and again with one that grew."""
    files = max(40, scale.messages // 50)
    folder = scratch / "claude"
    made = foreign_material.claude_code_logs(folder, files, _MEGABYTES_EACH)
    size = sum(path.stat().st_size for path in made)
    first, second = Pairs(), Pairs()
    peaks: list[int] = []
    for number in range(scale.runs):
        first.floors.append(_floor("import_lines", folder, scratch / f"floor-{number}.db"))
        store = material.empty_store(scratch / f"ours-{number}.db")
        with serving(scratch, store) as client:
            client.request(PING, PARAMS)
            run = client.measured("hfs/import", {"uri": folder.as_uri()})
            first.ours.append(run.cost)
            peaks.append(run.kibibytes)
            for _ in range(_STATS):
                second.floors.append(_scanned(folder))
                second.ours.append(client.measured("hfs/import", {"uri": folder.as_uri()}).cost)
    what = f"{size / 1e6:.0f} MB of Claude Code's logs, {len(made):,} files"
    return [
        ratio_figure(14, f"import of {what}", first, 1.6),
        ratio_figure(15, f"the same unchanged, {len(made):,} files", second, 3),
        _memory(14, f"memory during the first ({len(made):,} files)", peaks),
        *_grown(scale, scratch),
    ]


def archive(scale: Scale, scratch: Path) -> list[Figure]:
    """Row 17: an archive that ChatGPT exports."""
    path = scratch / "chatgpt.zip"
    megabytes = max(20, scale.messages // 200)
    foreign_material.chatgpt_archive(path, megabytes)
    pairs = Pairs()
    peaks: list[int] = []
    for number in range(scale.runs):
        pairs.floors.append(_floor("parse_items", path, scratch / "none"))
        run = _import(path, scratch / f"ours-{number}.db")
        pairs.ours.append(run.cost)
        peaks.append(run.kibibytes)
    what = f"ChatGPT zip, {megabytes} MB of conversations.json"
    return [ratio_figure(17, f"import of a {what}", pairs, 1.8), _memory(17, "memory", peaks)]


def locks(scale: Scale, scratch: Path) -> list[Figure]:
    """Row 18: what other programs notice while many sessions are imported."""
    files = max(40, scale.messages // 50)
    folder = scratch / "claude"
    foreign_material.claude_code_logs(folder, files, _MEGABYTES_EACH)
    held = _neighbour_times("watch_lock", folder, scratch / "hold.db")
    waited = _neighbour_times("write", folder, scratch / "wait.db")
    longest = max(held, default=0.0)
    return [
        Figure(
            18,
            f"longest hold of the lock, {files:,} sessions",
            "-",
            seconds(longest),
            "-",
            f"p99 {seconds(quantile(held, 0.99))}" if held else "-",
            "≤ 1 s",
            longest <= 1,
        ),
        Figure(
            18,
            f"others' writes p99, {files:,} sessions",
            "-",
            seconds(quantile(waited, 0.99)),
            "-",
            f"longest {seconds(max(waited))}",
            "≤ 250 ms",
            quantile(waited, 0.99) <= 0.25,
        ),
    ]


def import_lines(source: str, store: str) -> None:
    """Each line parsed and kept, in one transaction per file: the floor of row 14."""
    with closing(sqlite3.connect(store, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("CREATE TABLE lines (file TEXT, line BLOB)")
        for path in sorted(Path(source).rglob("*.jsonl")):
            rows = []
            with path.open("rb") as file:
                for line in file:
                    json.loads(line)
                    rows.append((str(path), line))
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany("INSERT INTO lines VALUES (?, ?)", rows)
            connection.execute("COMMIT")


def parse_items(source: str, _: str) -> None:
    """Each conversation parsed by ijson: the floor of row 17."""
    import ijson

    with zipfile.ZipFile(source) as archive, archive.open("conversations.json") as file:
        for _ in ijson.get_backend("yajl2_c").items(file, "item", use_float=True):
            pass


def _grown(scale: Scale, scratch: Path) -> list[Figure]:
    """Row 16: of a hundred files one grew by a hundredth."""
    folder = scratch / "hundred"
    made = foreign_material.claude_code_logs(folder, 100, _MEGABYTES_EACH)
    lone = scratch / "lone"
    lone.mkdir()
    pairs = Pairs()
    for number in range(scale.runs):
        store = material.empty_store(scratch / f"grown-{number}.db")
        with serving(scratch, store) as client:
            client.request("hfs/import", {"uri": folder.as_uri()})
            grown = made[number % len(made)]
            with grown.open("ab") as file:
                file.writelines(_more_lines(grown))
            ours = client.measured("hfs/import", {"uri": folder.as_uri()}).cost
        shutil.copy(grown, lone)
        pairs.floors.append(_import(lone / grown.name, scratch / f"fresh-{number}.db").cost)
        pairs.ours.append(ours)
    return [ratio_figure(16, "one of 100 files grew by 1 %, against its fresh import", pairs, 1.2)]


def _more_lines(path: Path) -> list[bytes]:
    """A hundredth of a log, as further lines of it."""
    lines = path.read_bytes().splitlines(keepends=True)
    more = []
    for number, line in enumerate(lines[: max(1, len(lines) // 100)]):
        record = json.loads(line)
        record["uuid"] = f"grown-{number}"
        record["message"].pop("id", None)
        more.append(json.dumps(record).encode() + b"\n")
    return more


def _import(path: Path, store: Path) -> Run:
    with serving(store.parent, material.empty_store(store)) as client:
        client.request(PING, PARAMS)
        return client.measured("hfs/import", {"uri": path.as_uri()})


def _scanned(folder: Path) -> Cost:
    """The floor of row 15: the files and their times."""
    return measured(lambda: [path.stat() for path in folder.rglob("*.jsonl")])


def _neighbour_times(name: str, folder: Path, store: Path) -> list[float]:
    with serving(store.parent, material.empty_store(store)) as client:
        client.request(PING, PARAMS)
        with neighbour(name, store) as times:
            client.request("hfs/import", {"uri": folder.as_uri()})
    return times


def _memory(row: int, what: str, peaks: list[int]) -> Figure:
    peak = median(peaks)
    return Figure(
        row,
        what,
        "-",
        mebibytes(peak),
        "-",
        f"{mebibytes(min(peaks))}-{mebibytes(max(peaks))}",
        f"≤ {_MOST_MEBIBYTES} MiB",
        peak <= _MOST_MEBIBYTES * 1024,
    )


def _floor(name: str, source: Path, destination: Path) -> Cost:
    command = [sys.executable, "-m", "benchmarks.tool_imports", name, str(source), str(destination)]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
    destination.unlink(missing_ok=True)
    return Cost(*json.loads(output))


if __name__ == "__main__":
    FLOORS: dict[str, Callable[[str, str], None]] = {
        "import_lines": import_lines,
        "parse_items": parse_items,
    }
    print(json.dumps(measured(lambda: FLOORS[sys.argv[1]](sys.argv[2], sys.argv[3]))))
