"""Answers that JSON cannot hold, and errors that nobody foresaw: each is one answer, of a bug."""

import asyncio
import datetime
import json

import pytest

from hfs_server.lsp.handlers import Handlers
from hfs_server.lsp.methods import LIST_SESSIONS
from hfs_server.lsp.protocol import Wire
from hfs_server.lsp.server import create_server
from hfs_server.settings import resolve


class Odd(Wire):
    """A result that no method of ours has."""

    value: object


def deep(levels):
    value = []
    for _ in range(levels):
        value = [value]
    return value


def circle():
    value = []
    value.append(value)
    return value


RESULTS = {
    "no type of JSON": object(),
    "a class": Odd,
    "bytes that are no text": b"\xff",
    "a circle": circle(),
    "a very deep list": deep(50_000),
    "half of a pair": "\ud800",
}
GOOD = {
    "not a number": float("nan"),
    "infinity": [float("-inf")],
    "a complex number": 1j,
    "a time": datetime.datetime(1, 1, 1),
    "a set": {1},
    "keys that are no text": {1: 2, None: 3},
}
ERRORS = [KeyError("x"), RecursionError(), OSError(5), StopIteration(), Exception()]


async def conversation(answer):
    """What a server sends for a request that is handled by ``answer``, and for one after it."""
    server = create_server()
    sent = []
    server.protocol.write = sent.append
    server.protocol.on_initialize = lambda *_: None
    handlers = Handlers(resolve(None), server.protocol.work_done, server.protocol.tell_progress)
    handlers.handlers = {LIST_SESSIONS: answer}
    server.protocol.answer = handlers.answer
    request = {"jsonrpc": "2.0", "id": 1, "method": "initialize"}
    server.protocol.receive(json.dumps(request).encode())
    for number in (2, 3):
        request = {"jsonrpc": "2.0", "id": number, "method": LIST_SESSIONS}
        server.protocol.receive(json.dumps(request).encode())
        await asyncio.wait(server.protocol.running())
        # The answer is sent by a callback that was scheduled before us.
        await asyncio.sleep(0)
    return [json.loads(body) for body in sent[1:]]


def answers(answer):
    found = asyncio.run(conversation(answer))
    assert not any(constant in json.dumps(found) for constant in ("NaN", "Infinity"))
    assert [part["id"] for part in found] == [2, 3]
    assert all(part["jsonrpc"] == "2.0" for part in found)
    return found[0]


@pytest.mark.parametrize("value", RESULTS.values(), ids=RESULTS.keys())
def test_a_result_that_is_no_json_is_answered_once_as_a_bug(value):
    async def answer(_):
        return Odd(value=value)

    assert answers(answer)["error"]["code"] == -32603


@pytest.mark.parametrize("value", GOOD.values(), ids=GOOD.keys())
def test_a_result_that_can_be_written_as_json_is_written(value):
    async def answer(_):
        return Odd(value=value)

    assert "value" in answers(answer)["result"]


@pytest.mark.parametrize("error", ERRORS, ids=repr)
def test_an_error_that_nobody_foresaw_is_answered_once_without_its_words(error):
    async def answer(_):
        raise error

    found = answers(answer)["error"]
    assert found["code"] == -32603
    assert "data" not in found
    assert type(error).__name__ not in found["message"]


def test_work_that_does_not_fit_into_memory_fails_and_is_no_bug():
    async def answer(_):
        raise MemoryError

    assert answers(answer)["error"] == {"code": -32803, "message": "It does not fit into memory."}
