"""Times in the forms of export documents, the wire and the store.

Export documents and the wire have ISO 8601 in UTC with ``Z``. The store has the form of the
terminal program, which sorts and parses it: ``2026-02-01 10:30:00.250184``, UTC without a zone,
always with six digits of a second.

The rule not to break: ``_TIME`` alone decides which forms are read, since Python's own parsing
differs between versions and accepts text that is not a time.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
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
"""A calendar or week date, a time of day after ``T`` or a blank, and a zone, each in the basic or
the extended form. Only seconds have a fraction, and it has digits."""


def now() -> str:
    """The current time in microseconds, as ISO 8601 with ``Z``."""
    return to_iso(datetime.now(UTC))


def is_ahead(iso: str) -> bool:
    """Whether a time in ISO 8601 with ``Z`` is more than a day ahead, as by a wrong clock."""
    return iso[:19] > to_iso(datetime.now(UTC) + timedelta(days=1))[:19]


def to_iso(time: datetime) -> str:
    """``time`` as ISO 8601 with ``Z``; without a zone it is UTC.

    Raises OverflowError for a time outside the years 1 to 9999 in UTC.
    """
    if time.tzinfo is UTC:
        return time.isoformat()[: -len("+00:00")] + "Z"
    if time.tzinfo is not None:
        time = time.astimezone(UTC).replace(tzinfo=None)
    return time.isoformat() + "Z"


def iso_from_text(text: str) -> str:
    """A time in any form of ISO 8601, as ISO 8601 with ``Z``; without a zone it is UTC.

    Raises ValueError for any other text, and outside the years 1 to 9999 in UTC.
    """
    try:
        if _is_milliseconds(text):
            datetime.fromisoformat(text)
            return f"{text[:23]}000Z"
        time = datetime_of(text)
        # Nearly all times are in this form, and formatting takes longer than parsing (row 1).
        if time.microsecond and _is_full(text) and text[26:] == "Z":
            return text
        return to_iso(time)
    except OverflowError as error:
        raise ValueError("the time is outside the years 1 to 9999 in UTC") from error


def iso_from_store(value: object) -> str | None:
    """A time in the store's form as ISO 8601 with ``Z``; None for anything that is not a time."""
    if not isinstance(value, str):
        return None
    try:
        if _is_usual_in_store(value):
            datetime.fromisoformat(value)
            return f"{value[:10]}T{value[11:]}Z"
        return to_iso(datetime_of(value))
    except (ValueError, OverflowError):
        return None


def store_text(iso: str) -> str:
    """A time as ``iso_from_text`` returns it, in the store's form."""
    text = iso[:-1].replace("T", " ")
    return text if "." in text else text + ".000000"


def store_texts(times: Sequence[str]) -> list[str]:
    """The same for many times, which is faster."""
    found = "".join(times).replace("T", " ").split("Z")[:-1]
    whole = all("." in text for text in found)
    return found if whole else [*map(store_text, times)]


def datetime_of(text: str) -> datetime:
    """The time in an ISO 8601 text, with its zone if it has one.

    Raises ValueError, or OverflowError for 24:00 on the last day of the year 9999.
    """
    found = _TIME.fullmatch(text)
    if found is None:
        raise ValueError("not a time in ISO 8601")
    if "24" in text and found["hour"] == "24":
        return _end_of_day(text, *found.span("hour"), found["rest"] or "")
    return datetime.fromisoformat(text.upper() if text[-1] == "z" else text)


def _end_of_day(text: str, start: int, end: int, rest: str) -> datetime:
    """24:00, the midnight at which the next day begins."""
    if rest.strip("0:.,"):
        raise ValueError("no time is later than 24:00")
    begun = datetime.fromisoformat(f"{text[:start]}00{text[end:]}".upper())
    return begun + timedelta(days=1)


def _is_milliseconds(text: str) -> bool:
    """Whether it can only be a time as JavaScript writes it, of which the fraction is not 0."""
    return (
        len(text) == 24
        and text[23] == "Z"
        and text[10] == "T"
        and text[4:8:3] == "--"
        and text[19] == "."
        and text[20:23].isdigit()
        and text.isascii()
        and text[20:23] != "000"
        and text[11:13] != "24"
    )


def _is_usual_in_store(text: str) -> bool:
    """Whether it can only be a time as the store has it, of which the fraction is not 0.

    An export converts one for each message (benchmark rows 3 and 4).
    """
    return (
        len(text) == _FULL_LENGTH
        and text[4:20:3] == "-- ::."
        and text[20:].isdigit()
        and text[20:] != "000000"
    )


def _is_full(text: str) -> bool:
    """Whether a time has the form of documents, up to its microseconds."""
    return (
        text[10:11] == "T"
        and text[19:20] == "."
        and text[5] != "W"
        and text[20:_FULL_LENGTH].isdigit()
        and len(text) >= _FULL_LENGTH
    )
