"""Export documents of all versions: their models, schema, migrations and reader."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from hfs_server.importers.hfs_json.reader import DocumentReader
from hfs_server.importers.places import Places
from hfs_server.importers.source_file import SourceFile

_MARKS = ("schema_version", "session_name", "exported_at")


class HfsJson:
    """The importer of export documents, as hfs-server and the terminal program write them."""

    tool = "hfs"
    label = "HFS (JSON exports)"
    patterns: tuple[str, ...] = ()

    def folders(self, _: Places) -> Sequence[Path]:
        """None: the terminal program's sessions are in the store already."""
        return ()

    def recognizes(self, file: SourceFile) -> str | None:
        """Metadata of an export document, or the name and the messages of a legacy one."""
        record, metadata = file.record, file.record.get("metadata")
        if file.is_list:
            return None
        if isinstance(metadata, dict):
            return next((f"metadata.{mark}" for mark in _MARKS if mark in metadata), None)
        is_legacy = isinstance(record.get("messages"), list) and "session_name" in record
        return "session_name and messages" if is_legacy else None

    def sessions(self, file: SourceFile) -> Iterator[DocumentReader]:
        """The one session. Raises InvalidDocument and UnsupportedVersion."""
        with file.open() as content:
            yield DocumentReader(content, file.on_read)
