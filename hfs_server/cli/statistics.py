"""The command that shows what the sessions amount to: tables, in a terminal with bars."""

from __future__ import annotations

import shutil
import sys
from argparse import Namespace
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from hfs_server.cli.bars import bar
from hfs_server.cli.filter_options import about_unknown_tools, filters_of
from hfs_server.cli.output import (
    aligned,
    ellipsis,
    encodable,
    one_line,
    print_json,
    print_line,
    print_notice,
    progress,
)
from hfs_server.cli.stores import opened
from hfs_server.exporters.usage import cost_text, tokens_text
from hfs_server.graphemes import clipped, width
from hfs_server.settings import Settings
from hfs_server.statistics import Key, Statistics, Tally, most_first

_MOST_ROWS = 15
"""In a terminal; a pipe gets all."""
_MOST_DAYS = 31
_NARROWEST_NAME = 12
_NARROWEST_BAR = 6
_WIDEST_BAR = 40
_GAP = 2
_UNITS = ("", "K", "M", "G", "T")


class _Column(NamedTuple):
    heading: str
    cell: Callable[[Tally], str]


class _Table(NamedTuple):
    heading: str
    rows: list[tuple[str, Tally]]
    left_out: str
    """Which rows are not shown; "" if all are."""


async def print_statistics(options: Namespace, settings: Settings) -> int:
    """Prints the statistics of the sessions that the filters select."""
    filters = filters_of(options)
    async with opened(settings) as store:
        with progress("Counting") as on_progress:
            exists = store.exists()
            found = await store.statistics(filters, on_progress) if exists else Statistics()
    if options.json:
        from hfs_server.lsp.statistics_protocol import statistics_result

        print_json(statistics_result(found).model_dump(by_alias=True))
    elif not found.total.sessions:
        filtered = " that these filters select" if any(filters) else ""
        print_notice(
            f"No session{filtered} in the store {settings.database}." + about_unknown_tools(options)
        )
    else:
        _print_total(found.total)
        for table in _tables(found, is_terminal=sys.stdout.isatty()):
            _print_table(table)
    return 0


def _print_total(total: Tally) -> None:
    print_line(
        f"Sessions: {total.sessions:,}, messages: {total.messages:,}, prompts: "
        f"{total.prompts:,}, tool calls: {total.tool_calls:,}"
    )
    for name, text in (("Tokens", tokens_text(total.usage)), ("Cost", cost_text(total.usage))):
        if text:
            print_line(f"{name}: {text}")


def _tables(found: Statistics, *, is_terminal: bool) -> list[_Table]:
    """The tables that say more than the total does."""
    days = sorted(found.by_day.items())
    shown = days[-_MOST_DAYS:] if is_terminal else days
    earlier = len(days) - len(shown)
    tables = [
        _most_first("TOOL", found.by_tool, is_terminal=is_terminal),
        _most_first("MODEL", found.by_model, is_terminal=is_terminal),
        _most_first("PROJECT", found.by_project, is_terminal=is_terminal, unknown="(none)"),
        _Table("DAY", shown, f"{earlier:,} earlier days" if earlier else ""),
    ]
    return [table for table in tables if table.rows]


def _most_first(
    heading: str,
    tallies: Mapping[Key, Tally],
    *,
    is_terminal: bool,
    unknown: str = "(not known)",
) -> _Table:
    rows = [(unknown if key is None else one_line(key), of) for key, of in most_first(tallies)]
    shown = rows[:_MOST_ROWS] if is_terminal else rows
    more = len(rows) - len(shown)
    return _Table(heading, shown, f"{more:,} more" if more else "")


def _print_table(table: _Table) -> None:
    print_line("")
    for line in _lines(table):
        print_line(line)
    if table.left_out:
        print_line(f"... {table.left_out}")


def _lines(table: _Table) -> list[str]:
    """The table in columns; in a terminal, with a bar for the messages of each row."""
    columns = [column for column in _COLUMNS if _says_something(column, table)]
    if not sys.stdout.isatty():
        return _in_columns(table, columns, [name for name, _ in table.rows])
    room = shutil.get_terminal_size().columns - 1
    longest = max(_NARROWEST_NAME, room // 3)
    names = [_clipped(encodable(name), longest) for name, _ in table.rows]
    lines = _in_columns(table, columns, names)
    while len(columns) > 1 and width(lines[0]) + _GAP + _NARROWEST_BAR > room:
        columns.pop()
        lines = _in_columns(table, columns, names)
    return _with_bars(table, lines, room)


def _says_something(column: _Column, table: _Table) -> bool:
    """Whether a cell has anything but zero."""
    return any(column.cell(tally) not in ("", "0") for _, tally in table.rows)


def _in_columns(table: _Table, columns: Sequence[_Column], names: Sequence[str]) -> list[str]:
    heading = (table.heading, *(column.heading for column in columns))
    rows = [
        (name, *(column.cell(tally) for column in columns))
        for name, (_, tally) in zip(names, table.rows, strict=True)
    ]
    return aligned([heading, *rows], range(1, len(heading)))


def _with_bars(table: _Table, lines: list[str], room: int) -> list[str]:
    size = min(_WIDEST_BAR, room - width(lines[0]) - _GAP)
    most = max(tally.messages for _, tally in table.rows)
    if size < _NARROWEST_BAR or not most:
        return [_clipped(line, room) for line in lines]
    heading, *rows = lines
    bars = [bar(tally.messages / most, size) for _, tally in table.rows]
    return [heading, *(f"{row}{' ' * _GAP}{drawn}" for row, drawn in zip(rows, bars, strict=True))]


def _clipped(text: str, room: int) -> str:
    return clipped(text, room, ellipsis())


def _tokens(tally: Tally) -> str:
    """Input and output together, with a unit in a terminal; "" if not known."""
    known = [tally.usage[kind] for kind in ("input_tokens", "output_tokens")]
    if known == [None, None]:
        return ""
    count = sum(number or 0 for number in known)
    if not sys.stdout.isatty():
        return f"{count:,}"
    power = min((len(str(count)) - 1) // 3, len(_UNITS) - 1)
    return f"{count / 1000**power:,.{1 if power else 0}f}{_UNITS[power]}"


_COLUMNS = (
    _Column("MESSAGES", lambda tally: f"{tally.messages:,}"),
    _Column("TOKENS", _tokens),
    _Column("COST", lambda tally: cost_text(tally.usage)),
    _Column("SESSIONS", lambda tally: f"{tally.sessions:,}"),
    _Column("PROMPTS", lambda tally: f"{tally.prompts:,}"),
    _Column("TOOL CALLS", lambda tally: f"{tally.tool_calls:,}"),
)
"""Most important first: the last ones are left out where the terminal is narrow."""
