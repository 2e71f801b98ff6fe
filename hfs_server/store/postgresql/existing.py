"""The sessions of an identity that a store has, and how a staged one differs from each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from hfs_server.store.comparing import (
    Comparison,
    Message,
    Outline,
    Parts,
    checkpoint_outline,
)
from hfs_server.store.comparing_redacted import compare_with
from hfs_server.store.postgresql.access import MINE
from hfs_server.store.postgresql.connections import Raw, fetch
from hfs_server.store.postgresql.session_columns import COLUMNS, row_of
from hfs_server.store.postgresql.snapshot import CHECKPOINTS, MESSAGES, rows_of
from hfs_server.store.postgresql.staging import StagedSession
from hfs_server.store.rows import SessionRow

_BEST_FIRST = ("same", "grown", "shrunk", "apart")
_ROWS_TOGETHER = 1_000


class StoredSession(NamedTuple):
    """A session that the store has."""

    id: int
    """Negative if an import was only tried."""
    message_count: int
    checkpoint_count: int
    row: SessionRow
    digest: bytes
    """What is the same for the same messages and checkpoints."""
    comparison: Comparison = Comparison("same")
    is_shared: bool = False
    """Whether others see it."""
    reveals: bool = False
    """Whether the staged session would show them what a redaction has hidden."""


def sessions_of(
    raw: Raw,
    identity: str,
    staged: StagedSession,
    *,
    locked: bool = False,
    deleted_id: int | None = None,
) -> list[StoredSession]:
    """The sessions of an identity, compared with the staged one, in the order of their ids.

    ``locked`` ones do not change until the transaction ends. With ``deleted_id``, that deleted
    session instead.
    """
    condition = _BY_IDENTITY if deleted_id is None else _BY_DELETED_ID
    sql = f"{_SELECT} {condition} ORDER BY id{' FOR UPDATE' if locked else ''}"
    rows = fetch(raw, sql, {"identity": identity, "id": deleted_id}, is_prepared=True)
    return [_compared(raw, _stored(row), staged) for row in rows]


def session_of(
    raw: Raw, session_id: int, staged: StagedSession, *, locked: bool = False
) -> StoredSession | None:
    """The session of an id, compared with the staged one; None if it is deleted or missing."""
    sql = f"{_SELECT} {_BY_ID}{' FOR UPDATE' if locked else ''}"
    rows = fetch(raw, sql, {"id": session_id})
    return _compared(raw, _stored(rows[0]), staged) if rows else None


def nearest(sessions: Sequence[StoredSession]) -> StoredSession | None:
    """The first of those that can be updated and differ least from the staged session."""
    return min(sessions, key=_rank, default=None)


def _stored(row: Sequence[Any]) -> StoredSession:
    number, messages, checkpoints, digest, is_shared, *columns = row
    made = StoredSession(number, messages, checkpoints, row_of(columns), digest)
    return made._replace(is_shared=is_shared)


def _compared(raw: Raw, stored: StoredSession, staged: StagedSession) -> StoredSession:
    """The session with how the staged one differs; most often nothing has to be read for that."""
    if stored.digest == staged.digest:
        return stored._replace(comparison=Comparison("same", stored.message_count))
    parts = Parts(
        _reader(raw, MESSAGES, stored.id, _message), _reader(raw, CHECKPOINTS, stored.id, _outline)
    )
    return stored._replace(comparison=compare_with(stored.row, parts, staged.parts()))


def _reader(
    raw: Raw, sql: str, session_id: int, convert: Callable[[tuple[Any, ...]], Any]
) -> Callable[[], Iterator[Any]]:
    return lambda: map(convert, rows_of(raw, sql, session_id, _ROWS_TOGETHER))


def _message(row: tuple[Any, ...]) -> Message:
    return Message._make(row)


def _outline(row: tuple[Any, ...]) -> Outline:
    position, state, trigger, index, created_at, extra = row
    return checkpoint_outline((position, f"{trigger} {index}", state, created_at, extra))


def _rank(stored: StoredSession) -> tuple[bool, int]:
    return stored.reveals, _BEST_FIRST.index(stored.comparison.relation)


_SELECT = f"""
    SELECT id, message_count, checkpoint_count, digest, visibility = 'team', {COLUMNS}
    FROM hfs.sessions
"""
_BY_IDENTITY = f"WHERE identity = %(identity)s AND deleted_at IS NULL AND {MINE}"
_BY_ID = "WHERE id = %(id)s AND deleted_at IS NULL"
_BY_DELETED_ID = "WHERE id = %(id)s AND deleted_at IS NOT NULL"
