"""JSON-RPC as this server speaks it on top of pygls: all that surprises is in this file.

Every request gets exactly one response, whatever it holds. Our own requests get their
params as plain objects, and are answered with JSON; pygls sees only those of LSP itself.
"""

from __future__ import annotations

import asyncio
import contextvars
import json
import logging
import re
import traceback
from collections.abc import Awaitable, Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from functools import partial
from typing import Any, NoReturn

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.protocol import LanguageServerProtocol
from pygls.protocol.language_server import lsp_method

from hfs_server.errors import HfsError
from hfs_server.methods import REQUESTS

log = logging.getLogger("hfs_server")

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
INTERNAL_ERROR = -32603
NOT_INITIALIZED = -32002
REQUEST_CANCELLED = -32800
REQUEST_FAILED = -32803

_ID_IN_FRONT = re.compile(
    rb'\s*\{\s*(?:"jsonrpc"\s*:\s*"2\.0"\s*,\s*)?"id"\s*:\s*(\d{1,18}|"\w{1,99}")'
)
_INITIALIZE_MEMBERS = ("processId", "capabilities", "initializationOptions")
"""What is read of the params of ``initialize``; of the rest no shape can do harm."""
_METHODS = frozenset((types.INITIALIZE, types.SHUTDOWN, *REQUESTS))

MessageId = int | str
Progress = Callable[[float, str], None]


class RequestRefused(Exception):
    """A request that is answered with this error code and sentence."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class HfsProtocol(LanguageServerProtocol):
    """Reads one frame's body at a time with ``receive``, and answers it."""

    def __init__(self, server: LanguageServer, converter: Any) -> None:
        super().__init__(server, converter)
        self.answer: Callable[[str, Any], Awaitable[bytes]]
        self.write: Callable[[bytes], None]
        self.on_initialize: Callable[[types.InitializeParams, types.ServerCapabilities], None]
        self.on_initialized: Callable[[], None]
        self.on_exit: Callable[[int], None]
        self._has_begun = False
        self._awaits_initialized = False
        self._tokens: dict[MessageId, asyncio.Task[Any]] = {}

    def receive(self, body: bytes) -> None:
        """Takes one message from the client."""
        message_id: MessageId | None = None
        try:
            message = _parsed(body)
            if "id" not in message:
                self._notified(message.get("method"), message.get("params"))
            elif "method" in message or not message.keys() & {"result", "error"}:
                message_id = _id_of(message)
                self._requested(message_id, message)
        except RequestRefused as error:
            self._send_error(message_id, _response_error(error))
        except MemoryError as error:
            self._send_error(_id_at_the_start(body), _response_error(error))

    def _requested(self, message_id: MessageId, message: dict[str, Any]) -> None:
        method = message.get("method")
        if message.get("jsonrpc") != self.VERSION or not isinstance(method, str):
            raise RequestRefused(INVALID_REQUEST, "The message is not a JSON-RPC 2.0 request.")
        if message_id in self._request_futures:
            raise RequestRefused(INVALID_REQUEST, "A request with this id is still at work.")
        self._refuse_out_of_order(method)
        if method not in _METHODS:
            raise RequestRefused(METHOD_NOT_FOUND, f"There is no method {method[:80]}.")
        params = self._structured(method, message.get("params"))
        contextvars.copy_context().run(self._handle_request, message_id, method, params)

    def _refuse_out_of_order(self, method: str) -> None:
        if self._shutdown:
            raise RequestRefused(INVALID_REQUEST, "The server is shutting down.")
        if self._has_begun and method == types.INITIALIZE:
            raise RequestRefused(INVALID_REQUEST, "The server is initialized already.")
        if not self._has_begun and method != types.INITIALIZE:
            raise RequestRefused(NOT_INITIALIZED, "Send initialize first.")

    def _notified(self, method: object, params: Any) -> None:
        """Takes a notification, to which nothing is ever answered."""
        given = params if isinstance(params, dict) else {}
        if method == types.CANCEL_REQUEST:
            self._cancel(self._request_futures, given.get("id"))
        elif method == types.WINDOW_WORK_DONE_PROGRESS_CANCEL:
            self._cancel(self._tokens, given.get("token"))
        elif method == types.EXIT or (method == types.INITIALIZED and self._awaits_initialized):
            self._awaits_initialized = False
            self._handle_notification(method, None)

    def _structured(self, method: str, params: Any) -> Any:
        """The params as the method's handler takes them."""
        params = {} if params is None else params
        if method != types.INITIALIZE:
            return params
        if isinstance(params, dict):
            given = {key: params[key] for key in _INITIALIZE_MEMBERS if key in params}
            params = {"processId": None, "capabilities": {}, **given}
        try:
            return self._converter.structure(params, types.InitializeParams)
        except Exception:
            raise RequestRefused(INVALID_PARAMS, f"The params do not fit {method}.") from None

    def _get_handler(self, feature_name: str) -> Callable[[Any], Any]:
        if feature_name in REQUESTS:
            return partial(self.answer, feature_name)
        handler: Callable[[Any], Any] = super()._get_handler(feature_name)
        return handler

    def running(self) -> list[asyncio.Future[Any]]:
        """The requests that are at work."""
        futures: list[Any] = [*self._request_futures.values()]
        return [future for future in futures if isinstance(future, asyncio.Future)]

    def _cancel(self, running: Mapping[MessageId, Any], key: object) -> None:
        is_id = isinstance(key, int | str) and not isinstance(key, bool)
        if is_id and (future := running.get(key)) is not None:  # type: ignore[call-overload]
            future.cancel()

    @lsp_method(types.INITIALIZE)
    def lsp_initialize(self, params: types.InitializeParams) -> Any:
        """Answers with what pygls found out, and what only our server knows."""
        result = yield from super().lsp_initialize(params)
        self.on_initialize(params, result.capabilities)
        self._has_begun = self._awaits_initialized = True
        return result

    @lsp_method(types.INITIALIZED)
    def lsp_initialized(self, *_: Any) -> None:
        """From now on the client takes notifications."""
        self.on_initialized()

    @lsp_method(types.EXIT)
    def lsp_exit(self, *_: Any) -> Any:
        """Ends the server: with 0 after ``shutdown``, else with 1."""
        self.on_exit(0 if self._shutdown else 1)

    @contextmanager
    def work_done(self, token: MessageId | None, title: str) -> Iterator[Progress]:
        """Reports how far the work is, where a token came, and lets the client cancel it."""
        if token is None:
            yield lambda *_: None
            return
        task = asyncio.current_task()
        assert task is not None
        self._tokens[token] = task
        self.tell_progress(
            token, {"kind": "begin", "title": title, "cancellable": True, "percentage": 0}
        )
        last = 0

        def report(share: float, words: str) -> None:
            nonlocal last
            percentage = min(100, int(share * 100))
            if percentage > last:
                last = percentage
                value = {"kind": "report", "percentage": percentage, "message": words}
                self.tell_progress(token, value)

        try:
            yield report
        finally:
            if self._tokens.get(token) is task:
                del self._tokens[token]
            self.tell_progress(token, {"kind": "end"})

    def tell_progress(self, token: MessageId, value: dict[str, Any]) -> None:
        """Sends how far work is, or a part of its result."""
        self.tell(types.PROGRESS, {"token": token, "value": value})

    def tell(self, method: str, params: dict[str, Any]) -> None:
        """Sends a notification."""
        self._send_data({"jsonrpc": self.VERSION, "method": method, "params": params})

    def _send_handler_result(self, future: Future[Any], *, msg_id: MessageId) -> None:
        self._request_futures.pop(msg_id, None)
        error = asyncio.CancelledError() if future.cancelled() else future.exception()
        if error is None:
            self._send_result(msg_id, future.result())
        else:
            self._send_error(msg_id, _response_error(error))

    def _send_result(self, message_id: MessageId, result: object) -> None:
        if isinstance(result, bytes):
            self.write(b'{"jsonrpc":"2.0","id":%b,"result":%b}' % (_json(message_id), result))
        else:
            self._send_response(message_id, result=result)

    def _send_error(self, message_id: MessageId | None, error: dict[str, Any]) -> None:
        self._send_data({"jsonrpc": self.VERSION, "id": message_id, "error": error})

    def _send_data(self, data: Any) -> None:
        """Sends one message; a result that JSON cannot hold is answered as a bug of ours."""
        try:
            body = json.dumps(data, default=self._serialize_message, allow_nan=False)
        except (TypeError, ValueError, AttributeError, RecursionError) as error:
            message_id = getattr(data, "id", None)
            log.error("The answer to request %r is no JSON: %s", message_id, type(error).__name__)
            self._send_error(message_id, _response_error(error))
        else:
            self.write(body.encode())


