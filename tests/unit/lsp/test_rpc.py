"""Results that are not JSON, and unforeseen errors: each is answered once, as an internal error."""

import asyncio
import datetime
import json

import pytest

from hfs_server.lsp.handlers import Handlers
from hfs_server.lsp.methods import LIST_SESSIONS
from hfs_server.lsp.protocol import Wire
from hfs_server.lsp.server import HfsServer
from hfs_server.settings import resolve


class Odd(Wire):
    """A result that no method has."""

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
    "not a type of JSON": object(),
    "a class": Odd,
    "bytes that are not text": b"\xff",
    "a circle": circle(),
    "a very deep list": deep(50_000),
    "a lone surrogate": "\ud800",
}
GOOD = {
    "not a number": float("nan"),
    "infinity": [float("-inf")],
    "a complex number": 1j,
    "a time": datetime.datetime(1, 1, 1),
    "a set": {1},
    "keys that are not text": {1: 2, None: 3},
}
ERRORS = [KeyError("x"), RecursionError(), OSError(5), StopIteration(), Exception()]


async def exchanged(handler):
    """What a server sends for a request to ``handler``, and for one after it."""
    sent = []
    server = HfsServer(write=sent.append, on_exit=lambda _: None)
    handlers = Handlers(resolve(None), server.protocol.notify_progress)
    handlers.by_method = {LIST_SESSIONS: handler}
    server._loading = asyncio.get_running_loop().create_future()
    server._loading.set_result(handlers)
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
    found = asyncio.run(exchanged(answer))
    assert not any(constant in json.dumps(found) for constant in ("NaN", "Infinity"))
    assert [part["id"] for part in found] == [2, 3]
    assert all(part["jsonrpc"] == "2.0" for part in found)
    return found[0]


@pytest.mark.parametrize("value", RESULTS.values(), ids=RESULTS.keys())
def test_a_result_that_is_not_json_is_one_internal_error(value):
    async def answer(_):
        return Odd(value=value)

    assert answers(answer)["error"]["code"] == -32603


@pytest.mark.parametrize("value", GOOD.values(), ids=GOOD.keys())
def test_a_result_that_can_be_written_as_json_is_written(value):
    async def answer(_):
        return Odd(value=value)

    assert "value" in answers(answer)["result"]


@pytest.mark.parametrize("error", ERRORS, ids=repr)
def test_an_unforeseen_error_is_answered_once_without_its_text(error):
    async def answer(_):
        raise error

    found = answers(answer)["error"]
    assert found["code"] == -32603
    assert "data" not in found
    assert type(error).__name__ not in found["message"]


def test_work_that_runs_out_of_memory_fails_and_is_not_an_internal_error():
    async def answer(_):
        raise MemoryError

    assert answers(answer)["error"] == {"code": -32803, "message": "Out of memory."}
