"""Exceptions as JSON-RPC errors; details of a bug go to the log only."""

from __future__ import annotations

import asyncio
import logging
import traceback
from typing import Any

from hfs_server.errors import HfsError
from hfs_server.lsp.jsonrpc import (
    INTERNAL_ERROR,
    REQUEST_CANCELLED,
    REQUEST_FAILED,
    RequestRefused,
)

log = logging.getLogger("hfs_server")


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
    frames = "".join(traceback.format_tb(error.__traceback__))
    log.error("Internal error: %s\n%s", type(error).__name__, frames)
    return {"code": INTERNAL_ERROR, "message": "Internal error. See the server log for details."}
