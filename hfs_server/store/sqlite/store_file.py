"""The store file on the disk: its names, its identity, and how it may be opened.

Nothing here opens the file: closing it would drop the locks by which programs share it.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import NamedTuple

from hfs_server.errors import StoreUnusable, os_reason

_OLD_SECONDS = 2.0
_WAL_HEADER_BYTES = 32
_WAL_SUFFIXES = ("-wal", "-shm")
_SUFFIXES = ("", *_WAL_SUFFIXES, "-journal")

INDEX_SUFFIX = "-search"
"""What the name of a search index adds to that of its store."""

Identity = tuple[int, int]
Stamp = tuple[int, int, int]


class OpenMode(NamedTuple):
    """How the file can be opened: the query of its URI, and what must not change meanwhile."""

    query: str
    stamp: tuple[int, int] | None = None

    @property
    def is_writable(self) -> bool:
        """Whether the store may be changed."""
        return self == WRITABLE


WRITABLE = OpenMode("mode=rw")
READABLE = OpenMode("mode=ro")


def store_files(path: Path) -> list[Path]:
    """The files of a store, whether they exist or not; also those that a link leads to.

    SQLite takes every file of these names for its own, and cannot open a store beside one
    that it cannot read.
    """
    paths = {path, Path(os.path.realpath(path))}
    return [found.with_name(found.name + suffix) for found in paths for suffix in _SUFFIXES]


def index_files(path: Path) -> list[Path]:
    """The files of the search index beside a store, whether they exist or not."""
    real = Path(os.path.realpath(path))
    return [real.with_name(real.name + INDEX_SUFFIX + suffix) for suffix in _SUFFIXES]


def file_identity(path: Path) -> Identity | None:
    """What distinguishes the file from another one at this path; None if there is none.

    It is valid while the file is open: a new file may get the number of a deleted one.
    """
    stamp = file_stamp(path)
    return stamp and stamp[:2]


def file_stamp(path: Path) -> Stamp | None:
    """The identity, with the time of the last change or, on Windows, of the file's creation.

    No later file shares both. None if there is no file.
    """
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        why = os_reason(error)
        raise StoreUnusable(f"The store {path} cannot be reached: {why}.") from None
    return found.st_dev, found.st_ino, found.st_ctime_ns


def create_if_missing(path: Path) -> None:
    """Creates the file if there is none, for its owner alone regardless of the umask."""
    try:
        if path.is_dir():
            raise StoreUnusable(f"The store {path} is a folder. Choose a file as the store.")
        if path.exists() and not path.is_file():
            raise StoreUnusable(
                f"The store {path} is not a regular file. Choose another file as the store."
            )
        create_folder(path.parent)
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        if os.path.exists(path) and not os.access(path, os.R_OK):
            why = "you have no permission to read it"
            raise StoreUnusable(f"The store {path} cannot be used: {why}.") from None
    except OSError as error:
        raise StoreUnusable(f"The store {path} cannot be created: {os_reason(error)}.") from None


def create_folder(folder: Path) -> None:
    """Creates the folder of a store if it is missing. Raises OSError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def open_mode(path: Path) -> OpenMode:
    """What the user's permissions allow with a file that exists.

    Beside a store that may only be read SQLite must leave no file that its owner could not
    write to later. So it is opened as immutable, unless another program has it open.
    """
    journal, *wal_files = _beside(path, "-journal", *_WAL_SUFFIXES)
    present = [file for file in wal_files if os.path.exists(file)]
    may_add = os.access(os.path.dirname(journal), os.W_OK) or len(present) == len(wal_files)
    if may_add and all(os.access(file, os.W_OK) for file in (str(path), *present)):
        return WRITABLE
    # A program that has the store open has both files; one alone was left behind.
    if len(present) == len(wal_files) or _size(journal) > 0:
        return READABLE
    try:
        found = os.stat(path)
    except OSError:
        return WRITABLE  # SQLite reports the missing file.
    return OpenMode("mode=ro&immutable=1", (found.st_size, found.st_mtime_ns))


def content_stamp(path: Path) -> str:
    """What differs after each change of the store's content; empty if it may not do so.

    A time is only trusted if it is so old that a later change would have another one.
    """
    wal = _beside(path, "-wal")[0]
    files = [os.path.realpath(path), *([wal] if has_wal(path) else [])]
    try:
        found = [os.stat(file) for file in files]
    except OSError:
        return ""
    if time.time() - max(each.st_mtime for each in found) < _OLD_SECONDS:
        return ""
    return " ".join(f"{each.st_ino} {each.st_size} {each.st_mtime_ns}" for each in found)


def has_wal(path: Path) -> bool:
    """Whether the write-ahead log holds anything that may not be in the file yet."""
    return _size(*_beside(path, "-wal")) > _WAL_HEADER_BYTES


def has_unreadable_wal(path: Path) -> bool:
    """Whether the write-ahead log holds changes, but has no index for a reader without write
    permission.
    """
    wal, index = _beside(path, *_WAL_SUFFIXES)
    return _size(wal) > _WAL_HEADER_BYTES and not os.path.exists(index)


def is_truncated(path: Path, size: int) -> bool:
    """Whether a store of ``size`` bytes lacks its end, which SQLite would read as empty pages."""
    # The size counts what is in the write-ahead log, and need not be in the file yet.
    return not has_wal(path) and store_size(path) < size


def store_size(path: Path) -> int:
    """How many bytes the store takes, with its write-ahead log."""
    return sum(map(_size, _beside(path, "", "-wal")))


def _beside(path: Path, *suffixes: str) -> list[str]:
    """SQLite follows a link, and has its other files beside the one that it leads to."""
    real = os.path.realpath(path)
    return [real + suffix for suffix in suffixes]


def _size(file: str) -> int:
    try:
        return os.stat(file).st_size
    except OSError:
        return 0
