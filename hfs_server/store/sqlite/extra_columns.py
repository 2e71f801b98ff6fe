"""JSON in the columns that we add: unknown keys and run snapshots.

Another program may have written anything there, so only what an export document can hold is
returned.
"""

from __future__ import annotations

import json
import math
from typing import Any

from hfs_server.session import JsonObject, SessionHeader

_MESSAGE_KEYS = frozenset(("role", "content", "created_at"))
_CHECKPOINT_KEYS = frozenset(("trigger", "message_index", "created_at", "state"))
_UNKNOWN_TIMES = frozenset(("created_at", "session_created_at"))
_DEEPEST = 100
"""How deep an export document can be nested."""

_OF_DOCUMENT, _OF_METADATA, _OF_PART = 1, 2, 3
"""How deep a value is in an export document: a member of it, a key of its metadata, or a key of
one of its messages or checkpoints."""

_SESSION_KEYS = {
    "metadata": (
        frozenset(
            (
                "schema_version",
                "exported_at",
                "hfs_version",
                "session_name",
                "session_created_at",
                "session_updated_at",
            )
        ),
        _OF_METADATA,
    ),
    "document": (frozenset(("metadata", "messages", "checkpoints", "run_snapshot")), _OF_DOCUMENT),
}


def message_extra(message: JsonObject) -> str | None:
    """Unknown keys, and that the time is not known, as JSON; None if there are none."""
    return _extra(message, _MESSAGE_KEYS)


def checkpoint_extra(checkpoint: JsonObject) -> str | None:
    """The same for a checkpoint."""
    return _extra(checkpoint, _CHECKPOINT_KEYS)


def session_extra(header: SessionHeader) -> str | None:
    """The unknown keys of a session as JSON, by the member that they are in."""
    unknown = {"metadata": header.unknown_metadata, "document": header.unknown_members}
    extra = {member: dict(keys) for member, keys in unknown.items() if keys}
    return to_json(extra) if extra else None


def to_json(value: Any) -> str:
    """JSON as it is written into a column."""
    # It is three times as fast as json (benchmark row 14); a list of sessions does not need it.
    from pydantic_core import to_json

    return to_json(value).decode()


def extra_of_message(text: object) -> JsonObject:
    """The unknown keys; a key that a column holds is ignored."""
    return _unknown(_json_of(text), _MESSAGE_KEYS, _OF_PART)


def extra_of_checkpoint(text: object) -> JsonObject:
    """The same for a checkpoint."""
    return _unknown(_json_of(text), _CHECKPOINT_KEYS, _OF_PART)


def extra_of_session(text: object) -> JsonObject:
    """The unknown keys of an imported session, by the member that they were in."""
    value = _json_of(text)
    kept = value if isinstance(value, dict) else {}
    return {
        member: _unknown(kept.get(member), known, outside)
        for member, (known, outside) in _SESSION_KEYS.items()
    }


def run_snapshot_of(text: object) -> Any:
    """The run snapshot; None if there is none that an export document can hold."""
    value = _json_of(text)
    return value if _fits(value, _OF_DOCUMENT) else None


def _json_of(text: object) -> Any:
    """The value of JSON that we wrote; None if it is not text, or not JSON that an export document
    can hold.
    """
    if not isinstance(text, str):
        return None
    try:
        value = json.loads(text, parse_int=_whole, parse_float=_finite, parse_constant=_finite)
        if "\\u" in text:
            to_json(value).encode()
        _depth(value)
        return value
    except (ValueError, RecursionError):
        return None


def _unknown(value: object, known: frozenset[str], outside: int) -> JsonObject:
    """The unknown keys, and the mark of an unknown time."""
    if not isinstance(value, dict):
        return {}
    return {
        key: part
        for key, part in value.items()
        if (key not in known or (part is None and key in _UNKNOWN_TIMES)) and _fits(part, outside)
    }


def _fits(value: object, outside: int) -> bool:
    """Whether an export document can hold the value inside so many objects and lists."""
    return _depth(value) <= _DEEPEST - outside


def _whole(text: str) -> int:
    if abs(number := int(text)) >= 2**63:
        raise ValueError("more than 64 bits")
    return number


def _finite(text: str) -> float:
    if not math.isfinite(number := float(text)):
        raise ValueError("not finite")
    return number


def _depth(value: object) -> int:
    if isinstance(value, dict):
        return 1 + max(map(_depth, value.values()), default=0)
    return 1 + max(map(_depth, value), default=0) if isinstance(value, list) else 0


def _extra(part: JsonObject, known: frozenset[str]) -> str | None:
    if part["created_at"] is not None and len(part) == len(known):
        return None
    extra = {key: value for key, value in part.items() if key not in known}
    if part["created_at"] is None:
        extra["created_at"] = None
    return to_json(extra)
