"""Export documents of all versions: their models, schema, migrations and reader."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from pydantic_core import from_json

from hfs_server.importers.hfs_json.reader import DocumentReader
from hfs_server.importers.places import Places
from hfs_server.importers.source_file import HEAD_BYTES, SourceFile
from hfs_server.session import JsonObject

_MARKS = ("schema_version", "session_name", "exported_at")
_LEGACY_MEMBERS = frozenset(
    ("messages", "checkpoints", "run_snapshot", "name", "session_name", "metadata")
)
_PARTS = frozenset(("messages", "checkpoints", "run_snapshot", *_MARKS))
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

    def has_nothing_of(self, file: SourceFile) -> bool:
        """Whether the file is JSON of several members, none of which an export document has.

        What is damaged, or has fewer, may be the beginning of one.
        """
        if not file.records or not _is_whole(file.head):
            return False
        marks = _PARTS | _LEGACY_MESSAGE if file.is_list else _PARTS
        records = file.records if file.is_list else file.records[:1]
        return all(_is_foreign(record, marks) for record in records)

    def sessions(self, file: SourceFile) -> Iterator[DocumentReader]:
        """The one session. Raises InvalidDocument and UnsupportedVersion."""
        with file.open() as content:
            yield DocumentReader(content, file.on_read)


def _is_whole(head: bytes) -> bool:
    """Whether the JSON, or its first line, is complete, or is longer than what was read of it."""
    lines = (head, head.partition(b"\n")[0])
    return len(head) >= HEAD_BYTES or any(map(_is_valid, lines))


def _is_valid(text: bytes) -> bool:
    try:
        from_json(text)
    except ValueError:
        return False
    return True


def _is_foreign(record: JsonObject, marks: frozenset[str]) -> bool:
    metadata = record.get("metadata", {})
    has_metadata = not isinstance(metadata, dict) or not metadata.keys().isdisjoint(_MARKS)
    return len(record) > 1 and not has_metadata and marks.isdisjoint(record)


def _is_legacy(message: object) -> bool:
    """Whether a message has nothing that says which other tool wrote it.

    The last one that was read of a large file may be incomplete.
    """
    if not isinstance(message, dict) or not _LEGACY_MESSAGE.issuperset(message):
        return False
    return all(isinstance(message.get(key, ""), str) for key in ("role", "content"))
