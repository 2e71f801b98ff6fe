"""Runs the benchmarks, prints the table, and writes ``RESULTS.md`` after a whole run."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

from benchmarks import (
    exchanges,
    growth,
    keeping,
    lists,
    other_programs,
    other_stores,
    postgresql,
    report,
    sanitizer,
    searches,
    starts,
    tool_exports,
    tool_imports,
    transfers,
)
from benchmarks.figures import Figure, Scale, table
from benchmarks.slow_machine import slowed

WHOLE = Scale(messages=100_000, sessions=100_000, runs=5, largest=100_000)
FULL = Scale(messages=100_000, sessions=100_000, runs=5, largest=1_000_000)
QUICK = Scale(messages=10_000, sessions=10_000, runs=3, largest=10_000)

Measure = Callable[[Scale, Path], list[Figure]]

MEASURES: tuple[tuple[tuple[int, ...], Measure], ...] = (
    ((1, 2), transfers.imports),
    ((3, 4), transfers.exports),
    ((5,), lists.pages),
    ((6,), lists.round_trips),
    ((7,), transfers.pings),
    ((8,), transfers.locks),
    ((9,), starts.servers),
    ((10,), starts.commands),
    ((11,), growth.growth),
    ((12,), lists.additions),
    ((13,), sanitizer.kinds),
    ((14, 15, 16), tool_imports.logs),
    ((17,), tool_imports.archive),
    ((18,), tool_imports.locks),
    ((19,), keeping.idle),
    ((20,), other_stores.imports),
    ((21,), searches.building),
    ((22, 23), searches.queries),
    ((24,), searches.typing),
    ((25,), searches.additions),
    ((26,), searches.commands),
    ((27,), searches.pings),
    ((29,), postgresql.lists),
    ((30,), postgresql.imports),
    ((31,), postgresql.exports),
    ((32,), postgresql.searches),
    ((33,), exchanges.unchanged),
    ((34,), starts.first_requests),
    ((35,), other_programs.others),
    ((36,), tool_exports.exports),
)
AT_TEN_TIMES: tuple[tuple[tuple[int, ...], Measure], ...] = (
    ((2,), transfers.memory_at_ten_times),
    ((8,), transfers.locks_at_ten_times),
)


def main() -> int:
    """Measures; 1 where a figure is not met."""
    options = _options()
    scale = QUICK if options.quick else FULL if options.full else WHOLE
    if options.slow:
        scale = replace(scale, is_slow=True)
    rows = options.rows or range(1, 37)
    measures = (*MEASURES, *AT_TEN_TIMES) if options.full else MEASURES
    with slowed() if options.slow else nullcontext():
        figures = [figure for figure in _figures(measures, scale, rows) if figure.row in rows]
    figures.sort(key=lambda figure: figure.row)
    print(table(figures))
    if not options.quick and not options.rows:
        command = " ".join(["python -m benchmarks", *sys.argv[1:]])
        report.write(options.title, command, figures)
        print(f"\nWritten to {report.RESULTS}.")
    return 0 if all(figure.is_met for figure in figures) else 1


def _figures(
    measures: Sequence[tuple[tuple[int, ...], Measure]], scale: Scale, rows: Sequence[int]
) -> list[Figure]:
    figures: list[Figure] = []
    for measured, measure in measures:
        if set(measured) & set(rows):
            begun = time.perf_counter()
            with tempfile.TemporaryDirectory(prefix="hfs-benchmarks-") as scratch:
                figures += measure(scale, Path(scratch))
            took = time.perf_counter() - begun
            print(f"{measure.__name__}: {took:.0f} s", file=sys.stderr, flush=True)
    return figures


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller sizes, about a minute")
    parser.add_argument("--full", action="store_true", help="ten times the size as well")
    parser.add_argument("--slow", action="store_true", help="as on a slow machine (Linux)")
    parser.add_argument("--rows", type=_rows, metavar="1,3,…", help="only these rows of the table")
    parser.add_argument(
        "--title", default="After", help="the section of RESULTS.md to write (After)"
    )
    return parser.parse_args()


def _rows(text: str) -> list[int]:
    return [int(row) for row in text.split(",")]


if __name__ == "__main__":
    sys.exit(main())
