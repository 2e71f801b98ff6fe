"""The library's reader of session files: any supported file as documents, without a store."""

from __future__ import annotations

from collections.abc import Iterator
from os import PathLike
from pathlib import Path

from hfs_server.exporters.hfs_json import metadata_of
from hfs_server.files.sources import open_source
from hfs_server.importers import identify
from hfs_server.importers.source_file import SourceFile
from hfs_server.session import JsonObject, SessionSource, in_version


def read_sessions(
    path: str | PathLike[str], format: str | None = None, *, subagents: bool = False
) -> Iterator[JsonObject]:
    """The sessions of a file as export documents, one at a time, each of the lowest
    schema version that can hold it.

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
        "metadata": metadata_of(header),
        "messages": [*in_version(messages, header.schema_version)],
        "checkpoints": checkpoints,
        "run_snapshot": header.run_snapshot,
        **header.unknown_members,
    }
