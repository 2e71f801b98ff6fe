"""JSON-RPC as this server speaks it on top of pygls: all that surprises is in this file.

Every request gets exactly one response, whatever it holds. Our own requests get their
params as plain objects, and are answered with JSON; pygls sees only those of LSP itself.
"""

from __future__ import annotations

import asyncio
import contextvars
import json
import logging
import traceback
from collections.abc import Awaitable, Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from functools import partial
from typing import Any

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.protocol import LanguageServerProtocol
from pygls.protocol.language_server import lsp_method

from hfs_server.errors import HfsError
from hfs_server.lsp.jsonrpc import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    INVALID_REQUEST,
    METHOD_NOT_FOUND,
    NOT_INITIALIZED,
    REQUEST_CANCELLED,
    REQUEST_FAILED,
    BeyondLimits,
    MessageId,
    RequestRefused,
    id_of,
    id_within,
    is_id,
    is_request,
    parsed,
)
from hfs_server.lsp.methods import REQUESTS

log = logging.getLogger("hfs_server")

_METHODS = frozenset((types.INITIALIZE, types.SHUTDOWN, *REQUESTS))

Progress = Callable[[float, str], None]


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
        self._tokens: dict[MessageId, Any] = {}

    def receive(self, body: bytes) -> None:
        """Takes one message from the client."""
        message_id: MessageId | None = None
        try:
            message = parsed(body)
            if is_request(message):
                message_id = id_of(message)
                self._requested(message_id, message)
            elif "id" not in message:
                self._notified(message.get("method"), message.get("params"))
        except (BeyondLimits, MemoryError) as error:
            self._send_error(id_within(body), _response_error(error))
        except RequestRefused as error:
            self._send_error(message_id, _response_error(error))

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
        if (token := _token_of(params)) is not None:
            self._keep_token(token, self._request_futures.get(message_id))

    def _keep_token(self, token: MessageId, future: Any) -> None:
        """Lets the client cancel by the token, from now on, also what has not begun yet."""
        if future is not None:
            self._tokens[token] = future
            future.add_done_callback(
                lambda _: self._tokens.pop(token) if self._tokens.get(token) is future else None
            )

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
        # An empty table of Lua arrives as a list.
        params = {} if params is None or params == [] else params
        return _initialize_params(params) if method == types.INITIALIZE else params

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
        if is_id(key) and (future := running.get(key)) is not None:
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
        """Reports how far the work is, where a token came."""
        if token is None:
            yield lambda *_: None
            return
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


def _initialize_params(params: Any) -> types.InitializeParams:
    """The two members of the params that we use; no shape of the others can do harm."""
    if not isinstance(params, dict):
        raise RequestRefused(INVALID_PARAMS, "params: expected an object.")
    process_id, options = params.get("processId"), params.get("initializationOptions")
    return types.InitializeParams(
        capabilities=types.ClientCapabilities(),
        process_id=process_id if type(process_id) is int else None,
        initialization_options=None if options == [] else options,
    )


def _token_of(params: Any) -> MessageId | None:
    """The progress token of a request or of a command, of which one in the argument wins."""
    token = None
    match params:
        case {"arguments": [{"workDoneToken": token}]} | {"workDoneToken": token}:
            pass
    return token if is_id(token) else None


def _json(message_id: MessageId) -> bytes:
    return json.dumps(message_id).encode()


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
