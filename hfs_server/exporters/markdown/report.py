"""Sections, facts and tables as Markdown.

The rule not to break: every value passes ``escaped``, since it may come from a session.
"""

from __future__ import annotations

from collections.abc import Iterable

from hfs_server.exporters.markdown.escaping import escaped
from hfs_server.exporters.markdown.gantt import gantt
from hfs_server.exporters.report import Facts, Row, Section, Table


def sections_text(sections: Iterable[Section], level: int = 2) -> str:
    """The sections, each after a blank line."""
    return "".join(_section_text(section, level) for section in sections)


def facts_text(facts: Facts) -> str:
    """The facts as a list."""
    return "".join(f"- **{name}:** {escaped(value)}\n" for name, value in facts if value)


def _section_text(section: Section, level: int) -> str:
    blocks = (
        facts_text(section.facts),
        section.note and f"{escaped(section.note)}\n",
        section.table and _table_text(section.table),
        gantt(section.timeline),
    )
    return (
        f"\n{'#' * level} {escaped(section.title)}\n"
        + "".join(f"\n{block}" for block in blocks if block)
        + sections_text(section.sections, level + 1)
    )


def _table_text(table: Table) -> str:
    titles = [column.title for column in table.columns]
    rules = ["---:" if column.is_number else "---" for column in table.columns]
    lines = [titles, rules, *map(_cells, table.rows)]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _cells(row: Row) -> list[str]:
    cells = [escaped(cell) for cell in row.cells]
    return [cell and f"**{cell}**" for cell in cells] if row.is_total else cells
