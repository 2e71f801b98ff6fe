"""The rows of a search index: sessions, the slots of their messages, and the words of both.

A message's row number lies in a slot of its session, and slots are in the order of the sessions'
last activities (in seconds), so that the newest matches are found first without sorting any.
The words of a row cannot be removed; without its slot a row is dead, and never found.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from itertools import count as count_from
from typing import NamedTuple

from hfs_server.search.words import parts, prepared, role_word
from hfs_server.store.message_texts import texts_of
from hfs_server.store.sqlite import edit_index
from hfs_server.store.sqlite.search.expression import EVERY_ROW
from hfs_server.store.sqlite.search.index_place import APPLICATION_ID, VERSION
from hfs_server.store.sqlite.search.messages import (
    MessageText,
    digest_of,
    edited_messages,
)
from hfs_server.store.sqlite.search.session_state import SessionState, StoredSession

_FTS5 = "fts5(text, parts, role, columnsize = 0, tokenize = 'unicode61 remove_diacritics 2'"
SCHEMA = (
    """CREATE TABLE sessions (
        id INTEGER PRIMARY KEY, mark TEXT NOT NULL, created_at TEXT NOT NULL,
        count INTEGER NOT NULL, last_message INTEGER, digest INTEGER NOT NULL,
        last_checksum INTEGER NOT NULL,
        activity INTEGER NOT NULL, slot INTEGER NOT NULL)""",
    """CREATE TABLE slots (
        first INTEGER PRIMARY KEY, end INTEGER NOT NULL, session INTEGER NOT NULL,
        number INTEGER NOT NULL)""",
    "CREATE INDEX sessions_by_activity ON sessions (activity, id)",
    "CREATE INDEX slots_of_sessions ON slots (session, first)",
    """CREATE TABLE rows (
        id INTEGER PRIMARY KEY, message INTEGER NOT NULL, checksum INTEGER NOT NULL)""",
    f"CREATE VIRTUAL TABLE texts USING {_FTS5}, content = '')",
    f"CREATE VIRTUAL TABLE names USING {_FTS5})",
    "CREATE TABLE counts (live INTEGER NOT NULL, dead INTEGER NOT NULL)",
    "INSERT INTO counts VALUES (0, 0)",
    # The words of a large step become one segment, and are not merged from several ones.
    f"INSERT INTO texts (texts, rank) VALUES ('hashsize', {8 << 20})",
    "CREATE TABLE complete (stamp TEXT NOT NULL)",
    *edit_index.SCHEMA,
    f"PRAGMA application_id = {APPLICATION_ID}",
    f"PRAGMA user_version = {VERSION}",
)

_FIRST_ROW = 2**40
"""The row of the year 1970."""

_SAME_SLOT_SECONDS = 6 * 3600
"""A session that goes on so much later gets another slot, since it is newer now."""


_Row = tuple[int, MessageText, int]
"""The number of a row, its message, and the checksum of that."""


class SessionPart(NamedTuple):
    """Some messages of a session, and what is known of it then."""

    before: SessionState | None
    """What the index had of it when the messages were read; None if that is to be removed."""
    replaced: SessionState | None
    """What is to be removed."""
    session: StoredSession
    messages: Sequence[MessageText]
    is_last: bool
    """Whether the session has no further messages."""


def states(connection: sqlite3.Connection, ids: Iterable[int]) -> dict[int, SessionState]:
    """What the index has of these sessions."""
    rows = connection.execute(_STATES, (json.dumps([*ids]),))
    return {session_id: SessionState(*state) for session_id, *state in rows}


def add(connection: sqlite3.Connection, added: Sequence[SessionPart]) -> None:
    """Adds messages in one transaction; not those that another program has added meanwhile."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        rows: list[_Row] = []
        names: list[tuple[int, str]] = []
        indexed = states(connection, [part.session.id for part in added])
        for part in added:
            found = indexed.get(part.session.id)
            if _is_current(found, part):
                if found is not None:
                    _clear(connection, part)
                rows += _add_part(connection, part, names)
        # FTS5 begins another segment for each row that is out of order.
        rows.sort(key=lambda row: row[0])
        names.sort()
        connection.executemany(_INSERT_NAME, (_name_words(*name) for name in names))
        connection.executemany(_INSERT_TEXT, (_words(number, text) for number, text, _ in rows))
        connection.executemany(
            "INSERT INTO rows VALUES (?, ?, ?)",
            ((number, text.message, checksum) for number, text, checksum in rows),
        )
        connection.execute("UPDATE counts SET live = live + ?", (len(rows),))
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def forget(connection: sqlite3.Connection, ids: Iterable[int]) -> None:
    """Removes sessions."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        for session_id in ids:
            _forget(connection, session_id)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def set_complete_stamp(connection: sqlite3.Connection, stamp: str) -> None:
    """Records that the index has everything of the store with this stamp."""
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("DELETE FROM complete")
    connection.execute("INSERT INTO complete VALUES (?)", (stamp,))
    connection.execute("COMMIT")


def has_many_dead_rows(connection: sqlite3.Connection) -> bool:
    """Whether it is time to build the index again."""
    ((live, dead),) = connection.execute("SELECT live, dead FROM counts").fetchall()
    return bool(dead > _MOST_DEAD and dead > live)


def _is_current(found: SessionState | None, part: SessionPart) -> bool:
    """Whether the index, which has ``found``, still has what it had when the part was read."""
    known = part.before or part.replaced
    if known is not None:
        return found == known
    return found is None or found.mark != part.session.mark or not part.is_last


def _clear(connection: sqlite3.Connection, part: SessionPart) -> None:
    """Removes what the part replaces."""
    if part.before is None:
        _forget(connection, part.session.id)
    else:
        _remove_names(connection, part.session.id)


def _add_part(
    connection: sqlite3.Connection, part: SessionPart, names: list[tuple[int, str]]
) -> list[_Row]:
    """Records the part; returns the rows of its messages, and adds its name."""
    session, before = part.session, part.before
    count = before.message_count if before else 0
    first = slot = _slot_for(connection, part, count)
    if before is not None:
        ((slot,),) = connection.execute(_NEWEST_SLOT, (session.id,)).fetchall()
    names.append((slot, f"{session.name}\n{session.summary}"))
    last = part.messages[-1].message if part.messages else before and before.last_message
    mark = session.mark if part.is_last else ""
    checksums = [each.checksum for each in part.messages]
    digest = (before.digest if before else 0) + digest_of(part.messages, checksums)
    total = count + len(part.messages)
    checksum = checksums[-1] if checksums else before.last_checksum if before else 0
    state = SessionState(mark, session.created_at, total, last, digest, checksum)
    connection.execute(_SET_STATE, (session.id, *state, session.activity, slot))
    of_edits = edit_index.SessionOfEdits(session.id, session.directory, session.tool)
    edited = edited_messages(part.messages, first, count, session.tool)
    edit_index.add(connection, of_edits, edited)
    return [*zip(count_from(first), part.messages, checksums, strict=False)]


def _slot_for(connection: sqlite3.Connection, part: SessionPart, count: int) -> int:
    """The row number of the next message, whose slot has room for all of the part."""
    session, size = part.session, len(part.messages)
    last = connection.execute(_LAST_SLOT, (session.id,)).fetchone() if part.before else None
    if last is not None:
        first, end, number = last
        start: int = first + count - number
        if start + size <= end:
            return start
        is_free = not connection.execute(_SLOT_BETWEEN, (end, start + size)).fetchone()
        if is_free and _FIRST_ROW + session.activity - start < _SAME_SLOT_SECONDS:
            connection.execute(_SET_END, (start + size, first))
            return start
        # What is left of the old slot is given back.
        connection.execute(_SET_END, (max(start, first + 1), first))
    length = max(1, size, session.message_count - count)
    first = _free_place(connection, session, length)
    connection.execute(
        "INSERT INTO slots VALUES (?, ?, ?, ?)", (first, first + length, session.id, count)
    )
    return first


def _free_place(connection: sqlite3.Connection, session: StoredSession, length: int) -> int:
    """Where so many rows are free: between the next newer session and the next older one.

    If there is no room, it is the place of the newest session.
    """
    order = (session.activity, session.id)
    newer = connection.execute(_NEXT_NEWER, order).fetchone()
    older = connection.execute(_NEXT_OLDER, order).fetchone()
    place = _FIRST_ROW + session.activity
    if newer is not None:
        place = min(place, newer[0] - length)
    if older is not None:
        place = max(place, older[0])
    before = connection.execute(_SLOT_BEFORE, (place + length,)).fetchone()
    if before is None or before[0] <= place:
        return place
    return int(connection.execute("SELECT max(end) FROM slots").fetchone()[0])


def _forget(connection: sqlite3.Connection, session_id: int) -> None:
    found = connection.execute(_STATE, (session_id,)).fetchone()
    if found is None:
        return
    _remove_names(connection, session_id)
    for first, end in connection.execute(_SLOTS, (session_id,)).fetchall():
        connection.execute("DELETE FROM rows WHERE id >= ? AND id < ?", (first, end))
        # A place whose words remain is never used again.
        connection.execute("UPDATE slots SET session = 0, number = -1 WHERE first = ?", (first,))
    connection.execute("DELETE FROM sessions WHERE id = ?", (session_id,))
    edit_index.forget(connection, session_id)
    count = SessionState(*found).message_count
    connection.execute("UPDATE counts SET live = live - ?, dead = dead + ?", (count, count))


def _remove_names(connection: sqlite3.Connection, session_id: int) -> None:
    """Removes the row of the session's name, which is the first one of the newest slot."""
    for first, _ in connection.execute(_SLOTS, (session_id,)).fetchall():
        connection.execute("DELETE FROM names WHERE rowid = ?", (first,))


