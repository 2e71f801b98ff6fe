"""The shapes in which a session travels between the store and a document.

Messages and checkpoints are plain objects as they stand in an export file, so
that neither side needs the other, and unknown keys pass through untouched.
"""

from __future__ import annotations

from typing import Any, NamedTuple

EXPORT_SCHEMA_VERSION = "1.0.0"
"""Of the documents that we write; older ones are migrated."""

JsonObject = dict[str, Any]
"""An object as JSON has it: keys are text, values are JSON values."""


class SessionHeader(NamedTuple):
    """All of a session but its messages and its checkpoints.

    Times are ISO 8601 in UTC with ``Z``, or None where they are not known.
    """

    name: str
    created_at: str | None
    updated_at: str | None
    message_count: int
    checkpoint_count: int
    run_snapshot: Any = None
