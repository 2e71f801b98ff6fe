"""Times as people write them in a filter: the beginning and the end of a period.

A time without a zone is local time, since the days of statistics are local too; a date is that
whole day. The rule not to break: the results compare as text in the store's form.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from hfs_server.timestamps import datetime_of, now, to_iso

FORMS = "a date (2026-02-01), a time in ISO 8601, or a span before now such as 12h, 7d or 2w"
"""What is accepted."""

_FIRST = "0001-01-01T00:00:00Z"
_LAST = "9999-12-31T23:59:59.999999Z"
_SPAN = re.compile(r"(\d{1,4})([hdw])", re.ASCII)
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_WEEK = re.compile(r"\d{4}-?W\d\d", re.ASCII)
_LONGEST_DATE = len("2026-02-01")


def beginning_of(text: str) -> str:
    """The instant at which the period begins, as ISO 8601 with ``Z``.

    Raises ValueError for a text in none of the ``FORMS``.
    """
    span = _instant_of_span(text)
    return span or _in_utc(_time(text), _FIRST)


def end_of(text: str) -> str:
    """The first instant after the period: of a date, the midnight at its end.

    Raises ValueError for a text in none of the ``FORMS``.
    """
    span = _instant_of_span(text)
    if span:
        return span
    time = _time(text)
    if len(text) > _LONGEST_DATE:
        return _in_utc(time, _LAST)
    try:
        return _in_utc(time + timedelta(days=7 if _WEEK.fullmatch(text) else 1), _LAST)
    except OverflowError:
        return _LAST


def _instant_of_span(text: str) -> str | None:
    found = _SPAN.fullmatch(text)
    if found is None:
        return None
    return to_iso(datetime.fromisoformat(now()) - int(found[1]) * _UNITS[found[2]])


def _time(text: str) -> datetime:
    try:
        return datetime_of(text)
    except (ValueError, OverflowError):
        raise ValueError(f"expected {FORMS}") from None


def _in_utc(time: datetime, limit: str) -> str:
    """The instant in UTC; ``limit`` if that is outside the years 1 to 9999."""
    try:
        return to_iso(_local(time) if time.tzinfo is None else time)
    except (ValueError, OverflowError):
        return limit


def _local(time: datetime) -> datetime:
    try:
        return time.astimezone()
    except OSError:
        # Windows knows no local time before 1970.
        return time.replace(tzinfo=UTC)
