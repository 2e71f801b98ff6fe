"""Markdown exports with an archive: the session is read from the archive, never from the text.

``exporters/archive.py`` has the format. The rule not to break: a message may show such an archive,
so only the last one in the file counts.
"""

from __future__ import annotations

import re
import tempfile
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from hfs_server.errors import InvalidDocument
from hfs_server.importers.hfs_json.reader import DocumentReader
from hfs_server.importers.places import Places
from hfs_server.importers.source_file import SourceFile

_START = re.compile(rb"<!-- hfs-server archive (\d+): [^\n]*\r?\n")
_END = re.compile(rb"sha256 text=([0-9a-f]{64}) archive=([0-9a-f]{64})\s*-->")
_EXPORTED = b"**Exported:**"
_LONGEST_LINE = 1 << 20

EDITED = (
    "The text of this file was edited after the export. The session is the one of the archive, "
    "without these edits."
)


class HfsMarkdown:
    """The importer of Markdown exports that have an archive."""

    tool = "hfs"
    label = "HFS (Markdown exports with an archive)"
    patterns: tuple[str, ...] = ()

    def folders(self, _: Places) -> Sequence[Path]:
        """None: exports are where people put them."""
        return ()

    def recognizes(self, file: SourceFile) -> str | None:
        """The facts of an export at the beginning, and an archive that begins below."""
        if _EXPORTED not in file.head[:4096]:
            return None
        with file.open() as content:
            return "an archive in Markdown" if _last_start(content) is not None else None

    def sessions(self, file: SourceFile) -> Iterator[DocumentReader]:
        """The one session. Raises InvalidDocument and UnsupportedVersion."""
        with file.open() as content, _archive_of(content) as (archive, is_edited):
            packed = SourceFile(lambda: archive, "archive.json.zst")
            with packed.open() as document:
                warnings = [EDITED] if is_edited else []
                yield DocumentReader(document, file.on_read, warnings=warnings)


@contextmanager
def _archive_of(content: BinaryIO) -> Iterator[tuple[BinaryIO, bool]]:
    """The compressed document, and whether the text above it was edited."""
    start = _last_start(content)
    if start is None:
        raise _damaged()
    content.seek(0)
    digests = _digests_of(content, start)
    version = _START.match(content.readline(_LONGEST_LINE))
    if version is None or version[1] != b"1":
        raise InvalidDocument(
            "The archive in this file was written by a newer hfs-server. Upgrade hfs-server to "
            "import it."
        )
    with tempfile.TemporaryFile() as archive:
        packed = sha256()
        line = content.readline(_LONGEST_LINE)
        while line and not line.startswith(b"sha256 "):
            data = _decoded(line)
            packed.update(data)
            archive.write(data)
            line = content.readline(_LONGEST_LINE)
        line += content.read(_LONGEST_LINE)
        end = _END.match(line)
        if end is None or end[2].decode() != packed.hexdigest():
            raise _damaged()
        archive.seek(0)
        is_followed = bool(line[end.end() :].strip())
        yield archive, is_followed or end[1].decode() not in digests


def _last_start(content: BinaryIO) -> int | None:
    """Where the last archive begins, in bytes."""
    content.seek(0)
    found = None
    place = 0
    while line := content.readline(_LONGEST_LINE):
        if line.startswith(b"<!--") and _START.match(line):
            found = place
        place += len(line)
    return found


def _digests_of(content: BinaryIO, size: int) -> tuple[str, str]:
    """The digest of the text, and what it is if the line ends are those of another system."""
    plain, converted = sha256(), sha256()
    while size:
        piece = content.readline(min(size, _LONGEST_LINE))
        plain.update(piece)
        converted.update(piece[:-2] + b"\n" if piece.endswith(b"\r\n") else piece)
        size -= len(piece)
    return plain.hexdigest(), converted.hexdigest()


def _decoded(line: bytes) -> bytes:
    try:
        return b64decode(line.strip(), validate=True)
    except Base64Error:
        raise _damaged() from None


def _damaged() -> InvalidDocument:
    return InvalidDocument(
        "The archive at the end of this file was cut or changed, so the session cannot be read "
        "from it. Import another copy of the file, or export the session again."
    )
