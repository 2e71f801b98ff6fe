"""The documents of an export of all sessions.

The rule not to break: the same session gives the same bytes, so that a document says that it was
exported when its session was last changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from hfs_server.errors import InvalidDocument
from hfs_server.export_folder.names import file_name
from hfs_server.export_session import DocumentContext, Sink, write_session
from hfs_server.exporters import (
    DEFAULT_OPTIONS,
    FORMATS,
    Exporter,
    ExportOptions,
    exporter_named,
)
from hfs_server.session import SessionHeader
from hfs_server.store import SessionReader

IMPORTABLE = "json"
"""The format from which sessions can be imported."""

_UNKNOWN_TIME = "1970-01-01T00:00:00Z"


class Choice(NamedTuple):
    """How sessions are exported."""

    exporter: Exporter
    options: ExportOptions = DEFAULT_OPTIONS

    @property
    def is_importable(self) -> bool:
        """Whether the files can be imported, and so compared with sessions."""
        return self.exporter.name == IMPORTABLE

    def record(self) -> dict[str, Any]:
        """The choice as a manifest has it: the format, and options that are not the default."""
        options = self.options._asdict() if self.exporter.is_for_reading else {}
        defaults = DEFAULT_OPTIONS._asdict()
        chosen = {name: value for name, value in options.items() if value != defaults[name]}
        return {"format": self.exporter.name, **chosen}


class Written(NamedTuple):
    """What is known of a session whose document was written."""

    name: str
    changed_at: str
    messages: int
    checkpoints: int


def choice_of(record: Mapping[str, Any]) -> Choice:
    """The choice that a manifest has. Raises InvalidDocument."""
    options = {name: value for name, value in record.items() if name != "format"}
    name = record.get("format")
    defaults = DEFAULT_OPTIONS._asdict()
    is_known = all(type(value) is type(defaults.get(each)) for each, value in options.items())
    if name not in FORMATS or not is_known:
        raise InvalidDocument(
            "The manifest has a format or an option that this hfs-server does not know. Upgrade "
            "hfs-server."
        )
    return Choice(exporter_named(name), DEFAULT_OPTIONS._replace(**options))


async def write_document(
    reader: SessionReader, session_id: int, choice: Choice, sink: Sink
) -> Written:
    """Writes a session's document. Raises SessionNotFound, and the store's errors."""
    suffix = choice.exporter.suffix
    context = DocumentContext(last_change, lambda identity, _: file_name(identity, suffix))
    async with reader.snapshot(session_id) as session:
        await write_session(session, choice.exporter, sink, options=choice.options, context=context)
    header = session.header
    counts = session.message_count, session.checkpoint_count
    return Written(header.name, last_change(header), *counts)


def last_change(header: SessionHeader) -> str:
    """The time of a session's last change; 1970 if it has no time at all."""
    if header.updated_at is not None:
        return header.updated_at
    # The store has the time of the import for a beginning that is not known.
    is_known = "session_created_at" not in header.unknown_metadata
    return header.created_at if is_known and header.created_at else _UNKNOWN_TIME
