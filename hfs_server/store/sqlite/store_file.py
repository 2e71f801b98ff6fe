"""Where the store's file stands, and what may be done with it there.

Nothing here opens the file: that would drop the locks by which programs share it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from hfs_server.errors import StoreUnusable, os_reason

_ENDINGS = ("", "-wal", "-shm", "-journal")

Identity = tuple[int, int]
Stamp = tuple[int, int, int]


class Access(NamedTuple):
    """How the file can be opened: the query of its URI, and what must not change meanwhile."""

    query: str
    stamp: tuple[int, int] | None = None

    @property
    def is_writable(self) -> bool:
        """Whether the store may be changed."""
        return self == WRITABLE


_LOGS = ("-wal", "-shm")
"""The ends of the names of the log and of the index into it."""

WRITABLE = Access("mode=rw")
READABLE = Access("mode=ro")


def files_of(path: Path) -> list[Path]:
    """The files of a store, there or not; also those of the file that a link leads to.

    SQLite takes whatever lies under these names for its own, and what it cannot read there
    makes the whole store unusable.
    """
    paths = {path, Path(os.path.realpath(path))}
    return [found.with_name(found.name + ending) for found in paths for ending in _ENDINGS]


def identity_of(path: Path) -> Identity | None:
    """What tells the file from another one in its place; None where there is none.

    It holds while somebody has the file open: a new file may get the number of a deleted one.
    """
    stamp = stamp_of(path)
    return stamp and stamp[:2]


def stamp_of(path: Path) -> Stamp | None:
    """The same, with the time of the last change, which no new file has in common with it."""
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        why = os_reason(error)
        raise StoreUnusable(f"The store {path} cannot be reached: {why}.") from None
    return found.st_dev, found.st_ino, found.st_ctime_ns


def prepare_file(path: Path) -> None:
    """Makes the file where there is none, for its owner alone whatever the umask."""
    try:
        if path.is_dir():
            raise StoreUnusable(f"The store {path} is a folder. Name a file as the store.")
        if path.exists() and not path.is_file():
            raise StoreUnusable(f"The store {path} is no regular file. Name a file as the store.")
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        if os.path.exists(path) and not os.access(path, os.R_OK):
            why = "you have no right to read it"
            raise StoreUnusable(f"The store {path} cannot be used: {why}.") from None
    except OSError as error:
        raise StoreUnusable(f"The store {path} cannot be made: {os_reason(error)}.") from None


def access_to(path: Path) -> Access:
    """What the user's rights allow with a file that is there.

    Where it may only be read, SQLite shall leave nothing beside it that its owner could
    not write to later: it is told that nobody writes, unless it is seen that somebody does.
    """
    journal, *logs = _beside(path, "-journal", *_LOGS)
    present = [log for log in logs if os.path.exists(log)]
    may_add = os.access(os.path.dirname(journal), os.W_OK) or len(present) == len(logs)
    if may_add and all(os.access(file, os.W_OK) for file in (str(path), *present)):
        return WRITABLE
    # A program that has the store open has both logs; one alone was left behind.
    if len(present) == len(logs) or os.path.exists(journal):
        return READABLE
    try:
        found = os.stat(path)
    except OSError:
        return WRITABLE  # There is no such file, which SQLite shall say.
    return Access("mode=ro&immutable=1", (found.st_size, found.st_mtime_ns))


def has_log(path: Path) -> bool:
    """Whether something stands in a log that is still to be written into the file."""
    return _size(*_beside(path, "-wal")) > 0


def has_unreadable_log(path: Path) -> bool:
    """Whether the log holds changes that nobody can read who may not write."""
    log, index = _beside(path, *_LOGS)
    return _size(log) > 0 and not os.path.exists(index)


def is_cut(path: Path, size: int) -> bool:
    """Whether the end of a store of ``size`` bytes is missing, which SQLite would make up."""
    # What stands in the log is counted too, and need not be in the file yet.
    return not has_log(path) and size_of(path) < size


def size_of(path: Path) -> int:
    """How many bytes the store takes, with its log."""
    return sum(map(_size, _beside(path, "", "-wal")))


def _beside(path: Path, *ends: str) -> list[str]:
    """SQLite follows a link, and has its other files beside the one that it leads to."""
    real = os.path.realpath(path)
    return [real + end for end in ends]


def _size(file: str) -> int:
    try:
        return os.stat(file).st_size
    except OSError:
        return 0
