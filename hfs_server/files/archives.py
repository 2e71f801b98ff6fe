"""Zip archives that are imported, read without being unpacked to the disk.

The rule not to break: an archive cannot make us read more than these limits, however large its
directory says it is, and the names in it are never used as paths.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from lzma import LZMAError
from typing import IO, TYPE_CHECKING, BinaryIO, NamedTuple

from hfs_server.errors import InvalidDocument

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

ZIP_HEAD = b"PK\x03\x04"
_MOST_ENTRIES = 200_000
_MOST_BYTES = 64 << 30
"""How large all entries may be together."""
_HIGHEST_RATIO = 200
_SMALL_BYTES = 64 << 20
"""An entry up to this size may be compressed at any ratio."""

_BUFFER_BYTES = 1 << 17
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    LZMAError,
    struct.error,
    EOFError,
    OSError,
    ValueError,
    KeyError,
    IndexError,
    NotImplementedError,
    RuntimeError,
)
"""What zipfile and the decompressors raise for damage of any kind."""


class Entry(NamedTuple):
    """A file in an archive; opening it raises InvalidDocument if it cannot be read."""

    name: str
    size: int
    open: Callable[[], BinaryIO]


def entries(file: BinaryIO) -> Iterator[Entry]:
    """The files in a zip archive, in their order, each to be opened before the next one.

    Raises InvalidDocument.
    """
    try:
        archive = zipfile.ZipFile(file)
    except _DAMAGE:
        raise InvalidDocument("The zip archive is damaged or incomplete.") from None
    found = [info for info in archive.infolist() if not info.is_dir()]
    if len(found) > _MOST_ENTRIES or sum(info.file_size for info in found) > _MOST_BYTES:
        raise InvalidDocument(
            f"The zip archive has more than {_MOST_ENTRIES:,} files or 64 GiB. Unpack it, and "
            "import the folder."
        )
    for info in found:
        yield Entry(info.filename, info.file_size, partial(_open, archive, info))


def _open(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> BinaryIO:
    if info.flag_bits & 1:
        raise InvalidDocument("It is encrypted in its zip archive. Unpack it first.")
    if info.file_size > max(_SMALL_BYTES, _HIGHEST_RATIO * info.compress_size):
        raise InvalidDocument("It is compressed more than a session file can be.")
    try:
        return io.BufferedReader(_ZipEntry(archive.open(info)), _BUFFER_BYTES)
    except _DAMAGE:
        raise _damaged() from None


class _ZipEntry(io.RawIOBase):
    """An entry whose damage is reported in words."""

    def __init__(self, entry: IO[bytes]) -> None:
        self._entry = entry

    def readable(self) -> bool:
        """True."""
        return True

    def seekable(self) -> bool:
        """True: going back reads the entry from its beginning."""
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Reads into ``buffer``. Raises InvalidDocument."""
        view = memoryview(buffer).cast("B")
        try:
            data = self._entry.read(len(view))
        except _DAMAGE:
            raise _damaged() from None
        view[: len(data)] = data
        return len(data)

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Moves to another place. Raises InvalidDocument."""
        try:
            return self._entry.seek(offset, whence)
        except _DAMAGE:
            raise _damaged() from None

    def close(self) -> None:
        """Closes the entry, not its archive."""
        self._entry.close()
        super().close()


def _damaged() -> InvalidDocument:
    return InvalidDocument("It is damaged in its zip archive, or compressed in an unknown way.")
