"""Files to import from: regular files only, read up to the size that they had when opened."""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from hfs_server.errors import SourceNotReadable, os_reason
from hfs_server.files.same_file import is_one_of
from hfs_server.text import path_in_sentence, path_text

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


@contextmanager
def open_source(path: Path, store_files: Sequence[Path]) -> Iterator[BinaryIO]:
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
    with io.BufferedReader(_FixedSizeFile(descriptor)) as file:
        try:
            yield file
        except OSError as error:
            raise _not_readable(path, os_reason(error)) from None


class _FixedSizeFile(io.FileIO):
    """A file that ends where it ended when opened: a growing one is not read for ever.

    Read it in pieces: ``read()`` without a size would not stop there.
    """

    def __init__(self, descriptor: int) -> None:
        super().__init__(descriptor)
        self._end = os.fstat(descriptor).st_size

    def readinto(self, buffer: WriteableBuffer, /) -> int | None:
        """Reads into ``buffer`` up to the fixed end."""
        left = max(0, self._end - self.tell())
        return super().readinto(memoryview(buffer)[:left])


def _not_readable(path: Path, why: str) -> SourceNotReadable:
    return SourceNotReadable(
        f"Cannot read {path_in_sentence(path)}: {why}. Choose an export document.",
        file=path_text(path),
    )
