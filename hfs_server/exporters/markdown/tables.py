"""Markdown tables out of whatever a run snapshot holds.

Cells are Markdown already; a column or a row with nothing in it is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hfs_server.session import JsonObject


def table(columns: Sequence[str], rows: Sequence[Sequence[str]], numbers: int = 0) -> str:
    """A table, its last ``numbers`` columns set to the right; "" where no cell says anything."""
    rows = [row for row in rows if any(row)]
    if not rows:
        return ""
    used = [index for index in range(len(columns)) if any(row[index] for row in rows)]
    rules = ["---"] * (len(columns) - numbers) + ["---:"] * numbers
    lines = [columns, rules, *rows]
    return "".join("| " + " | ".join(line[index] for index in used) + " |\n" for line in lines)


def member(value: Any, *path: str) -> Any:
    """What stands at the path; None where any part of it is missing or of another kind."""
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def records(value: Any, key: str) -> list[JsonObject]:
    """The objects in the list under the key, or in the object that stands in its place."""
    found = member(value, key)
    if isinstance(found, dict):
        found = list(found.values())
    if not isinstance(found, list):
        return []
    return [record for record in found if isinstance(record, dict)]
