"""The JSON objects at the beginning of a file, by which importers recognize its format.

The rule not to break: what importers read leniently is recognized, too, so only the shape of what
is returned counts; texts and numbers that strict JSON does not have are replaced.
"""

from __future__ import annotations

import io
import json
import re
from typing import Any

from hfs_server.session import JsonObject
from hfs_server.strict_json.errors import JsonError
from hfs_server.strict_json.events import JsonEvents

_MOST_RECORDS = 8
_LENIENT = re.compile(
    r"""(?P<valid>\\(?:["\\/bfnrt]|u(?![dD][89a-fA-F])[0-9a-fA-F]{4}))"""
    r"|(?P<escape>\\(?:u[dD][89a-fA-F][0-9a-fA-F]{2})?)|(?P<control>[\x00-\x1f])"
    r"|(?P<number>-?(?:NaN|Infinity)|\d{16,})|(?P<exponent>[eE][+-]?\d{3,})"
)
_STRICT = {"escape": "?", "control": " ", "number": "0", "exponent": "e0"}


def records_in(head: bytes) -> list[JsonObject]:
    """The objects at the beginning, at most 8; the last one may lack its end."""
    return _lines(head) or _items(head)


def _lines(head: bytes) -> list[JsonObject]:
    """The objects of complete lines; empty if the first one is none, as in a JSON document."""
    found: list[JsonObject] = []
    for line in head.splitlines()[: 4 * _MOST_RECORDS]:
        if not line.strip():
            continue
        try:
            value = json.loads(line.decode(errors="replace"), strict=False)
        except (ValueError, RecursionError):
            if found:
                continue
            return []
        if not isinstance(value, dict):
            return []
        found.append(value)
        if len(found) == _MOST_RECORDS:
            break
    return found


def _items(head: bytes) -> list[JsonObject]:
    """The first objects of a JSON value that may be cut anywhere."""
    found, is_whole = _outline(head)
    if not is_whole and (strict := _made_strict(head)) != head:
        found, _ = _outline(strict)
    return [item for item in found[:_MOST_RECORDS] if isinstance(item, dict)]


def _made_strict(head: bytes) -> bytes:
    return _LENIENT.sub(
        lambda found: _STRICT.get(found.lastgroup or "", found[0]), head.decode(errors="replace")
    ).encode()


def _outline(head: bytes) -> tuple[list[Any], bool]:
    """The first values, and whether nothing kept the parser from reading on."""
    found: list[Any] = []
    open_values: list[Any] = [found]
    keys: list[str] = [""]
    events = JsonEvents(io.BytesIO(head))
    try:
        while len(found) <= _MOST_RECORDS:
            kind, scalar = events.next()
            if kind == "map_key":
                keys[-1] = scalar
                continue
            if kind in ("end_map", "end_array"):
                open_values.pop()
                keys.pop()
                if len(open_values) == 1:
                    break
                continue
            value: Any = {} if kind == "start_map" else [] if kind == "start_array" else scalar
            if len(open_values) == 1 and kind == "start_array":
                value = found
            elif isinstance(open_values[-1], dict):
                open_values[-1][keys[-1]] = value
            else:
                open_values[-1].append(value)
            if kind in ("start_map", "start_array"):
                open_values.append(value)
                keys.append("")
            elif len(open_values) == 1:
                break
    except (JsonError, StopIteration, MemoryError):
        return found, False
    return found, True
