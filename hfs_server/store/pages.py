"""Pages of the list: what is asked of SQLite, and what its rows tell, whoever wrote them.

Nothing is read here. ``page`` says what to ask and is given the answers, so that a server
and a process that does nothing else but list can each ask in their own way.
"""

from __future__ import annotations

import json
import sqlite3
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Generator
from typing import NamedTuple

from hfs_server.session import JsonObject
from hfs_server.store.rows import Rows, as_text
from hfs_server.times import iso_from_store

PREVIEW_CHARACTERS = 120
_PREVIEW_SOURCE_CHARACTERS = 2000
_PREVIEW_WORDS = PREVIEW_CHARACTERS // 2 + 1
_UNKNOWN_TIME = "1970-01-01T00:00:00Z"


class SessionSummary(NamedTuple):
    """A session as a list shows it; times are ISO 8601 with ``Z``."""

    id: int
    name: str
    created_at: str
    updated_at: str | None
    message_count: int
    checkpoint_count: int
    preview: str | None


class SessionPage(NamedTuple):
    """Some sessions, last activity first; ``next_cursor`` leads to those that follow."""

    sessions: list[SessionSummary]
    next_cursor: str | None


class InvalidCursor(ValueError):
    """The cursor does not come from an earlier page."""


def page(
    limit: int, cursor: str | None, query: str | None
) -> Generator[tuple[str, JsonObject], Rows, SessionPage]:
    """Yields queries and their values, is sent their rows, and returns the page.

    The connection needs ``has_words`` as its function ``hfs_has_words``. Raises InvalidCursor.
    """
    position: JsonObject = {} if cursor is None else _position(cursor)
    values = {**position, "query": (query or "").casefold()}
    rows: Rows = []
    for part in _PARTS[position["type"] if position else None]:
        conditions = [part, "hfs_has_words(CAST(name AS BLOB), :query)"]
        where = " AND ".join(conditions[: 2 if query else 1])
        left = limit + 1 - len(rows)
        rows += yield _SUMMARIES.format(where=where), {**values, "limit": left}
        if len(rows) > limit:
            break
    sessions = [_summary(row) for row in rows[:limit]]
    return SessionPage(sessions, _cursor(rows[limit - 1]) if len(rows) > limit else None)


def has_words(name: object, query: str) -> bool:
    """Whether the name has each word of the query, which is casefolded, as a part of it."""
    folded = as_text(name).casefold()
    return all(word in folded for word in query.split() or [query])


_SUMMARIES = f"""
    SELECT id, name, created_at, updated_at,
        (SELECT count(*) FROM messages WHERE session_id = sessions.id),
        (SELECT count(*) FROM checkpoints WHERE session_id = sessions.id),
        (SELECT substr(content, 1, {_PREVIEW_SOURCE_CHARACTERS}) FROM messages
            WHERE session_id = sessions.id AND role = 'user' ORDER BY id LIMIT 1),
        typeof(coalesce(updated_at, created_at)), CASE
            WHEN typeof(coalesce(updated_at, created_at)) = 'text'
            THEN CAST(coalesce(updated_at, created_at) AS BLOB)
            ELSE coalesce(updated_at, created_at) END
    FROM sessions WHERE {{where}}
    ORDER BY coalesce(updated_at, created_at) DESC, id DESC
    LIMIT :limit
"""
_AFTER_CURSOR = """
    coalesce(updated_at, created_at) <= {activity}
    AND (coalesce(updated_at, created_at) < {activity} OR id < :last_id)
"""
_WITHOUT_TIME = "coalesce(updated_at, created_at) IS NULL"
_PARTS: dict[str | None, tuple[str, ...]] = {
    None: ("true",),
    "text": (_AFTER_CURSOR.format(activity="+CAST(:activity AS TEXT)"), _WITHOUT_TIME),
    **dict.fromkeys(
        ("integer", "real", "blob"), (_AFTER_CURSOR.format(activity=":activity"), _WITHOUT_TIME)
    ),
    "null": (f"{_WITHOUT_TIME} AND id < :last_id",),
}
"""What follows on a cursor, by the type of the last activity that it names, since others may write
any. The plus takes the affinity away, by which SQLite would otherwise compare numbers as text."""


def _summary(row: sqlite3.Row) -> SessionSummary:
    session_id, name, created_at, updated_at, messages, checkpoints, prompt, *_ = row
    return SessionSummary(
        id=session_id,
        name=as_text(name),
        created_at=iso_from_store(created_at) or _UNKNOWN_TIME,
        updated_at=iso_from_store(updated_at),
        message_count=messages,
        checkpoint_count=checkpoints,
        preview=None if prompt is None else _one_line(as_text(prompt)),
    )


def _one_line(text: str) -> str:
    """The beginning; nearly always its first characters are enough to tell."""
    for source in (text[: 2 * PREVIEW_CHARACTERS], text):
        line = " ".join(source.split(maxsplit=_PREVIEW_WORDS)[:_PREVIEW_WORDS])
        if len(line) > PREVIEW_CHARACTERS or len(source) == len(text):
            break
    return line[:PREVIEW_CHARACTERS].rstrip()


def _cursor(row: sqlite3.Row) -> str:
    kind, activity = row[-2:]
    written = activity if isinstance(activity, bytes) else str(activity).encode()
    return urlsafe_b64encode(json.dumps([row[0], kind, written.hex()]).encode()).decode()


def _position(cursor: str) -> JsonObject:
    """Where the cursor's page ended, as the values of the query that goes on from there."""
    try:
        last_id, kind, written = json.loads(urlsafe_b64decode(cursor.encode()))
        activity = _ACTIVITIES[kind](bytes.fromhex(written))
        if type(last_id) is int and _is_storable(last_id) and _is_storable(activity):
            return {"last_id": last_id, "type": kind, "activity": activity}
    except (ValueError, TypeError, KeyError, RecursionError):
        pass
    raise InvalidCursor("expected a cursor from an earlier page")


_ACTIVITIES: dict[str, Callable[[bytes], object]] = {
    "text": bytes,
    "blob": bytes,
    "integer": int,
    "real": float,
    "null": lambda _: None,
}


def _is_storable(value: object) -> bool:
    return not isinstance(value, int) or -(2**63) <= value < 2**63
