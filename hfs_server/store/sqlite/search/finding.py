"""Rows of the index that match a query, newest first, in bounded time.

The rule not to break: nothing visits all matches. A word may be in every message.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

NAME = 0
"""The number of a session's name among its messages, which are numbered from 1."""

_MOST_SKIPPED = 300
"""Matches of one slot that are passed over; of more, the next slot is looked up."""

_STEPS_BETWEEN_LOOKS = 200
"""Steps of SQLite's machine, some microseconds each with a read of FTS5."""


class Candidate(NamedTuple):
    """A row that matches, if the store still has it."""

    row: int
    session: int
    created_at: str
    """Of the session, as it is stored."""
    number: int
    message: int
    checksum: int
    slot: int
    """The first row of its slot."""


class Found(NamedTuple):
    """Some of the rows that match, and the row below which the search goes on."""

    candidates: list[Candidate]
    below: int
    is_all: bool
    """Whether no further row matches."""
    is_late: bool
    """Whether the time was over."""


class OutOfTime(Exception):
    """The time for a question is over."""


@contextmanager
def bounded(connection: sqlite3.Connection, seconds: float) -> Iterator[None]:
    """Raises OutOfTime as soon as SQLite has worked for so long.

    It is the time of this thread, so that a busy machine finds as much.
    """
    end = time.thread_time() + seconds
    connection.set_progress_handler(lambda: time.thread_time() > end, _STEPS_BETWEEN_LOOKS)
    try:
        yield
    except sqlite3.OperationalError as error:
        # A request that is cancelled interrupts SQLite too, and nobody reads its answer.
        if getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_INTERRUPT:
            raise OutOfTime from None
        raise
    finally:
        connection.set_progress_handler(None, 0)


def newest_row(connection: sqlite3.Connection) -> int:
    """The row after the newest one."""
    return int(connection.execute("SELECT coalesce(max(end), 0) FROM slots").fetchone()[0])


def named(
    connection: sqlite3.Connection, expression: str, below: int, limit: int, seconds: float
) -> list[Candidate]:
    """The sessions whose name or summary matches, newest first."""
    found: list[Candidate] = []
    try:
        with bounded(connection, seconds):
            found.extend(
                Candidate(*row) for row in connection.execute(_NAMES, (expression, below, limit))
            )
    except OutOfTime:
        pass
    return found


def sessions(connection: sqlite3.Connection, below: int, limit: int) -> Found:
    """All sessions, newest first."""
    rows = connection.execute(_SESSIONS, (below, limit)).fetchall()
    found = [Candidate(*row) for row in rows]
    return Found(found, found[-1].slot if found else 0, len(rows) < limit, False)


def one_per_session(
    connection: sqlite3.Connection, expression: str, below: int, limit: int, seconds: float
) -> Found:
    """The newest row that matches of each slot, newest first."""
    found: list[Candidate] = []
    try:
        with bounded(connection, seconds):
            while True:
                start, skipped = below, 0
                for (number,) in connection.execute(_MATCHES, (expression, start, -1)):
                    if number >= below:
                        skipped += 1
                        if skipped > _MOST_SKIPPED:
                            break
                        continue
                    candidate = candidate_of(connection, number)
                    below = number if candidate is None else candidate.slot
                    if candidate is not None:
                        found.append(candidate)
                    if len(found) == limit:
                        return Found(found, below, False, False)
                else:
                    return Found(found, 0, True, False)
    except OutOfTime:
        return Found(found, below, False, True)


def every_row(
    connection: sqlite3.Connection, expression: str | None, below: int, limit: int, seconds: float
) -> Found:
    """All rows that match, newest first; without an expression those of all messages."""
    found: list[Candidate] = []
    sql, values = (
        (_ROWS, (below, limit)) if expression is None else (_MATCHES, (expression, below, limit))
    )
    try:
        with bounded(connection, seconds):
            numbers = [number for (number,) in connection.execute(sql, values)]
            for number in numbers:
                below = number
                if (candidate := candidate_of(connection, number)) is not None:
                    found.append(candidate)
            return Found(found, below, len(numbers) < limit, False)
    except OutOfTime:
        return Found(found, below, False, True)


