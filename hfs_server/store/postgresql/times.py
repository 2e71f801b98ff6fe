"""Times of ``timestamptz`` columns in the form of rows, regardless of the server's settings."""

from __future__ import annotations


def stored(column: str) -> str:
    """SQL for a time as ``timestamps.store_text`` writes it; NULL for NULL."""
    return f"to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')"


def brief(column: str) -> str:
    """The same without zeros at the end, which takes the server a third of the time."""
    return f"({column} AT TIME ZONE 'UTC')::text"


def zoned(time: str | None) -> str | None:
    """A time of that form as a column takes it."""
    return None if time is None else f"{time}+00"


def iso_of(time: str | None) -> str | None:
    """The ISO 8601 of a time that was read as ``stored``, without a fraction of zero."""
    return None if time is None else f"{time[:10]}T{time[11:].removesuffix('.000000')}Z"
