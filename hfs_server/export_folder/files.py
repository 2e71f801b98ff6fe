"""The files of a folder of exports, or of a zip archive of one, for reading.

The rule not to break: no link is followed, and no name in an archive is used as a path.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol

from hfs_server.errors import InvalidDocument, SourceNotReadable, os_reason
from hfs_server.export_folder.manifest import Manifest, read_manifest
from hfs_server.export_folder.names import MANIFEST
from hfs_server.files.archives import Entry, entries
from hfs_server.files.sources import open_source
from hfs_server.text import path_in_sentence, path_text

_PIECE_BYTES = 1 << 20


class ExportFiles(Protocol):
    """Files that can be read, by their names."""

    path: Path

    def names(self) -> set[str]:
        """The names of all files and of all else that is there."""

    def open(self, name: str) -> BinaryIO:
        """A file. Raises SourceNotReadable and InvalidDocument."""


class FolderFiles:
    """The files of a folder, not of those below it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def names(self) -> set[str]:
        """The names in the folder. Raises SourceNotReadable."""
        try:
            return set(os.listdir(self.path))
        except OSError as error:
            raise _not_readable(self.path, os_reason(error)) from None

    def open(self, name: str) -> BinaryIO:
        """A regular file. Raises SourceNotReadable."""
        path = self.path / name
        if regular_status(path) is None:
            why = "it is not a regular file" if os.path.lexists(path) else "it does not exist"
            raise _not_readable(path, why)
        return open_source(path)


class ZipFiles:
    """The files of a zip archive."""

    def __init__(self, path: Path, found: dict[str, Entry]) -> None:
        self.path = path
        self._found = found

    def names(self) -> set[str]:
        """The names in the archive."""
        return set(self._found)

    def open(self, name: str) -> BinaryIO:
        """A file in the archive. Raises InvalidDocument and SourceNotReadable."""
        if name not in self._found:
            raise _not_readable(self.path / name, "it does not exist")
        return self._found[name].open()


@contextmanager
def open_files(path: Path) -> Iterator[ExportFiles]:
    """The files of the folder or the archive at ``path``.

    Raises SourceNotReadable, and InvalidDocument if it is neither.
    """
    if path.is_dir():
        yield FolderFiles(path)
        return
    with open_source(path) as file:
        found = list(entries(file))
        twice = [name for name, count in Counter(each.name for each in found).items() if count > 1]
        if twice:
            raise InvalidDocument(
                f"{path_in_sentence(path)} has several files of the same name, which no export "
                "writes. Export to another file."
            )
        yield ZipFiles(path, {each.name: each for each in found})


def manifest_of(files: ExportFiles) -> Manifest | None:
    """The manifest; None if there is none. Raises UnsupportedVersion and InvalidDocument."""
    if MANIFEST not in files.names():
        return None
    with files.open(MANIFEST) as file:
        return read_manifest(file, f"The manifest {path_in_sentence(files.path / MANIFEST)}")


def digest_of(files: ExportFiles, name: str) -> tuple[str, int]:
    """The SHA-256 and the size of a file. Raises what ``open`` raises."""
    digest, size = hashlib.sha256(), 0
    with files.open(name) as file:
        while piece := file.read(_PIECE_BYTES):
            digest.update(piece)
            size += len(piece)
    return digest.hexdigest(), size


def regular_status(path: Path) -> os.stat_result | None:
    """The status of a regular file; None for anything else, links included."""
    try:
        status = os.lstat(path)
    except (OSError, ValueError):
        return None
    return status if stat.S_ISREG(status.st_mode) else None


def _not_readable(path: Path, why: str) -> SourceNotReadable:
    return SourceNotReadable(f"Cannot read {path_in_sentence(path)}: {why}.", file=path_text(path))
