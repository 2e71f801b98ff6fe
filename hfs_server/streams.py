"""Standard streams that block, even if their descriptors are non-blocking.

O_NONBLOCK belongs to the open file, which the client and other programs may share. It is never
changed here; a read or a write that would block waits instead.
"""

from __future__ import annotations

import io
import os
import select
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

_POLL_SECONDS = 0.01


class BlockingFile(io.FileIO):
    """A file whose reads and writes block, even if its descriptor is non-blocking."""

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Reads at least one byte, except at the end of the file."""
        while (count := super().readinto(buffer)) is None:
            _wait(self.fileno(), for_writing=False)
        return count

    def write(self, data: ReadableBuffer, /) -> int:
        """Writes all of ``data``."""
        left = memoryview(data).cast("B")
        size = len(left)
        while left:
            count = super().write(left)
            if count is None:
                _wait(self.fileno(), for_writing=True)
            else:
                left = left[count:]
        return size


def make_output_blocking() -> None:
    """Replaces stdout and stderr by streams that wait for their readers."""
    if os.name == "nt":
        return
    sys.stdout, sys.stderr = _blocking(sys.stdout), _blocking(sys.stderr)


def _blocking(stream: TextIO) -> TextIO:
    if not isinstance(stream, io.TextIOWrapper):
        return stream
    with suppress(BlockingIOError):
        stream.flush()
    file = BlockingFile(stream.fileno(), "wb", closefd=False)
    return io.TextIOWrapper(
        # As Python does for unbuffered output.
        file if stream.write_through else io.BufferedWriter(file),
        encoding=stream.encoding,
        errors=stream.errors,
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )


def _wait(descriptor: int, *, for_writing: bool) -> None:
    """Returns when the descriptor is ready, or its other end is closed."""
    if os.name == "nt":
        time.sleep(_POLL_SECONDS)
    elif for_writing:
        select.select([], [descriptor], [])
    else:
        select.select([descriptor], [], [])
