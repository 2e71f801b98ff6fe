"""A client of raw JSON-RPC for a real server process, which forgives nothing.

All that the server sends is kept and checked against the rules that every test shares:
``check`` says that each request got exactly one reply, that no byte stood outside a
frame, and that stderr holds no session content. Every wait has an end.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

MARKER = "zq-marked-chat-text"
"""Stands in the sessions of the tests, and must never stand in a log."""

PATIENCE_SECONDS = 120.0
"""After how long a test gives up what hangs; never a verdict on how fast something is."""

PROMPT_SECONDS = PATIENCE_SECONDS
"""The same for what should be prompt; ``test_promised_times`` alone measures how prompt it is."""

PLAIN = ("-m", "hfs_server")
"""The server as everybody starts it."""


def changed(*statements: str) -> tuple[str, str]:
    """The server after these statements, which change a constant or two."""
    lines = [*statements, "from hfs_server.cli.commands import main", "raise SystemExit(main())"]
    return "-c", "\n".join(lines)


_NO_LIMITS = (
    "from hfs_server.lsp import serve",
    "from hfs_server.store.sqlite import connections, staging",
    "serve.STOP_SECONDS = serve.LATEST_SECONDS = connections.BUSY_SECONDS = 600",
)

PATIENT = changed(*_NO_LIMITS)
"""A server that gives up neither a locked store nor, at its end, the work of leaving no trace.

