"""A raw client of a language server, which adds as little time as it can.

One thread writes and reads; nothing is read while nobody waits for it.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.costs import Meter
from benchmarks.memory import Run, forget_peak, peak_kibibytes, present_kibibytes

PATIENCE_SECONDS = 600.0

Message = dict[str, Any]

OURS = ("-m", "hfs_server")
BARE = ("-m", "benchmarks.bare_server")


def environment(home: Path) -> Mapping[str, str]:
    """An environment without the settings of the person who measures.

    Those of Python may forbid it to keep its bytecode, which an installed program has.
    """
    others = ("HFS_", "PYTHON")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(others)}
    return {**kept, "HOME": str(home), "USERPROFILE": str(home)}


@contextmanager
def serving(
    home: Path, database: Path | str | None = None, command: Sequence[str] = OURS
) -> Iterator[Client]:
    """A server that is initialized, and ended afterwards."""
    client = Client(home, command)
    try:
        client.initialize(database)
        yield client
        client.request("shutdown")
        client.send({"jsonrpc": "2.0", "method": "exit"})
        client.process.wait(10)
    finally:
        client.process.kill()
        client.process.wait(10)


class Client:
    """One server process."""

    def __init__(self, home: Path, command: Sequence[str] = OURS) -> None:
        self.process = subprocess.Popen(
            [sys.executable, *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment(home),
            bufsize=0,
        )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self._stdin = self.process.stdin.fileno()
        self._stdout = self.process.stdout.fileno()
        self._buffer = bytearray()
        self._last_id = 0

    def initialize(self, database: Path | str | None = None) -> None:
        """Begins the conversation."""
        options = {} if database is None else {"databasePath": str(database)}
        params = {"processId": None, "capabilities": {}, "initializationOptions": options}
        self.request("initialize", params)
        self.send({"jsonrpc": "2.0", "method": "initialized", "params": {}})

    def request(self, method: str, params: Message | None = None) -> Any:
        """The result of a request."""
        request_id = self.begin(method, params)
        while True:
            message = self.receive(PATIENCE_SECONDS)
            if message is not None and message.get("id") == request_id:
                return result_of(message)

    def measured(self, method: str, params: Message) -> Run:
        """What a request takes, memory included."""
        idle = present_kibibytes(self.process.pid)
        forget_peak(self.process.pid)
        meter = Meter(self.process.pid)
        self.request(method, params)
        return Run(meter.cost(), peak_kibibytes(self.process.pid) - idle)

    def begin(self, method: str, params: Message | None = None) -> int:
        """Sends a request and gives its id."""
        self._last_id += 1
        message = {"jsonrpc": "2.0", "id": self._last_id, "method": method, "params": params or {}}
        self.send(message)
        return self._last_id

    def send(self, message: Message) -> None:
        """Sends a message."""
        body = json.dumps(message).encode()
        data = memoryview(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        while data:
            data = data[os.write(self._stdin, data) :]

    def receive(self, within: float) -> Message | None:
        """The next message, or None where none comes within so many seconds."""
        deadline = time.perf_counter() + within
        while (message := self._buffered()) is None:
            left = max(0.0, deadline - time.perf_counter())
            if not select.select([self._stdout], [], [], left)[0]:
                return None
            data = os.read(self._stdout, 1 << 20)
            if not data:
                raise AssertionError("the server has ended")
            self._buffer += data
        return message

    def _buffered(self) -> Message | None:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return None
        start = end + len(b"\r\n\r\n")
        header = self._buffer[:end].lower()
        length = int(header.partition(b"content-length:")[2].split(b"\r\n")[0])
        if len(self._buffer) < start + length:
            return None
        message: Message = json.loads(self._buffer[start : start + length])
        del self._buffer[: start + length]
        return message


def result_of(message: Message) -> Any:
    """The result that a response holds. An error is none that a benchmark could go on from."""
    assert "error" not in message, message["error"]
    return message["result"]
