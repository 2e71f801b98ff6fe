"""The parts of a session as rows, written by us, and read whichever program wrote them.

An engine may write only some of them as they are, but it returns them so.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from hfs_server.session import JsonObject, SessionHeader
from hfs_server.store.extra_columns import (
    checkpoint_extra,
    extra_of_checkpoint,
    session_extra,
    to_json,
)
from hfs_server.text import decode
from hfs_server.timestamps import iso_from_store, now, store_text

Rows = list[Any]
"""The rows of a query."""

ENCODING = "UTF-8"
"""The text encoding of a store, which is SQLite's default."""


class SessionRow(NamedTuple):
    """A session's row, without its id."""

    name: str
    created_at: str
    updated_at: str | None
    hfs_run_snapshot: str | None
    hfs_extra: str | None
    hfs_identity: str | None
    hfs_parent: str | None
    hfs_tool: str | None
    hfs_directory: str | None
    hfs_usage: str | None
    hfs_imported_name: str | None
    hfs_original: str | None = None


def session_row(
    header: SessionHeader, identity: str | None, usage: Mapping[str, float]
) -> SessionRow:
    """The row of a session that is imported; an unknown beginning is now."""
    facts = header.facts
    source = facts.get("source") or {}
    return SessionRow(
        name=header.name,
        created_at=store_text(header.created_at or now()),
        updated_at=store_text(header.updated_at) if header.updated_at else None,
        hfs_run_snapshot=None if header.run_snapshot is None else to_json(header.run_snapshot),
        hfs_extra=session_extra(header),
        hfs_identity=identity,
        hfs_parent=facts.get("parent_session_id"),
        hfs_tool=source.get("tool"),
        hfs_directory=facts.get("working_directory"),
        hfs_usage=to_json(dict(usage)) if usage else None,
        hfs_imported_name=header.name,
    )


def checkpoint_row(checkpoint: JsonObject) -> tuple[Any, ...]:
    """Index, trigger, state as JSON, time or None, and what these columns cannot hold."""
    created_at = checkpoint["created_at"]
    return (
        checkpoint["message_index"],
        checkpoint["trigger"],
        to_json(checkpoint["state"]),
        store_text(created_at) if created_at else None,
        checkpoint_extra(checkpoint),
    )


def lenient_text(stored: bytes) -> str:
    """Text of the store; bytes that are no UTF-8, which another program wrote, as ``\\xff``."""
    return decode(stored)


def messages_of(rows: Rows) -> Iterator[JsonObject]:
    """Messages as in an export document, from rows of id, role, content, time and extra keys."""
    for _, role, content, created_at, extra in rows:
        message = {
            "role": role if type(role) is str else as_text(role),
            "content": content if type(content) is str else as_text(content),
            "created_at": iso_from_store(created_at),
        }
        if extra:
            from hfs_server.store.message_extra import with_extra

            message = with_extra(message, extra)
        yield message


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


def object_in(value: object) -> JsonObject:
    """An object, or one in JSON; empty for anything else, since any program may have written it."""
    try:
        value = json.loads(value) if isinstance(value, str) else value
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def facts_in(extra: object) -> JsonObject:
    """The facts among a session's extra keys, of any shape."""
    return object_in(object_in(extra).get("facts"))


def is_marked_redacted(extra: object) -> bool:
    """Whether a session's extra keys say that its secrets were replaced."""
    return object_in(object_in(extra).get("metadata")).get("redacted") is True


def texts_in(value: object) -> list[str]:
    """The texts in what should be a list of them, such as the models of a session."""
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def as_text(value: object) -> str:
    """A value that should be text, though another program may have stored anything."""
    if isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return lenient_text(value)
    return "" if value is None else str(value)
