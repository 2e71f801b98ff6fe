"""Times as the file, the wire and the store write them.

A file and the wire have ISO 8601 in UTC with ``Z``; the store has the terminal
program's form, ``2026-02-01 10:30:00.250184``, UTC without a zone, which it
sorts and parses: that one always has six digits of a second.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

_FULL_LENGTH = len("2026-02-01T10:30:00.250184")
_SHAPE = re.compile(r"[0-9W-]{7,10}([Tt ][0-9:.,+\-Zz]+)?", re.ASCII)


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
    """Any ISO 8601 time as ISO 8601 with ``Z``; without a zone it is taken as UTC.

    Raises ValueError where the text is not such a time, or names none in UTC.
    """
    try:
        moment = _moment(text)
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
        moment = _moment(value)
        if moment.microsecond and _is_full(value, " ") and len(value) == _FULL_LENGTH:
            return value.replace(" ", "T") + "Z"
        return to_iso(moment)
    except (ValueError, OverflowError):
        return None


def store_text(iso: str) -> str:
    """A time as ``iso_from_text`` gives it, in the store's form."""
    text = iso[:-1].replace("T", " ")
    return text if "." in text else text + ".000000"


def _is_full(text: str, separator: str) -> bool:
    """Whether a time is written as we write it, as far as its microseconds."""
    return (
        text[7:8] == "-"
        and text[10:11] == separator
        and text[13:14] == text[16:17] == ":"
        and text[19:20] == "."
        and text[20:_FULL_LENGTH].isdigit()
        and len(text) >= _FULL_LENGTH
    )


def _moment(text: str) -> datetime:
    # Python takes any character for the T, even the sign of a zone, and a NUL at the end.
    is_usual = text[10:11] in "T " and text.isprintable()
    if not is_usual and not _SHAPE.fullmatch(text):
        raise ValueError("no time in ISO 8601")
    return datetime.fromisoformat(text.upper() if text.endswith("z") else text)
