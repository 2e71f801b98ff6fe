"""A client of raw JSON-RPC for a real server process, which forgives nothing.

``Client.check`` fails if the server broke a rule that every test shares; ``finish`` ends the
server first.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from testing.programs import PLAIN
from testing.reply_check import ReplyCheck
from testing.server_process import Message, ServerProcess
from testing.waiting import PATIENCE_SECONDS

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


class Client(ServerProcess):
    """One server process, and all messages that were exchanged with it."""

    def __init__(
        self,
        home: Path,
        *options: str,
        environment: Mapping[str, str] | None = None,
        program: Sequence[str] = PLAIN,
    ) -> None:
        super().__init__(home, *options, environment=environment, program=program)
        self.is_initialized = False
        self._last_id = 0
        self._errors_without_id = 0
        self._reply_check = ReplyCheck(self)

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
        """The result of a request. Raises Refused if the answer is an error."""
        return self.result(self.send(method, params), within)

    def refusal(
        self, method: str, params: Any = _OMITTED, within: float = PATIENCE_SECONDS
    ) -> Refused:
        """The error with which a request is answered."""
        return self.refusal_of(self.send(method, params), within)

    def send(self, method: str, params: Any = _OMITTED) -> int:
        """Sends a request and returns its id, without waiting for the reply."""
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
        """Sends any object; if it has an id, one reply is expected."""
        if "id" in message:
            self.expect_reply(message["id"])
        self.send_body(json.dumps(message).encode())

    def cancel(self, request_id: int | str) -> None:
        """Asks to cancel a request."""
        self.notify("$/cancelRequest", {"id": request_id})

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

    def notifications(self, method: str) -> list[Any]:
        """The params of all notifications of this method that were received so far."""
        with self.changed:
            received = [*self.received]
        return [message["params"] for message in received if message.get("method") == method]

    def notification(self, method: str, number: int = 1, within: float = PATIENCE_SECONDS) -> Any:
        """The params of the ``number``-th notification of this method, once it was received."""

        def found() -> Any:
            return self.notifications(method)[number - 1 : number] or None

        return self.wait_for(f"notification {number} of {method}", found, within)[0]

    def times_of(self, method: str) -> list[float]:
        """When the notifications of this method were received."""
        with self.changed:
            pairs = [*zip(self.received_at, self.received, strict=True)]
        return [time for time, message in pairs if message.get("method") == method]

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

    def expect_reply(self, message_id: int | str) -> None:
        """Says that a request with this id is among the bytes sent next."""
        self._reply_check.expect(message_id)

    def error_without_id(self) -> Refused:
        """The next error without an id, which answers what could not be read."""

        def found() -> Message | None:
            replies = [reply for reply in self._replies() if reply["id"] is None]
            return next(iter(replies[self._errors_without_id :]), None)

        reply = self.wait_for("an error without an id", found)
        self._errors_without_id += 1
        self._reply_check.expect(None)
        return Refused(reply["error"])

    def check(self) -> None:
        """Fails if the server broke a rule that every test shares."""
        self._reply_check.check()

    def forget(self) -> None:
        """Forgets all messages, after they were checked."""
        with self.changed:
            self.received.clear()
            self.received_at.clear()
            self._reply_check.forget()
            self._errors_without_id = 0

    def finish(self) -> None:
        """Ends the server as an editor does, if it is still there, and checks it."""
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

    def _replies(self) -> list[Message]:
        return [message for message in self.received if "method" not in message]


Start = Callable[..., Client]
"""A fixture that starts servers; after the test they are ended and checked."""


def finish_all(clients: Iterable[Client]) -> None:
    """Ends and checks all; if one fails, the others are ended as well."""
    try:
        for client in clients:
            client.finish()
    finally:
        for client in clients:
            client.dispose()


def _is_id(reply: Message, request_id: int | str) -> bool:
    return type(reply["id"]) is type(request_id) and reply["id"] == request_id
