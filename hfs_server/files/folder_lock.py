"""The lock that keeps two exports from writing to one folder at the same time.

The operating system releases it when the process ends, however it ends. It leaves no file behind:
it is on the folder itself, or on Windows on a file that its owner removes. Where a file system
has no locks, an export goes on without: each file is still written completely or not at all.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from hfs_server.files.atomic import TEMPORARY_PREFIX

_PAUSE_SECONDS = 0.05
_WINDOWS_FILE = f"{TEMPORARY_PREFIX}lock"


@asynccontextmanager
async def folder_lock(folder: Path) -> AsyncIterator[None]:
    """Waits until no other process exports to the folder; a cancellation ends the wait."""
    descriptor = _open(folder)
    try:
        while descriptor is not None and not _take(descriptor):
            await asyncio.sleep(_PAUSE_SECONDS)
        yield
    finally:
        if descriptor is not None:
            os.close(descriptor)
            _clean(folder)


if sys.platform == "win32":
    import msvcrt

    def _open(folder: Path) -> int | None:
        with suppress(OSError):
            return os.open(folder / _WINDOWS_FILE, os.O_RDWR | os.O_CREAT, 0o600)
        return None

    def _take(descriptor: int) -> bool:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except PermissionError:
            return False
        except OSError:
            return True
        return True

    def _clean(folder: Path) -> None:
        with suppress(OSError):
            (folder / _WINDOWS_FILE).unlink()

else:
    import fcntl

    def _open(folder: Path) -> int | None:
        with suppress(OSError):
            return os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        return None

    def _take(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            return True
        return True

    def _clean(folder: Path) -> None:
        """A lock on the folder leaves nothing."""
