"""The documents of an export of all sessions.

The rule not to break: the same session gives the same bytes, so that a document says that it was
exported when its session was last changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from hfs_server.errors import InvalidDocument
from hfs_server.export_folder.names import file_name
from hfs_server.export_session import DocumentContext, Sink, open_session, write_session
from hfs_server.exporters import (
    DEFAULT_OPTIONS,
    FORMATS,
    REDACT_ALSO,
    Exporter,
    ExportOptions,
    exporter_named,
)
from hfs_server.session import SessionHeader
from hfs_server.store import SessionReader

if TYPE_CHECKING:
    from hfs_server.transforms.redaction import Redactor

IMPORTABLE = "json"
"""The format from which sessions can be imported."""

_UNKNOWN_TIME = "1970-01-01T00:00:00Z"


class Choice(NamedTuple):
    """How sessions are exported."""

    exporter: Exporter
    options: ExportOptions = DEFAULT_OPTIONS
    redact: bool = False
    redact_also: tuple[str, ...] = ()

    @classmethod
    def of(cls, chosen: Any) -> Choice:
        """What the params of a request, or the options of a command, choose."""
        return cls(
            exporter_named(chosen.format),
            ExportOptions(chosen.thinking, chosen.tool_calls),
            chosen.redact,
            tuple(chosen.redact_also),
        )

    @property
    def is_importable(self) -> bool:
        """Whether the files are whole sessions, which are imported and compared with others."""
        return self.exporter.name == IMPORTABLE and not self.redact

    def record(self) -> dict[str, Any]:
        """The choice as a manifest has it: the format, and options that are not the default."""
        options = self.options._asdict() if self.exporter.is_for_reading else {}
        options |= {"redact": self.redact, "redact_also": sorted(self.redact_also)}
        chosen = {name: value for name, value in options.items() if value != _DEFAULTS[name]}
        return {"format": self.exporter.name, **chosen}

    def redactor(self) -> Redactor | None:
        """What redacts one session."""
        if not self.redact:
            return None
        from hfs_server.transforms.redaction import Redactor

        return Redactor(self.redact_also)


_DEFAULTS = {**DEFAULT_OPTIONS._asdict(), "redact": False, "redact_also": []}


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
    is_known = all(type(value) is type(_DEFAULTS.get(each)) for each, value in options.items())
    redact, also = options.pop("redact", False), options.pop("redact_also", [])
    if name not in FORMATS or not is_known or not {*map(str, also)} <= {*REDACT_ALSO}:
        raise InvalidDocument(
            "The manifest has a format or an option that this hfs-server does not know. Upgrade "
            "hfs-server."
        )
    return Choice(exporter_named(name), DEFAULT_OPTIONS._replace(**options), redact, tuple(also))


async def write_document(
    reader: SessionReader, session_id: int, choice: Choice, sink: Sink
) -> Written:
    """Writes a session's document. Raises SessionNotFound, and the store's errors."""
    suffix = choice.exporter.suffix
    context = DocumentContext(last_change, lambda identity, _: file_name(identity, suffix))
    async with open_session(reader, session_id, choice.redactor()) as session:
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
