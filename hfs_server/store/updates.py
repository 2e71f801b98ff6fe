"""What an import makes of a session that the store has, the same with either engine."""

from __future__ import annotations

from typing import Any, Protocol

from hfs_server.session import SavedSession
from hfs_server.store.comparing import Comparison
from hfs_server.store.incoming import IncomingSession, Stored
from hfs_server.store.joined_rows import is_less, joined_row
from hfs_server.store.merging import is_same_but_for_name, merged_row
from hfs_server.store.rows import SessionRow, as_text

EACH_HAS_MORE = (
    "The store and the file each have messages that the other lacks, so this is a second session."
)
_STORED_HAS_MORE = "The store has more of this session than the file, so it was left as it is."


class ComparedSession(Stored, Protocol):
    """A session of the store that an imported one was compared with."""

    @property
    def comparison(self) -> Comparison:
        """How the imported one differs."""


def updated_row(incoming: IncomingSession[Any], stored: ComparedSession) -> SessionRow:
    """The stored session's row after an update: the same row if nothing changes."""
    row, name, relation = stored.row, incoming.rules.name, stored.comparison.relation
    if relation == "shrunk":
        return row._replace(name=name or row.name)
    if relation == "same" and incoming.is_exchanged:
        joined = joined_row(row, incoming.row())
        return joined._replace(name=name or joined.name)
    merged = merged_row(row, incoming.row(), name)
    is_same = relation == "same" and not name and is_same_but_for_name(merged, row)
    return row if is_same else merged


def updated(
    incoming: IncomingSession[Any], stored: ComparedSession, row: SessionRow
) -> SavedSession:
    """What is reported of a session whose row becomes this one."""
    relation = stored.comparison.relation
    is_same = relation != "grown" and row == stored.row
    has_less = relation == "shrunk" or (
        is_same and is_less(incoming.row(), stored.row, is_exchanged=incoming.is_exchanged)
    )
    warnings = [_STORED_HAS_MORE] if relation == "shrunk" else []
    return incoming.saved("unchanged" if is_same else "updated", stored, warnings)._replace(
        name=as_text(row.name),
        lacks_stored=has_less,
        changes_stored=relation == "grown" and bool(stored.comparison.changed),
    )
