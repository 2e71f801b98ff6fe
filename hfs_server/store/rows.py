"""How the parts of a session are written in rows, and read back, whoever wrote them."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from typing import Any

from hfs_server.session import JsonObject
from hfs_server.times import iso_from_store, store_text

Rows = list[sqlite3.Row]
"""Rows of a query, one after the other."""

_MESSAGE_KEYS = frozenset(("role", "content", "created_at"))
_CHECKPOINT_KEYS = frozenset(("trigger", "message_index", "created_at", "state"))


@dataclass(frozen=True, slots=True)
class ArrivedSession:
    """What the session's own row holds; times are ISO 8601 with ``Z``."""

    name: str
    created_at: str
    updated_at: str | None
    run_snapshot: Any
    extra: JsonObject

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


def messages_of(rows: Rows) -> list[JsonObject]:
    """Messages as they stand in a file, from rows of id, role, content, time and extra keys."""
    return [
        {
            "role": as_text(role),
            "content": as_text(content),
            "created_at": iso_from_store(created_at),
            **(object_of(extra) if extra else {}),
        }
        for _, role, content, created_at, extra in rows
    ]


def moments_of(rows: Rows) -> list[JsonObject]:
    """Checkpoints without their states, from rows of id, trigger, index, time and extra keys."""
    return [
        {**_moment(trigger, index, created_at), **_times(object_of(extra))}
        for _, trigger, index, created_at, extra in rows
    ]


def checkpoints_of(rows: Rows) -> list[JsonObject]:
    """Checkpoints whose ``state`` is still JSON text, from rows of id, state, trigger, index,
    time and extra keys.
    """
    return [
        {**_moment(trigger, index, created_at), "state": as_text(state), **object_of(extra)}
        for _, state, trigger, index, created_at, extra in rows
    ]


def _moment(trigger: object, index: object, created_at: object) -> JsonObject:
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
        return value.decode("utf-8", "backslashreplace")
    return "" if value is None else str(value)


def object_of(text: object) -> JsonObject:
    """The object that we wrote as JSON; an empty one where there is none."""
    value = json_of(text)
    return value if isinstance(value, dict) else {}


def json_of(text: object) -> Any:
    """What we wrote as JSON; None where there is none, or another program spoilt it."""
    if not isinstance(text, str):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
