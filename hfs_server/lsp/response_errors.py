"""Exceptions as JSON-RPC errors; details of a bug go to the log only."""

from __future__ import annotations

import asyncio
from typing import Any

from hfs_server.errors import HfsError
from hfs_server.internal_error import log_internal_error
from hfs_server.lsp.jsonrpc import (
    INTERNAL_ERROR,
    REQUEST_CANCELLED,
    REQUEST_FAILED,
    RequestRefused,
)


def response_error(error: BaseException) -> dict[str, Any]:
    """The ``error`` member of a response; logs what is not a foreseen error."""
    match error:
        case RequestRefused():
            return {"code": error.code, "message": error.message}
        case HfsError():
            data = {"kind": error.kind, **error.data}
            return {"code": REQUEST_FAILED, "message": error.message, "data": data}
        case asyncio.CancelledError():
            return {"code": REQUEST_CANCELLED, "message": "The request was cancelled."}
        case MemoryError():
            return {"code": REQUEST_FAILED, "message": "Out of memory."}
    log_internal_error(error)
    return {"code": INTERNAL_ERROR, "message": "Internal error. See the server log for details."}
