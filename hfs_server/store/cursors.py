"""Cursors of lists: where a page ends, as the list sorts."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import NamedTuple

from hfs_server.store.shapes import InvalidCursor
from hfs_server.timestamps import iso_from_store, store_text


class Position(NamedTuple):
    """A session's position in the list, as it sorts; ``time`` is empty if it is unknown."""

    time: str
    id: int


def cursor_of(position: Position) -> str:
    """The cursor of a page whose last session has this position."""
    return urlsafe_b64encode(json.dumps([position.id, position.time]).encode()).decode()


def position_of(cursor: str) -> Position:
    """The position of the last session before the cursor. Raises InvalidCursor."""
    try:
        session_id, time = json.loads(urlsafe_b64decode(cursor.encode()))
        is_id = type(session_id) is int and -(2**63) <= session_id < 2**63
        if is_id and (time == "" or _is_standard(time)):
            return Position(time, session_id)
    except (ValueError, TypeError, RecursionError):
        pass
    raise InvalidCursor("expected a cursor from an earlier page")


def _is_standard(time: object) -> bool:
    iso = iso_from_store(time)
    return iso is not None and store_text(iso) == time
