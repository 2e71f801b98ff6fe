"""Writes a staged session to the store, in a transaction that has begun."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from typing import Any

from hfs_server.store.comparing import Comparison
from hfs_server.store.postgresql.connections import Raw, execute, fetch
from hfs_server.store.postgresql.session_columns import values_of, values_of_parts
from hfs_server.store.postgresql.staging import StagedSession
from hfs_server.store.postgresql.texts import to_column
from hfs_server.store.postgresql.times import zoned
from hfs_server.store.postgresql.words import index_name
from hfs_server.store.rows import SessionRow

_SLICE_CHARACTERS = 1 << 20
_SLICE_ROWS = 20_000
"""How much is inserted by one statement, which takes neither much memory nor long."""


def insert_session(raw: Raw, staged: StagedSession, row: SessionRow) -> Generator[float, None, int]:
    """Inserts the staged session; returns its id."""
    session_id = _insert_row(raw, staged, row)
    yield from _insert_parts(raw, session_id, staged, 0, checkpoints=True)
    return session_id


def update_session(
    raw: Raw, session_id: int, staged: StagedSession, row: SessionRow, comparison: Comparison
) -> Iterator[float]:
    """Makes a session like the staged one, which has all that it has, and gives it a row."""
    index_name(raw, session_id, row.name, row.hfs_extra)
    if comparison.relation != "grown":
        _update_row(raw, session_id, values_of(row))
        return
    _update_row(raw, session_id, {**values_of(row), **values_of_parts(staged)})
    _replace_parts(raw, session_id, staged, comparison)
    start = comparison.common if comparison.is_ordered else 0
    differ = comparison.checkpoints_differ
    yield from _insert_parts(raw, session_id, staged, start, checkpoints=differ)


def _insert_parts(
    raw: Raw, session_id: int, staged: StagedSession, start: int, *, checkpoints: bool
) -> Iterator[float]:
    """Inserts the messages after ``start``, and the checkpoints; the share that is done."""
    messages = map(_message_columns, staged.messages(start))
    yield from _insert(raw, _INSERT_MESSAGES, messages, session_id, start, staged.message_count)
    if checkpoints:
        lines = map(_checkpoint_columns, staged.checkpoints())
        for _ in _insert(raw, _INSERT_CHECKPOINTS, lines, session_id, 0, staged.checkpoint_count):
            yield 1.0


def _insert(
    raw: Raw,
    sql: bytes,
    lines: Iterator[tuple[Any, ...]],
    session_id: int,
    start: int,
    end: int,
) -> Iterator[float]:
    """Inserts the rows after the position ``start`` in slices; the share that is done."""
    done = start
    while done < end:
        columns = _next_slice(lines)
        raw.execute(sql, [session_id, done, *columns], prepare=True)
        raw.progress += 1
        done += len(columns[0])
        if done < end:
            yield (done - start) / (end - start)


def _next_slice(lines: Iterator[tuple[Any, ...]]) -> list[list[Any]]:
    """The columns of the next rows; ``lines`` goes on where it was left."""
    rows, characters = [], 0
    for line in lines:
        rows.append(line)
        *_, content, _, extra = line  # All else is short.
        characters += len(content) + len(extra or "")
        if characters >= _SLICE_CHARACTERS or len(rows) >= _SLICE_ROWS:
            break
    return [list(column) for column in zip(*rows, strict=True)]


def _checkpoint_columns(row: Sequence[Any]) -> tuple[Any, ...]:
    index, trigger, state, created_at, extra = row
    texts = to_column(trigger), to_column(state), zoned(created_at)
    return index, *texts, extra and to_column(extra)


def _message_columns(row: Sequence[Any]) -> tuple[Any, ...]:
    role, content, created_at, extra = row
    return to_column(role), to_column(content), zoned(created_at), extra and to_column(extra)


def _insert_row(raw: Raw, staged: StagedSession, row: SessionRow) -> int:
    values = {**values_of(row), **values_of_parts(staged)}
    marks = ", ".join(f"%({name})s" for name in values)
    sql = f"INSERT INTO hfs.sessions ({', '.join(values)}) VALUES ({marks}) RETURNING id"
    session_id = int(fetch(raw, sql, values, is_prepared=True)[0][0])
    index_name(raw, session_id, row.name, row.hfs_extra)
    return session_id


def _update_row(raw: Raw, session_id: int, values: dict[str, Any]) -> None:
    changes = ", ".join(f"{name} = %({name})s" for name in values)
    sql = f"UPDATE hfs.sessions SET {changes}, revision = revision + 1 WHERE id = %(id)s"
    execute(raw, sql, {**values, "id": session_id})


def _replace_parts(
    raw: Raw, session_id: int, staged: StagedSession, comparison: Comparison
) -> None:
    """Removes what is copied again, and replaces messages that have changed."""
    kept = _unchanged(comparison)
    execute(raw, _FORGET_INDEX, {"id": session_id, "kept": kept})
    if not comparison.is_ordered:
        execute(raw, "DELETE FROM hfs.messages WHERE session_id = %s", (session_id,))
    if comparison.checkpoints_differ:
        execute(raw, "DELETE FROM hfs.checkpoints WHERE session_id = %s", (session_id,))
    positions = {new: old for old, new in comparison.changed}
    for number, row in enumerate(staged.messages() if positions else (), start=1):
        if number in positions:
            execute(raw, _REPLACE, (*_message_columns(row), session_id, positions[number]))


def _unchanged(comparison: Comparison) -> int:
    """How many messages at the beginning stay as they are."""
    if not comparison.is_ordered:
        return 0
    return min((stored - 1 for stored, _ in comparison.changed), default=comparison.common)


# PostgreSQL permits no COPY to a table with row-level security. Arrays are sent in binary,
# as in text each of their elements is quoted and parsed, which takes longer than to store it.
_INSERT_MESSAGES = b"""
    INSERT INTO hfs.messages (session_id, position, role, content, created_at, extra)
    SELECT %b, %b + number, role, content, created_at, extra
    FROM unnest(%b::text[], %b::text[], %b::timestamptz[], %b::text[]) WITH ORDINALITY
        AS rows (role, content, created_at, extra, number)
"""
_INSERT_CHECKPOINTS = b"""
    INSERT INTO hfs.checkpoints
        (session_id, position, message_index, trigger_event, state, created_at, extra)
    SELECT %b, %b + number, message_index, trigger_event, state, created_at, extra
    FROM unnest(%b::bigint[], %b::text[], %b::text[], %b::timestamptz[], %b::text[])
        WITH ORDINALITY
        AS rows (message_index, trigger_event, state, created_at, extra, number)
"""
_REPLACE = """
    UPDATE hfs.messages SET role = %s, content = %s, created_at = %s, extra = %s
    WHERE session_id = %s AND position = %s
"""
_FORGOTTEN = "WHERE session_id = %(id)s AND position > %(kept)s"
_FORGET_INDEX = f"""
    WITH words AS (DELETE FROM hfs.words {_FORGOTTEN}),
        edit_lines AS (DELETE FROM hfs.edit_lines {_FORGOTTEN}),
        edits AS (DELETE FROM hfs.edits {_FORGOTTEN}),
        undone AS (UPDATE hfs.edits SET undone_by = NULL
            WHERE session_id = %(id)s AND position <= %(kept)s AND undone_by > %(kept)s)
    UPDATE hfs.sessions SET indexed_messages = least(indexed_messages, %(kept)s) WHERE id = %(id)s
"""
