"""How the parts of a session are written in rows, and read back, whoever wrote them."""

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
"""Rows of a query, one after the other."""

ENCODING = "UTF-8"
"""How a store keeps its text; SQLite chooses it unless a program asks for another."""

_MESSAGE_KEYS = frozenset(("role", "content", "created_at"))
_CHECKPOINT_KEYS = frozenset(("trigger", "message_index", "created_at", "state"))
_UNKNOWN_TIMES = frozenset(("created_at", "session_created_at"))
_DEEPEST = 100
"""How deep a document can be nested."""

_OF_DOCUMENT, _OF_METADATA, _OF_PART = 1, 2, 3
"""How deep a value lies in a document: a member of it, a key of its metadata, or a key of one
of its messages or checkpoints."""

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
    """What the session's own row holds; times are ISO 8601 with ``Z``."""

    name: str
    created_at: str
    updated_at: str | None
    run_snapshot: Any
    extra: JsonObject

    @classmethod
    def of(cls, header: SessionHeader) -> SessionRow:
        """The row of a session; one whose beginning is not known begins now."""
        unknown = {"metadata": header.unknown_metadata, "document": header.unknown_members}
        return cls(
            header.name,
            header.created_at or now(),
            header.updated_at,
            header.run_snapshot,
            {member: dict(keys) for member, keys in unknown.items() if keys},
        )

    def row(self) -> tuple[str | None, ...]:
        """The values of the row, in the order in which it is written."""
        return (
            self.name,
            store_text(self.created_at),
            store_text(self.updated_at) if self.updated_at else None,
            None if self.run_snapshot is None else to_json(self.run_snapshot),
            to_json(self.extra) if self.extra else None,
        )


def message_extra(message: JsonObject) -> str | None:
    """What the columns of a message cannot hold, as JSON text."""
    return extra_of(message, _MESSAGE_KEYS)


def checkpoint_row(checkpoint: JsonObject) -> tuple[Any, ...]:
    """Index, trigger, state as JSON text, time or None, and what these columns cannot hold."""
    created_at = checkpoint["created_at"]
    return (
        checkpoint["message_index"],
        checkpoint["trigger"],
        to_json(checkpoint["state"]),
        store_text(created_at) if created_at else None,
        extra_of(checkpoint, _CHECKPOINT_KEYS),
    )


def extra_of(part: JsonObject, known: frozenset[str]) -> str | None:
    """What the columns cannot hold: unknown keys, and that the time was not known."""
    if part["created_at"] is not None and len(part) == len(known):
        return None
    extra = {key: value for key, value in part.items() if key not in known}
    if part["created_at"] is None:
        extra["created_at"] = None
    return to_json(extra)


def to_json(value: Any) -> str:
    """JSON as we write it into a column."""
    return json.dumps(value, ensure_ascii=False)


def lenient_text(stored: bytes) -> str:
    """Text of the store; bytes that are no UTF-8, which another program wrote, as ``\\xff``."""
    return decode(stored)


def messages_of(rows: Rows) -> Iterator[JsonObject]:
    """Messages as they stand in a file, from rows of id, role, content, time and extra keys."""
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
    """The state that a column holds as JSON text; the text itself if it is not such JSON."""
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
    """A time that was not known when the part came in is marked so among its extra keys."""
    return {"created_at": None} if "created_at" in extra else {}


def as_text(value: object) -> str:
    """A value that should be text, as another program may have stored something else."""
    if isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return decode(value)
    return "" if value is None else str(value)


def extra_of_message(text: object) -> JsonObject:
    """What ``message_extra`` kept; nothing that another program wrote over the columns."""
    return _unknown(_json_of(text), _MESSAGE_KEYS, _OF_PART)


def extra_of_checkpoint(text: object) -> JsonObject:
    """The same for a checkpoint."""
    return _unknown(_json_of(text), _CHECKPOINT_KEYS, _OF_PART)


def extra_of_session(text: object) -> JsonObject:
    """The unknown keys that a session came with, by the member that they stood in."""
    value = _json_of(text)
    kept = value if isinstance(value, dict) else {}
    return {
        member: _unknown(kept.get(member), known, outside)
        for member, (known, outside) in _SESSION_KEYS.items()
    }


def run_snapshot_of(text: object) -> Any:
    """The run snapshot as we wrote it; None where there is none that a document can hold."""
    value = _json_of(text)
    return value if _fits(value, _OF_DOCUMENT) else None


def _json_of(text: object) -> Any:
    """What we wrote as JSON; None where there is none, or another program wrote what no document
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
    """The keys that are not known, and a time that is known to be unknown."""
    if not isinstance(value, dict):
        return {}
    return {
        key: part
        for key, part in value.items()
        if (key not in known or (part is None and key in _UNKNOWN_TIMES)) and _fits(part, outside)
    }


def _fits(value: object, outside: int) -> bool:
    """Whether a document can hold the value where so many objects and lists are around it."""
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
