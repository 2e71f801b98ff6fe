"""Files that are written completely or not at all.

A file is written beside its destination and put in place in one step: no reader sees half of
it, and an existing file is kept until then. ``commit`` waits for the disk: call it in a thread.
"""

from __future__ import annotations

import errno
import os
import secrets
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from hfs_server.files.destinations import (
    check_destination,
    destination_exists,
    make_private,
    not_writable,
    numbered,
)

TEMPORARY_PREFIX = ".hfs-unfinished-"
_STALE_SECONDS = 3600
_NO_SYNC_OF_FOLDERS = (errno.EINVAL, errno.ENOTSUP, errno.EBADF)
_FLUSH_BYTES = 8 << 20


@contextmanager
def atomic_write(
    destination: Path, *, overwrite: bool = False, store_files: Sequence[Path] = ()
) -> Iterator[AtomicFile]:
    """A file to write to ``destination``, a file or an existing folder.

    Nothing is left of it unless ``commit`` was called. Raises DestinationExists and
    DestinationNotWritable.
    """
    check_destination(destination, store_files, overwrite=overwrite)
    try:
        file = AtomicFile(destination, overwrite=overwrite)
        try:
            yield file
        finally:
            file.discard()
    except FileExistsError:
        raise destination_exists(destination) from None
    except (OSError, UnicodeError) as error:
        raise not_writable(destination, error) from None


class AtomicFile:
    """A temporary file, readable by its owner only; ``commit`` puts it in place."""

    def __init__(self, destination: Path, *, overwrite: bool) -> None:
        self._destination = destination
        self._overwrite = overwrite
        self._is_folder = destination.is_dir()
        folder = destination if self._is_folder else destination.parent
        remove_stale_files(folder)
        self.path = folder / f"{TEMPORARY_PREFIX}{secrets.token_hex(8)}"
        """The temporary file, which may also be written to by its path."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        self._file = os.fdopen(os.open(self.path, flags, 0o600), "wb")
        make_private(self.path, 0o600)
        self.size = 0
        self._flushed = 0

    def write(self, data: bytes) -> None:
        """Appends ``data``."""
        self.size += self._file.write(data)
        # Starts writing to the disk early, so that fsync is short: benchmark rows 3 and 4.
        if sys.platform == "linux" and self.size - self._flushed >= _FLUSH_BYTES:
            os.posix_fadvise(self._file.fileno(), self._flushed, 0, os.POSIX_FADV_DONTNEED)
            self._flushed = self.size

    def commit(self, name: str) -> Path:
        """Puts the file in place, durably, and returns its path.

        In a folder that is ``name``, or ``name`` with a number if it is taken.
        """
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        path = self._put_in_place(name)
        sync_folder(path.parent)
        return path

    def discard(self) -> None:
        """Removes the temporary file, if it was not committed."""
        with suppress(OSError):
            self._file.close()
        with suppress(OSError):
            self.path.unlink()

    def _put_in_place(self, name: str) -> Path:
        if not self._is_folder:
            move = os.replace if self._overwrite else _move_exclusively
            move(self.path, self._destination)
            return self._destination
        for path in numbered(self._destination / name):
            with suppress(FileExistsError):
                _move_exclusively(self.path, path)
                return path
        raise AssertionError("there is always a next number")


def _move_exclusively(source: Path, destination: Path) -> None:
    """Renames ``source``. Raises FileExistsError if ``destination`` exists."""
    if os.name == "nt":
        source.rename(destination)
        return
    try:
        os.link(source, destination)
    except FileExistsError:
        raise
    except OSError:
        _claim_and_replace(source, destination)
    else:
        source.unlink()


def _claim_and_replace(source: Path, destination: Path) -> None:
    """The same on a file system without hard links."""
    os.close(os.open(destination, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        source.replace(destination)
    except OSError:
        destination.unlink()
        raise


def sync_folder(folder: Path) -> None:
    """Makes a new name durable, where the file system can do so; Windows need not."""
    if os.name == "nt":
        return
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except PermissionError:
        return  # The folder is writable but not readable.
    try:
        os.fsync(descriptor)
    except OSError as error:
        # Some network drives know no such thing.
        if error.errno not in _NO_SYNC_OF_FOLDERS:
            raise
    finally:
        os.close(descriptor)


def remove_stale_files(folder: Path) -> None:
    """Removes what killed exports left there."""
    with suppress(OSError):
        names = [name for name in os.listdir(folder) if name.startswith(TEMPORARY_PREFIX)]
        for path in map(folder.joinpath, names):
            with suppress(OSError):
                if time.time() - path.lstat().st_mtime > _STALE_SECONDS:
                    path.unlink()
