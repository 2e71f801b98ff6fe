"""Files that importers are tried on."""

from __future__ import annotations

import io

from hfs_server.importers.source_file import SourceFile


def file_with(content: bytes, name: str = "session.json") -> SourceFile:
    """A file in memory."""
    return SourceFile(lambda: io.BytesIO(content), name)
