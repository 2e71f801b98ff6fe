"""The use case of a backup: a checked copy of the store, and the copies that it replaces."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from pathlib import Path

from hfs_server.cancellation import shielded
from hfs_server.files.atomic import atomic_write
from hfs_server.session import Progress, no_progress
from hfs_server.store import Store


async def back_up(
    store: Store,
    destination: Path,
    *,
    overwrite: bool = False,
    keep: int | None = None,
    on_progress: Progress = no_progress,
) -> Path:
    """Writes a copy of the store to a file, and returns its path.

    With ``keep``, a file that is there is renamed to ``<name>.1``, and so on, and only so many
    copies are kept. Raises DestinationExists, DestinationNotWritable, and the
    store's errors.
    """
    is_allowed = overwrite or keep is not None
    with atomic_write(destination, overwrite=is_allowed, store_files=store.files) as file:
        await store.back_up(file.path, on_progress)
        if keep is not None:
            _rotate(destination, keep)
        return await shielded(asyncio.to_thread(file.commit, destination.name))


def _rotate(path: Path, keep: int) -> None:
    """Renames the copies that are there, the oldest first, which is replaced."""
    copies = [path, *(path.with_name(f"{path.name}.{number}") for number in range(1, keep))]
    for older, newer in zip(reversed(copies), reversed(copies[:-1]), strict=False):
        with suppress(FileNotFoundError):
            os.replace(newer, older)
