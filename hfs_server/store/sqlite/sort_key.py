"""The sort key of the listing in SQL: the time of a session's last activity.

These expressions are part of indexes that the terminal program's SQLite maintains, so they
use only functions that every SQLite has, and are released: a change needs a migration.
"""

from __future__ import annotations

ACTIVITY = "coalesce(updated_at, created_at)"

_LAST_DAY = "CASE {month} WHEN '02' THEN '28' {short} ELSE '31' END".format(
    month=f"substr({ACTIVITY}, 6, 2)",
    short=" ".join(f"WHEN '{month}' THEN '30'" for month in ("04", "06", "09", "11")),
)
_PARTS = (
    (1, 4, "'0001'", "'9999'"),
    (6, 2, "'01'", "'12'"),
    (9, 2, "'01'", _LAST_DAY),
    (12, 2, "'00'", "'23'"),
    (15, 2, "'00'", "'59'"),
    (18, 2, "'00'", "'59'"),
    (21, 6, "'000000'", "'999999'"),
)
_FORMATTED = ", ".join(f"substr({ACTIVITY}, {start}, {length})" for start, length, *_ in _PARTS)

HAS_STANDARD_TIME = (
    f"{ACTIVITY} IS printf('%04d-%02d-%02d %02d:%02d:%02d.%06d', {_FORMATTED})"
    + "".join(
        f" AND substr({ACTIVITY}, {start}, {length}) BETWEEN {least} AND {most}"
        for start, length, least, most in _PARTS
    )
)
"""Whether the last activity is a time in the terminal program's format, which sorts as text.

It is never NULL. A 29th of February counts as another format.
"""
