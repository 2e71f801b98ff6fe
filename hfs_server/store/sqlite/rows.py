"""The parts of a session as rows, written by us, and read whichever program wrote them."""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Iterator
from typing import Any, NamedTuple

from hfs_server.session import JsonObject, SessionHeader
from hfs_server.text import decode
from hfs_server.timestamps import iso_from_store, now, store_text

Rows = list[sqlite3.Row]
"""The rows of a query."""

ENCODING = "UTF-8"
"""The text encoding of a store, which is SQLite's default."""

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


class SessionRow(NamedTuple):
    """A session's own row; times are ISO 8601 with ``Z``."""

    name: str
    created_at: str
    updated_at: str | None
    run_snapshot: Any
    extra: JsonObject

    @classmethod
    def of(cls, header: SessionHeader) -> SessionRow:
        """The row of a session; if its beginning is not known, it is now."""
        unknown = {"metadata": header.unknown_metadata, "document": header.unknown_members}
        return cls(
            header.name,
            header.created_at or now(),
            header.updated_at,
            header.run_snapshot,
            {member: dict(keys) for member, keys in unknown.items() if keys},
        )

    def row(self) -> tuple[str | None, ...]:
        """The values, in the order in which they are inserted."""
        return (
            self.name,
            store_text(self.created_at),
            store_text(self.updated_at) if self.updated_at else None,
            None if self.run_snapshot is None else to_json(self.run_snapshot),
            to_json(self.extra) if self.extra else None,
        )


def message_extra(message: JsonObject) -> str | None:
    """What the columns of a message cannot hold, as JSON."""
    return extra_of(message, _MESSAGE_KEYS)


def checkpoint_row(checkpoint: JsonObject) -> tuple[Any, ...]:
    """Index, trigger, state as JSON, time or None, and what these columns cannot hold."""
    created_at = checkpoint["created_at"]
    return (
        checkpoint["message_index"],
        checkpoint["trigger"],
        to_json(checkpoint["state"]),
        store_text(created_at) if created_at else None,
        extra_of(checkpoint, _CHECKPOINT_KEYS),
    )


def extra_of(part: JsonObject, known: frozenset[str]) -> str | None:
    """What the columns cannot hold, as JSON: unknown keys, and that the time is not known."""
    if part["created_at"] is not None and len(part) == len(known):
        return None
    extra = {key: value for key, value in part.items() if key not in known}
    if part["created_at"] is None:
        extra["created_at"] = None
    return to_json(extra)


def to_json(value: Any) -> str:
    """JSON as it is written into a column."""
    return json.dumps(value, ensure_ascii=False)


def lenient_text(stored: bytes) -> str:
    """Text of the store; bytes that are no UTF-8, which another program wrote, as ``\\xff``."""
    return decode(stored)


def messages_of(rows: Rows) -> Iterator[JsonObject]:
    """Messages as in an export document, from rows of id, role, content, time and extra keys."""
    return (
        {
            "role": role if type(role) is str else as_text(role),
            "content": content if type(content) is str else as_text(content),
            "created_at": iso_from_store(created_at),
            **(extra_of_message(extra) if extra else {}),
        }
        for _, role, content, created_at, extra in rows
    )


def outlines_of(rows: Rows) -> list[JsonObject]:
    """Checkpoints without their states, from rows of id, trigger, index, time and extra keys."""
    return [
        {**_outline(trigger, index, created_at), **_times(extra_of_checkpoint(extra))}
        for _, trigger, index, created_at, extra in rows
    ]


def checkpoints_of(rows: Rows) -> Iterator[JsonObject]:
    """Checkpoints from rows of id, state, trigger, index, time and extra keys."""
    return (
        {
            **_outline(trigger, index, created_at),
            "state": state_of(state),
            **extra_of_checkpoint(extra),
        }
        for _, state, trigger, index, created_at, extra in rows
    )


def state_of(stored: object) -> Any:
    """The state that a column holds as JSON; the text itself if it is not valid JSON."""
    # A list of sessions, which reads rows too, needs no JSON parser.
    from hfs_server.strict_json.values import state_from_text

    return state_from_text(as_text(stored))


def _outline(trigger: object, index: object, created_at: object) -> JsonObject:
    return {
        "trigger": as_text(trigger),
        "message_index": index if isinstance(index, int) and index > -(2**63) else 0,
        "created_at": iso_from_store(created_at),
    }


def _times(extra: JsonObject) -> JsonObject:
    """A time that was not known at the import is recorded so among the extra keys."""
    return {"created_at": None} if "created_at" in extra else {}


def as_text(value: object) -> str:
    """A value that should be text, though another program may have stored anything."""
    if isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return decode(value)
    return "" if value is None else str(value)


def extra_of_message(text: object) -> JsonObject:
    """What ``message_extra`` kept; a key that a column holds is ignored."""
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
