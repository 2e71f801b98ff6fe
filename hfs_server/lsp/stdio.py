"""Frames over the process's standard streams, which belong to the protocol alone.

``claim`` comes before anything that might print: from then on what is printed goes to
stderr. A thread reads and a thread writes, so that neither a busy server nor a client
that does not read makes the other wait.
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

from hfs_server.streams import WaitingFile, wait_for_readers

MAX_HEADER_BYTES = 8192
MAX_BODY_BYTES = 512 << 20
MAX_PENDING_BYTES = 64 << 20
"""No further request is read while more than this waits for the client to read it."""

_LOOK_SECONDS = 0.25

log = logging.getLogger("hfs_server")


class FramingLost(Exception):
    """Where the next frame begins cannot be known any more; the reason quotes nothing."""


def claim() -> tuple[BinaryIO, BinaryIO]:
    """Takes stdin and stdout for the protocol; others find nothing there, and stderr."""
    stdin = io.BufferedReader(WaitingFile(os.dup(0), "rb"))
    stdout = io.BufferedWriter(WaitingFile(os.dup(1), "wb"))
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    # What was printed before, and is not out yet, goes there too.
    wait_for_readers()
    return stdin, stdout


def frames(stream: BinaryIO) -> Iterator[bytes]:
    """The bodies of the frames in ``stream``, up to its end. Raises FramingLost."""
    while (length := _content_length(stream)) is not None:
        body = stream.read(length)
        if len(body) < length:
            raise FramingLost("the input ended within a message")
        yield body


def _content_length(stream: BinaryIO) -> int | None:
    """The length that the next header names; None at the end of the stream."""
    left = MAX_HEADER_BYTES
    length: int | None = None
    while line := stream.readline(left):
        left -= len(line)
        if not line.endswith(b"\n"):
            raise FramingLost("a header is too long, or ends with the input")
        if not line.strip():
            if length is None:
                raise FramingLost("a header has no Content-Length")
            return length
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            if length not in (None, _length(value.strip())):
                raise FramingLost("a header has two lengths")
            length = _length(value.strip())
    if left < MAX_HEADER_BYTES:
        raise FramingLost("the input ended within a header")
    return None


def _length(value: bytes) -> int:
    if not value.isdigit() or len(value) > 12 or int(value) > MAX_BODY_BYTES:
        raise FramingLost(f"a Content-Length is not a number up to {MAX_BODY_BYTES}")
    return int(value)


class FrameWriter:
    """Writes frames from one thread; ``write`` never waits for the client."""

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
        """Adds a frame with this body to what the client gets."""
        frame = b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
        with self._changed:
            self._pending.append(frame)
            self._pending_bytes += len(frame)
            self._changed.notify_all()

    def has_room(self, seconds: float, more: int = 0) -> bool:
        """Whether the client has read most of what waits for it, or does so within ``seconds``:
        so much that there is room for ``more`` bytes.
        """
        most = MAX_PENDING_BYTES - more
        with self._changed:
            return self._changed.wait_for(
                lambda: self._pending_bytes <= most or self._is_closing, seconds
            )

    def close(self, seconds: float) -> None:
        """Writes what is pending, but waits no longer than ``seconds`` for it."""
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
                    log.error("The client cannot be written to: %s.", type(error).__name__)
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
    """Reads frames in a thread until the end, and says why it came, or None for a clean one."""

    def run() -> None:
        reason: str | None = None
        try:
            for body in frames(stream):
                on_body(body)
                while not writer.has_room(_LOOK_SECONDS):
                    if _has_hung_up(stream):
                        return on_end(None)
        except FramingLost as error:
            reason = str(error)
        except (OSError, ValueError, MemoryError):
            reason = "the input cannot be read"
        return on_end(reason)

    threading.Thread(target=run, name="frame-reader", daemon=True).start()


def _has_hung_up(stream: BinaryIO) -> bool:
    """Whether the other end is closed, which cannot be seen by reading while we do not read."""
    if not hasattr(select, "poll"):
        return False
    poll = select.poll()
    poll.register(stream, 0)
    return any(event & (select.POLLHUP | select.POLLERR) for _, event in poll.poll(0))
