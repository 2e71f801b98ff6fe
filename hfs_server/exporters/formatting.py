"""Values of any type as people read them: plain text on one line, of bounded length.

The rule not to break: no value raises, and no result contains a newline. Nothing is escaped.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from hfs_server.graphemes import beginning
from hfs_server.text import one_line
from hfs_server.timestamps import datetime_of

_LONGEST = 200
_LONGEST_READ = 10_000
_LONGEST_ROLE = 60
_LARGEST = 10**15
_SECOND = 1_000
_KILO = 1_000

_USUAL_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z", re.ASCII)


def brief(value: Any, longest: int = _LONGEST) -> str:
    """A text, number or boolean on one line; "" for anything else."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return count(value)
    if not isinstance(value, str):
        return ""
    text = one_line(value[:_LONGEST_READ])
    return text if len(text) <= longest else beginning(text, longest - 3).rstrip() + "..."


def role_text(role: str) -> str:
    """The role of a message as it is shown."""
    name = brief(role, longest=_LONGEST_ROLE) or "Unknown"
    return name[:1].upper() + name[1:]


def names(value: Any) -> str:
    """The texts of a list, separated by commas."""
    if not isinstance(value, list):
        return brief(value)
    shown = [brief(name, longest=60) for name in value[:20]]
    rest = [f"{len(value) - 20:,} more"] if len(value) > len(shown) else []
    return ", ".join([name for name in shown if name] + rest)


def number(value: Any) -> float | None:
    """The value if it is a number of reasonable size, else None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if abs(value) < _LARGEST else None


def count(value: Any) -> str:
    """A quantity with thousands separators, "1,500"; texts stay as they are."""
    if isinstance(value, str):
        return brief(value)
    found = number(value)
    if found is None:
        return ""
    return f"{found:,}" if isinstance(found, int) else f"{found:,.4g}"


def byte_size(size: Any) -> str:
    """A size in bytes: "850 bytes", "12.3 kB", "4.5 MB"; "" if unknown."""
    found = number(size)
    if found is None or found < 0:
        return ""
    if found < _KILO:
        return "1 byte" if found == 1 else f"{found:.0f} bytes"
    is_mega = found >= _KILO * _KILO
    return f"{found / _KILO**2:,.1f} MB" if is_mega else f"{found / _KILO:.1f} kB"


def duration(milliseconds: Any) -> str:
    """A time span: "250 ms", "1.5 s", "2 min 5 s", "1 h 3 min", "2 d 4 h"."""
    if isinstance(milliseconds, str):
        return brief(milliseconds)
    found = number(milliseconds)
    if found is None or found < 0:
        return ""
    if found < _SECOND:
        return f"{found:.0f} ms"
    if found < 10 * _SECOND and found % _SECOND:
        return f"{found / _SECOND:.1f} s"
    return _long_duration(round(found / _SECOND))


def _long_duration(seconds: int) -> str:
    units = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))
    for (name, length), (smaller, part) in pairwise(units):
        if seconds >= length:
            whole, rest = divmod(seconds, length)
            return (
                f"{whole:,} {name} {rest // part} {smaller}"
                if rest >= part
                else f"{whole:,} {name}"
            )
    return f"{seconds} s"


def utc_time(value: Any) -> datetime | None:
    """The time in an ISO 8601 text, in UTC and without a zone; None for anything else."""
    if not isinstance(value, str):
        return None
    try:
        time = datetime_of(value.strip())
        return time.astimezone(UTC).replace(tzinfo=None) if time.tzinfo else time
    except (ValueError, OverflowError):
        return None


def point_in_time(value: Any) -> str:
    """A time as "2026-02-01 10:30:00 UTC"; other texts stay as they are."""
    time = utc_time(value)
    if time is None:
        return brief(value, longest=60)
    return f"{time.replace(microsecond=0)} UTC"


def usual_time(value: Any) -> str | None:
    """The same for the form of export documents; None for any other value.

    Every message has a time, and nearly all are in this form (benchmark row 4).
    """
    if not isinstance(value, str) or not _USUAL_TIME.fullmatch(value):
        return None
    return f"{value[:10]} {value[11:19]} UTC"
