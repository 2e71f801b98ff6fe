"""Sections, facts and tables as HTML.

The rule not to break: every value passes ``value_html``, since it may come from a session.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote

from hfs_server.exporters.html.escaping import escaped
from hfs_server.exporters.html.timeline import timeline_svg
from hfs_server.exporters.report import Facts, Link, Row, Section, Table

_TIME = re.compile(r"(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) UTC", re.ASCII)
_SESSION_URI = re.compile(r"hfs:/sessions/(\d+)\.\w+", re.ASCII)
_FILE = re.compile(r"[^/\\:]+\.html?", re.IGNORECASE)


def section_id(title: str) -> str:
    """The id of a section of the page, whose title is our own."""
    return title.lower().replace(" ", "-")


def sections_html(sections: Iterable[Section]) -> str:
    """The sections of the page."""
    return "".join(
        f'<section aria-labelledby="{section_id(section.title)}">\n'
        f'<h2 id="{section_id(section.title)}">{escaped(section.title)}</h2>\n'
        f"{_content(section, 3)}</section>\n"
        for section in sections
    )


def facts_html(facts: Facts) -> str:
    """The facts as a list of names and values; "" if none has a value."""
    items = "".join(
        f"<div><dt>{escaped(name)}</dt><dd>{value_html(value)}</dd></div>\n"
        for name, value in facts
        if value
    )
    return f'<dl class="facts">\n{items}</dl>\n' if items else ""


def value_html(value: str | Link) -> str:
    """A value as a part of a line; times are also readable by programs."""
    if isinstance(value, Link):
        return _link_html(value)
    time = _TIME.fullmatch(value)
    return time_html(*time.groups()) if time else escaped(value)


def time_html(date: str, time: str) -> str:
    """A time in UTC."""
    return f'<time datetime="{date}T{time}Z">{date} {time} UTC</time>'


def _link_html(link: Link) -> str:
    """A link to a file beside the page; only the number of a session that is in the store."""
    if session := _SESSION_URI.fullmatch(link.target):
        return f'{escaped(link.text)} <span class="muted">(session {session[1]})</span>'
    if not _FILE.fullmatch(link.target):
        return escaped(link.text)
    target = quote(link.target, errors="replace")
    return f'<a href="{escaped(target)}" rel="noopener noreferrer">{escaped(link.text)}</a>'


def _content(section: Section, level: int) -> str:
    blocks = (
        facts_html(section.facts),
        section.note and f"<p>{escaped(section.note)}</p>\n",
        timeline_svg(section.timeline, section.agents),
        section.table and _table_html(section.table),
    )
    parts = (
        f"<h{level}>{escaped(part.title)}</h{level}>\n{_content(part, level + 1)}"
        for part in section.sections
    )
    return "".join(filter(None, blocks)) + "".join(parts)


def _table_html(table: Table) -> str:
    numbers = [column.is_number for column in table.columns]
    head = "".join(
        f'<th scope="col"{_class(column.is_number)}>{escaped(column.title)}</th>'
        for column in table.columns
    )
    rows = "".join(_row_html(row, numbers) for row in table.rows)
    return (
        '<div class="table"><table>\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table></div>\n"
    )


def _row_html(row: Row, numbers: list[bool]) -> str:
    cells = "".join(
        f"<td{_class(is_number)}>{value_html(cell)}</td>"
        for cell, is_number in zip(row.cells, numbers, strict=True)
    )
    name = ' class="total"' if row.is_total else ""
    return f"<tr{name}>{cells}</tr>\n"


def _class(is_number: bool) -> str:
    return ' class="right"' if is_number else ""
