"""Times as the file, the wire and the store write them.

A file and the wire have ISO 8601 in UTC with ``Z``; the store has the terminal
program's form, ``2026-02-01 10:30:00.250184``, UTC without a zone, which it
sorts and parses: that one always has six digits of a second.

Which forms are read is ``_TIME`` alone: what Python reads differs between its
versions, and includes text that is not a time.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_FULL_LENGTH = len("2026-02-01T10:30:00.250184")
_TIME = re.compile(
    r"""
    (?: \d{4}-\d\d-\d\d | \d{8} | \d{4}-W\d\d(?:-\d)? | \d{4}W\d\d\d? )
    (?: [Tt ]
        (?P<hour>\d\d)
        (?P<rest> :\d\d (?: :\d\d (?: [.,]\d+ )? )?
                |  \d\d (?:  \d\d (?: [.,]\d+ )? )? )?
        (?: [Zz] | [+-] (?: [01]\d | 2[0-3] )
            (?: :[0-5]\d (?: :[0-5]\d )? | [0-5]\d (?: [0-5]\d )? )? )?
    )?
    """,
    re.ASCII | re.VERBOSE,
)
"""A calendar or week date, a time of day after a ``T`` or a blank, and a zone; each of them in
the basic or the extended form. A fraction is one of a second, and has digits."""


def now() -> str:
    """The present moment, to the microsecond, as ISO 8601 with ``Z``."""
    return to_iso(datetime.now(UTC))


def to_iso(moment: datetime) -> str:
    """``moment`` as ISO 8601 with ``Z``; a moment without a zone is UTC already.

    Raises OverflowError where the moment has no name in UTC (the year 0 or 10000).
    """
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC).replace(tzinfo=None)
    return moment.isoformat() + "Z"


def iso_from_text(text: str) -> str:
    """A time in ISO 8601 as ISO 8601 with ``Z``; without a zone it is taken as UTC.

    Raises ValueError where the text is not such a time, or names none in UTC.
    """
    try:
        moment = datetime_of(text)
        # Nearly all are written as we write them, and writing one takes longer than reading it.
        if moment.microsecond and _is_full(text, "T") and text[26:] == "Z":
            return text
        return to_iso(moment)
    except OverflowError as error:
        raise ValueError("the time is outside the years 1 to 9999 in UTC") from error


def iso_from_store(value: object) -> str | None:
    """A time in the store as ISO 8601 with ``Z``; None where there is none to be read."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime_of(value)
        if moment.microsecond and _is_full(value, " ") and len(value) == _FULL_LENGTH:
            return value.replace(" ", "T") + "Z"
        return to_iso(moment)
    except (ValueError, OverflowError):
        return None


def store_text(iso: str) -> str:
    """A time as ``iso_from_text`` gives it, in the store's form."""
    text = iso[:-1].replace("T", " ")
    return text if "." in text else text + ".000000"


def datetime_of(text: str) -> datetime:
    """The time that a text in ISO 8601 names, in its own zone, or without one.

    Raises ValueError, or OverflowError for the end of the last day of the year 9999.
    """
    found = _TIME.fullmatch(text)
    if found is None:
        raise ValueError("not a time in ISO 8601")
    if "24" in text and found["hour"] == "24":
        return _end_of_day(text, *found.span("hour"), found["rest"] or "")
    return datetime.fromisoformat(text.upper() if text[-1] == "z" else text)


def _end_of_day(text: str, start: int, end: int, rest: str) -> datetime:
    """24:00 is the midnight at which the next day begins."""
    if rest.strip("0:.,"):
        raise ValueError("there is no time after 24:00")
    begun = datetime.fromisoformat(f"{text[:start]}00{text[end:]}".upper())
    return begun + timedelta(days=1)


def _is_full(text: str, separator: str) -> bool:
    """Whether a time is written as we write it, as far as its microseconds."""
    return (
        text[10:11] == separator
        and text[19:20] == "."
        and text[5] != "W"
        and text[20:_FULL_LENGTH].isdigit()
        and len(text) >= _FULL_LENGTH
    )
