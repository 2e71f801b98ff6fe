"""Row 11: whether time grows as that of the plain program does, and memory not at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from statistics import median

from benchmarks import material
from benchmarks.figures import Figure, Scale, mebibytes, ratio, seconds
from benchmarks.memory import Run
from benchmarks.plot import Line, plot
from benchmarks.transfers import FORMATS, export, floor, floor_of_import, import_

PLOT = Path(__file__).with_name("growth.svg")
_NAMES = {"import": "import", "json": "JSON export", "markdown": "Markdown export"}
_WORTH_DRAWING = 100_000
_MORE_TIME = 0.1
_MORE_KIBIBYTES = 8 * 1024


@dataclass(slots=True)
class Growth:
    """The runs of one kind of work, by the number of messages."""

    name: str
    runs: dict[int, list[Run]] = field(default_factory=dict)
    floors: dict[int, list[Run]] = field(default_factory=dict)
    """Those of the plain program."""

    def factor(self, small: int, large: int, of: Callable[[Run], float]) -> float:
        """How much more ours grows than the floor from one size to the other."""
        ours, floor = (
            median(of(run) for run in runs[large]) / median(of(run) for run in runs[small])
            for runs in (self.runs, self.floors)
        )
        return ours / floor

    def seconds(self, size: int) -> float:
        """The median time at this size."""
        return median(run.cost.seconds for run in self.runs[size])

    def kibibytes(self, size: int) -> float:
        """The median of the highest memory over idle at this size."""
        return median(run.kibibytes for run in self.runs[size])


def growth(scale: Scale, scratch: Path) -> list[Figure]:
    """One figure per kind of work and step of size; draws the plot where the scale is full."""
    sizes = [scale.messages // 10, scale.messages]
    if scale.largest > scale.messages:
        sizes.append(scale.largest)
    growths = [_measured(name, sizes, scale, scratch) for name in _NAMES]
    if scale.largest >= _WORTH_DRAWING:
        PLOT.write_text(_drawn(growths), encoding="utf-8")
    steps = [*pairwise(sizes)]
    return [_figure(found, small, large) for found in growths for small, large in steps]


def _measured(name: str, sizes: list[int], scale: Scale, scratch: Path) -> Growth:
    found = Growth(_NAMES[name], {size: [] for size in sizes}, {size: [] for size in sizes})
    for number in range(scale.runs):
        for size in sizes:
            # The largest takes long enough that one run of it tells.
            if size <= scale.messages or number == 0:
                found.floors[size].append(_floor(name, size, scratch))
                found.runs[size].append(_run(name, size, scratch))
    return found


def _run(name: str, size: int, scratch: Path) -> Run:
    if name in FORMATS:
        return export(material.session_store(size), name, scratch / name)
    return import_(material.document(size), scratch / "growth.db")


def _floor(name: str, size: int, scratch: Path) -> Run:
    if name in FORMATS:
        return floor(name, material.session_store(size), scratch / name)
    return floor_of_import(material.document(size), scratch / "floor.db")


def _figure(found: Growth, small: int, large: int) -> Figure:
    factor = found.factor(small, large, lambda run: run.cost.seconds)
    processor = found.factor(small, large, lambda run: run.cost.processor)
    more = found.kibibytes(large) - found.kibibytes(small)
    memory = f"{mebibytes(found.kibibytes(small))} → {mebibytes(found.kibibytes(large))}"
    plain = [median(run.cost.seconds for run in found.floors[size]) for size in (small, large)]
    return Figure(
        11,
        f"{found.name}, {small:,} → {large:,}; {memory}",
        f"{seconds(plain[0])} → {seconds(plain[1])}",
        f"{seconds(found.seconds(small))} → {seconds(found.seconds(large))}",
        f"{factor:.2f}",
        "-",
        f"≤ {1 + _MORE_TIME}, memory + 8 MiB",
        max(factor, processor) <= 1 + _MORE_TIME and more <= _MORE_KIBIBYTES,
        ratio(processor),
    )


def _drawn(growths: list[Growth]) -> str:
    times = [
        Line(found.name, [(size, found.seconds(size)) for size in found.runs]) for found in growths
    ]
    memory = [
        Line(found.name, [(size, found.kibibytes(size) / 1024) for size in found.runs])
        for found in growths
    ]
    return plot("messages", [("seconds", times), ("MiB over idle", memory)])
