"""Formats that sessions are written in, each declared once, in ``EXPORTERS``.

The rule not to break: the wire, the command line and the ``hfs:`` URIs follow from that tuple, and
a writer is only imported when it is needed, since a list of sessions needs none.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib import import_module
from typing import Any, NamedTuple, Protocol

from hfs_server.session import JsonObject, SessionHeader


class SessionOverview(NamedTuple):
    """What a writer knows before the first message."""

    header: SessionHeader
    message_count: int
    checkpoints: Sequence[JsonObject]
    """All checkpoints; they may lack their states."""
    run_trace: Any
    """The run snapshot, else the newest state of a checkpoint, else None."""


class DocumentWriter(Protocol):
    """Writes one document in UTF-8: ``head``, then all messages, all checkpoints, ``tail``."""

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
    """A format that a session can be written in."""

    name: str
    """The name on the wire and on the command line."""
    label: str
    """The name for people."""
    suffixes: tuple[str, ...]
    """The suffixes of files in this format, in lower case; new files get the first one."""
    writer_path: str
    """The module and the class of its DocumentWriter."""
    writes_states: bool = False
    """Whether the writer needs checkpoints with their states."""

    @property
    def suffix(self) -> str:
        """The suffix of new files, with its dot."""
        return self.suffixes[0]

    def writer(self, session: SessionOverview, exported_at: str) -> DocumentWriter:
        """A writer of one document; ``exported_at`` is ISO 8601 in UTC with ``Z``."""
        return self.load()(session, exported_at)

    def load(self) -> type[DocumentWriter]:
        """The class of its writers; loading it opens files, so a server does it early."""
        module, name = self.writer_path.split(":")
        found: type[DocumentWriter] = getattr(import_module(module), name)
        return found


EXPORTERS = (
    Exporter(
        "markdown",
        "Markdown",
        (".md", ".markdown"),
        "hfs_server.exporters.markdown.writer:MarkdownWriter",
    ),
    Exporter(
        "json",
        "JSON",
        (".json",),
        "hfs_server.exporters.hfs_json:JsonWriter",
        writes_states=True,
    ),
)
"""All formats; the first one is the default of the command line."""

FORMATS = tuple(exporter.name for exporter in EXPORTERS)

_BY_NAME = {exporter.name: exporter for exporter in EXPORTERS}
_BY_SUFFIX = {suffix: exporter for exporter in EXPORTERS for suffix in exporter.suffixes}


def exporter_named(name: str) -> Exporter:
    """The exporter of this name. Raises LookupError."""
    return _BY_NAME[name]


def exporter_for_suffix(suffix: str) -> Exporter | None:
    """The exporter whose files have this suffix, in any case; None if there is none."""
    return _BY_SUFFIX.get(suffix.lower())
