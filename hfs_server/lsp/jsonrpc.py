"""One JSON-RPC message out of its bytes: strictly, and its id also where the rest is too much.

A message that is JSON but exceeds what can be read here is a request all the same: its
client waits for an answer, which needs the id.
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
"""How many strings and runs of brackets are passed in search of an id; some tenths of a second."""

_STRING = rb'"(?:[^"\\]++|\\.)*+"'
_OBJECT_START = re.compile(rb"[ \t\r\n]*\{")
_TOKEN = re.compile(rb'"|[\[\]{}]+')
_WHOLE_STRING = re.compile(_STRING, re.DOTALL)
_COLON = re.compile(rb"[ \t\r\n]*:[ \t\r\n]*")
_ID = re.compile(rb"-?[0-9]++(?![.eE])|" + _STRING, re.DOTALL)


class RequestRefused(Exception):
    """A request that is answered with this error code and sentence."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class BeyondLimits(RequestRefused):
    """A message that may be JSON, but has more of something than can be read."""

    def __init__(self, message: str) -> None:
        super().__init__(PARSE_ERROR, message)


def parsed(body: bytes) -> dict[str, Any]:
    """The message. Raises RequestRefused, BeyondLimits and MemoryError."""
    try:
        message = json.loads(
            body.decode(), parse_constant=_refuse_constant, parse_int=_whole_number
        )
    except UnicodeDecodeError:
        raise RequestRefused(PARSE_ERROR, "The message is not text in UTF-8.") from None
    except json.JSONDecodeError as error:
        where = f"cannot be read from character {error.pos:,} on"
        raise RequestRefused(PARSE_ERROR, f"The message is not JSON: it {where}.") from None
    except RecursionError:
        raise BeyondLimits("The message is nested too deeply to be read.") from None
    if not isinstance(message, dict):
        raise RequestRefused(INVALID_REQUEST, "The message is not one JSON-RPC object.")
    return message


def is_request(members: Container[str]) -> bool:
    """Whether a message with these members is to be answered, well-formed or not."""
    return "id" in members and (
        "method" in members or ("result" not in members and "error" not in members)
    )


def id_of(message: dict[str, Any]) -> MessageId:
    """The id of a request. Raises RequestRefused where it is none."""
    message_id = message["id"]
    if not is_id(message_id):
        raise RequestRefused(INVALID_REQUEST, "The id is neither a whole number nor text.")
    return message_id


def is_id(value: object) -> TypeGuard[MessageId]:
    """Whether the value can name a request, or its progress."""
    return isinstance(value, int | str) and not isinstance(value, bool)


def id_within(body: bytes) -> MessageId | None:
    """The id of a request that is too much to be read; None where it cannot be known."""
    starts: dict[str, int] = {}
    with suppress(MemoryError):
        # Of two members of one name the last counts, as where a message is read.
        starts.update(_members(body))
    found = _ID.match(body, starts["id"]) if is_request(starts) else None
    try:
        return json.loads(found[0]) if found else None
    except ValueError:
        return None


def _members(body: bytes) -> Iterator[tuple[str, int]]:
    """The names of the object's own members, each with the place where its value begins."""
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
    """How many levels deeper it is after these brackets."""
    opened = body.count(b"[", begin, end) + body.count(b"{", begin, end)
    return 2 * opened - (end - begin)


def _name(string: bytes) -> str:
    try:
        return str(json.loads(string))
    except ValueError:
        return ""


def _refuse_constant(_: str) -> NoReturn:
    raise RequestRefused(PARSE_ERROR, "The message is not JSON, which has no NaN and no Infinity.")


def _whole_number(digits: str) -> int:
    try:
        return int(digits)
    except ValueError:
        raise BeyondLimits(
            f"The message has a whole number of {len(digits):,} digits, too many to be read."
        ) from None
