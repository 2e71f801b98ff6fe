"""Formats that are read into sessions, each declared once.

A format is found by what is in a file, never by its name. Two importers that both claim one
file are a bug.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO, Protocol

from hfs_server.importers.hfs_json import HfsJson
from hfs_server.session import SessionSource

HEAD_BYTES = 1 << 16
"""How much of a file an importer sees to recognize its format."""


class Importer(Protocol):
    """One format; reading blocks, so it is done in a thread."""

    tool: str
    """The id of the tool that writes it."""

    def recognizes(self, head: bytes) -> bool:
        """Whether a file that begins like this has the format, for which there must be proof."""

    def open(self, file: BinaryIO, on_read: Callable[[int], None]) -> SessionSource:
        """The session in ``file``, which can seek; ``on_read`` hears how many bytes were read.

        Raises InvalidDocument and UnsupportedVersion.
        """


IMPORTERS: tuple[Importer, ...] = (HfsJson(),)


def identify(file: BinaryIO) -> Importer:
    """The importer of the file's format; that of our own document where none recognizes it,
    since its errors say what an export document must have.
    """
    file.seek(0)
    head = file.read(HEAD_BYTES)
    claiming = [importer for importer in IMPORTERS if importer.recognizes(head)]
    if len(claiming) > 1:
        raise RuntimeError(f"{[importer.tool for importer in claiming]} claim the same file")
    return claiming[0] if claiming else IMPORTERS[0]
