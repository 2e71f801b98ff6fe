"""The lock that shows which process keeps the sessions of which tools in a store.

Each tool is one byte of an empty file beside the store, or among this machine's files, locked for
as long as its process lives.
The rule not to break: nothing else may open that file, since closing it would drop the locks.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from zlib import crc32

from hfs_server.errors import StoreUnusable, os_reason

_SUFFIX = "-keep"
_LARGEST_OFFSET = 2**31 - 1


def keep_lock_file(path: Path) -> Path:
    """The lock file of the store at ``path``, whether it exists or not."""
    return Path(os.path.realpath(path) + _SUFFIX)


class KeepLock:
    """The tools that this process keeps in the store at ``path``."""

    def __init__(self, path: Path) -> None:
        self._store = path
        self._descriptor: int | None = None

    def take(self, tool: str) -> bool:
        """Whether this process now keeps the tool's sessions. Raises StoreUnusable."""
        try:
            if self._descriptor is None:
                self._store.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
                self._descriptor = os.open(keep_lock_file(self._store), flags, 0o600)
            return _lock_byte(self._descriptor, crc32(tool.encode()) & _LARGEST_OFFSET)
        except OSError as error:
            raise StoreUnusable(
                f"Keeping sessions needs the lock file {keep_lock_file(self._store)}, which cannot "
                f"be used: {os_reason(error)}."
            ) from None

    def release(self) -> None:
        """Lets other processes keep all of them. The file stays: removing it would race."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


if sys.platform == "win32":
    import msvcrt

    def _lock_byte(descriptor: int, offset: int) -> bool:
        os.lseek(descriptor, offset, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except PermissionError:
            return False
        return True

else:
    import fcntl

    def _lock_byte(descriptor: int, offset: int) -> bool:
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, offset)
        except (BlockingIOError, PermissionError):
            return False
        return True
