"""Sections, facts and tables as Markdown.

The rule not to break: every value passes ``escaped``, since it may come from a session.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote

from hfs_server.exporters.markdown.escaping import escaped
from hfs_server.exporters.markdown.gantt import gantt
from hfs_server.exporters.markdown.links import is_safe_target
from hfs_server.exporters.report import Facts, Link, Row, Section, Table

_SESSION_URI = re.compile(r"hfs:/sessions/[\w%./~+-]*(?:#[\w-]*)?", re.ASCII)


def sections_text(sections: Iterable[Section], level: int = 2) -> str:
    """The sections, each after a blank line."""
    return "".join(_section_text(section, level) for section in sections)


def facts_text(facts: Facts) -> str:
    """The facts as a list."""
    return "".join(f"- **{name}:** {value_text(value)}\n" for name, value in facts if value)


def value_text(value: str | Link) -> str:
    """A fact's value, or a link, as a part of a line."""
    return _link_text(value) if isinstance(value, Link) else escaped(value)


def _link_text(link: Link) -> str:
    """The link, or only its text if its target is neither a session nor a file beside this one."""
    target = link.target
    if not _SESSION_URI.fullmatch(target):
        target = quote(target, errors="replace")
        if not is_safe_target(target):
            return escaped(link.text)
    return f"[{escaped(link.text)}]({target})"


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
