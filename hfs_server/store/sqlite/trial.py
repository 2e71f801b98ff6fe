"""What a trial of an import would have saved, so that its result is that of the import.

The rule not to break: nothing is kept but outlines, in a temporary table: a trial may be as
large as any import.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence

from hfs_server.store.comparing import (
    Outline,
    Parts,
    compare,
    outline_of,
)
from hfs_server.store.rows import SessionRow
from hfs_server.store.sqlite.existing import Mark, StoredSession
from hfs_server.store.sqlite.pending import END_OF_IDS
from hfs_server.store.staging import StagedSession

_MESSAGES, _CHECKPOINTS = 0, 1


class Trial:
    """The sessions that would have been created or updated."""

    def __init__(self) -> None:
        self._tried: dict[str, list[tuple[int, int, int, SessionRow]]] = {}
        self._updated: set[int] = set()
        # Ids of stored sessions are greater, also the negative ones of deleted sessions.
        self._last = -END_OF_IDS

    def with_tried(
        self,
        connection: sqlite3.Connection,
        found: Sequence[StoredSession],
        identity: str,
        staged: StagedSession,
    ) -> list[StoredSession]:
        """The sessions of an identity as they would be after what was tried before."""
        tried = [
            StoredSession(
                number,
                messages,
                checkpoints,
                row,
                compare(_parts(connection, number), staged.parts()),
                Mark(0, 0, 0),
            )
            for number, messages, checkpoints, row in self._tried.get(identity, ())
        ]
        return [each for each in found if each.id not in self._updated] + tried

    def note(
        self,
        connection: sqlite3.Connection,
        identity: str,
        row: SessionRow,
        staged: StagedSession,
        replaced: StoredSession | None,
    ) -> None:
        """Notes that the staged session would be created, or would replace another one."""
        tried = self._tried.setdefault(identity, [])
        if replaced is not None:
            tried[:] = [each for each in tried if each[0] != replaced.id]
            self._updated.add(replaced.id)
        self._last -= 1
        tried.append((self._last, staged.message_count, staged.checkpoint_count, row))
        parts = staged.parts()
        messages = map(outline_of, parts.messages())
        connection.executemany(_INSERT, _rows(self._last, _MESSAGES, messages))
        connection.executemany(_INSERT, _rows(self._last, _CHECKPOINTS, parts.checkpoints()))


def create_trial(connection: sqlite3.Connection) -> None:
    """Creates the temporary table."""
    connection.execute(
        "CREATE TEMP TABLE tried_parts (session, kind, number, key, value, size,"
        " PRIMARY KEY (session, kind, number)) WITHOUT ROWID"
    )


def _rows(session: int, kind: int, parts: Iterator[Outline]) -> Iterator[tuple[int, ...]]:
    return ((session, kind, *outline) for outline in parts)


def _parts(connection: sqlite3.Connection, session: int) -> Parts:
    return Parts(
        lambda: map(Outline._make, connection.execute(_OUTLINES, (session, _MESSAGES))),
        lambda: map(Outline._make, connection.execute(_OUTLINES, (session, _CHECKPOINTS))),
    )


_INSERT = "INSERT INTO temp.tried_parts VALUES (?, ?, ?, ?, ?, ?)"
_OUTLINES = """
    SELECT number, key, value, size FROM temp.tried_parts
    WHERE session = ? AND kind = ? ORDER BY number
"""
