"""Values of a run snapshot, which may have any shape.

The rule not to break: nothing raises here; a value that is missing or of another type is empty.
"""

from __future__ import annotations

from typing import Any

from hfs_server.session import JsonObject


def member(value: Any, *path: str) -> Any:
    """The value at the path; None if any part of it is missing or not an object."""
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def records(value: Any, key: str) -> list[JsonObject]:
    """The objects in the list, or the values of the object, under the key."""
    found = member(value, key)
    if isinstance(found, dict):
        found = list(found.values())
    if not isinstance(found, list):
        return []
    return [record for record in found if isinstance(record, dict)]
