"""The figures of the table: what was measured, beside what it is measured against."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median

COLUMNS = ("#", "What", "Floor", "Ours", "Ratio", "Spread", "Reach", "Met")


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is measured."""

    messages: int
    """Of the large session."""
    sessions: int
    """Of the large store, ten messages each."""
    runs: int
    """Of everything that takes seconds; what takes milliseconds is run more often."""
    largest: int
    """Messages of the session with which growth ends."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table."""

    row: int
    what: str
    floor: str
    ours: str
    ratio: str
    spread: str
    reach: str
    is_met: bool

    def cells(self) -> tuple[str, ...]:
        """The line as the table shows it, in the order of ``COLUMNS``."""
        met = "yes" if self.is_met else "**no**"
        return (
            str(self.row),
            self.what,
            self.floor,
            self.ours,
            self.ratio,
            self.spread,
            self.reach,
            met,
        )


@dataclass(slots=True)
class Pairs:
    """Runs of the floor and of ours in turn, so that a busy machine slows both; in seconds."""

    floors: list[float] = field(default_factory=list)
    ours: list[float] = field(default_factory=list)

    def measure(self, runs: int, floor: Callable[[], float], ours: Callable[[], float]) -> Pairs:
        """Adds this many runs of each."""
        for _ in range(runs):
            self.floors.append(floor())
            self.ours.append(ours())
        return self

    @property
    def ratio(self) -> float:
        """The median of the ratios of neighbouring runs."""
        return median(self._ratios())

    def spread(self) -> str:
        """The middle half of the ratios."""
        ratios = self._ratios()
        return f"{quantile(ratios, 0.25):.2f}-{quantile(ratios, 0.75):.2f}"

    def _ratios(self) -> list[float]:
        return [ours / floor for floor, ours in zip(self.floors, self.ours, strict=True)]


def ratio_figure(row: int, what: str, pairs: Pairs, reach: float) -> Figure:
    """A figure whose ratio is to be at most ``reach``."""
    return Figure(
        row,
        what,
        seconds(median(pairs.floors)),
        seconds(median(pairs.ours)),
        f"{pairs.ratio:.2f}",
        pairs.spread(),
        f"≤ {reach}",
        pairs.ratio <= reach,
    )


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of the values does not exceed."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def seconds(value: float) -> str:
    """A time in the unit in which it is read most easily."""
    if value >= 1:
        return f"{value:.2f} s"
    return f"{value * 1000:.1f} ms" if value < 0.1 else f"{value * 1000:.0f} ms"


def mebibytes(kibibytes: float) -> str:
    """An amount of memory."""
    return f"{kibibytes / 1024:.0f} MiB"


def table(figures: Sequence[Figure]) -> str:
    """The figures as a Markdown table with aligned columns."""
    rows = [COLUMNS, *(figure.cells() for figure in figures)]
    widths = [max(len(row[index]) for row in rows) for index in range(len(COLUMNS))]
    lines = ["| " + " | ".join(map(str.ljust, row, widths)) + " |" for row in rows]
    lines.insert(1, "| " + " | ".join("-" * width for width in widths) + " |")
    return "\n".join(lines)