def in_session(
    connection: sqlite3.Connection,
    expression: str | None,
    session: int,
    after: int,
    limit: int,
    seconds: float,
) -> Found:
    """The rows of one session, in the order of its messages from number ``after`` on."""
    found: list[Candidate] = []
    try:
        with bounded(connection, seconds):
            for first, end, number in connection.execute(_SLOTS_OF, (session,)).fetchall():
                start = max(first, first + after - number)
                sql = _ROWS_BETWEEN if expression is None else _MATCHES_BETWEEN
                values = (
                    (start, end, limit) if expression is None else (expression, start, end, limit)
                )
                for (row,) in connection.execute(sql, values).fetchall():
                    if (candidate := candidate_of(connection, row)) is not None:
                        found.append(candidate)
                    if len(found) == limit:
                        return Found(found, found[-1].number, False, False)
    except OutOfTime:
        return Found(found, found[-1].number if found else after, False, True)
    return Found(found, 0, True, False)


def is_in_newer_slot(
    connection: sqlite3.Connection, expression: str, candidate: Candidate, below: int
) -> bool:
    """Whether the session was found already, in a slot from the row ``below`` on."""
    for first, end in connection.execute(_NEWER_SLOTS, (candidate.session, candidate.slot, below)):
        if connection.execute(_MATCHES_BETWEEN, (expression, first, end, 1)).fetchone():
            return True
    return False


def candidate_of(connection: sqlite3.Connection, row: int) -> Candidate | None:
    """What the row is about; None if it is dead."""
    found = connection.execute(_CANDIDATE, (row,)).fetchone()
    return None if found is None else Candidate(*found)


_MATCHES = """
    SELECT rowid FROM texts WHERE texts MATCH ? AND rowid < ? ORDER BY rowid DESC LIMIT ?
"""
_MATCHES_BETWEEN = """
    SELECT rowid FROM texts WHERE texts MATCH ? AND rowid >= ? AND rowid < ? ORDER BY rowid LIMIT ?
"""
_ROWS = "SELECT id FROM rows WHERE id < ? ORDER BY id DESC LIMIT ?"
_ROWS_BETWEEN = "SELECT id FROM rows WHERE id >= ? AND id < ? ORDER BY id LIMIT ?"
_CANDIDATE = """
    SELECT rows.id, slot.session, sessions.created_at, slot.number + rows.id - slot.first + 1,
        rows.message, rows.checksum, slot.first
    FROM rows, slots AS slot, sessions
    WHERE rows.id = ?1 AND sessions.id = slot.session AND slot.number >= 0
        AND slot.first = (SELECT max(first) FROM slots WHERE first <= ?1)
"""
_NAMES = f"""
    SELECT names.rowid, slot.session, sessions.created_at, {NAME}, 0, 0, slot.first
    FROM names, slots AS slot, sessions
    WHERE names MATCH ? AND names.rowid < ? AND slot.first = names.rowid AND slot.number >= 0
        AND sessions.id = slot.session
    ORDER BY names.rowid DESC LIMIT ?
"""
_SESSIONS = f"""
    SELECT names.rowid, slot.session, sessions.created_at, {NAME}, 0, 0, slot.first
    FROM names, slots AS slot, sessions
    WHERE names.rowid < ? AND slot.first = names.rowid AND slot.number >= 0
        AND sessions.id = slot.session
    ORDER BY names.rowid DESC LIMIT ?
"""
_SLOTS_OF = """
    SELECT first, end, number FROM slots WHERE session = ? AND number >= 0 ORDER BY number, first
"""
_NEWER_SLOTS = """
    SELECT first, end FROM slots WHERE session = ? AND number >= 0 AND first > ? AND first >= ?
"""
