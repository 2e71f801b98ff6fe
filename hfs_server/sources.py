"""The library's reader of session files: any supported file as documents, without a store."""

from __future__ import annotations

from collections.abc import Iterator
from os import PathLike
from pathlib import Path
from typing import Any

from hfs_server.files.sources import open_source
from hfs_server.importers import identify
from hfs_server.importers.source_file import SourceFile
from hfs_server.session import JsonObject, SessionHeader, SessionSource


def read_sessions(
    path: str | PathLike[str], format: str | None = None, *, subagents: bool = False
) -> Iterator[JsonObject]:
    """The sessions of a file as export documents of the current schema, one at a time.

    ``format`` is a tool's id, if the content does not show it. Sessions of subagents that a tool
    wrote into their parent's file are yielded only with ``subagents``. Raises SourceNotReadable,
    UnknownFormat, InvalidDocument and UnsupportedVersion.
    """
    place = Path(path).absolute()
    file = SourceFile(lambda: open_source(place), place.name, place)
    importer, _ = identify(file, format)
    for source in importer.sessions(file):
        document = _document(source)
        if subagents or not source.header.is_inline:
            yield document


def _document(source: SessionSource) -> JsonObject:
    messages: list[JsonObject] = []
    checkpoints: list[JsonObject] = []
    for batch in source.batches():
        messages += batch.messages
        checkpoints += batch.checkpoints
    header = source.header
    return {
        "metadata": _metadata(header),
        "messages": messages,
        "checkpoints": checkpoints,
        "run_snapshot": header.run_snapshot,
        **header.unknown_members,
    }


def _metadata(header: SessionHeader) -> dict[str, Any]:
    return {
        "schema_version": header.schema_version,
        "session_name": header.name,
        "session_created_at": header.created_at,
        "session_updated_at": header.updated_at,
        **header.facts,
        **header.unknown_metadata,
    }
