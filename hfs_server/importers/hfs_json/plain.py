"""Messages that are valid and in our form as they are, found many at a time.

Most messages are so; to validate each by itself takes longer than to read it (benchmark row 1).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from operator import itemgetter
from typing import Any

from hfs_server.session import JsonObject

_KEYS = ("role", "content", "created_at")
_TIME_LENGTH = len("2026-02-01T10:30:00.250184Z")
_DATE_LENGTH = len("2026-02-01")
_TIMES = re.compile(
    r"(?:[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\.[0-9]{6}Z\n)*+"
)
_ZERO = ".000000Z"
"""What ``iso_from_text`` leaves out."""


def plain_times(messages: Sequence[Any]) -> Sequence[str] | None:
    """The times of messages that have the keys of schema 1.0.0 in order, and no others, with times
    in our form; None if one of them has not.
    """
    if set(map(type, messages)) != {dict} or set(map(tuple, messages)) != {_KEYS}:
        return None
    roles, contents, times = zip(*map(dict.values, messages), strict=True)
    are_texts = {*map(type, roles), *map(type, contents), *map(type, times)} == {str}
    return times if are_texts and _are_canonical(times) else None


def _are_canonical(times: Sequence[str]) -> bool:
    text = "\n".join((*times, ""))
    if set(map(len, times)) != {_TIME_LENGTH} or _ZERO in text or not _TIMES.fullmatch(text):
        return False
    return all(map(_is_date, {time[:_DATE_LENGTH] for time in times}))


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def characters_of(messages: Sequence[JsonObject]) -> int:
    """How many characters plain messages have, about."""
    return sum(map(len, map(itemgetter("content"), messages)))
