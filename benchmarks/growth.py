"""Row 11: whether time grows with the size and no faster, and memory not at all."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from statistics import median

from benchmarks import material
from benchmarks.figures import Figure, Scale, mebibytes, seconds
from benchmarks.memory import Run
from benchmarks.plot import Line, plot
from benchmarks.transfers import FORMATS, export, import_

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

    def seconds(self, size: int) -> float:
        """The median time at this size."""
        return median(run.seconds for run in self.runs[size])

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
    found = Growth(_NAMES[name], {size: [] for size in sizes})
    for number in range(scale.runs):
        for size in sizes:
            # The largest takes long enough that one run of it tells.
            if size <= scale.messages or number == 0:
                found.runs[size].append(_run(name, size, scratch))
    return found


def _run(name: str, size: int, scratch: Path) -> Run:
    if name in FORMATS:
        return export(material.session_store(size), name, scratch / name)
    return import_(material.document(size), scratch / "growth.db")


def _figure(found: Growth, small: int, large: int) -> Figure:
    times = large // small
    before, after = found.seconds(small), found.seconds(large)
    ratio = after / before / times
    more = found.kibibytes(large) - found.kibibytes(small)
    each = [run.seconds / before / times for run in found.runs[large]]
    memory = f"{mebibytes(found.kibibytes(small))} → {mebibytes(found.kibibytes(large))}"
    return Figure(
        11,
        f"{found.name}, {small:,} → {large:,}; {memory}",
        f"{times} times {seconds(before)}",
        seconds(after),
        f"{ratio:.2f}",
        f"{min(each):.2f}-{max(each):.2f}",
        f"≤ {1 + _MORE_TIME}, memory + 8 MiB",
        ratio <= 1 + _MORE_TIME and more <= _MORE_KIBIBYTES,
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
