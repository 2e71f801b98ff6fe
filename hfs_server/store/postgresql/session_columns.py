"""The row of a session in columns, and back: exactly what was written is read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hfs_server.store.postgresql.filtering import folded
from hfs_server.store.postgresql.staging import StagedSession
from hfs_server.store.postgresql.texts import from_column, to_column
from hfs_server.store.postgresql.times import stored, zoned
from hfs_server.store.rows import SessionRow, facts_in, texts_in

_NAMES = {
    "name": "name",
    "created_at": "created_at",
    "updated_at": "updated_at",
    "hfs_run_snapshot": "run_snapshot",
    "hfs_extra": "extra",
    "hfs_identity": "identity",
    "hfs_parent": "parent_identity",
    "hfs_tool": "tool",
    "hfs_directory": "working_directory",
    "hfs_usage": "usage",
    "hfs_imported_name": "imported_name",
    "hfs_original": "original",
}
"""The column of each part of a row."""
_TIMES = ("created_at", "updated_at")

COLUMNS = ", ".join(
    stored(name) if name in _TIMES else name for name in map(_NAMES.__getitem__, SessionRow._fields)
)
"""What is read of a row."""


def row_of(columns: Sequence[Any]) -> SessionRow:
    """The row that was written, from ``COLUMNS``."""
    return SessionRow._make(None if each is None else from_column(each) for each in columns)


def values_of(row: SessionRow) -> dict[str, Any]:
    """The values of the columns that a row decides."""
    values: dict[str, Any] = {
        _NAMES[name]: None if value is None else to_column(value)
        for name, value in row._asdict().items()
    }
    facts = facts_in(row.hfs_extra)
    values |= {name: zoned(values[name]) for name in _TIMES}
    values |= {
        "folded_name": folded(row.name),
        "models": list(map(to_column, texts_in(facts.get("models")))),
        "tags": list(map(to_column, texts_in(facts.get("tags")))),
    }
    return values


def values_of_parts(staged: StagedSession) -> dict[str, Any]:
    """The values of the columns that messages and checkpoints decide."""
    return {
        "preview": staged.preview,
        "message_count": staged.message_count,
        "checkpoint_count": staged.checkpoint_count,
        "digest": staged.digest,
        "has_facts": staged.has_facts,
    }
