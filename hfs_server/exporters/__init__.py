"""Formats that sessions are written in, each declared once.

The wire, the command line and the ``hfs:`` URIs follow from ``EXPORTERS``. A writer is
loaded when it is first needed, since a list of sessions needs none.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, Protocol

from hfs_server.session import JsonObject, SessionHeader


class SessionOverview(NamedTuple):
    """What a writer knows before the first message."""

    header: SessionHeader
    message_count: int
    checkpoints: Sequence[JsonObject]
    """All checkpoints; their states may be missing."""
    run_trace: Any
    """The run snapshot, else the newest state of a checkpoint, else None."""


class DocumentWriter(Protocol):
    """Writes one document as UTF-8: ``head``, then all messages, all checkpoints, ``tail``."""

    def __init__(self, session: SessionOverview, exported_at: str) -> None: ...

    def head(self) -> bytes:
        """Everything before the first message."""

    def messages(self, batch: Iterable[JsonObject]) -> bytes:
        """The next messages."""

    def checkpoints(self, batch: Iterable[JsonObject], /) -> bytes:
        """The next checkpoints, with their states."""

    def tail(self) -> bytes:
        """Everything after the last part."""


class Exporter(NamedTuple):
    """A format in which a session can be written."""

    name: str
    suffix: str
    """Of a file in this format, with its dot."""
    label: str
    """The format's name for people."""
    writes_states: bool
    """Whether its writer takes checkpoints with their states."""
    writer_path: str
    """Where its DocumentWriter is."""

    def writer(self, session: SessionOverview, exported_at: str) -> DocumentWriter:
        """A writer for one document; ``exported_at`` is ISO 8601 in UTC with ``Z``."""
        found: DocumentWriter = pkgutil.resolve_name(self.writer_path)(session, exported_at)
        return found


EXPORTERS = (
    Exporter(
        "markdown",
        ".md",
        "Markdown",
        writes_states=False,
        writer_path="hfs_server.exporters.markdown.writer:MarkdownWriter",
    ),
    Exporter(
        "json",
        ".json",
        "JSON",
        writes_states=True,
        writer_path="hfs_server.exporters.hfs_json:JsonWriter",
    ),
)


def exporter_named(name: str) -> Exporter:
    """The exporter of this name. Raises LookupError."""
    return _BY_NAME[name]


def exporter_for_suffix(suffix: str) -> Exporter | None:
    """The exporter whose files end with this suffix, in any case; None for any other."""
    return _BY_SUFFIX.get(suffix.lower())


_BY_NAME = {exporter.name: exporter for exporter in EXPORTERS}
_BY_SUFFIX = {exporter.suffix: exporter for exporter in EXPORTERS}
