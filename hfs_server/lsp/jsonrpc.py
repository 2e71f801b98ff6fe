"""One JSON-RPC message from its bytes, parsed strictly.

A message that is JSON but exceeds a limit is still a request: its client waits for a response,
which needs the id. So the id is found without parsing the rest.
"""

from __future__ import annotations

import json
import re
from collections.abc import Container, Iterator
from contextlib import suppress
from typing import Any, NoReturn, TypeGuard

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
INTERNAL_ERROR = -32603
NOT_INITIALIZED = -32002
REQUEST_CANCELLED = -32800
REQUEST_FAILED = -32803

MessageId = int | str

_MOST_TOKENS = 200_000
"""How many strings and runs of brackets are searched for an id: some tenths of a second."""

_STRING = rb'"(?:[^"\\]++|\\.)*+"'
_OBJECT_START = re.compile(rb"[ \t\r\n]*\{")
_TOKEN = re.compile(rb'"|[\[\]{}]+')
_WHOLE_STRING = re.compile(_STRING, re.DOTALL)
_COLON = re.compile(rb"[ \t\r\n]*:[ \t\r\n]*")
_ID = re.compile(rb"-?[0-9]++(?![.eE])|" + _STRING, re.DOTALL)


class RequestRefused(Exception):
    """A request that is answered with this error code and message."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class BeyondLimits(RequestRefused):
    """A message that may be JSON, but exceeds a limit of the parser."""

    def __init__(self, message: str) -> None:
        super().__init__(PARSE_ERROR, message)


def parsed(body: bytes) -> dict[str, Any]:
    """The message. Raises RequestRefused, BeyondLimits and MemoryError."""
    try:
        message = json.loads(
            body.decode(), parse_constant=_refuse_constant, parse_int=_whole_number
        )
    except UnicodeDecodeError:
        raise RequestRefused(PARSE_ERROR, "The message is not valid UTF-8.") from None
    except json.JSONDecodeError as error:
        message = f"The message is not valid JSON (character {error.pos:,})."
        raise RequestRefused(PARSE_ERROR, message) from None
    except RecursionError:
        raise BeyondLimits("The message is nested too deeply.") from None
    if not isinstance(message, dict):
        raise RequestRefused(INVALID_REQUEST, "The message is not a JSON-RPC object.")
    return message


def is_request(members: Container[str]) -> bool:
    """Whether a message with these members needs a response, well-formed or not."""
    return "id" in members and (
        "method" in members or ("result" not in members and "error" not in members)
    )


def id_of(message: dict[str, Any]) -> MessageId:
    """The id of a request. Raises RequestRefused if it is invalid."""
    message_id = message["id"]
    if not is_id(message_id):
        raise RequestRefused(INVALID_REQUEST, "The id is neither an integer nor a string.")
    return message_id


def is_id(value: object) -> TypeGuard[MessageId]:
    """Whether the value is a valid id of a request, or progress token."""
    return isinstance(value, int | str) and not isinstance(value, bool)


def id_within(body: bytes) -> MessageId | None:
    """The id of a request that exceeds a limit; None if it cannot be found."""
    starts: dict[str, int] = {}
    with suppress(MemoryError):
        # Of duplicate members the last one counts, as in json.loads.
        starts.update(_members(body))
    found = _ID.match(body, starts["id"]) if is_request(starts) else None
    try:
        return json.loads(found[0]) if found else None
    except ValueError:
        return None


def _members(body: bytes) -> Iterator[tuple[str, int]]:
    """The names of the object's own members, each with the position of its value."""
    start = _OBJECT_START.match(body)
    depth, position = 1, start.end() if start else len(body)
    for _ in range(_MOST_TOKENS):
        token = _TOKEN.search(body, position)
        if token is None or depth <= 0:
            return
        begin, position = token.span()
        if body[begin] != ord('"'):
            depth += _levels(body, begin, position)
        elif string := _WHOLE_STRING.match(body, begin):
            position = string.end()
            colon = _COLON.match(body, position) if depth == 1 else None
            if colon is not None:
                yield _name(string[0]), colon.end()
        else:
            return


def _levels(body: bytes, begin: int, end: int) -> int:
    """By how many levels these brackets change the depth."""
    opened = body.count(b"[", begin, end) + body.count(b"{", begin, end)
    return 2 * opened - (end - begin)


def _name(string: bytes) -> str:
    try:
        return str(json.loads(string))
    except ValueError:
        return ""


def _refuse_constant(_: str) -> NoReturn:
    raise RequestRefused(
        PARSE_ERROR, "The message is not valid JSON: NaN and Infinity are invalid."
    )


def _whole_number(digits: str) -> int:
    try:
        return int(digits)
    except ValueError:
        raise BeyondLimits(
            f"The message contains an integer of {len(digits):,} digits, which is too large."
        ) from None
