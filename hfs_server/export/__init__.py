"""A session as a document: the face of the library.

The terminal program's ``/export`` and ``/import`` call these functions, which need
neither server nor store. What cannot be read raises a subclass of ValueError.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hfs_server.errors import InvalidDocument, UnsupportedVersion
from hfs_server.export.checking import checked_name, checked_parts, plain, require_well_formed
from hfs_server.exporters import SessionOverview
from hfs_server.exporters.hfs_json import JsonWriter
from hfs_server.exporters.markdown.writer import MarkdownWriter
from hfs_server.importers.hfs_json.migrations import Migration
from hfs_server.importers.hfs_json.models import (
    Checkpoint,
    ExportMetadata,
    Message,
    SessionExport,
)
from hfs_server.importers.hfs_json.reader import DocumentReader
from hfs_server.session import EXPORT_SCHEMA_VERSION, JsonObject, SessionHeader
from hfs_server.timestamps import now

__all__ = [
    "EXPORT_SCHEMA_VERSION",
    "ExportMetadata",
    "ImportResult",
    "InvalidDocument",
    "SessionExport",
    "UnsupportedVersion",
    "export_to_json",
    "export_to_markdown",
    "import_from_json",
    "migrate_export",
]


@dataclass(frozen=True, slots=True)
class ImportResult:
    """A document that was read: messages and checkpoints as objects of the current schema."""

    session_name: str
    messages: list[JsonObject]
    checkpoints: list[JsonObject]
    run_snapshot: Any
    migrated: bool
    original_version: str


def export_to_markdown(
    session_name: str,
    messages: Sequence[Mapping[str, Any]],
    run_snapshot: Any = None,
    checkpoints: Sequence[Mapping[str, Any]] | None = None,
) -> str:
    """The session as Markdown, with its trace.

    Messages and checkpoints are objects as in a file, the snapshot a dict or any
    pydantic model. Raises InvalidDocument, which is a ValueError and names the place, for
    a message or checkpoint of another shape, and TypeError for other arguments.
    """
    name = checked_name(session_name)
    conversation = checked_parts("messages", messages, Message)
    moments = checked_parts("checkpoints", checkpoints or (), Checkpoint)
    times = [message["created_at"] for message in conversation if message["created_at"]]
    header = SessionHeader(name, *((times[0], times[-1]) if times else (None, None)))
    snapshot = plain(run_snapshot, "run_snapshot")
    trace = trace_of(snapshot, [moment["state"] for moment in moments])
    session = SessionOverview(header, len(conversation), moments, trace)
    writer = MarkdownWriter(session, now())
    return (writer.head() + writer.messages(conversation) + writer.tail()).decode()


def export_to_json(
    session_name: str,
    messages: Sequence[Mapping[str, Any]],
    run_snapshot: Any = None,
    checkpoints: Sequence[Mapping[str, Any]] | None = None,
) -> str:
    """The session as a JSON document of the current schema.

    Takes and raises the same as ``export_to_markdown``; ValueError also for a value that an
    import would refuse.
    """
    name = checked_name(session_name)
    conversation = checked_parts("messages", messages, Message)
    moments = checked_parts("checkpoints", checkpoints or (), Checkpoint)
    require_well_formed(name, messages=conversation, checkpoints=moments)
    header = SessionHeader(name, None, None, plain(run_snapshot, "run_snapshot"))
    session = SessionOverview(header, len(conversation), moments, None)
    writer = JsonWriter(session, now(), has_session_times=False)
    pieces = (
        writer.head(),
        writer.messages(conversation),
        writer.checkpoints(moments),
        writer.tail(),
    )
    document = b"".join(pieces).decode()
    # Keys of the caller's may hold what JSON cannot, such as NaN; nobody should keep such a file.
    import_from_json(document)
    return document


def import_from_json(json_content: str) -> ImportResult:
    """Reads a document of any version up to the current one.

    Raises InvalidDocument, or UnsupportedVersion for a newer document; both are ValueErrors.
    Raises TypeError for anything but text.
    """
    if not isinstance(json_content, str):
        raise TypeError("json_content: expected the document's text as str; decode bytes first.")
    reader = DocumentReader(io.BytesIO(_encoded(json_content)))
    messages: list[JsonObject] = []
    checkpoints: list[JsonObject] = []
    for batch in reader.batches():
        messages += batch.messages
        checkpoints += batch.checkpoints
    return ImportResult(
        session_name=reader.header.name,
        messages=messages,
        checkpoints=checkpoints,
        run_snapshot=reader.header.run_snapshot,
        migrated=reader.migration.migrated,
        original_version=reader.migration.original_version,
    )


def migrate_export(data: JsonObject) -> JsonObject:
    """The document ``data`` at the current version; ``data`` itself stays as it was.

    Raises InvalidDocument where it has no list of messages, UnsupportedVersion where it is newer.
    """
    if not isinstance(data, dict):
        raise TypeError("data: expected the document as a dict.")
    migration = Migration(data.get("metadata"))
    envelope = json.loads(json.dumps(data))
    messages = envelope.pop("messages", None)
    checkpoints = envelope.pop("checkpoints", None)
    if not isinstance(messages, list):
        raise InvalidDocument(
            "The document cannot be read: messages: expected a list. Correct it and try again.",
            path="messages",
        )
    migrated = migration.envelope(envelope)
    return {
        "metadata": migrated.pop("metadata"),
        "messages": [migration.message(message) for message in messages],
        "checkpoints": checkpoints and [migration.checkpoint(moment) for moment in checkpoints],
        "run_snapshot": migrated.pop("run_snapshot", None),
        **migrated,
    }


def trace_of(run_snapshot: Any, states: Sequence[Any]) -> Any:
    """What tells the run's story: the snapshot, else the newest state that is not empty."""
    return run_snapshot or next((state for state in reversed(states) if state), None)


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise InvalidDocument(
            "The text has half of a surrogate pair, which is no text. Correct it and try again."
        ) from None
