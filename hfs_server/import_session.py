"""The use case of an import: importer to store."""

from __future__ import annotations

import io
from pathlib import Path
from typing import NamedTuple

from hfs_server.cancellation import run_in_thread
from hfs_server.errors import InvalidDocument
from hfs_server.files.sources import open_source
from hfs_server.importers import identify
from hfs_server.importers.source_file import SourceFile, file_of
from hfs_server.session import Progress, is_older, no_progress
from hfs_server.store import Store
from hfs_server.text import path_in_sentence

_READ_SHARE = 0.8
"""The share of an import's work that is reading; the rest is the store's."""


class ImportedSession(NamedTuple):
    """A session that was imported."""

    session_id: int
    name: str
    message_count: int
    checkpoint_count: int
    migrated: bool
    original_version: str
    schema_version: str
    warnings: list[str]


async def import_file(
    store: Store, path: Path, name: str | None = None, on_progress: Progress = no_progress
) -> ImportedSession:
    """Imports a file, all of it or nothing; ``name`` replaces the session's own.

    Raises SourceNotReadable, InvalidDocument, UnsupportedVersion, and the store's errors.
    """
    file = SourceFile(lambda: open_source(path, store.files), path.name, path)
    try:
        return await _import(store, file, name, on_progress)
    except MemoryError:
        raise InvalidDocument(
            f"{path_in_sentence(path)} contains a value too large for the available memory."
        ) from None


async def import_text(
    store: Store, content: str, name: str | None = None, on_progress: Progress = no_progress
) -> ImportedSession:
    """Imports the content of a file, as ``import_file`` does."""
    return await _import(store, file_of(content), name, on_progress)


async def _import(
    store: Store, file: SourceFile, name: str | None, on_progress: Progress
) -> ImportedSession:
    size = max(1, await run_in_thread(_size_of, file))

    def on_read(count: int) -> None:
        on_progress(_READ_SHARE * count / size, f"{count:,} of {size:,} bytes read")

    def on_saved(share: float, words: str) -> None:
        on_progress(_READ_SHARE + (1 - _READ_SHARE) * share, words)

    file.on_read = on_read
    importer, _ = await run_in_thread(identify, file)
    sessions = importer.sessions(file)
    source = await run_in_thread(next, sessions)
    saved = await store.save(source, name, on_saved)
    return ImportedSession(
        session_id=saved.id,
        name=saved.name,
        message_count=saved.message_count,
        checkpoint_count=saved.checkpoint_count,
        migrated=is_older(source.schema_version, source.header.schema_version),
        original_version=source.schema_version,
        schema_version=source.header.schema_version,
        warnings=source.warnings,
    )


def _size_of(file: SourceFile) -> int:
    with file.open_original() as content:
        return content.seek(0, io.SEEK_END)
