"""The use case of a file's sessions: which of them edited it, and which wrote its lines."""

from __future__ import annotations

import asyncio
import codecs
from collections.abc import Sequence
from pathlib import Path

from hfs_server.edits.paths import asked_file
from hfs_server.errors import SourceNotReadable
from hfs_server.files.sources import open_source
from hfs_server.store import Store
from hfs_server.store.results import LineWriters, SessionEdits
from hfs_server.text import path_in_sentence, path_text, split_lines

CHANGES = ("create", "edit", "delete")
"""What is asked for by default: reads only if they are named."""

LARGEST_FILE = 8 << 20
"""The largest file that is read from the disk, in bytes."""


async def sessions_of_file(
    store: Store, path: Path, kinds: Sequence[str] = CHANGES, limit: int = 50
) -> SessionEdits:
    """What sessions did to a file, which need not exist any more, newest first."""
    file = await asyncio.to_thread(asked_file, path)
    try:
        lines = await asyncio.to_thread(file_lines, path)
    except SourceNotReadable:
        lines = []
    return await store.edits_of_file(file, lines, kinds, limit)


async def writers_of_line(
    store: Store,
    path: Path,
    line: int,
    text: str | None,
    limit: int = 50,
    kinds: Sequence[str] = CHANGES,
) -> SessionEdits:
    """The edits that put in a line, newest first; the first line is 0.

    Without ``text`` the line is read from the disk. Raises SourceNotReadable.
    """
    if text is None:
        lines = await asyncio.to_thread(file_lines, path)
        text = lines[line] if line < len(lines) else ""
    (edits,), is_complete = await writers_of_lines(store, path, [text], limit)
    return SessionEdits([edit for edit in edits if edit.kind in kinds], is_complete)


async def writers_of_lines(
    store: Store, path: Path, lines: Sequence[str], limit: int = 1
) -> LineWriters:
    """For each of the lines of a file, the newest edits that put it in."""
    file = await asyncio.to_thread(asked_file, path)
    return await store.writers_of_lines(file, lines, limit)


def file_lines(path: Path) -> list[str]:
    """The lines of a regular file. Raises SourceNotReadable."""
    with open_source(path) as source:
        data = source.read(LARGEST_FILE + 1)
    if len(data) > LARGEST_FILE:
        raise SourceNotReadable(
            f"Cannot read {path_in_sentence(path)}: it is larger than {LARGEST_FILE >> 20} MiB. "
            "Choose another file.",
            file=path_text(path),
        )
    return split_lines(_decoded(data))


def _decoded(data: bytes) -> str:
    is_utf16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return data.decode("utf-16" if is_utf16 else "utf-8-sig", "replace")
