"""The lock that shows other programs that an import is still running, though it may pause.

The operating system releases it when the process ends, however it ends, and not before, so
no timeout is needed. It is a lock on an empty file beside the store, since one on the store
file would interfere with SQLite's.
"""

from __future__ import annotations

import os
import re
import sys
from contextlib import suppress
from pathlib import Path

from hfs_server.errors import StoreUnusable, os_reason

if sys.platform != "win32":
    import fcntl

TOKEN_BYTES = 16
"""The length of a token, which identifies the rows of an import."""


class ImportLock:
    """The lock of one import into the store at ``path``, held from ``acquire`` to ``release``."""

    def __init__(self, path: Path, token: bytes) -> None:
        self._store = path
        self._file = _lock_file(path, token)
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Takes the lock. Raises StoreUnusable."""
        try:
            self._descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
            if sys.platform != "win32":
                # Any user who may write to the store may check the lock.
                os.fchmod(self._descriptor, 0o444)
                fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise StoreUnusable(
                f"Importing a session of this size into the store {self._store} needs a lock file "
                f"beside it, which cannot be created: {os_reason(error)}."
            ) from None

    def release(self) -> None:
        """Releases the lock, if it is held, and removes its file."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
            remove_lock_file(self._file)


def is_held(path: Path, token: object) -> bool:
    """Whether the import of this token may still be running."""
    if not isinstance(token, bytes) or len(token) != TOKEN_BYTES:
        return False
    return _is_open(_lock_file(path, token))


def lock_files(path: Path) -> dict[bytes, str]:
    """The lock files beside the store, by token, including those of killed imports."""
    folder, name = os.path.split(os.path.realpath(path))
    pattern = re.compile(re.escape(name) + _INFIX + r"([0-9a-f]{32})")
    try:
        matches = [match for file in os.listdir(folder) if (match := pattern.fullmatch(file))]
    except OSError:
        return {}
    return {bytes.fromhex(match[1]): os.path.join(folder, match[0]) for match in matches}


def remove_lock_file(file: str) -> None:
    """Removes a lock file, unless it is not empty and so not a lock file."""
    with suppress(OSError):
        if os.lstat(file).st_size == 0:
            os.unlink(file)


_INFIX = "-import-"


def _lock_file(path: Path, token: bytes) -> str:
    return f"{os.path.realpath(path)}{_INFIX}{token.hex()}"


if sys.platform == "win32":

    def _is_open(file: str) -> bool:
        """Windows does not delete a file that a process has open."""
        try:
            os.unlink(file)
        except FileNotFoundError:
            return False
        except OSError:
            return True
        return False

else:

    def _is_open(file: str) -> bool:
        try:
            descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
        except FileNotFoundError:
            return False
        except OSError:
            return True
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
        finally:
            os.close(descriptor)
        return False
