"""The figures of the table: what was measured, beside what it is measured against."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median

from benchmarks.costs import Cost

COLUMNS = ("#", "What", "Floor", "Ours", "Ratio", "Spread", "Processor", "Reach", "Met")


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
    is_slow: bool = False
    """Whether everything shares one processor with a program that never waits."""


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
    processor: str = "-"
    """The ratio of processor times, if these were measured."""

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
            self.processor,
            self.reach,
            met,
        )


@dataclass(slots=True)
class Pairs:
    """Runs of the floor and of ours in turn, so that a busy machine slows both."""

    floors: list[Cost] = field(default_factory=list)
    ours: list[Cost] = field(default_factory=list)

    def measure(self, runs: int, floor: Callable[[], Cost], ours: Callable[[], Cost]) -> Pairs:
        """Adds this many runs of each."""
        for _ in range(runs):
            self.floors.append(floor())
            self.ours.append(ours())
        return self

    @property
    def ratio(self) -> float:
        """The median of the ratios of neighbouring runs."""
        return median(self._ratios())

    @property
    def processor(self) -> float:
        """The same of the processor times; not a number if they were not measured."""
        pairs = zip(self.floors, self.ours, strict=True)
        return median(ours.processor / floor.processor for floor, ours in pairs)

    @property
    def floor_seconds(self) -> float:
        """The median of the floor's times."""
        return median(cost.seconds for cost in self.floors)

    @property
    def our_seconds(self) -> float:
        """The median of our times."""
        return median(cost.seconds for cost in self.ours)

    def spread(self) -> str:
        """The middle half of the ratios."""
        ratios = self._ratios()
        return f"{quantile(ratios, 0.25):.2f}-{quantile(ratios, 0.75):.2f}"

    def _ratios(self) -> list[float]:
        pairs = zip(self.floors, self.ours, strict=True)
        return [ours.seconds / floor.seconds for floor, ours in pairs]


def ratio_figure(
    row: int, what: str, pairs: Pairs, reach: float, processor_reach: float | None = None
) -> Figure:
    """A figure whose ratios are to be at most ``reach``, that of processor times or another."""
    most = reach if processor_reach is None else processor_reach
    is_measured = not math.isnan(pairs.processor)
    return Figure(
        row,
        what,
        seconds(pairs.floor_seconds),
        seconds(pairs.our_seconds),
        f"{pairs.ratio:.2f}",
        pairs.spread(),
        f"≤ {reach}" if most == reach else f"≤ {reach}, processor {most}",
        pairs.ratio <= reach and not (is_measured and pairs.processor > most),
        ratio(pairs.processor),
    )


def ratio(value: float) -> str:
    """A ratio, if it was measured."""
    return "-" if math.isnan(value) else f"{value:.2f}"


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
