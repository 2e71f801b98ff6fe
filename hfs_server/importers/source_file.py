"""A file that importers recognize and read: from a disk, an archive, or a text.

The rule not to break: what it returns is UTF-8 without a byte order mark and not compressed,
however the file is stored; only ``open_original`` returns its bytes as they are.
"""

from __future__ import annotations

import codecs
import io
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, BinaryIO

from hfs_server.errors import InvalidDocument, SourceNotReadable
from hfs_server.importers.head_records import records_in
from hfs_server.session import JsonObject
from hfs_server.strict_json.source import LONE_SURROGATE
from hfs_server.temporary import temporary_folder
from hfs_server.text import path_text

if sys.version_info >= (3, 14):
    from compression.zstd import ZstdError, ZstdFile
else:
    from backports.zstd import ZstdError, ZstdFile

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

HEAD_BYTES = 1 << 16
"""How much of a file an importer may inspect to recognize its format."""

SQLITE_HEAD = b"SQLite format 3\0"
_SMALL_BYTES = 64 << 20
"""A compressed file up to this size, when it is decompressed, may be compressed at any ratio."""
_HIGHEST_RATIO = 200
_MOST_COMPRESSIONS = 2
_ZSTD_HEAD = b"\x28\xb5\x2f\xfd"
_BUFFER_BYTES = 1 << 17


class SourceFile:
    """One file. ``open_original`` returns a new reader of its bytes, which can seek.

    ``path`` is where it lies on this machine, if it does; ``name`` is for messages and for
    suffixes. ``on_read`` receives the number of bytes read so far.
    """

    def __init__(
        self,
        open_original: Callable[[], BinaryIO],
        name: str,
        path: Path | None = None,
        on_read: Callable[[int], None] | None = None,
    ) -> None:
        self.open_original = open_original
        self.name = path_text(Path(name)) if name else ""
        self.path = path
        self.on_read = on_read

    @property
    def suffix(self) -> str:
        """The suffix of its name in lower case, without that of a compression."""
        name = PurePath(self.name.lower().removesuffix(".zst"))
        return name.suffix

    @property
    def stem(self) -> str:
        """Its name without suffixes."""
        return PurePath(self.name).name.partition(".")[0]

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """Its content. Reading it raises InvalidDocument if a compressed file is damaged."""
        with self.open_original() as raw:
            try:
                yield _decoded(raw)
            except (ZstdError, EOFError):
                raise InvalidDocument("The compressed file is damaged or incomplete.") from None

    def again(self) -> SourceFile:
        """The same file, to be read one more time without reports of progress."""
        return SourceFile(self.open_original, self.name, self.path)

    def has(self, words: bytes) -> bool:
        """Whether a line of it holds these bytes. Raises InvalidDocument as ``open`` does."""
        with self.open() as lines:
            return any(words in line for line in lines)

    @cached_property
    def head(self) -> bytes:
        """The first 64 KiB of its content."""
        with self.open() as file:
            return file.read(HEAD_BYTES)

    @property
    def is_list(self) -> bool:
        """Whether its content begins as a JSON array does."""
        return self.head.lstrip()[:1] == b"["

    @property
    def is_sqlite(self) -> bool:
        """Whether it is an SQLite database."""
        return self.head.startswith(SQLITE_HEAD)

    @cached_property
    def records(self) -> list[JsonObject]:
        """The JSON objects at its beginning, at most 8; the last one may lack its end.

        They are those of the first lines of JSON Lines, the first items of a JSON array, or the
        one object of a JSON document.
        """
        return records_in(self.head)

    @property
    def record(self) -> JsonObject:
        """The first of its records; empty if there is none."""
        return self.records[0] if self.records else {}

    @contextmanager
    def on_disk(self) -> Iterator[Path]:
        """A path to its content, for libraries that need one: its own, else a temporary copy."""
        with self.open_original() as raw:
            is_plain = _decoded(raw) is raw
        if self.path is not None and is_plain:
            yield self.path
            return
        with temporary_folder(SourceNotReadable) as folder:
            copy = folder / "source"
            with self.open() as file, copy.open("wb") as target:
                while piece := file.read(1 << 20):
                    target.write(piece)
            yield copy


def file_of(text: str) -> SourceFile:
    """A file in memory that holds ``text``. Raises InvalidDocument for invalid Unicode."""
    try:
        content = text.encode()
    except UnicodeEncodeError:
        raise InvalidDocument(f"The text contains a {LONE_SURROGATE}.") from None
    return source_of(content)


def source_of(content: bytes) -> SourceFile:
    """A file in memory."""
    return SourceFile(lambda: io.BytesIO(content), "")


def _decoded(raw: BinaryIO, depth: int = 0) -> BinaryIO:
    start = raw.read(4)
    raw.seek(0)
    if start == _ZSTD_HEAD:
        if depth == _MOST_COMPRESSIONS:
            raise InvalidDocument("It is compressed more often than a session file is.")
        return _decoded(io.BufferedReader(_Decompressed(raw), _BUFFER_BYTES), depth + 1)
    if start.startswith(codecs.BOM_UTF8):
        raw.seek(len(codecs.BOM_UTF8))
    elif start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return io.BufferedReader(_Utf16File(raw), _BUFFER_BYTES)
    return raw


class _Decompressed(ZstdFile):
    """A compressed file, which cannot make us read more than a session file can hold."""

    def __init__(self, raw: BinaryIO) -> None:
        size = raw.seek(0, io.SEEK_END)
        raw.seek(0)
        super().__init__(raw)
        self._most = max(_SMALL_BYTES, _HIGHEST_RATIO * size)

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Reads into ``buffer``. Raises InvalidDocument for a file that grows too much."""
        count = super().readinto(buffer)
        if self.tell() > self._most:
            raise InvalidDocument("It is compressed more than a session file can be.")
        return count


class _Utf16File(io.RawIOBase):
    """The UTF-8 of a file in UTF-16; invalid text is replaced."""

    def __init__(self, raw: BinaryIO) -> None:
        self._raw = raw
        self._begin()

    def _begin(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-16")("replace")
        self._left = b""
        self._place = 0

    def seekable(self) -> bool:
        """True: going back reads the file from its beginning."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Moves to another place."""
        if whence == io.SEEK_CUR:
            offset += self._place
        if whence == io.SEEK_END or offset < self._place:
            self._raw.seek(0)
            self._begin()
        while whence == io.SEEK_END or self._place < offset:
            size = _BUFFER_BYTES if whence == io.SEEK_END else offset - self._place
            if not self.read(min(size, _BUFFER_BYTES)):
                break
        return self._place

    def readable(self) -> bool:
        """True."""
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Reads into ``buffer``."""
        view = memoryview(buffer).cast("B")
        while not self._left:
            piece = self._raw.read(_BUFFER_BYTES)
            self._left = self._decoder.decode(piece, final=not piece).encode()
            if not piece:
                break
        data, self._left = self._left[: len(view)], self._left[len(view) :]
        view[: len(data)] = data
        self._place += len(data)
        return len(data)
