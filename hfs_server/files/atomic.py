"""The user's files: read where they are regular, written whole or not at all.

A new file is written beside its destination and put in place in one step, so that a
reader never sees half of one, and what stood there before stays until then.
"""

from __future__ import annotations

import io
import os
import secrets
import stat
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from hfs_server.errors import (
    DestinationExists,
    DestinationNotWritable,
    SourceNotReadable,
    os_reason,
)
from hfs_server.files.filenames import safe_name, stored
from hfs_server.text import path_in_sentence as shown
from hfs_server.text import path_text as well_formed

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer as Buffer

_UNFINISHED_PREFIX = ".hfs-unfinished-"
_UNFINISHED_SECONDS = 3600
_AT_ONCE_BYTES = 8 << 20


@contextmanager
def open_source(path: Path, store_files: Sequence[Path]) -> Iterator[BinaryIO]:
    """The regular file at ``path``, to read. Raises SourceNotReadable."""
    if _is_one_of(path, store_files):
        raise _not_readable(path, "it is the store itself")
    flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        descriptor = os.open(path, flags)
    except (OSError, ValueError) as error:
        raise _not_readable(path, _why(error)) from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise _not_readable(path, "it is not a regular file")
    with io.BufferedReader(_AsFound(descriptor)) as file:
        try:
            yield file
        except OSError as error:
            raise _not_readable(path, _why(error)) from None


class _AsFound(io.FileIO):
    """A file up to the end that it had at first: one that grows is not read for ever."""

    def __init__(self, descriptor: int) -> None:
        super().__init__(descriptor)
        self._end = os.fstat(descriptor).st_size

    def readinto(self, buffer: Buffer, /) -> int | None:
        """Reads as a file does, but nothing beyond the end that was found."""
        left = max(0, self._end - self.tell())
        return super().readinto(memoryview(buffer)[:left])


