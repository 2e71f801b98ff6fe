"""JSON-RPC messages as bytes, well-formed or not, and the codes of their answers."""

from __future__ import annotations

import json
from typing import Any

RESULT = 0
UNREADABLE = -32700
INVALID = -32600
UNKNOWN = -32601
BAD_PARAMS = -32602
TOO_EARLY = -32002
FAILED = -32803

Answers = list[tuple[Any, int]]


def frame(body: bytes | str, header: bytes = b"Content-Length: %d\r\n\r\n") -> bytes:
    """A well-framed message of any bytes."""
    data = body.encode() if isinstance(body, str) else body
    return header % len(data) + data


def said(message: Any) -> bytes:
    """A message of any shape."""
    return frame(json.dumps(message))


def request(message_id: Any = "a", method: Any = "hfs/listSessions", **more: Any) -> bytes:
    """A request, whole but for what is given; ``params`` are left out if not."""
    return said({"jsonrpc": "2.0", "id": message_id, "method": method, **more})


def note(method: Any, **more: Any) -> bytes:
    """A notification."""
    return said({"jsonrpc": "2.0", "method": method, **more})


def params(text: str, method: str = "hfs/listSessions") -> bytes:
    """A request with the id "a", whose params are this text."""
    return frame(f'{{"jsonrpc": "2.0", "id": "a", "method": "{method}", "params": {text}}}')


def identified(text: str) -> bytes:
    """A proper request whose id is this text."""
    return frame(f'{{"jsonrpc": "2.0", "id": {text}, "method": "hfs/listSessions"}}')


def command(arguments: Any, name: Any = "hfs.server.listSessions") -> bytes:
    """A command with these arguments."""
    given = {"command": name, "arguments": arguments}
    return request(method="workspace/executeCommand", params=given)


PING = json.dumps({"jsonrpc": "2.0", "id": "a", "method": "hfs/listSessions"}).encode()

HOSTILE: dict[str, Any] = {
    "jsonrpc": "1.0",
    "id": "b",
    "method": "exit",
    "params": {"id": "a", "jsonrpc": "2.0", "method": "shutdown"},
    "result": None,
    "error": {"code": 1, "message": "x"},
    "__proto__": {"limit": 0},
    "__class__": "x",
    "__dict__": {},
    "constructor": {"prototype": {}},
    "model_fields": {},
    "self": 1,
    "": 0,
    "\0": 0,
    "\ud800": 0,
    "_fields": ["limit"],
}
