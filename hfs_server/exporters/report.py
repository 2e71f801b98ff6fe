"""A report in sections, facts and tables, which every exporter renders in its own markup.

The rule not to break: titles of columns and names of facts are our own words; everything else is
plain text that may come from a session, so an exporter must escape it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple


class Link(NamedTuple):
    """A link to another session's document."""

    text: str
    target: str
    """An ``hfs:`` URI, or the name of a file; an exporter must check it."""


Facts = Sequence[tuple[str, str | Link]]
"""Names and values; a fact without a value is not shown."""


class Column(NamedTuple):
    """A column of a table."""

    title: str
    is_number: bool = False


class Row(NamedTuple):
    """A row of a table: one cell for each column."""

    cells: tuple[str, ...]
    is_total: bool = False


class Table(NamedTuple):
    """A table; it has no empty row and no empty column."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]


class Phase(NamedTuple):
    """A bar of a timeline; times are in UTC and without a zone."""

    number: int
    name: str
    started: datetime
    ended: datetime | None
    """The end, else that of the whole run, else None."""
    is_running: bool


class Section(NamedTuple):
    """A part of a report, shown in the order of the fields."""

    title: str
    facts: Facts = ()
    note: str = ""
    table: Table | None = None
    timeline: Sequence[Phase] = ()
    agents: Sequence[Phase] = ()
    """Bars of agents, for exporters that can draw them below the others of a timeline."""
    sections: Sequence[Section] = ()


def columns(*titles: str, numbers: Sequence[str] = ()) -> tuple[Column, ...]:
    """Columns of text, followed by columns of numbers."""
    return (*map(Column, titles), *(Column(title, is_number=True) for title in numbers))


def table_of(columns: Sequence[Column], rows: Sequence[Row]) -> Table | None:
    """The table without its empty rows and columns; None if nothing is left."""
    rows = [row for row in rows if any(row.cells)]
    used = [index for index in range(len(columns)) if any(row.cells[index] for row in rows)]
    if not rows:
        return None
    return Table(
        tuple(columns[index] for index in used),
        tuple(Row(tuple(row.cells[index] for index in used), row.is_total) for row in rows),
    )
