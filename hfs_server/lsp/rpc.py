"""JSON-RPC on top of pygls; every override of pygls is in this file.

Every request gets exactly one response, regardless of its content. Requests in ``REQUESTS``
get their params as plain objects and return JSON; pygls sees only those of LSP itself.
"""

from __future__ import annotations

import asyncio
import contextvars
import json
import logging
from abc import abstractmethod
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from functools import partial
from typing import Any

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.protocol import LanguageServerProtocol
from pygls.protocol.language_server import lsp_method

from hfs_server import __version__
from hfs_server.lsp.jsonrpc import (
    INVALID_REQUEST,
    METHOD_NOT_FOUND,
    NOT_INITIALIZED,
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
from hfs_server.lsp.open_documents import DOCUMENT_NOTIFICATIONS, OpenDocuments
from hfs_server.lsp.params import structured, token_of
from hfs_server.lsp.response_errors import response_error

log = logging.getLogger("hfs_server")

_METHODS = frozenset((types.INITIALIZE, types.SHUTDOWN, *REQUESTS))


class RpcServer(LanguageServer):
    """What the protocol calls: where messages and requests go, and the steps of a session."""

    protocol: HfsProtocol

    def __init__(self, write: Callable[[bytes], None], on_exit: Callable[[int], None]) -> None:
        super().__init__("hfs-server", __version__, protocol_cls=HfsProtocol)
        self.write = write
        self.on_exit = on_exit
        self.annotations: tuple[str, ...] = ()
        """Further requests, on source files, which are answered if the client wants them."""
        self.documents = OpenDocuments()

    @abstractmethod
    async def answer(self, method: str, params: Any) -> bytes:
        """The result of one of ``REQUESTS`` or of ``annotations`` as JSON."""

    @abstractmethod
    def on_initialize(
        self, params: types.InitializeParams, capabilities: types.ServerCapabilities
    ) -> None:
        """Completes ``capabilities``, which are those that pygls found."""

    def on_document(self, method: str, params: dict[str, Any]) -> None:
        """Called for a notification about an open document, if the client wants annotations."""
        self.documents.notify(method, params)

    @abstractmethod
    def on_initialized(self) -> None:
        """Called when the client accepts notifications."""


class HfsProtocol(LanguageServerProtocol):
    """Reads one message at a time with ``receive`` and answers it."""

    _server: RpcServer

    def __init__(self, server: RpcServer, converter: Any) -> None:
        super().__init__(server, converter)
        self._is_initialized = False
        self._awaits_initialized = False
        self._running_by_token: dict[MessageId, Any] = {}
        self._asked: dict[MessageId, Callable[[], None]] = {}

    def receive(self, body: bytes) -> None:
        """Reads one message from the client."""
        message_id: MessageId | None = None
        try:
            message = parsed(body)
            if is_request(message):
                message_id = id_of(message)
                self._on_request(message_id, message)
            elif "id" not in message:
                self._on_notification(message.get("method"), message.get("params"))
            else:
                self._on_response(message)
        except (BeyondLimits, MemoryError) as error:
            self._send_error(id_within(body), response_error(error))
        except RequestRefused as error:
            self._send_error(message_id, response_error(error))

    def _on_request(self, message_id: MessageId, message: dict[str, Any]) -> None:
        method = message.get("method")
        if message.get("jsonrpc") != self.VERSION or not isinstance(method, str):
            raise RequestRefused(INVALID_REQUEST, "The message is not a JSON-RPC 2.0 request.")
        if message_id in self._request_futures:
            raise RequestRefused(INVALID_REQUEST, "A request with this id is still running.")
        self._check_order(method)
        if method not in _METHODS and method not in self._server.annotations:
            raise RequestRefused(METHOD_NOT_FOUND, f"Unknown method {method[:80]}.")
        params = structured(method, message.get("params"))
        contextvars.copy_context().run(self._handle_request, message_id, method, params)
        if (token := token_of(params)) is not None:
            self._keep_token(token, self._request_futures.get(message_id))

    def _keep_token(self, token: MessageId, future: Any) -> None:
        """Lets the client cancel a request by its token, even before it has begun."""
        if future is None:
            return
        tokens = self._running_by_token
        tokens[token] = future
        future.add_done_callback(
            lambda _: tokens.pop(token) if tokens.get(token) is future else None
        )

    def _check_order(self, method: str) -> None:
        if self._shutdown:
            raise RequestRefused(INVALID_REQUEST, "The server is shutting down.")
        if self._is_initialized and method == types.INITIALIZE:
            raise RequestRefused(INVALID_REQUEST, "The server is already initialized.")
        if not self._is_initialized and method != types.INITIALIZE:
            raise RequestRefused(NOT_INITIALIZED, "Send initialize first.")

    def _on_notification(self, method: object, params: Any) -> None:
        """Notifications never get a response."""
        given = params if isinstance(params, dict) else {}
        if method == types.CANCEL_REQUEST:
            _cancel(self._request_futures, given.get("id"))
        elif method == types.WINDOW_WORK_DONE_PROGRESS_CANCEL:
            _cancel(self._running_by_token, given.get("token"))
        elif method == types.EXIT or (method == types.INITIALIZED and self._awaits_initialized):
            self._awaits_initialized = False
            self._handle_notification(method, None)
        elif self._server.annotations and method in DOCUMENT_NOTIFICATIONS:
            self._server.on_document(str(method), given)

    def _get_handler(self, feature_name: str) -> Callable[[Any], Any]:
        if feature_name in REQUESTS or feature_name in self._server.annotations:
            return partial(self._server.answer, feature_name)
        handler: Callable[[Any], Any] = super()._get_handler(feature_name)
        return handler

    def running(self) -> list[asyncio.Future[Any]]:
        """The requests that are running."""
        futures: list[Any] = [*self._request_futures.values()]
        return [future for future in futures if isinstance(future, asyncio.Future)]

    @lsp_method(types.INITIALIZE)
    def lsp_initialize(self, params: types.InitializeParams) -> Any:
        """Returns the result of pygls, completed by the server."""
        result = yield from super().lsp_initialize(params)
        self._server.on_initialize(params, result.capabilities)
        self._is_initialized = self._awaits_initialized = True
        return result

    @lsp_method(types.INITIALIZED)
    def lsp_initialized(self, *_: Any) -> None:
        """From now on the client accepts notifications."""
        self._server.on_initialized()

    @lsp_method(types.EXIT)
    def lsp_exit(self, *_: Any) -> Any:
        """Ends the server: with 0 after ``shutdown``, else with 1."""
        self._server.on_exit(0 if self._shutdown else 1)

    def notify_progress(self, token: MessageId, value: dict[str, Any]) -> None:
        """Sends the progress of work, or a part of its result."""
        self.notify(types.PROGRESS, {"token": token, "value": value})

    def ask(self, request: dict[str, Any], on_accepted: Callable[[], None] | None = None) -> None:
        """Sends a request; ``on_accepted`` is called when its response is not an error."""
        if on_accepted is not None:
            self._asked[request["id"]] = on_accepted
        self._send_data(request)

    def _on_response(self, response: dict[str, Any]) -> None:
        message_id = response["id"]
        on_accepted = self._asked.pop(message_id, None) if is_id(message_id) else None
        if on_accepted is not None and "error" not in response:
            on_accepted()

    def notify(self, method: str, params: Any | None = None) -> None:
        """Sends a notification."""
        self._send_data({"jsonrpc": self.VERSION, "method": method, "params": params})

    def _send_handler_result(self, future: Future[Any], *, msg_id: MessageId) -> None:
        self._request_futures.pop(msg_id, None)
        error = asyncio.CancelledError() if future.cancelled() else future.exception()
        if error is None:
            self._send_result(msg_id, future.result())
        else:
            self._send_error(msg_id, response_error(error))

    def _send_result(self, message_id: MessageId, result: object) -> None:
        if isinstance(result, bytes):
            number = json.dumps(message_id).encode()
            self._server.write(b'{"jsonrpc":"2.0","id":%b,"result":%b}' % (number, result))
        else:
            self._send_response(message_id, result=result)

    def _send_error(self, message_id: MessageId | None, error: dict[str, Any]) -> None:
        self._send_data({"jsonrpc": self.VERSION, "id": message_id, "error": error})

    def _send_data(self, data: Any) -> None:
        """Sends one message; a result that JSON cannot represent is an internal error."""
        try:
            body = json.dumps(data, default=self._serialize_message, allow_nan=False)
        except (TypeError, ValueError, AttributeError, RecursionError) as error:
            message_id = getattr(data, "id", None)
            log.error("Cannot write response %r as JSON: %s", message_id, type(error).__name__)
            self._send_error(message_id, response_error(error))
        else:
            self._server.write(body.encode())


def _cancel(running: Mapping[MessageId, Any], key: object) -> None:
    if is_id(key) and (future := running.get(key)) is not None:
        future.cancel()
