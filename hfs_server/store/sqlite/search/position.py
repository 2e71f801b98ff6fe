"""Where a page of matches ends: the cursor of a search.

Rows that are added after the first page are newer than ``top``, so that pages stay right.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import NamedTuple

from hfs_server.store.shapes import InvalidCursor

_GREATEST = 2**63


class Position(NamedTuple):
    """The first row that is not part of the search, and what was returned so far."""

    top: int
    head: int = 0
    """How many of the best matches, which are found first."""
    below: int | None = None
    """The row below which the others go on; None while the best ones are returned."""
    is_scan: bool = False
    """Whether the texts of messages are compared, since the index would take too long."""

    def cursor(self) -> str:
        """The position as text."""
        return urlsafe_b64encode(json.dumps(self).encode()).decode()


def position_of(cursor: str) -> Position:
    """The position that a text means. Raises InvalidCursor."""
    try:
        top, head, below, is_scan = json.loads(urlsafe_b64decode(cursor.encode()))
        numbers = [top, head, 0 if below is None else below]
        if all(type(number) is int and 0 <= number < _GREATEST for number in numbers):
            return Position(top, head, below, bool(is_scan))
    except (ValueError, TypeError, RecursionError):
        pass
    raise InvalidCursor("expected a cursor from an earlier page")
