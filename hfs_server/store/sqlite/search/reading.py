"""What an index has to read of the store: sessions that changed, and their messages."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from hfs_server.store.rows import as_text
from hfs_server.store.sqlite.changes import last_change
from hfs_server.store.sqlite.search.index import SessionPart
from hfs_server.store.sqlite.search.messages import COLUMNS, DIGEST, MessageText, checksum
from hfs_server.store.sqlite.search.session_state import (
    LAST_MESSAGE,
    MARK,
    SessionState,
    StoredSession,
    stored_session,
)
from hfs_server.store.sqlite.sort_key import ACTIVITY, HAS_STANDARD_TIME

SessionRow = tuple[int, str, int | None]
"""Id, mark and last message."""

_LEAST_ID = -(2**63)
_MOST_CHARACTERS = 250_000
_MOST_MESSAGES = 500
_MESSAGES_PER_READ = 100


class NextParts(NamedTuple):
    """Some of the sessions that changed."""

    # They are read in little time, since the store is for other questions too.

    parts: list[SessionPart]
    gone: list[int]
    """Sessions that are not in the store."""
    finished: set[int]
    """Those that need no further step."""

    @property
    def is_whole(self) -> bool:
        """Whether no session has further messages."""
        return all(part.is_last for part in self.parts)


def read_parts(
    connection: sqlite3.Connection,
    ids: Sequence[int],
    states: Mapping[int, SessionState],
) -> NextParts:
    """The new messages of the first sessions of ``ids``, about a quarter of a megabyte."""
    result = NextParts([], [], set())
    room = _Room(_MOST_CHARACTERS, _MOST_MESSAGES)
    for session_id in ids:
        if room.is_used:
            break
        session = stored_session(connection, session_id)
        if session is None:
            result.gone.append(session_id)
            result.finished.add(session_id)
            continue
        part = _next_part(connection, session, states.get(session_id), room)
        result.parts.append(part)
        if part.is_last:
            result.finished.add(session_id)
    return result


def session_rows(connection: sqlite3.Connection, after: int | None, limit: int) -> list[SessionRow]:
    """The next sessions by their ids, as an index compares them."""
    first = _LEAST_ID if after is None else after + 1
    rows = connection.execute(_ROWS, (first, limit))
    return [(session_id, as_text(mark), last) for session_id, mark, last in rows]


def newest_rows(connection: sqlite3.Connection, offset: int, limit: int) -> list[SessionRow]:
    """The sessions of the last activity."""
    rows = connection.execute(_NEWEST, (limit, offset))
    return [(session_id, as_text(mark), last) for session_id, mark, last in rows]


class Counts(NamedTuple):
    """What changes if sessions or messages are added or removed."""

    sessions: int
    last_session: int | None
    last_message: int | None
    last_change: int
    """The number of the last one of ``changes``."""


def counts(connection: sqlite3.Connection) -> Counts:
    """The store's counts, which are quickly read."""
    ((sessions, last_session, last_message),) = connection.execute(_COUNTS).fetchall()
    return Counts(sessions, last_session, last_message, last_change(connection))


def sessions_of_messages(connection: sqlite3.Connection, after: int) -> list[int]:
    """The sessions of all messages whose id is greater."""
    return [row[0] for row in connection.execute(_LATER_MESSAGES, (after,))]


def in_order(connection: sqlite3.Connection, ids: Sequence[int]) -> list[tuple[str, int]]:
    """The times of these sessions with their ids, last activity first."""
    times = dict(connection.execute(_TIMES, (json.dumps([*ids]),)).fetchall())
    return sorted(((as_text(times.get(each)), each) for each in ids), reverse=True)


class _Room:
    """How much one step may still read."""

    def __init__(self, characters: int, messages: int) -> None:
        self.characters = characters
        self.messages = messages

    @property
    def is_used(self) -> bool:
        return self.characters <= 0 or self.messages <= 0


def _next_part(
    connection: sqlite3.Connection,
    session: StoredSession,
    state: SessionState | None,
    room: _Room,
) -> SessionPart:
    before = state if state and _goes_on(connection, session, state) else None
    replaced = state if before is None else None
    after = before.last_message if before and before.last_message is not None else _LEAST_ID
    messages: list[MessageText] = []
    while not room.is_used:
        size = min(_MESSAGES_PER_READ, room.messages)
        found = connection.execute(_NEXT, (session.id, after, size))
        rows = [*map(MessageText._make, found)]
        messages += rows
        room.messages -= max(1, len(rows))
        room.characters -= sum(row.size for row in rows)
        if len(rows) < size:
            return SessionPart(before, replaced, session, messages, is_last=True)
        after = rows[-1].message
    if before is None:
        ((count,),) = connection.execute(_COUNT, (session.id,)).fetchall()
        session = session._replace(message_count=count)
    return SessionPart(before, replaced, session, messages, is_last=False)


def _goes_on(connection: sqlite3.Connection, session: StoredSession, state: SessionState) -> bool:
    """Whether the messages that are indexed are still there."""
    if state.created_at != session.created_at:
        return False
    if state.last_message is None:
        return True
    of_last = (session.id, state.last_message)
    has_later = connection.execute(_LATER, of_last).fetchone() is not None
    if _is_other_import(state, session) or (not has_later and state.mark != session.mark):
        # Something changed that new messages do not explain.
        connection.create_function("hfs_checksum", 2, checksum, deterministic=True)
        ((digest,),) = connection.execute(_DIGEST, of_last).fetchall()
        return bool(digest == state.digest)
    row = connection.execute(_LAST, of_last).fetchone()
    return row is not None and MessageText(*row).checksum == state.last_checksum


def _is_other_import(state: SessionState, session: StoredSession) -> bool:
    parts = [mark.rpartition("\x1f")[2] for mark in (state.mark, session.mark)]
    return bool(state.mark) and parts[0] != parts[1]


_ROWS = f"""
    SELECT id, {MARK}, {LAST_MESSAGE} FROM sessions WHERE id >= ? ORDER BY id LIMIT ?
"""
_NEWEST = f"""
    SELECT id, {MARK}, {LAST_MESSAGE} FROM sessions WHERE {HAS_STANDARD_TIME}
    ORDER BY {ACTIVITY} DESC, id DESC LIMIT ? OFFSET ?
"""
_COUNTS = """
    SELECT (SELECT count(*) FROM sessions), (SELECT max(id) FROM sessions),
        (SELECT max(id) FROM messages)
"""
_LATER_MESSAGES = "SELECT DISTINCT session_id FROM messages NOT INDEXED WHERE id > ?"
_TIMES = f"SELECT id, {ACTIVITY} FROM sessions WHERE id IN (SELECT value FROM json_each(?))"
_COUNT = "SELECT count(*) FROM messages WHERE session_id = ?"
_NEXT = f"SELECT {COLUMNS} FROM messages WHERE session_id = ? AND id > ? ORDER BY id LIMIT ?"
_LAST = f"SELECT {COLUMNS} FROM messages WHERE session_id = ? AND id = ?"
_LATER = "SELECT 1 FROM messages WHERE session_id = ? AND id > ? LIMIT 1"
_DIGEST = f"SELECT {DIGEST} FROM messages WHERE session_id = ? AND id <= ?"
