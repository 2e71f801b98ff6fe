"""Which files an import reads: a file, those of a folder, of an archive, or of a tool.

The rule not to break: a file that was imported and has not changed since is not opened.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from hfs_server.errors import SourceNotReadable, os_reason
from hfs_server.files.archives import ZIP_HEAD, entries
from hfs_server.files.atomic import TEMPORARY_PREFIX
from hfs_server.files.sources import open_source
from hfs_server.importers import Importer
from hfs_server.importers.source_file import SourceFile
from hfs_server.store.shapes import FileStamp
from hfs_server.text import path_in_sentence

OnProblem = Callable[[Path, SourceNotReadable], None]
"""Receives a file or a folder that cannot be read, and why."""

_BESIDE = ("-wal", "-shm", "-journal")
_TEXTS = (".json", ".jsonl", ".md", ".txt", ".zst", ".zip")
"""Suffixes of files that are no databases."""

_LARGEST_INTEGER = 2**63 - 1


class Found(NamedTuple):
    """A file to import."""

    path: Path
    stamp: FileStamp
    is_chosen: bool
    """Whether it was named by itself, not found in a folder or among a tool's files."""


def found_at(path: Path, store_files: Sequence[Path], on_problem: OnProblem) -> Iterator[Found]:
    """The file at ``path``, or all regular files in the folder there and below, by name.

    Files of the store are none of them, nor are those that SQLite keeps beside a database.
    """
    try:
        status = os.stat(path)
    except (OSError, ValueError) as error:
        on_problem(path, not_readable(path, error))
        return
    if stat.S_ISDIR(status.st_mode):
        yield from _below(path, _identities(store_files), on_problem)
    else:
        yield Found(path, _stamp(path, status), is_chosen=True)


def found_in(importer: Importer, folder: Path) -> Iterator[Found]:
    """The files of a tool in one of its folders. Raises OSError if it cannot be read."""
    if os.path.isdir(folder):
        os.scandir(folder).close()
    for path in _matching(folder, importer.patterns):
        if (found := found_file(path)) is not None:
            yield found


def unread_in(importer: Importer, folder: Path) -> Iterator[tuple[Path, OSError]]:
    """What cannot be read of a tool's files in one of its folders, which ``found_in`` leaves out:
    folders on the way to them, and files of which nothing is known.
    """
    for pattern in importer.patterns:
        *above, _ = PurePosixPath(pattern).parts
        for count in range(1, len(above) + 1):
            for path in sorted(folder.glob("/".join(above[:count]))):
                if (error := _error_of(lambda: os.scandir(path).close())) is not None:  # noqa: B023
                    yield path, error
        for path in _matching(folder, (pattern,)):
            if (error := _error_of(lambda: os.stat(path))) is not None:  # noqa: B023
                yield path, error


def _error_of(work: Callable[[], object]) -> OSError | None:
    """Why something cannot be read; None also for what is no folder, or is not there any more."""
    try:
        work()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        return error
    return None


def found_file(path: Path) -> Found | None:
    """A file that nobody named; None if it does not exist or is not a regular file."""
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return None
    is_regular = stat.S_ISREG(status.st_mode)
    return Found(path, _stamp(path, status), is_chosen=False) if is_regular else None


def source_file(path: Path, store_files: Sequence[Path] = ()) -> SourceFile:
    """The file at ``path``, opened when it is read."""
    return SourceFile(lambda: open_source(path, store_files), path.name, path)


def members(file: SourceFile) -> Generator[SourceFile]:
    """The file itself, or those in it if it is a zip archive. Raises InvalidDocument."""
    if not file.head.startswith(ZIP_HEAD):
        yield file
        return
    with file.open_original() as archive:
        for entry in entries(archive):
            yield SourceFile(entry.open, entry.name)


def is_archive(path: Path, store_files: Sequence[Path]) -> bool:
    """Whether a file begins as a zip archive does; False if it cannot be read."""
    try:
        with open_source(path, store_files) as file:
            return file.read(len(ZIP_HEAD)) == ZIP_HEAD
    except SourceNotReadable:
        return False


def _below(
    folder: Path, ignored: Collection[tuple[int, int]], on_problem: OnProblem
) -> Iterator[Found]:
    """Links are not followed, so that nothing is read twice or for ever."""
    folders = [folder]
    while folders:
        folder = folders.pop()
        try:
            children = sorted(os.scandir(folder), key=lambda child: child.name)
            below = [child for child in children if child.is_dir(follow_symlinks=False)]
        except OSError as error:
            on_problem(folder, not_readable(folder, error))
            continue
        # Git keeps no sessions there, but hundreds of files.
        folders += [Path(child.path) for child in reversed(below) if child.name != ".git"]
        names = {child.name for child in children}
        for child in children:
            is_unfinished = child.name.startswith(TEMPORARY_PREFIX)
            if not is_unfinished and not _is_beside(child.name, names):
                try:
                    yield from _file(child, ignored)
                except FileNotFoundError:
                    continue  # It was removed meanwhile.
                except OSError as error:
                    on_problem(Path(child.path), not_readable(Path(child.path), error))


def _file(child: os.DirEntry[str], ignored: Collection[tuple[int, int]]) -> Iterator[Found]:
    """The file, if it is one. Raises OSError."""
    if child.is_file(follow_symlinks=False):
        # Windows has no inode in what it lists.
        status = os.lstat(child) if os.name == "nt" else child.stat(follow_symlinks=False)
        if (status.st_dev, status.st_ino) not in ignored:
            path = Path(child.path)
            yield Found(path, _stamp(path, status), is_chosen=False)


def _identities(files: Sequence[Path]) -> frozenset[tuple[int, int]]:
    found = set()
    for file in files:
        with suppress(OSError):
            status = os.stat(file)
            found.add((status.st_dev, status.st_ino))
    return frozenset(found)


def _is_beside(name: str, names: Collection[str]) -> bool:
    """Whether it is a journal that SQLite keeps beside a database."""
    return any(name.endswith(end) and name.removesuffix(end) in names for end in _BESIDE)


def _matching(folder: Path, patterns: Sequence[str]) -> Iterator[Path]:
    seen = set()
    for pattern in patterns:
        for path in sorted(folder.glob(pattern)):
            if path not in seen:
                seen.add(path)
                yield path


def _stamp(path: Path, status: os.stat_result) -> FileStamp:
    size, mtime = status.st_size, status.st_mtime_ns
    if path.suffix not in _TEXTS:
        with suppress(OSError):
            # What is written to a database may stay in its log for a long time.
            log = os.stat(f"{path}-wal")
            size, mtime = size + log.st_size, max(mtime, log.st_mtime_ns)
    return FileStamp(size, mtime, status.st_ino & _LARGEST_INTEGER)


def not_readable(path: Path, error: OSError | ValueError) -> SourceNotReadable:
    """The error for a file or a folder that the system does not let us read."""
    return SourceNotReadable(f"Cannot read {path_in_sentence(path)}: {os_reason(error)}.")
