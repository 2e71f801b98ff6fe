"""The export document of the newest schema, the source of its published JSON Schema.

The rule not to break: unknown keys are kept, and a change of shape here needs a new schema
version (see CONTRIBUTING.md).
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from hfs_server.session import EXPORT_SCHEMA_VERSION, JsonObject
from hfs_server.session_facts import MessageFacts, MetadataFacts, Part
from hfs_server.strict_json.values import state_from_text
from hfs_server.timestamps import iso_from_text, to_iso

DEFAULT_SESSION_NAME = "Imported Session"
_INT64 = 2**63
"""The parser reads integers between this and its negative."""


def _canonical_time(value: object) -> object:
    if not isinstance(value, (datetime, str)):
        return value
    try:
        return to_iso(value) if isinstance(value, datetime) else iso_from_text(value)
    except (ValueError, OverflowError):
        raise ValueError("expected a time in ISO 8601, such as 2026-02-01T10:30:00Z") from None


UtcTime = Annotated[
    str,
    BeforeValidator(_canonical_time),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
"""ISO 8601 in UTC with ``Z``; ``timestamps`` lists the other forms that are read."""


class _PlainPart(Part):
    def as_object(self) -> JsonObject:
        """The part as a plain object: known keys first, then unknown ones."""
        return {**self.__dict__, **(self.__pydantic_extra__ or {})}


class PlainMetadata(Part):
    """The metadata of schema 1.0.0."""

    schema_version: str = EXPORT_SCHEMA_VERSION
    """The version of the document's schema: three dot-separated whole numbers."""
    exported_at: UtcTime | None = None
    """When the document was written."""
    hfs_version: str | None = None
    """The version of the program that wrote the document."""
    session_name: str = DEFAULT_SESSION_NAME
    """The session's name; any text, line breaks included."""
    session_created_at: UtcTime | None = None
    """When the session was created."""
    session_updated_at: UtcTime | None = None
    """Time of the last activity; null if none since creation."""


class ExportMetadata(MetadataFacts, PlainMetadata):
    """Facts about a document and its session."""


class PlainMessage(_PlainPart):
    """A message of schema 1.0.0, which is validated faster; ``messages`` adds the rest."""

    role: str
    """The author: ``user``, ``assistant``, ``system``, ``tool``, or any other text."""
    content: str
    """The message's text, usually Markdown."""
    created_at: UtcTime | None = None
    """When it was written; null if unknown."""


class Message(MessageFacts, PlainMessage):
    """One message of the session."""


class Checkpoint(_PlainPart):
    """A saved state of the run."""

    trigger: str
    """The event that created the checkpoint, such as ``run.ended``."""
    message_index: Annotated[int, Field(gt=-_INT64, lt=_INT64)]
    """The number of messages before it."""
    created_at: UtcTime | None = None
    """When it was created; null if unknown."""
    state: Any = Field(default_factory=dict)
    """A run snapshot, or an empty object; a file may have it as JSON text in ``state_json``."""

    @model_validator(mode="before")
    @classmethod
    def _state_from_text(cls, data: object) -> object:
        if not isinstance(data, dict) or "state_json" not in data or "state" in data:
            return data
        data = dict(data)
        data["state"] = state_from_text(data.pop("state_json"))
        return data


class SessionExport(Part):
    """A session as an export document."""

    metadata: ExportMetadata
    """Facts about the document; they come first."""
    messages: list[Message]
    """The session's messages, in order."""
    checkpoints: list[Checkpoint] | None = None
    """The session's checkpoints, in order."""
    run_snapshot: Any = None
    """The newest run's trace: agents, negotiation, token usage, timeline."""