class NewFile:
    """A file being written in ``folder``, not there for anyone until ``place`` is called."""

    def __init__(self, folder: Path) -> None:
        _sweep(folder)
        self._unfinished = folder / f"{_UNFINISHED_PREFIX}{secrets.token_hex(8)}"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        self._file = os.fdopen(os.open(self._unfinished, flags, 0o600), "wb")
        _belongs_to_owner(self._unfinished, 0o600)
        self.size = 0
        self._on_its_way = 0

    def write(self, data: bytes) -> None:
        """Appends ``data``."""
        self.size += self._file.write(data)
        if sys.platform == "linux" and self.size - self._on_its_way >= _AT_ONCE_BYTES:
            # What the disk begins with now need not be waited for in the end.
            os.posix_fadvise(self._file.fileno(), self._on_its_way, 0, os.POSIX_FADV_DONTNEED)
            self._on_its_way = self.size

    def complete(self) -> None:
        """Nothing more will be written; what was is on the disk, and not only in memory."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()

    def place(self, destination: Path, overwrite: bool) -> None:
        """Puts the complete file at ``destination``.

        Raises FileExistsError where something is there that may not be overwritten.
        """
        if overwrite:
            os.replace(self._unfinished, destination)
        else:
            _move_without_overwriting(self._unfinished, destination)
        _sync_folder(destination.parent)

    def discard(self) -> None:
        """Leaves nothing, where the file was not placed."""
        with suppress(OSError):
            self._file.close()
        with suppress(OSError):
            self._unfinished.unlink()


class Destination:
    """Where an export goes: a file, or a folder in which it gets a name of its own.

    Raises DestinationExists and DestinationNotWritable, already when it is made, so that
    no work is done in vain.
    """

    def __init__(self, path: Path, overwrite: bool, store_files: Sequence[Path]) -> None:
        self._overwrite = overwrite
        try:
            self._refuse_unfit(path, store_files)
            self._is_folder = path.is_dir()
        except (OSError, ValueError) as error:
            raise _not_writable(path, error) from None
        self._path = path

    @contextmanager
    def opened(self) -> Iterator[NewFile]:
        """The file to write; nothing is left of it unless it is finished."""
        try:
            file = NewFile(self._path if self._is_folder else self._path.parent)
        except OSError as error:
            raise _not_writable(self._path, error) from None
        try:
            yield file
        except (OSError, UnicodeError) as error:
            raise _not_writable(self._path, error) from None
        finally:
            file.discard()

    def finish(self, file: NewFile, session_name: str, suffix: str) -> Path:
        """Puts the file in place and returns its path."""
        file.complete()
        if not self._is_folder:
            try:
                file.place(self._path, self._overwrite)
            except FileExistsError:
                raise _exists(self._path) from None
            return self._path
        stem = f"{safe_name(session_name)}_{datetime.now():%Y%m%d_%H%M%S}"
        for number in count(1):
            path = self._path / stored(f"{stem}{f'_{number}' if number > 1 else ''}{suffix}")
            with suppress(FileExistsError):
                file.place(path, overwrite=False)
                return path
        raise AssertionError("there is always a next number")

    def _refuse_unfit(self, path: Path, store_files: Sequence[Path]) -> None:
        if not path.parent.is_dir():
            raise DestinationNotWritable(
                f"There is no folder {shown(path.parent)}. Make it, or name another destination.",
                file=well_formed(path),
            )
        if _is_one_of(path, store_files):
            raise _irreplaceable(path)
        try:
            found = path.lstat()
        except FileNotFoundError:
            return
        if path.is_dir():
            return
        if not stat.S_ISREG(found.st_mode):
            raise _irreplaceable(path)
        if not self._overwrite:
            raise _exists(path)


def make_folder(path: Path) -> None:
    """Makes a folder, and those above it, for their owner alone. Raises DestinationNotWritable."""
    try:
        missing = [folder for folder in (path, *path.parents) if not folder.exists()]
        for folder in reversed(missing):
            folder.mkdir(mode=0o700, exist_ok=True)
            _belongs_to_owner(folder, 0o700)
        path.mkdir(exist_ok=True)
    except (OSError, ValueError) as error:
        raise _not_writable(path, error) from None


def _belongs_to_owner(path: Path, mode: int) -> None:
    """Gives the owner what the umask took away; some file systems have no modes."""
    with suppress(OSError):
        path.chmod(mode)


def _move_without_overwriting(source: Path, destination: Path) -> None:
    if os.name == "nt":
        source.rename(destination)
        return
    try:
        os.link(source, destination)
    except FileExistsError:
        raise
    except OSError:
        # A file system without hard links: the name is claimed first, then replaced.
        os.close(os.open(destination, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        try:
            source.replace(destination)
        except OSError:
            destination.unlink()
            raise
        return
    source.unlink()


def _sync_folder(folder: Path) -> None:
    """Makes the new name last; Windows cannot, and need not."""
    if os.name == "nt":
        return
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except PermissionError:
        return  # It may be written to, but not read.
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sweep(folder: Path) -> None:
    """Removes what a program that was killed left unfinished there."""
    for path in folder.glob(f"{_UNFINISHED_PREFIX}*"):
        with suppress(OSError):
            if time.time() - path.lstat().st_mtime > _UNFINISHED_SECONDS:
                path.unlink()


def _is_one_of(path: Path, store_files: Sequence[Path]) -> bool:
    return any(_is_same(path, file) for file in store_files)


def _is_same(path: Path, file: Path) -> bool:
    """Whether both are one file, by another name too, or would be if they were there."""
    with suppress(OSError, ValueError):
        if os.path.samestat(os.stat(path), os.stat(file)):
            return True
    # Some file systems take names for the same that differ in case.
    if path.name.casefold() != file.name.casefold():
        return False
    with suppress(OSError, ValueError):
        return os.path.samestat(os.stat(path.parent), os.stat(file.parent))
    return False


def _exists(path: Path) -> DestinationExists:
    return DestinationExists(
        f"{shown(path)} exists already. Choose another name, or allow to overwrite it.",
        file=well_formed(path),
    )


def _irreplaceable(path: Path) -> DestinationNotWritable:
    return DestinationNotWritable(
        f"{shown(path)} is not a file that an export may replace. Name another destination.",
        file=well_formed(path),
    )


def _not_writable(path: Path, error: Exception) -> DestinationNotWritable:
    return DestinationNotWritable(
        f"{shown(path)} cannot be written: {_why(error)}. Name another destination.",
        file=well_formed(path),
    )


def _not_readable(path: Path, why: str) -> SourceNotReadable:
    return SourceNotReadable(
        f"{shown(path)} cannot be read: {why}. Name an exported file.", file=well_formed(path)
    )


def _why(error: Exception) -> str:
    return os_reason(error) if isinstance(error, OSError) else "no file can have this name"
