"""Which files an import reads: a file, those of a folder, of an archive, or of a tool.

The rule not to break: a file that was imported and has not changed since is not opened.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from hfs_server.errors import SourceNotReadable, os_reason
from hfs_server.files.archives import ZIP_HEAD, entries
from hfs_server.files.sources import open_source
from hfs_server.importers import Importer
from hfs_server.importers.source_file import SourceFile
from hfs_server.store import FileStamp
from hfs_server.text import path_in_sentence


class Found(NamedTuple):
    """A file to import."""

    path: Path
    stamp: FileStamp
    is_chosen: bool
    """Whether it was named by itself, not found in a folder or among a tool's files."""


def found_at(path: Path) -> Iterator[Found]:
    """The file at ``path``, or all regular files in the folder there and below, by name.

    Raises SourceNotReadable.
    """
    try:
        status = os.stat(path)
    except (OSError, ValueError) as error:
        raise SourceNotReadable(
            f"Cannot read {path_in_sentence(path)}: {os_reason(error)}."
        ) from None
    if stat.S_ISDIR(status.st_mode):
        yield from _below(path)
    else:
        yield Found(path, _stamp(status), is_chosen=True)


def found_in(importer: Importer, folder: Path) -> Iterator[Found]:
    """The files of a tool in one of its folders."""
    for path in _matching(folder, importer.patterns):
        try:
            status = os.stat(path)
        except OSError:
            continue
        if stat.S_ISREG(status.st_mode):
            yield Found(path, _stamp(status), is_chosen=False)


def source_file(path: Path, store_files: Sequence[Path] = ()) -> SourceFile:
    """The file at ``path``, opened when it is read."""
    return SourceFile(lambda: open_source(path, store_files), path.name, path)


def members(file: SourceFile) -> Iterator[SourceFile]:
    """The file itself, or those in it if it is a zip archive. Raises InvalidDocument."""
    if not file.head.startswith(ZIP_HEAD):
        yield file
        return
    with file.open_original() as archive:
        for entry in entries(archive):
            yield SourceFile(entry.open, entry.name)


def _below(folder: Path) -> Iterator[Found]:
    """Links are not followed, so that nothing is read twice or for ever."""
    try:
        children = sorted(os.scandir(folder), key=lambda child: child.name)
    except OSError:
        return
    for child in children:
        try:
            if child.is_dir(follow_symlinks=False):
                yield from _below(Path(child.path))
            elif child.is_file(follow_symlinks=False):
                # Windows has no inode in what it lists.
                status = os.lstat(child) if os.name == "nt" else child.stat(follow_symlinks=False)
                yield Found(Path(child.path), _stamp(status), is_chosen=False)
        except OSError:
            continue


def _matching(folder: Path, patterns: Sequence[str]) -> Iterator[Path]:
    seen = set()
    for pattern in patterns:
        for path in sorted(folder.glob(pattern)):
            if path not in seen:
                seen.add(path)
                yield path


def _stamp(status: os.stat_result) -> FileStamp:
    return FileStamp(status.st_size, status.st_mtime_ns, status.st_ino)
