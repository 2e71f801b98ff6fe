"""The use case of an import: a file or a text, read by its importer and saved in a store."""

from __future__ import annotations

import io
from pathlib import Path
from typing import BinaryIO, NamedTuple

from hfs_server.cancellation import run_in_thread
from hfs_server.errors import InvalidDocument
from hfs_server.files.sources import open_source
from hfs_server.importers import identify
from hfs_server.importers.hfs_json.reader import markdown_refused
from hfs_server.session import EXPORT_SCHEMA_VERSION, Progress, no_progress
from hfs_server.store import Store

_READ_SHARE = 0.8
"""How much of an import's work is reading; the rest is done by the store."""

_MARKDOWN_SUFFIXES = (".md", ".markdown", ".mdown", ".mkd")


class ImportedSession(NamedTuple):
    """A session that was imported."""

    session_id: int
    name: str
    message_count: int
    checkpoint_count: int
    migrated: bool
    original_version: str
    warnings: list[str]


async def import_file(
    store: Store, path: Path, name: str | None = None, on_progress: Progress = no_progress
) -> ImportedSession:
    """Imports a file, all of it or nothing; ``name`` wins over the session's own.

    Raises SourceNotReadable, InvalidDocument, UnsupportedVersion, and what the store raises.
    """
    with open_source(path, store.files) as file:
        try:
            return await _import(store, file, name, on_progress)
        except InvalidDocument as error:
            if error.data.get("path") == "" and path.suffix.lower() in _MARKDOWN_SUFFIXES:
                raise markdown_refused() from None
            raise
        except MemoryError:
            raise InvalidDocument(
                f"{path} contains a value too large for the available memory."
            ) from None


async def import_text(
    store: Store, content: str, name: str | None = None, on_progress: Progress = no_progress
) -> ImportedSession:
    """Imports a text, as ``import_file`` does a file."""
    try:
        data = content.encode()
    except UnicodeEncodeError:
        raise InvalidDocument(
            "The text contains a lone surrogate (\\ud800-\\udfff), which is not valid Unicode. "
            "Correct it and try again."
        ) from None
    return await _import(store, io.BytesIO(data), name, on_progress)


async def _import(
    store: Store, file: BinaryIO, name: str | None, on_progress: Progress
) -> ImportedSession:
    size = max(1, file.seek(0, io.SEEK_END))

    def on_read(count: int) -> None:
        on_progress(_READ_SHARE * count / size, f"{count:,} of {size:,} bytes read")

    def on_saved(share: float, words: str) -> None:
        on_progress(_READ_SHARE + (1 - _READ_SHARE) * share, words)

    importer = await run_in_thread(identify, file)
    source = await run_in_thread(importer.open, file, on_read)
    saved = await store.save(source, name, on_saved)
    return ImportedSession(
        session_id=saved.id,
        name=saved.name,
        message_count=saved.message_count,
        checkpoint_count=saved.checkpoint_count,
        migrated=source.schema_version != EXPORT_SCHEMA_VERSION,
        original_version=source.schema_version,
        warnings=source.warnings,
    )
