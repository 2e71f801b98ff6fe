"""Filters as a condition in SQL on the table ``hfs.sessions AS s``.

The rule not to break: a session fulfils a filter by what its summary in a list shows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hfs_server.filters import Filters
from hfs_server.folders import has_part, lies_in
from hfs_server.identity import HFS_TOOL
from hfs_server.store.postgresql.connections import Raw, fetch
from hfs_server.store.postgresql.texts import from_column, shown, to_column
from hfs_server.timestamps import iso_from_text


def condition(
    raw: Raw,
    filters: Filters,
    query: str | None = None,
    *,
    part: str | None = None,
    name: str = "filter",
) -> tuple[str, dict[str, Any]]:
    """`` AND …`` or nothing, and its values, in a transaction that has begun.

    ``part`` is the name of a folder in the working directory; ``name`` keeps the values of several
    conditions apart.
    """
    project = filters.project
    folders = None if project is None else _folders(raw, lambda each: lies_in(each, project))
    named = None if part is None else _folders(raw, lambda each: has_part(each, part))
    conditions: list[tuple[str, Any]] = [
        (_TOOL, _columns(filters.tools)),
        (_DIRECTORY, folders),
        (_DIRECTORY, named),
        (_SINCE, filters.since and iso_from_text(filters.since)),
        (_UNTIL, filters.until and iso_from_text(filters.until)),
        (_MODELS, _columns(filters.models)),
        (_TAGS, _columns(filters.tags)),
        (_NAMED, query and folded(query)),
    ]
    sql, values = "", {}
    for number, (text, value) in enumerate(conditions):
        if value not in (None, ""):
            values[f"{name}_{number}"] = value
            sql += f" AND {text.format(value=f'%({name}_{number})s')}"
    return sql, values


def folded(name: str) -> str:
    """A name as it is compared with a query."""
    return shown(name.casefold())


def _columns(texts: tuple[str, ...]) -> list[str] | None:
    return [to_column(each) for each in texts] or None


def _folders(raw: Raw, is_wanted: Callable[[str], bool]) -> list[str]:
    """Some working directories; only Python knows how paths of all systems compare."""
    rows = fetch(raw, _FOLDERS, is_prepared=True)
    return [each for (each,) in rows if is_wanted(from_column(each))]


_TOOL = f"coalesce(nullif(s.tool, ''), '{HFS_TOOL}') = ANY({{value}})"
_DIRECTORY = "s.working_directory = ANY({value})"
_SINCE = "s.activity >= {value}::timestamptz"
_UNTIL = "s.activity < {value}::timestamptz"
_MODELS = "s.models && {value}"
_TAGS = "s.tags @> {value}"
_NAMED = "strpos(s.folded_name, {value}) > 0"
# One step of the index for each folder; DISTINCT would read all sessions.
_FOLDERS = """
    WITH RECURSIVE folders AS (
        (SELECT working_directory AS folder FROM hfs.sessions WHERE working_directory > ''
            ORDER BY working_directory LIMIT 1)
        UNION ALL
        SELECT later.folder FROM folders CROSS JOIN LATERAL (
            SELECT working_directory AS folder FROM hfs.sessions
            WHERE working_directory > folders.folder ORDER BY working_directory LIMIT 1
        ) AS later
    )
    SELECT folder FROM folders
"""
