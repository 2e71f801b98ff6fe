"""Formats that are read into sessions, each declared once, in ``IMPORTERS``.

The rule not to break: a format is recognized by the content of a file, never by its name. Two
importers that recognize the same file are a bug.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import BinaryIO, Protocol

from hfs_server.errors import InvalidDocument
from hfs_server.importers.hfs_json import HfsJson
from hfs_server.importers.markdown import reject_markdown
from hfs_server.session import SessionSource
from hfs_server.strict_json.source import LONE_SURROGATE

HEAD_BYTES = 1 << 16
"""How much of a file an importer may inspect to recognize its format."""


class Importer(Protocol):
    """Reads one format. Reading blocks, so it is done in a thread."""

    tool: str
    """The id of the tool that writes the format."""

    def recognizes(self, head: bytes) -> bool:
        """Whether a file that begins with ``head`` has the format; requires proof."""

    def open(self, file: BinaryIO, on_read: Callable[[int], None]) -> SessionSource:
        """The session in ``file``, which can seek; ``on_read`` receives the bytes read so far.

        Raises InvalidDocument and UnsupportedVersion.
        """


IMPORTERS: tuple[Importer, ...] = (HfsJson(),)


def identify(file: BinaryIO, suffix: str = "") -> Importer:
    """The importer of the file's format; ``suffix`` is that of its name.

    If none recognizes the file, it is the importer of export documents, whose errors explain
    what is expected. Raises InvalidDocument for Markdown.
    """
    file.seek(0)
    head = file.read(HEAD_BYTES)
    found = [importer for importer in IMPORTERS if importer.recognizes(head)]
    if len(found) > 1:
        raise RuntimeError(f"{[importer.tool for importer in found]} recognize the same file")
    if not found:
        reject_markdown(head, suffix)
    return found[0] if found else IMPORTERS[0]


def file_of(text: str) -> BinaryIO:
    """A file in memory that holds ``text``. Raises InvalidDocument for invalid Unicode."""
    try:
        return io.BytesIO(text.encode())
    except UnicodeEncodeError:
        raise InvalidDocument(f"The text contains a {LONE_SURROGATE}.") from None
