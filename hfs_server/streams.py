"""Standard streams that wait, also where somebody has made them non-blocking.

Whether a descriptor blocks belongs to the open file, which the client and other programs
may share with us. It cannot be set for us alone, so it is left as it is, and a read or a
write that would block is waited for and goes on.
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

_LOOK_SECONDS = 0.01


class WaitingFile(io.FileIO):
    """A file whose reads and writes wait, whether its descriptor blocks or not."""

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Reads at least one byte, but for the end of the file."""
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


def wait_for_readers() -> None:
    """Has whatever is printed to stdout and stderr wait for its reader."""
    if os.name == "nt":
        return
    sys.stdout, sys.stderr = _waiting(sys.stdout), _waiting(sys.stderr)


def _waiting(stream: TextIO) -> TextIO:
    if not isinstance(stream, io.TextIOWrapper):
        return stream
    with suppress(BlockingIOError):
        stream.flush()
    file = WaitingFile(stream.fileno(), "wb", closefd=False)
    return io.TextIOWrapper(
        # As Python has it where output is not to be buffered.
        file if stream.write_through else io.BufferedWriter(file),
        encoding=stream.encoding,
        errors=stream.errors,
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )


def _wait(descriptor: int, *, for_writing: bool) -> None:
    """Returns when the descriptor is ready, or its other end is gone."""
    if os.name == "nt":
        time.sleep(_LOOK_SECONDS)
    elif for_writing:
        select.select([], [descriptor], [])
    else:
        select.select([descriptor], [], [])
