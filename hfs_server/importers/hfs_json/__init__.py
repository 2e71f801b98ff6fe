"""Export documents of all versions: their models, schema, migrations and reader."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import BinaryIO

from hfs_server.importers.hfs_json.reader import DocumentReader

_BEGINNING = re.compile(rb'(\xef\xbb\xbf)?\s*(\{\s*["}]|\[\s*[{\]])')


class HfsJson:
    """The importer of export documents, as hfs-server and the terminal program write them."""

    tool = "hfs"

    def recognizes(self, head: bytes) -> bool:
        """Whether it is a JSON object, or a list of objects."""
        return _BEGINNING.match(head) is not None

    def open(self, file: BinaryIO, on_read: Callable[[int], None]) -> DocumentReader:
        """The session in ``file``. Raises InvalidDocument and UnsupportedVersion."""
        return DocumentReader(file, on_read)
