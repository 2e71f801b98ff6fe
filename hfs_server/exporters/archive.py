"""The archive at the end of a Markdown export: the whole session, sealed in an HTML comment.

It is the JSON export, compressed with Zstandard, in base64. The last line has the digests (SHA-256)
of the text above it and of the compressed bytes. The rule not to break: base64 has no hyphen, so
that nothing in the comment can end it.
"""

from __future__ import annotations

import sys
from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256

if sys.version_info >= (3, 14):
    from compression.zstd import ZstdCompressor
else:
    from backports.zstd import ZstdCompressor

ARCHIVE_START = b"<!-- hfs-server archive 1: import this file to get the session back\n"
ARCHIVE_END = b"sha256 text=%s archive=%s\n-->\n"
_LINE_BYTES = 57
"""How many bytes a line of 76 characters holds."""

_Sink = Callable[[bytes], object]


class ArchivedText:
    """Text of which the digest is known at its end."""

    def __init__(self, sink: _Sink) -> None:
        self._sink = sink
        self._digest = sha256()

    def write(self, text: bytes) -> None:
        """Writes the next piece."""
        self._digest.update(text)
        self._sink(text)

    def hexdigest(self) -> str:
        """The digest of all that was written."""
        return self._digest.hexdigest()


class ArchiveWriter:
    """Writes an archive: its document in pieces, then ``end``."""

    def __init__(self, sink: _Sink, text_digest: str) -> None:
        self._sink = sink
        self._text_digest = text_digest
        self._compressor = ZstdCompressor()
        self._digest = sha256()
        self._rest = b""
        sink(ARCHIVE_START)

    def write(self, document: bytes) -> None:
        """Writes the next piece of the document."""
        self._add(self._compressor.compress(document))

    def end(self) -> None:
        """Writes the end of the archive."""
        self._add(self._compressor.flush())
        if self._rest:
            self._sink(b64encode(self._rest) + b"\n")
        digests = (self._text_digest.encode(), self._digest.hexdigest().encode())
        self._sink(ARCHIVE_END % digests)

    def _add(self, data: bytes) -> None:
        self._digest.update(data)
        data = self._rest + data
        whole = len(data) - len(data) % _LINE_BYTES
        lines = [
            b64encode(data[start : start + _LINE_BYTES]) + b"\n"
            for start in range(0, whole, _LINE_BYTES)
        ]
        self._rest = data[whole:]
        self._sink(b"".join(lines))
