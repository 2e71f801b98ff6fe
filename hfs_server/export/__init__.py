"""The library: sessions as export documents, without server or store.

The terminal program's ``/export`` and ``/import`` call these functions. The rule not to break:
their names and signatures stay, and invalid input raises a subclass of ValueError or TypeError.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hfs_server.errors import InvalidDocument, UnsupportedVersion
from hfs_server.export.checking import (
    checked_checkpoints,
    checked_messages,
    checked_name,
    plain,
    require_valid_text,
)
from hfs_server.exporters import DocumentWriter, SessionOverview
from hfs_server.exporters.hfs_json import JsonWriter
from hfs_server.exporters.markdown.writer import MarkdownWriter
from hfs_server.exporters.usage import total_usage
from hfs_server.importers.hfs_json.messages import needs_facts
from hfs_server.importers.hfs_json.migrations import Migration
from hfs_server.importers.hfs_json.models import ExportMetadata, SessionExport
from hfs_server.importers.hfs_json.problems import not_valid
from hfs_server.importers.hfs_json.reader import DocumentReader
from hfs_server.importers.markdown import reject_markdown
from hfs_server.importers.source_file import file_of
from hfs_server.session import (
    EXPORT_SCHEMA_VERSION,
    LOWEST_SCHEMA_VERSION,
    METADATA_FACTS,
    JsonObject,
    SessionHeader,
    before_refit,
    in_version,
    is_older,
)
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
    """A document that was imported: its parts are plain objects.

    They are of the lowest schema version that can hold the session.
    """

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
    """The session as Markdown, with the trace of its run.

    Messages and checkpoints are objects as in an export document, the snapshot is a dict or a
    pydantic model. Raises InvalidDocument, a ValueError that names the place, for an invalid
    message or checkpoint, and TypeError for other arguments.
    """
    name = checked_name(session_name)
    said = checked_messages(messages)
    saved = checked_checkpoints(checkpoints or ())
    times = [message["created_at"] for message in said if message["created_at"]]
    header = SessionHeader(name, *((times[0], times[-1]) if times else (None, None)))
    states = [checkpoint["state"] for checkpoint in reversed(saved)]
    trace = plain(run_snapshot, "run_snapshot") or next(filter(None, states), None)
    usage = total_usage(message.get("usage") for message in said)
    session = SessionOverview(header, len(said), saved, trace, usage=usage)
    return _written(MarkdownWriter(session, now()), said)


def export_to_json(
    session_name: str,
    messages: Sequence[Mapping[str, Any]],
    run_snapshot: Any = None,
    checkpoints: Sequence[Mapping[str, Any]] | None = None,
) -> str:
    """The session as an export document of the lowest schema version that can hold it.

    Arguments and errors are those of ``export_to_markdown``. Raises InvalidDocument also for a
    value that an import would reject.
    """
    name = checked_name(session_name)
    said = checked_messages(messages)
    saved = checked_checkpoints(checkpoints or ())
    require_valid_text(name, messages=said, checkpoints=saved)
    header = SessionHeader(
        name,
        None,
        None,
        plain(run_snapshot, "run_snapshot"),
        schema_version=_lowest_version({}, said),
    )
    session = SessionOverview(header, len(said), saved, None)
    document = _written(JsonWriter(session, now(), has_session_times=False), said, saved)
    # The caller's own keys may be invalid; such a document must not be kept.
    import_from_json(document)
    return document


def import_from_json(json_content: str) -> ImportResult:
    """The session in a document of any version up to the current one.

    Raises InvalidDocument, UnsupportedVersion for a newer document (both are ValueErrors), and
    TypeError for anything but text.
    """
    if not isinstance(json_content, str):
        raise TypeError("json_content: expected the document's text as str; decode bytes first.")
    file = file_of(json_content)
    reject_markdown(file.head)
    reader = DocumentReader(file.open_original())
    messages: list[JsonObject] = []
    checkpoints: list[JsonObject] = []
    for batch in reader.batches():
        messages += batch.messages
        checkpoints += batch.checkpoints
    header = reader.header
    return ImportResult(
        session_name=header.name,
        messages=[*in_version(messages, header.schema_version)],
        checkpoints=checkpoints,
        run_snapshot=header.run_snapshot,
        migrated=is_older(reader.schema_version, header.schema_version),
        original_version=reader.schema_version,
    )


def migrate_export(data: JsonObject) -> JsonObject:
    """The document ``data`` in the lowest current version that can hold it, at least its own.

    ``data`` itself is not changed. Raises InvalidDocument if it has no list of messages, and
    UnsupportedVersion if it is newer.
    """
    if not isinstance(data, dict):
        raise TypeError("data: expected the document as a dict.")
    migration = Migration(data.get("metadata"))
    envelope = json.loads(json.dumps(data))
    messages = envelope.pop("messages", None)
    checkpoints = envelope.pop("checkpoints", None)
    if not isinstance(messages, list):
        raise InvalidDocument(not_valid("messages: expected a list"), path="messages")
    migrated = migration.envelope(envelope)
    messages = [
        migration.message(message) if isinstance(message, dict) else message for message in messages
    ]
    return {
        **_in_lowest_version(migrated.pop("metadata"), messages, migration.original_version),
        "checkpoints": checkpoints
        and [migration.checkpoint(checkpoint) for checkpoint in checkpoints],
        "run_snapshot": migrated.pop("run_snapshot", None),
        **migrated,
    }


def _in_lowest_version(
    metadata: JsonObject, messages: list[JsonObject], original_version: str
) -> JsonObject:
    """The metadata and the messages of a document."""
    version = _lowest_version(metadata, [part for part in messages if isinstance(part, dict)])
    if is_older(version, original_version):
        return {"metadata": metadata, "messages": messages}
    written = metadata if version == EXPORT_SCHEMA_VERSION else before_refit(metadata)
    return {
        "metadata": {**written, "schema_version": version},
        "messages": [*in_version(messages, version)],
    }


def _lowest_version(metadata: JsonObject, messages: Iterable[JsonObject]) -> str:
    """The lowest version that can hold a session whose values fit the newest one."""
    if any(name in metadata for name in METADATA_FACTS) or any(map(needs_facts, messages)):
        return EXPORT_SCHEMA_VERSION
    return LOWEST_SCHEMA_VERSION


def _written(
    writer: DocumentWriter, messages: list[JsonObject], checkpoints: Sequence[JsonObject] = ()
) -> str:
    pieces = (
        writer.head(),
        writer.messages(messages),
        writer.checkpoints(checkpoints),
        writer.tail(),
    )
    return b"".join(pieces).decode()