def _json(message_id: MessageId) -> bytes:
    return json.dumps(message_id).encode()


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        message = json.loads(body.decode(), parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise RequestRefused(PARSE_ERROR, "The message is not JSON in UTF-8.") from None
    if not isinstance(message, dict):
        raise RequestRefused(INVALID_REQUEST, "The message is not one JSON-RPC object.")
    return message


def _id_at_the_start(body: bytes) -> MessageId | None:
    """The id of a message that is too large to be read, where it stands in front, as usual."""
    found = _ID_IN_FRONT.match(body)
    return json.loads(found[1]) if found else None


def _refuse_constant(_: str) -> NoReturn:
    raise ValueError("NaN and Infinity are not JSON")


def _id_of(message: dict[str, Any]) -> MessageId:
    message_id = message["id"]
    if isinstance(message_id, bool) or not isinstance(message_id, int | str):
        raise RequestRefused(INVALID_REQUEST, "The id is neither a whole number nor text.")
    return message_id


def _response_error(error: BaseException) -> dict[str, Any]:
    """An error as the client gets it; of a bug it learns only that there is one."""
    match error:
        case RequestRefused():
            return {"code": error.code, "message": error.message}
        case HfsError():
            data = {"kind": error.kind, **error.data}
            return {"code": REQUEST_FAILED, "message": error.message, "data": data}
        case asyncio.CancelledError():
            return {"code": REQUEST_CANCELLED, "message": "The request was cancelled."}
        case MemoryError():
            return {"code": REQUEST_FAILED, "message": "It does not fit into memory."}
    log.error(
        "A bug: %s\n%s", type(error).__name__, "".join(traceback.format_tb(error.__traceback__))
    )
    return {
        "code": INTERNAL_ERROR,
        "message": "The server failed because of a bug of its own; its log says where.",
    }
