"""Where a page of matches ends: the cursor of a search."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import NamedTuple

from hfs_server.store.shapes import InvalidCursor
from hfs_server.timestamps import iso_from_store


class Position(NamedTuple):
    """Where a page ends."""

    best: tuple[tuple[int, int], ...] = ()
    """Sessions and messages that were found first, and are still to be returned."""
    seen: tuple[int, ...] = ()
    """The sessions that were found first."""
    time: str | None = None
    id: int = 0
    """The last activity and the id of the session after which the others go on."""

    def cursor(self) -> str:
        """The position as text."""
        return urlsafe_b64encode(json.dumps(self).encode()).decode()


def position_of(cursor: str) -> Position:
    """The position that a text means. Raises InvalidCursor."""
    try:
        best, seen, time, last = json.loads(urlsafe_b64decode(cursor.encode()))
        pairs = tuple((session, message) for session, message in best)
        numbers = [last, *seen, *(number for pair in pairs for number in pair)]
        is_time = time is None or (isinstance(time, str) and iso_from_store(time) is not None)
        if is_time and all(type(each) is int and abs(each) < 2**63 for each in numbers):
            return Position(pairs, tuple(seen), time, last)
    except (ValueError, TypeError, RecursionError):
        pass
    raise InvalidCursor("expected a cursor from an earlier page")
