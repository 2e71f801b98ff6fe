"""Changes of sessions that no new message or activity shows: renamed, deleted, restored.

An index that follows the store finds these sessions here, without comparing all. Only the last
changes are kept.
"""

from __future__ import annotations

import sqlite3
from typing import NamedTuple

_KEPT = 1_000


class Change(NamedTuple):
    """A session that changed."""

    session_id: int
    difference: int
    """How many sessions more the store has since then: 1, 0 or -1."""


def note_change(connection: sqlite3.Connection, session_id: int | None, difference: int) -> None:
    """Records a change, in the transaction that makes it."""
    connection.execute(_NOTE, (session_id, difference))
    connection.execute(_FORGET, (_KEPT,))


def last_change(connection: sqlite3.Connection) -> int:
    """The number of the last change; 0 if there was none."""
    # A store that can only be read may lack the table.
    if not connection.execute(_HAS_TABLE).fetchall():
        return 0
    ((number,),) = connection.execute("SELECT coalesce(max(number), 0) FROM hfs_changes").fetchall()
    return int(number)


def changes_after(connection: sqlite3.Connection, number: int, last: int) -> list[Change] | None:
    """The changes after one number up to another one; None if some are not kept any more."""
    if number == last:
        return []
    rows = connection.execute(_AFTER, (number, last)).fetchall()
    return [Change._make(row) for row in rows] if len(rows) == last - number else None


_HAS_TABLE = "SELECT 1 FROM sqlite_master WHERE name = 'hfs_changes'"
_NOTE = """
    INSERT INTO hfs_changes (number, session_id, difference)
    VALUES ((SELECT coalesce(max(number), 0) + 1 FROM hfs_changes), ?, ?)
"""
_FORGET = "DELETE FROM hfs_changes WHERE number <= (SELECT max(number) FROM hfs_changes) - ?"
_AFTER = """
    SELECT session_id, difference FROM hfs_changes WHERE number > ? AND number <= ? ORDER BY number
"""
