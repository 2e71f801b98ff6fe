"""Folders for temporary copies, which contain what users said.

The rule not to break: none outlives its process for long. A process that was killed could not
remove its own, so the next one does: what is locked is in use.
"""

from __future__ import annotations

import os
import shutil
import stat
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import BinaryIO

from hfs_server.errors import HfsError, StoreUnusable, os_reason

_PREFIX = "hfs-"
_LOCK = "in-use"
_YOUNG_SECONDS = 60
"""A folder may be this old before it is locked."""


@contextmanager
def temporary_folder(error_kind: type[HfsError] = StoreUnusable) -> Iterator[Path]:
    """A new folder, which is removed at the end. Raises ``error_kind`` if there is no room."""
    remove_stale()
    with ExitStack() as stack:
        try:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=_PREFIX)))
            lock = stack.enter_context((folder / _LOCK).open("wb"))
        except OSError as error:
            raise error_kind(no_room(error)) from None
        _take(lock)
        yield folder


def no_room(error: OSError) -> str:
    """What to do about a temporary file that cannot be written."""
    return (
        f"The folder for temporary files cannot be written: {os_reason(error)}. Make room there, "
        "or set TMPDIR to another folder."
    )


@cache
def remove_stale() -> None:
    """Removes the folders of processes that were killed, once in each process."""
    with suppress(OSError):
        for child in os.scandir(tempfile.gettempdir()):
            if child.name.startswith(_PREFIX) and _is_stale(child):
                shutil.rmtree(child.path, ignore_errors=True)


def _is_stale(child: os.DirEntry[str]) -> bool:
    try:
        status = child.stat(follow_symlinks=False)
        if not stat.S_ISDIR(status.st_mode) or _belongs_to_another(status):
            return False
        if abs(time.time() - status.st_mtime) < _YOUNG_SECONDS:
            return False
        return _is_free(Path(child.path) / _LOCK)
    except OSError:
        return False


def _belongs_to_another(status: os.stat_result) -> bool:
    return sys.platform != "win32" and status.st_uid != os.geteuid()


if sys.platform == "win32":

    def _take(_: BinaryIO) -> None:
        """A file that is open cannot be removed there."""

    def _is_free(path: Path) -> bool:
        path.unlink()
        return True

else:
    import fcntl

    def _take(lock: BinaryIO) -> None:
        # Without locks, as on some network drives, the folder is just not removed by another.
        with suppress(OSError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _is_free(path: Path) -> bool:
        with path.open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
