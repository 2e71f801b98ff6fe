"""``initialize`` succeeds for any shape of the members that are not used."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from typing import Any

import pytest

from hfs_server.lsp.server import HfsServer
from testing.editors import EDITORS, ODD, variations


async def _answers(requests: Iterable[Any]) -> list[Any]:
    sent: list[bytes] = []
    server = HfsServer(write=sent.append, on_exit=lambda _: None)
    for request in requests:
        # To make a server takes longer than all the rest.
        server.protocol._is_initialized = False
        server.protocol.receive(json.dumps(request).encode())
    await server.close()
    return [json.loads(body) for body in sent]


def answers_to(*many: Any) -> list[Any]:
    """What a server that was not initialized yet sends for ``initialize`` with such params."""
    requests = [
        {"jsonrpc": "2.0", "id": number, "method": "initialize", "params": params}
        for number, params in enumerate(many)
    ]
    found = asyncio.run(_answers(requests))
    assert [message["id"] for message in found] == [*range(len(many))]
    return found


def is_result(answer: Any) -> bool:
    result = answer.get("result", {})
    return result.get("capabilities", {}).get("positionEncoding") == "utf-16"


@pytest.mark.parametrize("name", EDITORS)
def test_no_member_of_another_shape_is_a_reason_to_refuse(name: str) -> None:
    tried = [EDITORS[name], *variations(EDITORS[name])]
    answers = answers_to(*tried)
    refused = [
        params for params, answer in zip(tried, answers, strict=True) if not is_result(answer)
    ]
    assert refused == []


@pytest.mark.parametrize("member", ["processId", "initializationOptions", "capabilities"])
def test_no_shape_of_a_single_member_is_a_reason_to_refuse(member: str) -> None:
    assert all(map(is_result, answers_to(*({member: odd} for odd in ODD))))


def test_params_of_nothing_are_as_good_as_none() -> None:
    assert all(map(is_result, answers_to(None, [], {})))
    (answer,) = asyncio.run(_answers([{"jsonrpc": "2.0", "id": 0, "method": "initialize"}]))
    assert is_result(answer)


def test_params_that_are_no_object_are_refused() -> None:
    refusal = {"code": -32602, "message": "params: expected an object."}
    for answer in answers_to(5, True, False, "text", "", [1], [{}], [[]]):
        assert answer["error"] == refusal
