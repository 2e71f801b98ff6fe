"""The log in which VS Code stores a session: its first state, and each change of it.

The rule not to break: a change that does not fit the state is skipped and counted.
"""

from __future__ import annotations

from typing import Any

from hfs_server.errors import InvalidDocument
from hfs_server.importers.foreign import Draft
from hfs_server.importers.json_lines import read_lines
from hfs_server.importers.source_file import SourceFile
from hfs_server.importers.values import list_of, object_of
from hfs_server.session import JsonObject

_STATE, _SET, _PUSH, _DELETE = range(4)
"""Kinds of entries."""


def is_log(record: JsonObject) -> bool:
    """Whether a record is the first entry of a log."""
    kind = record.get("kind")
    return kind == _STATE and not isinstance(kind, bool) and isinstance(record.get("v"), dict)


def replayed(file: SourceFile, draft: Draft) -> JsonObject:
    """The last state. Raises InvalidDocument if the log has no first one."""
    state: JsonObject | None = None
    skipped = 0
    for _, entry in read_lines(file, draft):
        if is_log(entry):
            state = entry["v"]
        elif entry.get("kind") not in (_SET, _PUSH, _DELETE):
            draft.unknown_records[f"kind {entry.get('kind')}"] += 1
        elif state is None or not _apply(state, entry):
            skipped += 1
    if state is None:
        raise InvalidDocument("The log lacks its first entry, the state of the session.")
    if skipped:
        what = "1 change does" if skipped == 1 else f"{skipped:,} changes do"
        draft.warnings.append(f"{what} not fit what the log has before, and was skipped.")
    return state


def _apply(state: JsonObject, entry: JsonObject) -> bool:
    """Whether the change was made: of a member of an object, or of an item of a list."""
    path = list_of(entry.get("k"))
    holder: Any = state
    for key in path[:-1]:
        if not _has(holder, key):
            return False
        holder = holder[key]
    if not path or not _may_have(holder, path[-1]):
        return False
    if entry["kind"] == _PUSH:
        return _push(holder, path[-1], entry)
    _put(holder, path[-1], entry.get("v") if entry["kind"] == _SET else None)
    return True


def _push(holder: Any, key: Any, entry: JsonObject) -> bool:
    """Appends to a list, which is cut at ``i`` before; it is made if there is none."""
    target = holder[key] if _has(holder, key) else None
    if target is None:
        target = []
    if not isinstance(target, list):
        return False
    start = entry.get("i")
    if isinstance(start, int) and not isinstance(start, bool) and start >= 0:
        del target[start:]
    target += list_of(entry.get("v"))
    _put(holder, key, target)
    return True


def _put(holder: Any, key: Any, value: Any) -> None:
    if isinstance(holder, list) and key == len(holder):
        holder.append(value)
    else:
        holder[key] = value


def _has(holder: Any, key: Any) -> bool:
    if isinstance(holder, list):
        return _is_index(key) and key < len(holder)
    return isinstance(key, str) and key in object_of(holder)


def _may_have(holder: Any, key: Any) -> bool:
    """Whether a value can be put there; a list has no gaps."""
    if isinstance(holder, list):
        return _is_index(key) and key <= len(holder)
    return isinstance(holder, dict) and isinstance(key, str)


def _is_index(key: Any) -> bool:
    return isinstance(key, int) and not isinstance(key, bool) and key >= 0
