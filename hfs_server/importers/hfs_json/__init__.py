"""The export document, all versions: its models, schema, migrations and reader."""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO

from hfs_server.importers.hfs_json.reader import DocumentReader

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class HfsJson:
    """Export documents of hfs-server and of the terminal program."""

    tool = "hfs"

    def recognizes(self, head: bytes) -> bool:
        """JSON that is an object or a list; the reader proves the rest."""
        return head.removeprefix(_BYTE_ORDER_MARK).lstrip()[:1] in (b"{", b"[")

    def open(self, file: BinaryIO, on_read: Callable[[int], None]) -> DocumentReader:
        """The session in ``file``. Raises InvalidDocument and UnsupportedVersion."""
        return DocumentReader(file, on_read)
