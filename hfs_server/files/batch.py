"""Files of one folder that are put in place some at a time, each completely or not at all.

The rule not to break: no file is in place before it is on the disk. Waiting for the disk is
shared by many files, since an export may write thousands.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from io import BufferedWriter
from pathlib import Path
from typing import NamedTuple

from hfs_server.files.atomic import TEMPORARY_PREFIX, remove_stale_files, sync_folder
from hfs_server.files.destinations import make_private, not_writable

_MOST_FILES = 100
_MOST_BYTES = 32 << 20


class NewFile:
    """A temporary file, readable by its owner only.

    In a folder that cannot be written to, it has a size and a digest, which may show that it is
    not needed; putting it in place then fails.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / f"{TEMPORARY_PREFIX}{secrets.token_hex(8)}"
        self.size = 0
        self.failure: OSError | None = None
        """Why there is no file."""
        self._digest = hashlib.sha256()
        try:
            self._file = self._created()
        except OSError as error:
            self.failure = error
            self._file = open(os.devnull, "wb")  # noqa: SIM115 - ``end`` and ``discard`` close it.

    def _created(self) -> BufferedWriter:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        file = os.fdopen(os.open(self.path, flags, 0o600), "wb")
        make_private(self.path, 0o600)
        return file

    @property
    def digest(self) -> str:
        """The SHA-256 of what was written."""
        return self._digest.hexdigest()

    def write(self, data: bytes) -> None:
        """Appends ``data``."""
        self.size += self._file.write(data)
        self._digest.update(data)

    def end(self) -> None:
        """Closes the file; its content may not be on the disk yet."""
        self._file.close()

    def discard(self) -> None:
        """Removes the file, if it was not put in place."""
        with suppress(OSError):
            self._file.close()
        with suppress(OSError):
            if self.failure is None:
                self.path.unlink()


class _Queued(NamedTuple):
    file: NewFile
    name: str
    on_placed: Callable[[], None]
    on_failed: Callable[[OSError], None]


class FileBatch:
    """Files that wait to be put in place in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._queued: list[_Queued] = []
        remove_stale_files(folder)

    @property
    def is_full(self) -> bool:
        """Whether ``flush`` is due."""
        size = sum(each.file.size for each in self._queued)
        return len(self._queued) >= _MOST_FILES or size >= _MOST_BYTES

    def add(
        self,
        file: NewFile,
        name: str,
        on_placed: Callable[[], None],
        on_failed: Callable[[OSError], None],
    ) -> None:
        """Queues a file that has ended; it replaces one of this name."""
        self._queued.append(_Queued(file, name, on_placed, on_failed))

    def flush(self) -> None:
        """Puts all files in place, durably, in their order. Raises DestinationNotWritable."""
        queued, self._queued = self._queued, []
        try:
            ready = [each for each in queued if _tried(each, lambda: _sync(each.file))]  # noqa: B023
            for each in ready:
                if _tried(each, lambda: each.file.path.replace(self._folder / each.name)):  # noqa: B023
                    each.on_placed()
            if ready:
                self._sync()
        finally:
            for each in queued:
                each.file.discard()

    def _sync(self) -> None:
        try:
            sync_folder(self._folder)
        except OSError as error:
            raise not_writable(self._folder, error) from None


def _tried(queued: _Queued, work: Callable[[], object]) -> bool:
    try:
        work()
    except OSError as error:
        queued.on_failed(error)
        return False
    return True


def _sync(file: NewFile) -> None:
    if file.failure is not None:
        raise file.failure
    descriptor = os.open(file.path, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
