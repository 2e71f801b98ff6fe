"""The setting ``keep``: a client that wants to can see that sessions are being imported."""

from __future__ import annotations

import json
from typing import Any

from testing import stores
from testing.client import Client, Start
from testing.keeping import CLAUDE_CODE, Keeping
from testing.programs import STEADY
from testing.waiting import wait_until

CREATE = "window/workDoneProgress/create"
SHOWS = {"window": {"workDoneProgress": True}}


def _start(keeping: Keeping, launch: Start, capabilities: dict[str, Any]) -> Client:
    """A server that keeps sessions in a store that has one already."""
    client = launch(program=STEADY, environment=keeping.environment)
    params = {"capabilities": capabilities}
    client.initialize(params, databasePath=str(keeping.store), keep=[CLAUDE_CODE])
    keeping.claude_code(1)
    keeping.wait_for(2)
    return client


def _respond(client: Client, **response: Any) -> str:
    """Answers the server's request for a token; returns the token."""
    token: str = client.notification(CREATE)["token"]
    message = {"jsonrpc": "2.0", "id": token, **response}
    client.send_body(json.dumps(message).encode())
    return token


def _kinds(client: Client, token: str) -> list[str]:
    return [value["kind"] for value in client.progress(token)]


def test_an_import_that_takes_a_while_is_shown_from_its_begin_to_its_end(
    keeping: Keeping, launch: Start
) -> None:
    client = _start(keeping, launch, SHOWS)
    with stores.held(keeping.store):
        keeping.claude_code(2)
        token = _respond(client, result=None)
        wait_until(lambda: _kinds(client, token) == ["begin"])
    wait_until(lambda: _kinds(client, token) == ["begin", "end"])
    keeping.wait_for(2, 2)
    assert client.progress(token)[0] == {"kind": "begin", "title": "Importing new sessions"}


def test_a_token_that_the_client_rejects_is_not_used(keeping: Keeping, launch: Start) -> None:
    client = _start(keeping, launch, SHOWS)
    with stores.held(keeping.store):
        keeping.claude_code(2)
        token = _respond(client, error={"code": -32603, "message": "No."})
        client.request("hfs/listSessions")
    keeping.wait_for(2, 2)
    client.request("hfs/listSessions")
    assert _kinds(client, token) == []


def test_a_client_that_does_not_show_progress_is_asked_for_nothing(
    keeping: Keeping, launch: Start
) -> None:
    client = _start(keeping, launch, {})
    keeping.claude_code(2)
    keeping.wait_for(2, 2)
    assert client.notifications(CREATE) == []


def test_responses_that_nobody_waits_for_are_ignored(keeping: Keeping, launch: Start) -> None:
    client = _start(keeping, launch, SHOWS)
    for message_id in ("hfs-work-1", "hfs-work-99", 7, None, 1.5, [], {"a": 1}, True):
        message = {"jsonrpc": "2.0", "id": message_id, "result": None}
        client.send_body(json.dumps(message).encode())
    assert client.request("hfs/listSessions")["sessions"]
    assert client.notifications("$/progress") == []
