"""Values of any kind as people read them: on one line, escaped, of bounded length.

The rule not to break: no value raises, and no result holds a newline or Markdown.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from hfs_server.exporters.markdown.sanitize import clean
from hfs_server.graphemes import beginning, without_stray_joiners
from hfs_server.timestamps import datetime_of

_LONGEST = 200
_LONGEST_READ = 10_000
_LARGEST = 10**15
_SECOND = 1_000

_TIME = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d{1,6})?Z", re.ASCII)
# Marks that turn the direction of the text after them, and the C1 control characters.
_MISLEADING = re.compile("[\x80-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
# An underscore within a word is harmless, and names of agents are full of them.
_MARKDOWN = re.compile(
    r"[\\`*\[\]<>|~$^{]|&(?=[#\w])|(?<![^\W_])_|_(?![^\W_])|#\Z|\A[#>+=\-:%!?./]"
    r"|/(?=/)|=(?==)|\+(?=\+)|%(?=%)|:(?=:|[A-Za-z][\w+\-]*:)|(?<=www)\."
)
# No escape guards a brace at the end of a heading in all viewers.
_LAST_BRACE = re.compile(r"\}\Z")


def one_line(value: Any, longest: int = _LONGEST) -> str:
    """A text or a number as Markdown that shows it literally; "" for anything else."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return count(value)
    if not isinstance(value, str):
        return ""
    text = _MISLEADING.sub("", clean(value[:_LONGEST_READ]))
    text = " ".join(without_stray_joiners(text).split())
    if len(text) > longest:
        text = beginning(text, longest - 3).rstrip() + "..."
    return _LAST_BRACE.sub("&#125;", _MARKDOWN.sub(r"\\\g<0>", text))


def names(value: Any) -> str:
    """The texts of a list, with commas between them."""
    if not isinstance(value, list):
        return one_line(value)
    shown = [one_line(name, longest=60) for name in value[:20]]
    rest = [f"{len(value) - 20:,} more"] if len(value) > len(shown) else []
    return ", ".join([name for name in shown if name] + rest)


def number(value: Any) -> float | None:
    """The value if it is a number that can be shown, else None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if abs(value) < _LARGEST else None


def count(value: Any) -> str:
    """A quantity with its thousands set apart, "1,500"; a text as it is."""
    if isinstance(value, str):
        return one_line(value)
    found = number(value)
    if found is None:
        return ""
    return f"{found:,}" if isinstance(found, int) else f"{found:,.4g}"


def duration(milliseconds: Any) -> str:
    """A time span: "250 ms", "1.5 s", "2 min 5 s", "1 h 3 min", "2 d 4 h"."""
    if isinstance(milliseconds, str):
        return one_line(milliseconds)
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


def moment(value: Any) -> datetime | None:
    """The time that an ISO 8601 text tells, in UTC and without a zone; None for all else."""
    if not isinstance(value, str):
        return None
    try:
        time = datetime_of(value.strip())
        return time.astimezone(UTC).replace(tzinfo=None) if time.tzinfo else time
    except (ValueError, OverflowError):
        return None


def point_in_time(value: Any) -> str:
    """A time as "2026-02-01 10:30:00 UTC"; a text that tells no time as it is."""
    # Every message has one, nearly always in this form.
    if isinstance(value, str) and (plain := _TIME.fullmatch(value)):
        return f"{plain[1]} {plain[2]} UTC"
    time = moment(value)
    if time is None:
        return one_line(value, longest=60)
    return f"{time.replace(microsecond=0)} UTC"