def _name_words(number: int, text: str) -> tuple[int, str, str, str]:
    return number, prepared(text), parts(text), EVERY_ROW


def _words(number: int, message: MessageText) -> tuple[int, str, str, str]:
    role = f"{EVERY_ROW} {role_word(message.role)}"
    texts = texts_of(message.content, message.extra)
    text = texts[0] if len(texts) == 1 else "\n".join(texts)
    return number, prepared(text), parts(text), role


_MOST_DEAD = 5_000
_STATE = """
    SELECT mark, created_at, count, last_message, digest, last_checksum FROM sessions WHERE id = ?
"""
_STATES = """
    SELECT id, mark, created_at, count, last_message, digest, last_checksum FROM sessions
    WHERE id IN (SELECT value FROM json_each(?))
"""
_SET_STATE = "INSERT OR REPLACE INTO sessions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
_INSERT_TEXT = "INSERT INTO texts (rowid, text, parts, role) VALUES (?, ?, ?, ?)"
_INSERT_NAME = "INSERT INTO names (rowid, text, parts, role) VALUES (?, ?, ?, ?)"
_NEWEST_SLOT = "SELECT max(first) FROM slots WHERE session = ? AND number >= 0"
_SLOTS = "SELECT first, end FROM slots WHERE session = ? AND number >= 0 ORDER BY first"
_LAST_SLOT = """
    SELECT first, end, number FROM slots WHERE session = ? AND number >= 0
    ORDER BY number DESC, first DESC LIMIT 1
"""
_SLOT_BETWEEN = "SELECT 1 FROM slots WHERE first >= ? AND first < ? LIMIT 1"
_SLOT_BEFORE = "SELECT end FROM slots WHERE first < ? ORDER BY first DESC LIMIT 1"
_SET_END = "UPDATE slots SET end = ? WHERE first = ?"
_NEXT_NEWER = """
    SELECT slot FROM sessions WHERE (activity, id) > (?, ?) ORDER BY activity, id LIMIT 1
"""
_NEXT_OLDER = """
    SELECT slots.end FROM sessions, slots
    WHERE (activity, sessions.id) < (?, ?) AND slots.first = sessions.slot
    ORDER BY activity DESC, sessions.id DESC LIMIT 1
"""
