"""Files to import from: regular files only, read up to the size that they had when opened."""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from hfs_server.errors import SourceNotReadable, os_reason
from hfs_server.files.same_file import is_one_of
from hfs_server.text import path_in_sentence, path_text

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_BUFFER_BYTES = 1 << 17


def open_source(path: Path, store_files: Sequence[Path] = ()) -> BinaryIO:
    """The regular file at ``path``, open for reading. Raises SourceNotReadable."""
    if is_one_of(path, store_files):
        raise _not_readable(path, "it is the store itself")
    # Without O_NONBLOCK, opening a named pipe would wait for its writer.
    flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        descriptor = os.open(path, flags)
    except (OSError, ValueError) as error:
        raise _not_readable(path, os_reason(error)) from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise _not_readable(path, "it is not a regular file")
    return io.BufferedReader(_FixedSizeFile(descriptor, path), _BUFFER_BYTES)


class _FixedSizeFile(io.FileIO):
    """A file that ends where it ended when opened: a growing one is not read for ever.

    Read it in pieces: ``read()`` without a size would not stop there.
    """

    def __init__(self, descriptor: int, path: Path) -> None:
        super().__init__(descriptor)
        self._path = path
        self._end = os.fstat(descriptor).st_size

    def readinto(self, buffer: WriteableBuffer, /) -> int | None:
        """Reads into ``buffer`` up to the fixed end. Raises SourceNotReadable."""
        left = max(0, self._end - self.tell())
        try:
            return super().readinto(memoryview(buffer)[:left])
        except OSError as error:
            raise _not_readable(self._path, os_reason(error)) from None


def _not_readable(path: Path, why: str) -> SourceNotReadable:
    return SourceNotReadable(
        f"Cannot read {path_in_sentence(path)}: {why}. Choose another file.",
        file=path_text(path),
    )
