"""Formats that sessions are written in, each declared once, in ``EXPORTERS``.

The rule not to break: the wire, the command line and the ``hfs:`` URIs follow from that tuple, and
a writer is only imported when it is needed, since a list of sessions needs none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import import_module
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol

from hfs_server.session import JsonObject, SessionHeader

TOOL_CALLS = ("full", "brief", "none")
"""How an export can show tool calls: with input and result, on one line each, or not at all."""


REDACT_ALSO = ("mail", "home")
"""What a redaction replaces on request only: mail addresses, and the names of home folders."""


class ExportOptions(NamedTuple):
    """What a user may choose of an export that is for reading."""

    thinking: bool = True
    """Whether to show thinking, and messages that a program added; both are folded."""
    tool_calls: str = TOOL_CALLS[0]
    """One of ``TOOL_CALLS``."""
    archive: bool = False
    """Whether the whole session stands at the end, so that the file can be imported."""
    first_message: int = 1
    """The number of the message to begin with."""


DEFAULT_OPTIONS = ExportOptions()


class SessionOverview(NamedTuple):
    """What a writer knows before the first message."""

    header: SessionHeader
    message_count: int
    checkpoints: Sequence[JsonObject]
    """All checkpoints; they may lack their states."""
    run_trace: Any
    """The run snapshot, else the newest state of a checkpoint, else None."""
    usage: Mapping[str, Any] = MappingProxyType({})
    """The tokens and the cost of all messages, as one message has them in ``usage``."""
    subagents: Mapping[str, tuple[str, str]] = MappingProxyType({})
    """The name of each related session, and where its document is: an ``hfs:`` URI or the name of
    a file. Keys are ids of the tool calls that started them, and identities, also the parent's."""


class DocumentWriter(Protocol):
    """Writes one document in UTF-8: ``head``, then all messages, all checkpoints, ``tail``."""

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
    is_for_reading: bool = False
    """Whether the writer follows ``ExportOptions``; others write all of a session."""
    takes_archive: bool = False
    """Whether the whole session can stand at the end of the file, for an import."""

    @property
    def suffix(self) -> str:
        """The suffix of new files, with its dot."""
        return self.suffixes[0]

    def writer(
        self,
        session: SessionOverview,
        exported_at: str,
        options: ExportOptions = DEFAULT_OPTIONS,
    ) -> DocumentWriter:
        """A writer of one document; ``exported_at`` is ISO 8601 in UTC with ``Z``."""
        new = self.load()
        return new(session, exported_at, *((options,) if self.is_for_reading else ()))

    def load(self) -> Callable[..., DocumentWriter]:
        """The class of its writers; loading it opens files, so a server does it early."""
        module, name = self.writer_path.split(":")
        found: Callable[..., DocumentWriter] = getattr(import_module(module), name)
        return found


JSON = Exporter(
    "json",
    "JSON",
    (".json",),
    "hfs_server.exporters.hfs_json:JsonWriter",
    writes_states=True,
)
EXPORTERS = (
    Exporter(
        "markdown",
        "Markdown",
        (".md", ".markdown"),
        "hfs_server.exporters.markdown.writer:MarkdownWriter",
        is_for_reading=True,
        takes_archive=True,
    ),
    Exporter(
        "html",
        "HTML",
        (".html", ".htm"),
        "hfs_server.exporters.html.writer:HtmlWriter",
        is_for_reading=True,
    ),
    JSON,
)
"""All formats; the first one is the default of the command line."""

ORIGINAL = Exporter("original", "Original", (), "")
"""No document: the bytes that a session was read from, as its tool wrote them."""

FORMATS = tuple(exporter.name for exporter in EXPORTERS)
EXPORT_FORMATS = (*FORMATS, ORIGINAL.name)
"""What an export can write."""

_BY_NAME = {exporter.name: exporter for exporter in (*EXPORTERS, ORIGINAL)}
_BY_SUFFIX = {suffix: exporter for exporter in EXPORTERS for suffix in exporter.suffixes}


def exporter_named(name: str) -> Exporter:
    """The exporter of this name. Raises LookupError."""
    return _BY_NAME[name]


def exporter_for_suffix(suffix: str) -> Exporter | None:
    """The exporter whose files have this suffix, in any case; None if there is none."""
    return _BY_SUFFIX.get(suffix.lower())
