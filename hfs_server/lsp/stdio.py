"""Frames over stdin and stdout, which belong to the protocol alone.

Call ``take_over_stdio`` before anything that might print: prints then go to stderr. One thread
reads and one writes, so that neither a busy server nor a client that does not read blocks the
other.
"""

from __future__ import annotations

import io
import logging
import os
import select
import threading
from collections import deque
from collections.abc import Callable, Iterator
from typing import BinaryIO

from hfs_server.streams import BlockingFile, make_output_blocking

MAX_HEADER_BYTES = 8192
MAX_BODY_BYTES = 512 << 20
MAX_PENDING_BYTES = 64 << 20
"""No further request is read while the client has more than this left to read."""

_CHECK_SECONDS = 0.25

log = logging.getLogger("hfs_server")


class FramingError(Exception):
    """The start of the next frame is unknown; the reason quotes nothing."""


def take_over_stdio() -> tuple[BinaryIO, BinaryIO]:
    """Streams for the protocol; afterwards stdin is empty, and stdout goes to stderr."""
    stdin = io.BufferedReader(BlockingFile(os.dup(0), "rb"))
    stdout = io.BufferedWriter(BlockingFile(os.dup(1), "wb"))
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    # Flushes what was printed before, to stderr too.
    make_output_blocking()
    return stdin, stdout


def frames(stream: BinaryIO) -> Iterator[bytes]:
    """The bodies of all frames in ``stream``. Raises FramingError."""
    while (length := _content_length(stream)) is not None:
        body = stream.read(length)
        if len(body) < length:
            raise FramingError("the input ended within a message")
        yield body


def _content_length(stream: BinaryIO) -> int | None:
    """The length in the next header; None at the end of the stream."""
    left = MAX_HEADER_BYTES
    length: int | None = None
    while line := stream.readline(left):
        left -= len(line)
        if not line.endswith(b"\n"):
            raise FramingError("a header is too long or incomplete")
        if not line.strip():
            if length is None:
                raise FramingError("a header has no Content-Length")
            return length
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            if length not in (None, _length(value.strip())):
                raise FramingError("a header has two different Content-Lengths")
            length = _length(value.strip())
    if left < MAX_HEADER_BYTES:
        raise FramingError("the input ended within a header")
    return None


def _length(value: bytes) -> int:
    if not value.isdigit() or len(value) > 12 or int(value) > MAX_BODY_BYTES:
        raise FramingError(f"a Content-Length is not a number from 0 to {MAX_BODY_BYTES}")
    return int(value)


class FrameWriter:
    """Writes frames in a thread; ``write`` never waits for the client."""

    def __init__(self, stream: BinaryIO, on_lost: Callable[[], None]) -> None:
        self._stream = stream
        self._on_lost = on_lost
        self._pending: deque[bytes] = deque()
        self._pending_bytes = 0
        self._changed = threading.Condition()
        self._is_closing = False
        self._thread = threading.Thread(target=self._run, name="frame-writer", daemon=True)
        self._thread.start()

    def write(self, body: bytes) -> None:
        """Queues a frame with this body."""
        frame = b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
        with self._changed:
            self._pending.append(frame)
            self._pending_bytes += len(frame)
            self._changed.notify_all()

    def wait_until_writable(self, seconds: float, size: int = 0) -> bool:
        """Whether ``size`` bytes may be queued, since the client has read enough of the others.

        Waits for that, for at most ``seconds``.
        """
        most = MAX_PENDING_BYTES - size
        with self._changed:
            return self._changed.wait_for(
                lambda: self._pending_bytes <= most or self._is_closing, seconds
            )

    def close(self, seconds: float) -> None:
        """Writes what is pending, for at most ``seconds``."""
        with self._changed:
            self._is_closing = True
            self._changed.notify_all()
        self._thread.join(seconds)

    def _run(self) -> None:
        while (frame := self._next()) is not None:
            try:
                self._stream.write(frame)
                self._stream.flush()
            except (OSError, ValueError) as error:
                if not isinstance(error, BrokenPipeError):
                    log.error("Cannot write to the client: %s.", type(error).__name__)
                self._on_lost()
                return
            with self._changed:
                self._pending_bytes -= len(frame)
                self._changed.notify_all()

    def _next(self) -> bytes | None:
        with self._changed:
            self._changed.wait_for(lambda: self._pending or self._is_closing)
            return self._pending.popleft() if self._pending else None


def read_in_thread(
    stream: BinaryIO,
    writer: FrameWriter,
    on_body: Callable[[bytes], None],
    on_end: Callable[[str | None], None],
) -> None:
    """Reads frames in a thread; ``on_end`` gets what went wrong, or None for a clean end."""

    def run() -> None:
        reason: str | None = None
        try:
            for body in frames(stream):
                on_body(body)
                while not writer.wait_until_writable(_CHECK_SECONDS):
                    if _has_hung_up(stream):
                        return on_end(None)
        except FramingError as error:
            reason = str(error)
        except (OSError, ValueError, MemoryError):
            reason = "the input cannot be read"
        return on_end(reason)

    threading.Thread(target=run, name="frame-reader", daemon=True).start()


def _has_hung_up(stream: BinaryIO) -> bool:
    """Whether the other end is closed, which only a read or a poll can detect."""
    if not hasattr(select, "poll"):
        return False
    poll = select.poll()
    poll.register(stream, 0)
    return any(event & (select.POLLHUP | select.POLLERR) for _, event in poll.poll(0))
