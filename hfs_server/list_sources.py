"""The use case of the sources: what the tools on this machine have for an import.

The rule not to break: no file of a tool is opened.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from hfs_server.cancellation import run_in_thread
from hfs_server.errors import os_reason
from hfs_server.import_sources import Found, found_in
from hfs_server.importers import IMPORTERS, Importer
from hfs_server.importers.places import Places
from hfs_server.session import Progress, no_progress
from hfs_server.store import Store
from hfs_server.store.shapes import FileStamp
from hfs_server.text import path_text
from hfs_server.timestamps import to_iso


class Source(NamedTuple):
    """A folder of a tool that exists on this machine."""

    tool: str
    name: str
    """The tool's name for people."""
    location: Path
    found: int
    """Its files that may hold sessions."""
    new: int
    """Those that were never imported."""
    changed: int
    """Those that changed since they were imported."""
    bytes: int
    last_activity: str | None
    """When the newest of them was changed, in ISO 8601."""
    problem: str | None
    """Why it cannot be read."""


async def list_sources(
    store: Store,
    tools: Collection[str] | None = None,
    places: Places | None = None,
    on_progress: Progress = no_progress,
) -> list[Source]:
    """The folders of the tools that exist, in the order of the tools. Raises the store's errors."""
    places = places or Places()
    listed = [each for each in IMPORTERS if tools is None or each.tool in tools]
    sources: list[Source] = []
    for number, importer in enumerate(listed):
        on_progress(number / len(listed), importer.label)
        for folder in dict.fromkeys(importer.folders(places)):
            if await run_in_thread(os.path.lexists, folder):
                known = await store.imported_files(path_text(folder))
                found = await run_in_thread(_source, importer, folder, known)
                sources.append(found)
    return sources


def _source(importer: Importer, folder: Path, known: dict[str, FileStamp]) -> Source:
    found: list[Found] = []
    problem = None
    try:
        found = list(found_in(importer, folder))
    except OSError as error:
        problem = f"It cannot be read: {os_reason(error)}."
    stamps = [known.get(path_text(each.path)) for each in found]
    times = [each.stamp.mtime for each in found]
    return Source(
        tool=importer.tool,
        name=importer.label,
        location=folder,
        found=len(found),
        new=stamps.count(None),
        changed=sum(
            stamp is not None and stamp != each.stamp
            for stamp, each in zip(stamps, found, strict=True)
        ),
        bytes=sum(each.stamp.size for each in found),
        last_activity=to_iso(datetime.fromtimestamp(max(times) // 10**9, UTC)) if times else None,
        problem=problem,
    )
