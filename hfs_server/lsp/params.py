"""The parts of a request's params that are used before its handler validates them."""

from __future__ import annotations

from typing import Any

from lsprotocol import types

from hfs_server.lsp.jsonrpc import INVALID_PARAMS, MessageId, RequestRefused, is_id


def structured(method: str, params: Any) -> Any:
    """The params as the method's handler takes them."""
    # Lua clients send an empty table as a list.
    params = {} if params is None or params == [] else params
    return _initialize_params(params) if method == types.INITIALIZE else params


def token_of(params: Any) -> MessageId | None:
    """The progress token of a request, or of a command; one in its argument wins."""
    token = None
    match params:
        case {"arguments": [{"workDoneToken": token}]} | {"workDoneToken": token}:
            pass
    return token if is_id(token) else None


def _initialize_params(params: Any) -> types.InitializeParams:
    """The params of ``initialize`` that are used; the others are ignored.

    The client's capabilities stand under ``experimental``, as they were sent.
    """
    if not isinstance(params, dict):
        raise RequestRefused(INVALID_PARAMS, "params: expected an object.")
    process_id, options = params.get("processId"), params.get("initializationOptions")
    return types.InitializeParams(
        capabilities=types.ClientCapabilities(experimental=params.get("capabilities")),
        process_id=process_id if type(process_id) is int else None,
        initialization_options=None if options == [] else options,
    )