For tests of what it does in the end, which a slow machine must not cut short.
"""

PAUSING = changed(*_NO_LIMITS, "staging._PAUSE_SECONDS = 600")
"""Such a server that stays where a large session has moved in by one slice, to be met there."""

RESTING = changed(
    "import asyncio, os, types",
    "from hfs_server.store.sqlite import staging",
    "async def rest(_):",
    "    while not os.path.exists(os.environ['GO_ON']): await asyncio.sleep(0.02)",
    "staging.asyncio = types.SimpleNamespace(sleep=rest)",
)
"""A server that rests there until there is a file ``GO_ON``, which the environment names."""

INTERNAL_ERROR = -32603

Message = dict[str, Any]
Found = TypeVar("Found")

_HEADER = re.compile(rb"Content-Length: (\d+)\r\n\r\n")
_OMITTED: Any = object()


class Refused(Exception):
    """A request that was answered with an error."""

    def __init__(self, error: Message) -> None:
        super().__init__(json.dumps(error)[:2000])
        self.code: int = error["code"]
        self.message: str = error["message"]
        self.data: Message = error.get("data") or {}

    @property
    def kind(self) -> str | None:
        """What stands under ``data.kind``."""
        return self.data.get("kind")


def environment_for(home: Path, extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """An environment in which nothing of the person who runs the tests can be met."""
    strange = ("HFS_", "PYTHON", "LC_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(strange)}
    return {**kept, "HOME": str(home), "USERPROFILE": str(home), **(extra or {})}


class Client:
    """One server process and all that was said with it."""

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
        """When each of ``received`` came, in seconds of the monotonic clock."""
        self.is_initialized = False
        self.may_be_cut_off = False
        """Whether the process was ended from outside, so that replies may be missing."""
        self._sent: Counter[str] = Counter()
        self._refusals_taken = 0
        self._refusals_expected = 0
        self._judged = 0
        self._judged_stderr = 0
        self._last_id = 0
        self._stray: bytes | None = None
        self._has_ended = False
        self._changed = threading.Condition()
        self._threads = [
            threading.Thread(target=self._read_frames, daemon=True),
            threading.Thread(target=self._read_stderr, daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    # Speaking.

    def initialize(self, params: Message | None = None, **options: Any) -> Message:
        """Initializes the server with these ``initializationOptions``; returns the result."""
        params = {"processId": os.getpid(), "capabilities": {}, **(params or {})}
        if options:
            params["initializationOptions"] = options
        result: Message = self.request("initialize", params)
        self.notify("initialized", {})
        self.is_initialized = True
        return result

    def request(self, method: str, params: Any = _OMITTED, within: float = PATIENCE_SECONDS) -> Any:
        """The result of a request. Raises Refused where the answer is an error."""
        return self.result(self.send(method, params), within)

    def refusal(
        self, method: str, params: Any = _OMITTED, within: float = PATIENCE_SECONDS
    ) -> Refused:
        """The error with which a request is answered."""
        return self.refusal_of(self.send(method, params), within)

    def send(self, method: str, params: Any = _OMITTED) -> int:
        """Sends a request and gives its id, without waiting for the reply."""
        self._last_id += 1
        message = {"jsonrpc": "2.0", "id": self._last_id, "method": method}
        if params is not _OMITTED:
            message["params"] = params
        self.send_message(message)
        return self._last_id

    def notify(self, method: str, params: Any = _OMITTED) -> None:
        """Sends a notification."""
        message = {"jsonrpc": "2.0", "method": method}
        if params is not _OMITTED:
            message["params"] = params
        self.send_message(message)

    def send_message(self, message: Message) -> None:
        """Sends any object; where it has an id, one reply is expected."""
        if "id" in message:
            self.expect_reply(message["id"])
        self.send_body(json.dumps(message).encode())

    def expect_reply(self, message_id: int | str) -> None:
        """Says that a request with this id is among the bytes sent next."""
        self._sent[json.dumps(message_id)] += 1

    def send_body(self, body: bytes) -> None:
        """Sends a well-framed message of any bytes."""
        self.send_bytes(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))

    def send_bytes(self, data: bytes) -> None:
        """Sends bytes as they are. A server that ends while it is written to is no error."""
        with suppress(BrokenPipeError):
            self._stdin.write(data)
            self._stdin.flush()

    def cancel(self, request_id: int | str) -> None:
        """Asks to cancel a request."""
        self.notify("$/cancelRequest", {"id": request_id})

    def end_input(self) -> None:
        """Closes the server's stdin."""
        with suppress(BrokenPipeError):
            self._stdin.close()

    def signal(self, number: int) -> None:
        """Sends the process a signal."""
        self.may_be_cut_off = True
        self.process.send_signal(number)

    # Listening.

    def result(self, request_id: int | str, within: float = PATIENCE_SECONDS) -> Any:
        """The result of a request that was sent. Raises Refused."""
        reply = self.reply(request_id, within)
        if "error" in reply:
            raise Refused(reply["error"])
        return reply["result"]

    def refusal_of(self, request_id: int | str, within: float = PATIENCE_SECONDS) -> Refused:
        """The error that answers a request that was sent."""
        reply = self.reply(request_id, within)
        assert "error" in reply, f"expected an error, got {str(reply)[:500]}"
        return Refused(reply["error"])

    def reply(self, request_id: int | str, within: float = PATIENCE_SECONDS) -> Message:
        """The reply to a request that was sent."""

        def found() -> Message | None:
            return next((reply for reply in self._replies() if _is_id(reply, request_id)), None)

        return self.wait_for(f"the reply to request {request_id!r}", found, within)

    def unidentified_refusal(self) -> Refused:
        """The next error without an id, which answers what could not be read."""

        def found() -> Message | None:
            replies = [reply for reply in self._replies() if reply["id"] is None]
            return replies[self._refusals_taken] if len(replies) > self._refusals_taken else None

        reply = self.wait_for("an error without an id", found)
        self._refusals_taken += 1
        self._refusals_expected += 1
        return Refused(reply["error"])

    def notifications(self, method: str) -> list[Any]:
        """The params of all notifications of this method that have come so far."""
        with self._changed:
            received = [*self.received]
        return [message["params"] for message in received if message.get("method") == method]

    def notification(self, method: str, number: int = 1, within: float = PATIENCE_SECONDS) -> Any:
        """The params of the ``number``-th notification of this method, when it has come."""

        def found() -> Any:
            return self.notifications(method)[number - 1 : number] or None

        return self.wait_for(f"notification {number} of {method}", found, within)[0]

    def times_of(self, method: str) -> list[float]:
        """When the notifications of this method came."""
        with self._changed:
            pairs = [*zip(self.received_at, self.received, strict=True)]
        return [moment for moment, message in pairs if message.get("method") == method]

    def progress(self, token: int | str) -> list[Message]:
        """The values of the progress reported for a token so far."""
        return [
            params["value"]
            for params in self.notifications("$/progress")
            if params["token"] == token
        ]

    def wait_for_progress(self, token: int | str, percentage: int) -> None:
        """Returns when work has got at least so far."""

        def found() -> bool:
            reached = [value.get("percentage", 0) for value in self.progress(token)]
            return bool(reached) and max(reached) >= percentage

        self.wait_for(f"{percentage} % of {token!r}", found)

    def wait_for(
        self, what: str, found: Callable[[], Found | None], within: float = PATIENCE_SECONDS
    ) -> Found:
        """What ``found`` gives as soon as that is true. Fails at the end of the time, or stream."""
        deadline = time.monotonic() + within
        with self._changed:
            while not (value := found()):
                left = deadline - time.monotonic()
                if self._has_ended or left <= 0 or not self._changed.wait(left):
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
            assert not thread.is_alive(), "somebody else still holds the server's output"
        return code

    # Judging.

    def check(self) -> None:
        """Fails if the server broke a rule that every test shares.

        What was judged once is not judged again, so that one test does not spoil the next.
        """
        with self._changed:
            judged = [message for message in self.received[self._judged :] if "id" in message]
            self._judged = len(self.received)
            stderr = self.stderr[self._judged_stderr :]
            self._judged_stderr = len(self.stderr)
        sent, self._sent = self._sent, Counter()
        replies = [reply for reply in judged if "method" not in reply]
        unidentified = [reply for reply in replies if reply["id"] is None]
        answered = Counter(json.dumps(reply["id"]) for reply in replies if reply["id"] is not None)
        taken, self._refusals_expected = self._refusals_expected, 0
        bugs = [reply for reply in replies if reply.get("error", {}).get("code") == INTERNAL_ERROR]
        assert self._stray is None, f"bytes outside of frames: {self._stray[:200]!r}"
        assert bugs == [], "the server answered that it has a bug"
        assert len(unidentified) == taken, "errors without an id that nobody expected"
        if self.may_be_cut_off:
            assert answered <= sent, "more replies than requests"
        else:
            assert answered == sent, "not exactly one reply per request"
        for forbidden in (MARKER, "Traceback", "Internal error"):
            assert forbidden not in stderr, f"on stderr: {stderr[-3000:]}"

    def forget(self) -> None:
        """Forgets all messages, after they were checked."""
        with self._changed:
            self.received.clear()
            self.received_at.clear()
            self._judged = self._refusals_taken = 0

    def finish(self) -> None:
        """Ends the server as an editor does, where it is still there, and checks it."""
        try:
            if self.process.poll() is None and not self.is_initialized:
                self.end_input()
                assert self.wait_for_end() in (0, 1)
            elif self.process.poll() is None:
                self.request("shutdown")
                self.notify("exit")
                assert self.wait_for_end() == 0
            self.wait_for_end()
            self.check()
        finally:
            self.dispose()

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

    def _replies(self) -> list[Message]:
        return [message for message in self.received if "method" not in message]

    def _summary(self) -> str:
        return "; ".join(str(message)[:300] for message in self.received[-10:])

    def _read_frames(self) -> None:
        assert self.process.stdout is not None
        while header := self._read_header():
            match = _HEADER.fullmatch(header)
            if match is None:
                self._stray = header + self.process.stdout.read()
                break
            body = self.process.stdout.read(int(match[1]))
            if len(body) < int(match[1]):
                break
            with self._changed:
                self.received.append(_message(body))
                self.received_at.append(time.monotonic())
                self._changed.notify_all()
        with self._changed:
            self._has_ended = True
            self._changed.notify_all()

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
    """A message as JSON has it, strictly; what is not one becomes a reply to nothing."""

    def refuse(constant: str) -> Any:
        raise ValueError(constant)

    try:
        message = json.loads(body.decode("utf-8"), parse_constant=refuse)
        assert message["jsonrpc"] == "2.0"
        assert "method" in message or ("result" in message) != ("error" in message)
        assert "method" in message or "id" in message
    except (ValueError, KeyError, TypeError, AssertionError) as error:
        return {"id": f"no message: {error!r}: {body[:200]!r}"}
    return message


def _is_id(reply: Message, request_id: int | str) -> bool:
    return type(reply["id"]) is type(request_id) and reply["id"] == request_id
