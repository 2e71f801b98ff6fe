"""Pages of the list: what is asked of SQLite, and what its rows tell, whoever wrote them.

Nothing is read here. ``page`` says what to ask and is given the answers, so that a server
and a process that does nothing else but list can each ask in their own way.
"""

from __future__ import annotations

import json
import sqlite3
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Generator
from typing import NamedTuple

from hfs_server.graphemes import beginning
from hfs_server.session import JsonObject
from hfs_server.store import InvalidCursor, SessionPage, SessionSummary
from hfs_server.store.sqlite.rows import Rows, as_text
from hfs_server.timestamps import iso_from_store, store_text

PREVIEW_CHARACTERS = 120
_PREVIEW_SOURCE_CHARACTERS = 2000
_PREVIEW_WORDS = PREVIEW_CHARACTERS // 2 + 1
_UNKNOWN_TIME = ""
_IDS_AT_ONCE = 500
"""Fewer than the values that any SQLite takes in one query."""

ACTIVITY = "coalesce(updated_at, created_at)"
_DAYS = "CASE {month} WHEN '02' THEN '28' {short} ELSE '31' END".format(
    month=f"substr({ACTIVITY}, 6, 2)",
    short=" ".join(f"WHEN '{month}' THEN '30'" for month in ("04", "06", "09", "11")),
)
_PARTS = (
    (1, 4, "'0001'", "'9999'"),
    (6, 2, "'01'", "'12'"),
    (9, 2, "'01'", _DAYS),
    (12, 2, "'00'", "'23'"),
    (15, 2, "'00'", "'59'"),
    (18, 2, "'00'", "'59'"),
    (21, 6, "'000000'", "'999999'"),
)
_WRITTEN = ", ".join(f"substr({ACTIVITY}, {start}, {length})" for start, length, *_ in _PARTS)
HAS_USUAL_TIME = (
    f"{ACTIVITY} IS printf('%04d-%02d-%02d %02d:%02d:%02d.%06d', {_WRITTEN})"
    + "".join(
        f" AND substr({ACTIVITY}, {start}, {length}) BETWEEN {least} AND {most}"
        for start, length, least, most in _PARTS
    )
)
"""Whether the last activity is a time in the terminal program's form, which sorts as text.

It is part of indexes that the terminal program's SQLite keeps up, so it has only functions
that any SQLite has, and is never NULL. A 29th of February counts as another form.
"""


class _Place(NamedTuple):
    """Where a session stands in the list, from its end; ``time`` is empty where it is unknown."""

    time: str
    id: int


def page(
    limit: int, cursor: str | None, query: str | None
) -> Generator[tuple[str, JsonObject], Rows, SessionPage]:
    """Yields queries and their values, is sent their rows, and returns the page.

    The connection needs ``casefold`` as its function ``hfs_casefold``. Raises InvalidCursor.
    SQLite can order times of the terminal program's form alone; the sessions with any other
    time, which are few, are all looked at and put between those.
    """
    after = None if cursor is None else _place_of(cursor)
    named = f" AND {_NAMED}" if query else ""
    values = {"query": (query or "").casefold(), "limit": limit + 1}
    others = yield _OTHER_TIMES + named, values
    places = sorted((_place(row) for row in others), reverse=True)
    wanted = [place.id for place in places if after is None or place < after][: limit + 1]
    rows: Rows = []
    for start in range(0, len(wanted), _IDS_AT_ONCE):
        ids = {f"id{n}": each for n, each in enumerate(wanted[start : start + _IDS_AT_ONCE])}
        rows += yield f"{_SUMMARIES} WHERE id IN ({', '.join(f':{name}' for name in ids)})", ids
    if after is None:
        rows += yield _BY_ACTIVITY.format(more=named), values
    elif after.time:
        more = f" AND {_AFTER_PLACE}{named}"
        rows += yield _BY_ACTIVITY.format(more=more), {**values, **after._asdict()}
    # One whose time is written meanwhile may have been found twice.
    found = sorted({row[0]: row for row in rows}.values(), key=_place, reverse=True)
    sessions = [_summary(row) for row in found[:limit]]
    return SessionPage(sessions, _cursor(_place(found[limit - 1])) if len(found) > limit else None)


def casefold(name: object) -> str:
    """The name as it is compared with what was asked for."""
    return as_text(name).casefold()


_SUMMARIES = f"""
    SELECT id, created_at, updated_at, name,
        (SELECT count(*) FROM messages WHERE session_id = sessions.id),
        (SELECT count(*) FROM checkpoints WHERE session_id = sessions.id),
        (SELECT substr(content, 1, {_PREVIEW_SOURCE_CHARACTERS}) FROM messages
            WHERE session_id = sessions.id AND role = 'user' ORDER BY id LIMIT 1)
    FROM sessions
"""
_BY_ACTIVITY = f"""
    {_SUMMARIES} WHERE {HAS_USUAL_TIME}{{more}}
    ORDER BY {ACTIVITY} DESC, id DESC
    LIMIT :limit
"""
_OTHER_TIMES = f"SELECT id, created_at, updated_at FROM sessions WHERE NOT ({HAS_USUAL_TIME})"
_AFTER_PLACE = f"{ACTIVITY} <= :time AND ({ACTIVITY} < :time OR id < :id)"
_NAMED = "instr(hfs_casefold(CAST(name AS BLOB)), :query)"


def _place(row: sqlite3.Row) -> _Place:
    session_id, created_at, updated_at, *_ = row
    time = iso_from_store(updated_at) or iso_from_store(created_at)
    return _Place(store_text(time) if time else "", session_id)


def _summary(row: sqlite3.Row) -> SessionSummary:
    session_id, created_at, updated_at, name, messages, checkpoints, prompt = row
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
    return beginning(line, PREVIEW_CHARACTERS).rstrip()


def _cursor(place: _Place) -> str:
    return urlsafe_b64encode(json.dumps([place.id, place.time]).encode()).decode()


def _place_of(cursor: str) -> _Place:
    """Where the cursor's page ended."""
    try:
        session_id, time = json.loads(urlsafe_b64decode(cursor.encode()))
        is_id = type(session_id) is int and -(2**63) <= session_id < 2**63
        if is_id and (time == "" or _is_usual(time)):
            return _Place(time, session_id)
    except (ValueError, TypeError, RecursionError):
        pass
    raise InvalidCursor("expected a cursor from an earlier page")


def _is_usual(time: object) -> bool:
    iso = iso_from_store(time)
    return iso is not None and store_text(iso) == time
