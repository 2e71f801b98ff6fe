"""The lines of a text file, such as Markdown, and a part of the file as an original.

The rule not to break: positions count the bytes of the content, as ``SourceFile.open`` has it.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import BinaryIO

from hfs_server.importers.source_file import SourceFile
from hfs_server.session import Original

_PROGRESS_BYTES = 1 << 20


def read_text_lines(
    file: SourceFile, start: int = 0, end: int | None = None
) -> Iterator[tuple[int, str]]:
    """The position of each line between two positions, and its text without the line break."""
    done = reported = start
    with file.open() as lines:
        lines.seek(lines.tell() + start)
        for line in lines:
            if end is not None and done >= end:
                return
            yield done, line.decode(errors="replace").rstrip("\r\n")
            done += len(line)
            if file.on_read is not None and done - reported >= _PROGRESS_BYTES:
                reported = done
                file.on_read(done)


def part_of(file: SourceFile, name: str, start: int, end: int | None) -> Original:
    """The bytes between two positions, or to the end, as the original of a session."""

    def opened() -> BinaryIO:
        with file.open() as content:
            content.seek(content.tell() + start)
            return io.BytesIO(content.read(-1 if end is None else end - start))

    return Original(name, opened)
