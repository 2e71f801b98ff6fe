"""A server process with all that it wrote. Every wait for it has an end."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from testing.programs import PLAIN, environment_for
from testing.waiting import PATIENCE_SECONDS

Message = dict[str, Any]
Found = TypeVar("Found")

_HEADER = re.compile(rb"Content-Length: (\d+)\r\n\r\n")


class ServerProcess:
    """One server process; threads read what it writes to stdout and stderr."""

    def __init__(
        self,
        home: Path,
        *options: str,
        environment: Mapping[str, str] | None = None,
        program: Sequence[str] = PLAIN,
    ) -> None:
        self.process = subprocess.Popen(
            [sys.executable, *program, *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment_for(home, environment),
            cwd=home,
        )
        self.stderr = ""
        self.received: list[Message] = []
        self.received_at: list[float] = []
        """When each of ``received`` was read, in seconds of the monotonic clock."""
        self.may_be_cut_off = False
        """Whether the process was ended from outside, so that replies may be missing."""
        self.stray: bytes | None = None
        """What stood outside of frames on stdout."""
        self.changed = threading.Condition()
        """Held to look at ``received``; notified for each message and at the end."""
        self._has_ended = False
        self._threads = [
            threading.Thread(target=self._read_frames, daemon=True),
            threading.Thread(target=self._read_stderr, daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def send_body(self, body: bytes) -> None:
        """Sends a well-framed message of any bytes."""
        self.send_bytes(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))

    def send_bytes(self, data: bytes) -> None:
        """Sends bytes as they are. A server that ends while it is written to is no error."""
        with suppress(BrokenPipeError):
            self._stdin.write(data)
            self._stdin.flush()

    def end_input(self) -> None:
        """Closes the server's stdin."""
        with suppress(BrokenPipeError):
            self._stdin.close()

    def signal(self, number: int) -> None:
        """Sends the process a signal."""
        self.may_be_cut_off = True
        self.process.send_signal(number)

    def wait_for(
        self, what: str, found: Callable[[], Found | None], within: float = PATIENCE_SECONDS
    ) -> Found:
        """What ``found`` returns, once that is true. Fails when the time or the output ends."""
        deadline = time.monotonic() + within
        with self.changed:
            while not (value := found()):
                left = deadline - time.monotonic()
                if self._has_ended or left <= 0 or not self.changed.wait(left):
                    why = "the output has ended" if self._has_ended else f"{within} s have passed"
                    raise AssertionError(
                        f"waited for {what}, but {why}; "
                        f"stderr: {self.stderr[-1000:]!r}; received: {self._summary()}"
                    )
            return value

    def wait_for_end(self, within: float = PATIENCE_SECONDS) -> int:
        """The exit code of the process."""
        try:
            code = self.process.wait(within)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise AssertionError(f"the server was still there after {within} s") from None
        for thread in self._threads:
            thread.join(PATIENCE_SECONDS)
            assert not thread.is_alive(), "another process still holds the server's output"
        return code

    def dispose(self) -> None:
        """Leaves no process and no open pipe, in any case."""
        self.process.kill()
        self.process.wait(PATIENCE_SECONDS)
        for thread in self._threads:
            thread.join(PATIENCE_SECONDS)
        self.end_input()
        for stream in (self.process.stdout, self.process.stderr):
            assert stream is not None
            stream.close()

    @property
    def _stdin(self) -> BinaryIO:
        assert self.process.stdin is not None
        return self.process.stdin  # type: ignore[return-value]

    def _summary(self) -> str:
        return "; ".join(str(message)[:300] for message in self.received[-10:])

    def _read_frames(self) -> None:
        assert self.process.stdout is not None
        while header := self._read_header():
            match = _HEADER.fullmatch(header)
            if match is None:
                self.stray = header + self.process.stdout.read()
                break
            body = self.process.stdout.read(int(match[1]))
            if len(body) < int(match[1]):
                break
            with self.changed:
                self.received.append(_message(body))
                self.received_at.append(time.monotonic())
                self.changed.notify_all()
        with self.changed:
            self._has_ended = True
            self.changed.notify_all()

    def _read_header(self) -> bytes:
        assert self.process.stdout is not None
        header = b""
        while not header.endswith(b"\r\n\r\n") and len(header) < 1000:
            line = self.process.stdout.readline()
            if not line:
                break
            header += line
        return header

    def _read_stderr(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.stderr += line.decode("utf-8", "backslashreplace")


def _message(body: bytes) -> Message:
    """A message read as strict JSON; what is not one becomes a reply to no request."""

    def reject(constant: str) -> Any:
        raise ValueError(constant)

    try:
        message: Message = json.loads(body.decode("utf-8"), parse_constant=reject)
        assert message["jsonrpc"] == "2.0"
        assert "method" in message or ("result" in message) != ("error" in message)
        assert "method" in message or "id" in message
    except (ValueError, KeyError, TypeError, AssertionError) as error:
        return {"id": f"no message: {error!r}: {body[:200]!r}"}
    return message
