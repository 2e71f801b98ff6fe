"""Values of other tools' files as an export document has them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Protocol

from hfs_server.session import JsonObject
from hfs_server.text import replace_surrogates
from hfs_server.timestamps import iso_from_text, to_iso

_DEEPEST = 64
"""How deep an input of a tool call may be nested; deeper ones are kept as text."""

_LARGEST = 2**63

# The first number that is a time in milliseconds, in microseconds, in nanoseconds; the years
# 1973 to 5138 differ in size.
_UNITS = ((1e17, 1e9), (1e14, 1e6), (1e11, 1e3))


class CountsReplacements(Protocol):
    """What notes how many lone surrogates were replaced."""

    replaced_characters: int


def message(role: str, content: str, created_at: str | None = None, **keys: Any) -> JsonObject:
    """A message; keys without a value are left out (None, empty text, list, object, False)."""
    made: JsonObject = {"role": role, "content": content, "created_at": created_at}
    for key, value in keys.items():
        if value:
            made[key] = value
    return made


def time_of(value: object) -> str | None:
    """A time as ISO 8601 with ``Z``, from ISO text or a number since 1970; None for others.

    Numbers are seconds, milliseconds, microseconds or nanoseconds, which their size shows.
    """
    if isinstance(value, str):
        try:
            return iso_from_text(value)
        except ValueError:
            return None
    if not isinstance(value, (int, float)) or isinstance(value, bool) or value <= 0:
        return None
    try:
        for least, per_second in _UNITS:
            if value >= least:
                value = value / per_second
                break
        return to_iso(datetime.fromtimestamp(value, UTC))
    except (ValueError, OverflowError, OSError):
        return None


def text_of(value: object) -> str:
    """The value if it is text, else the empty text."""
    return value if isinstance(value, str) else ""


def object_of(value: object) -> JsonObject:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def list_of(value: object) -> list[Any]:
    """The value if it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def objects_of(value: object) -> list[JsonObject]:
    """The objects in the value if it is a list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def count_of(value: object) -> int | None:
    """The value if it is a number of things, else None."""
    is_count = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _LARGEST
    return value if is_count else None  # type: ignore[return-value]


def uncached(given: object, *cached: object) -> int | None:
    """The tokens of an input but those that a cache read or wrote, which its tool counts in it."""
    whole = count_of(given)
    return None if whole is None else max(0, whole - sum(count_of(each) or 0 for each in cached))


def usage_of(**counts: object) -> dict[str, int | float]:
    """The usage of a message, without what is no number; ``cost_usd`` may have a fraction."""
    found: dict[str, int | float] = {}
    for name, value in counts.items():
        if isinstance(value, float) and name == "cost_usd" and math.isfinite(value) and value >= 0:
            found[name] = value
        elif (count := count_of(value)) is not None:
            found[name] = count
    return found


def add_usage(usage: dict[str, int | float], more: dict[str, int | float]) -> None:
    """Adds counts to a usage, in which each stays a number of things."""
    for name, count in more.items():
        usage[name] = min(max(0, usage.get(name, 0) + count), _LARGEST - 1)


def tool_call(call_id: object, name: object, given: object) -> JsonObject:
    """A tool call with an input that a document can hold; deeper ones become text."""
    return {
        "id": text_of(call_id),
        "name": text_of(name) or "unknown",
        "input": given if _fits(given, 0) else repr_of(given),
    }


def repr_of(value: object) -> str:
    """A value that no document can hold, as text."""
    try:
        return str(value)
    except (ValueError, RecursionError):
        return "(not readable)"


def cleaned(value: Any, counts: CountsReplacements) -> Any:
    """The value with lone surrogates replaced, and numbers that are not finite as None."""
    if isinstance(value, str):
        clean = replace_surrogates(value)
        counts.replaced_characters += sum(a != b for a, b in zip(value, clean, strict=False))
        return clean
    if isinstance(value, Mapping):
        return {cleaned(key, counts): cleaned(item, counts) for key, item in value.items()}
    if isinstance(value, list):
        return [cleaned(item, counts) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _fits(value: object, depth: int) -> bool:
    if isinstance(value, (dict, list)):
        if depth >= _DEEPEST:
            return False
        for item in value.values() if isinstance(value, dict) else value:
            # Most values are text, and a call for each would take longer than all the rest.
            if not isinstance(item, str) and not _fits(item, depth + 1):
                return False
        return True
    if isinstance(value, int):
        return -_LARGEST <= value < _LARGEST
    return not isinstance(value, float) or math.isfinite(value)
