"""The export document of schema 1.0.0, source of its published JSON Schema.

Unknown keys are part of a document and are kept; a change of shape here is a new
schema version (CONTRIBUTING.md says how to make one).
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from hfs_server.checkpoint_state import state_from_text
from hfs_server.session import EXPORT_SCHEMA_VERSION
from hfs_server.timestamps import iso_from_text, to_iso

DEFAULT_SESSION_NAME = "Imported Session"
_INT64 = 2**63
"""The parser takes whole numbers of less than this, either side of zero."""


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
"""ISO 8601 in UTC with ``Z``, which the schema demands; ``times`` says what else is read."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="allow", strict=True, use_attribute_docstrings=True)

    def as_object(self) -> dict[str, Any]:
        """The part as it stands in a file: known keys first, then the unknown ones."""
        return {**self.__dict__, **(self.__pydantic_extra__ or {})}


class ExportMetadata(_Part):
    """What a document says of itself."""

    schema_version: str = EXPORT_SCHEMA_VERSION
    """The version of the document's schema: three whole numbers with dots."""
    exported_at: UtcTime | None = None
    """When the document was written."""
    hfs_version: str | None = None
    """The version of the program that wrote the document."""
    session_name: str = DEFAULT_SESSION_NAME
    """The session's name; any text, line breaks included."""
    session_created_at: UtcTime | None = None
    """When the session was begun."""
    session_updated_at: UtcTime | None = None
    """The session's last activity; null where there was none after its beginning."""


class Message(_Part):
    """One message of the conversation."""

    role: str
    """Who speaks: ``user``, ``assistant``, ``system``, ``tool``, or any other text."""
    content: str
    """The message's text, usually Markdown."""
    created_at: UtcTime | None = None
    """When it was written; null where that is not known."""


class Checkpoint(_Part):
    """A moment at which the run's state was kept."""

    trigger: str
    """What made the checkpoint, such as ``run.ended``."""
    message_index: Annotated[int, Field(gt=-_INT64, lt=_INT64)]
    """After how many messages it lies."""
    created_at: UtcTime | None = None
    """When it was made; null where that is not known."""
    state: Any = Field(default_factory=dict)
    """A dumped run snapshot, or an empty object; a file may have it as text in ``state_json``."""

    @model_validator(mode="before")
    @classmethod
    def _state_from_text(cls, data: object) -> object:
        if not isinstance(data, dict) or "state_json" not in data or "state" in data:
            return data
        data = dict(data)
        data["state"] = state_from_text(data.pop("state_json"))
        return data


class SessionExport(_Part):
    """A session as a document."""

    metadata: ExportMetadata
    """What the document says of itself; it stands first."""
    messages: list[Message]
    """The conversation, in order."""
    checkpoints: list[Checkpoint] | None = None
    """The session's checkpoints, in order."""
    run_snapshot: Any = None
    """The newest run's trace: agents, negotiation, token usage, timeline."""
