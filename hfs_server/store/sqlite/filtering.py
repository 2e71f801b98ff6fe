"""Filters as a condition in SQL on the table ``sessions``, with functions that are Python's.

The rule not to break: a session fulfils a filter by what its summary in a list shows. The
functions get text as a blob, since SQLite's text may not be UTF-8.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable

from hfs_server.filters import Filters
from hfs_server.folders import lies_in
from hfs_server.identity import HFS_TOOL
from hfs_server.store.rows import as_text, facts_in, texts_in
from hfs_server.timestamps import iso_from_store, iso_from_text, store_text


def condition(filters: Filters) -> tuple[str, dict[str, str]]:
    """`` AND …`` on the table ``sessions``, or nothing, and its values.

    A connection that uses it needs ``add_functions``; those of ``connections`` have them.
    """
    tools = {f"filter_tool_{number}": tool for number, tool in enumerate(filters.tools)}
    marks = ", ".join(f":{name}" for name in tools)
    found: list[tuple[str, dict[str, str]]] = []
    if tools:
        found.append((f"{_TOOL} IN ({marks})", tools))
    if filters.project is not None:
        found.append((_IN_PROJECT, {"filter_project": filters.project}))
    if filters.since is not None:
        found.append((f"{_ACTIVITY} >= :filter_since", {"filter_since": _stored(filters.since)}))
    if filters.until is not None:
        found.append((f"{_ACTIVITY} < :filter_until", {"filter_until": _stored(filters.until)}))
    if filters.models:
        found.append((_OF_MODELS, {"filter_models": json.dumps(filters.models)}))
    if filters.tags:
        found.append((_WITH_TAGS, {"filter_tags": json.dumps(filters.tags)}))
    values = {name: value for _, some in found for name, value in some.items()}
    return "".join(f" AND {part}" for part, _ in found), values


def add_functions(connection: sqlite3.Connection) -> None:
    """Adds the functions of ``condition`` to a connection."""
    for name, count, function in _FUNCTIONS:
        connection.create_function(name, count, function, deterministic=True)


def _stored(time: str) -> str:
    return store_text(iso_from_text(time))


def _activity(updated_at: bytes | None, created_at: bytes | None) -> str | None:
    """The time of the last activity in the store's form; None if it is not known."""
    for time in (updated_at, created_at):
        iso = iso_from_store(as_text(time)) if time else None
        if iso is not None:
            return store_text(iso)
    return None


def _lies_in(directory: bytes | None, project: str) -> bool:
    return bool(directory) and lies_in(as_text(directory), project)


def _has_any(extra: bytes | None, fact: str, wanted: str) -> bool:
    return not set(json.loads(wanted)).isdisjoint(_texts(extra, fact))


def _has_all(extra: bytes | None, fact: str, wanted: str) -> bool:
    return set(json.loads(wanted)) <= set(_texts(extra, fact))


def _texts(extra: bytes | None, fact: str) -> list[str]:
    return texts_in(facts_in(as_text(extra)).get(fact)) if extra else []


def _text(column: str) -> str:
    """What is text in a column, as the functions get it; NULL for anything else."""
    return f"CASE typeof({column}) WHEN 'text' THEN CAST({column} AS BLOB) END"


_FUNCTIONS: tuple[tuple[str, int, Callable[..., str | bool | None]], ...] = (
    ("hfs_activity", 2, _activity),
    ("hfs_lies_in", 2, _lies_in),
    ("hfs_has_any", 3, _has_any),
    ("hfs_has_all", 3, _has_all),
)
_TOOL = f"coalesce(nullif(CAST(sessions.hfs_tool AS TEXT), ''), '{HFS_TOOL}')"
_ACTIVITY = f"hfs_activity({_text('sessions.updated_at')}, {_text('sessions.created_at')})"
_IN_PROJECT = "hfs_lies_in(CAST(sessions.hfs_directory AS BLOB), :filter_project)"
_OF_MODELS = f"hfs_has_any({_text('sessions.hfs_extra')}, 'models', :filter_models)"
_WITH_TAGS = f"hfs_has_all({_text('sessions.hfs_extra')}, 'tags', :filter_tags)"
