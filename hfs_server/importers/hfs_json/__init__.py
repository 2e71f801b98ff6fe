"""Export documents of all versions: their models, schema, migrations and reader."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from hfs_server.importers.hfs_json.reader import DocumentReader
from hfs_server.importers.places import Places
from hfs_server.importers.source_file import SourceFile

_MARKS = ("schema_version", "session_name", "exported_at")
_LEGACY_MEMBERS = frozenset(
    ("messages", "checkpoints", "run_snapshot", "name", "session_name", "metadata")
)
_LEGACY_MESSAGE = frozenset(("role", "content", "created_at"))


class HfsJson:
    """The importer of export documents, as hfs-server and the terminal program write them."""

    tool = "hfs"
    label = "HFS (JSON exports)"
    patterns: tuple[str, ...] = ()

    def folders(self, _: Places) -> Sequence[Path]:
        """None: the terminal program's sessions are in the store already."""
        return ()

    def recognizes(self, file: SourceFile) -> str | None:
        """Metadata of an export document, or legacy messages that name a role and a text."""
        record = file.record
        metadata = record.get("metadata")
        if not file.is_list and isinstance(metadata, dict):
            return next((f"metadata.{mark}" for mark in _MARKS if mark in metadata), None)
        messages = file.records if file.is_list else record.get("messages")
        is_plain = file.is_list or (len(file.records) == 1 and _LEGACY_MEMBERS.issuperset(record))
        if is_plain and isinstance(messages, list) and messages and all(map(_is_legacy, messages)):
            return "messages with a role and a text"
        return None

    def sessions(self, file: SourceFile) -> Iterator[DocumentReader]:
        """The one session. Raises InvalidDocument and UnsupportedVersion."""
        with file.open() as content:
            yield DocumentReader(content, file.on_read)


def _is_legacy(message: object) -> bool:
    """Whether a message has nothing that says which other tool wrote it.

    The last one that was read of a large file may be incomplete.
    """
    if not isinstance(message, dict) or not _LEGACY_MESSAGE.issuperset(message):
        return False
    return all(isinstance(message.get(key, ""), str) for key in ("role", "content"))
