"""What is sent to the server and is no proper message: answered once, or the end with 1."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.e2e.client import Client, Refused
from tests.e2e.conftest import Start

PING = {"jsonrpc": "2.0", "method": "hfs/listSessions", "params": {"limit": 1}}


def frame(body: bytes, header: bytes = b"Content-Length: %d\r\n\r\n") -> bytes:
    return header % len(body) + body


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{",
        b"nonsense",
        b"{'jsonrpc': '2.0'}",
        b'{"jsonrpc": "2.0", "id": 1, "method": "hfs/listSessions"',
        b'{"jsonrpc": "2.0", "id": 1, "method": "hfs/listSessions"}x',
        b'{"jsonrpc": "2.0", "id": 1, "method": "hfs/listSessions", "params": {"limit": NaN}}',
        b'{"jsonrpc": "2.0", "id": 1, "method": "hfs/listSessions", "params": {"x": -Infinity}}',
        b'{"jsonrpc": "2.0", "id": 1, "method": "hfs/listSessions", "params": {"query": "\xff"}}',
        b'{"jsonrpc": "2.0", "id": 1, "method": "\xed\xa0\x80"}',
        '{"jsonrpc": "2.0", "id": 1}'.encode("utf-16"),
        b"[" * 100_000,
        b'{"jsonrpc": "2.0", "id": 1, "method": "x", "params": ' + b"[" * 9999 + b"]" * 9999 + b"}",
        b'{"jsonrpc": "2.0", "id": ' + b"9" * 5000 + b', "method": "x"}',
        b"\0" * 1000,
    ],
    ids=lambda body: repr(body)[:70],
)
def test_what_is_no_json_is_answered_as_unreadable(shared: Client, body: bytes) -> None:
    shared.send_body(body)
    assert shared.unidentified_refusal().code == -32700


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b'[{"jsonrpc": "2.0", "id": 1, "method": "hfs/listSessions"}]',
        b"null",
        b"5",
        b'"text"',
        b"true",
        b'{"jsonrpc": "2.0", "id": null, "method": "hfs/listSessions"}',
        b'{"jsonrpc": "2.0", "id": 1.5, "method": "hfs/listSessions"}',
        b'{"jsonrpc": "2.0", "id": true, "method": "hfs/listSessions"}',
        b'{"jsonrpc": "2.0", "id": [1], "method": "hfs/listSessions"}',
        b'{"jsonrpc": "2.0", "id": {"a": 1}, "method": "hfs/listSessions"}',
    ],
    ids=repr,
)
def test_what_is_no_message_is_answered_as_invalid(shared: Client, body: bytes) -> None:
    shared.send_body(body)
    assert shared.unidentified_refusal().code == -32600


@pytest.mark.parametrize(
    "message",
    [
        {"id": "no 901", "method": "hfs/listSessions"},
        {"jsonrpc": "1.0", "id": "no 902", "method": "hfs/listSessions"},
        {"jsonrpc": 2.0, "id": "no 903", "method": "hfs/listSessions"},
        {"jsonrpc": "2.0", "id": "no 904"},
        {"jsonrpc": "2.0", "id": "no 905", "method": 5},
        {"jsonrpc": "2.0", "id": "no 906", "method": None},
        {"jsonrpc": "2.0", "id": "no 907", "method": ["hfs/listSessions"]},
        {"jsonrpc": "2.0", "id": "no 908", "params": {}},
    ],
    ids=repr,
)
def test_a_request_that_is_none_is_answered_under_its_id(shared: Client, message: Any) -> None:
    shared.send_message(message)
    assert shared.refusal_of(message["id"]).code == -32600


@pytest.mark.parametrize(
    "method",
    [
        "",
        "hfs/unknown",
        "HFS/LISTSESSIONS",
        "textDocument/hover",
        "textDocument/didOpen",
        "workspace/symbol",
        "$/cancelRequest",
        "$/unknown",
        "initialized",
        "exit",
        "hfs/didChangeSessions",
        "__class__",
        "\ud800",
        "x" * 10_000,
    ],
    ids=lambda method: repr(method)[:40],
)
def test_a_method_that_is_not_there_is_told(shared: Client, method: str) -> None:
    error = shared.refusal(method, {})
    assert error.code == -32601
    assert len(error.message) < 300


@pytest.mark.parametrize(
    "message_id",
    [0, -1, 2**53 + 1, 2**70, "", "text", "1", "ü🙂", "\ud800", "x" * 10_000, "null"],
    ids=lambda value: repr(value)[:40],
)
def test_every_proper_id_comes_back_as_it_was(shared: Client, message_id: Any) -> None:
    shared.send_message({**PING, "id": message_id})
    assert len(shared.result(message_id)["sessions"]) == 1


@pytest.mark.parametrize(
    "message",
    [
        {"jsonrpc": "2.0", "method": "hfs/unknown", "params": {}},
        {"jsonrpc": "2.0", "method": "hfs/listSessions", "params": {"limit": "x"}},
        {"jsonrpc": "2.0", "method": "shutdown"},
        {"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": 5},
        {"jsonrpc": "2.0", "method": "$/setTrace", "params": {"value": "nonsense"}},
        {"jsonrpc": "2.0", "method": "$/cancelRequest"},
        {"jsonrpc": "2.0", "method": "$/cancelRequest", "params": []},
        {"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": {"a": 1}}},
        {"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": 123456}},
        {"jsonrpc": "2.0", "method": "window/workDoneProgress/cancel", "params": {"token": []}},
        {"jsonrpc": "2.0", "method": "window/workDoneProgress/cancel", "params": {"token": "?"}},
        {"jsonrpc": "2.0", "method": "initialized", "params": {}},
        {"jsonrpc": "2.0", "method": 5},
        {"jsonrpc": "2.0", "method": None, "params": None},
        {"jsonrpc": "2.0"},
    ],
    ids=repr,
)
def test_nothing_is_answered_to_a_notification(shared: Client, message: Any) -> None:
    shared.send_message(message)
    assert shared.request("hfs/listSessions", {"limit": 1})["sessions"] != []


@pytest.mark.parametrize(
    "body",
    [
        b'{"jsonrpc": "2.0", "id": 5000, "result": null}',
        b'{"jsonrpc": "2.0", "id": "?", "result": {"jsonrpc": "2.0"}}',
        b'{"jsonrpc": "2.0", "id": null, "error": {"code": 1, "message": "x"}}',
        b'{"jsonrpc": "2.0", "id": 5000, "error": 5}',
        b'{"jsonrpc": "2.0", "id": 5000, "result": 1, "error": {}}',
    ],
    ids=repr,
)
def test_a_reply_to_nothing_is_passed_over(shared: Client, body: bytes) -> None:
    shared.send_body(body)
    assert shared.request("hfs/listSessions", {"limit": 1})["sessions"] != []


@pytest.mark.parametrize(
    "header",
    [
        b"content-length: %d\r\n\r\n",
        b"CONTENT-LENGTH: %d\r\n\r\n",
        b"Content-Length:%d\r\n\r\n",
        b"Content-Length:   %d  \r\n\r\n",
        b"Content-Length :\t%d\r\n\r\n",
        b"Content-Length: 000%d\r\n\r\n",
        b"Content-Type: application/vscode-jsonrpc; charset=utf-8\r\nContent-Length: %d\r\n\r\n",
        b"Content-Length: %d\r\nContent-Type: application/vscode-jsonrpc; charset=utf8\r\n\r\n",
        b"X-Other: \xff\r\nContent-Length: %d\r\n\r\n",
        b"Content-Length: %d\n\n",
    ],
    ids=repr,
)
def test_headers_of_any_case_and_spacing_are_read(shared: Client, header: bytes) -> None:
    body = json.dumps({**PING, "id": "spaced"}).encode()
    shared.expect_reply("spaced")
    before = len(shared.received)
    shared.send_bytes(frame(body, header))
    shared.wait_for("a reply", lambda: len(shared.received) > before)
    shared.check()


def test_frames_may_come_in_any_pieces(shared: Client) -> None:
    first, second = ({**PING, "id": f"piece {number}"} for number in (1, 2))
    data = b"".join(frame(json.dumps(message).encode()) for message in (first, second))
    for message in (first, second):
        shared.expect_reply(message["id"])
    for position in range(len(data)):
        shared.send_bytes(data[position : position + 1])
    for message in (first, second):
        shared.result(message["id"])


def test_an_id_may_be_used_again_but_not_at_the_same_time(server: Client, large_file: Any) -> None:
    large = {"jsonrpc": "2.0", "id": "same", "method": "hfs/import"}
    server.send_message({**large, "params": {"uri": large_file.as_uri(), "workDoneToken": 1}})
    server.wait_for_progress(1, 0)
    server.send_message({**PING, "id": "same"})
    error = server.refusal_of("same")
    assert error.code == -32600
    server.cancel("same")
    server.wait_for(
        "both replies", lambda: sum(part.get("id") == "same" for part in server.received) == 2
    )
    server.send_message({**PING, "id": "same"})
    server.wait_for(
        "the third reply", lambda: sum(part.get("id") == "same" for part in server.received) == 3
    )


def test_many_requests_at_once_are_all_answered(shared: Client) -> None:
    ids = [shared.send("hfs/listSessions", {"limit": 1 + number % 3}) for number in range(300)]
    for request_id in ids:
        assert shared.result(request_id)["sessions"] != []


@pytest.mark.parametrize(
    "data",
    [
        b"nonsense\r\n\r\n",
        b"\r\n\r\n",
        b"Content-Length: x\r\n\r\n",
        b"Content-Length: \xd9\xa3\r\n\r\n123",
        b"Content-Length: %d\r\n\r\n" % 2**62,
        b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n",
        b"X: " + b"y" * 100_000,
    ],
    ids=lambda data: repr(data)[:50],
)
def test_lost_framing_ends_the_server_with_1(launch: Start, tmp_path: Any, data: bytes) -> None:
    client = launch()
    client.initialize(databasePath=str(tmp_path / "sessions.db"))
    client.send_bytes(data)
    assert client.wait_for_end() == 1
    assert len(client.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    "data", [b"Content-Length: 100\r\n\r\n{", b"Content-Length: 5\r\n", b"Con"]
)
def test_input_that_ends_within_a_message_ends_the_server_with_1(
    launch: Start, data: bytes
) -> None:
    client = launch()
    # It has set itself up when it answers.
    assert client.refusal("hfs/listSessions").code == -32002
    client.send_bytes(data)
    client.end_input()
    assert client.wait_for_end() == 1


def test_what_was_asked_before_the_framing_was_lost_is_still_answered(
    launch: Start, tmp_path: Any
) -> None:
    client = launch()
    client.initialize(databasePath=str(tmp_path / "sessions.db"))
    answered = client.send("hfs/listSessions")
    client.result(answered)
    client.send_bytes(b"lost\r\n\r\n")
    assert client.wait_for_end() == 1


def test_stdout_stays_clean_without_buffering(launch: Start, tmp_path: Any) -> None:
    client = launch(environment={"PYTHONUNBUFFERED": "1"})
    client.initialize(databasePath=str(tmp_path / "sessions.db"))
    ids = [client.send("hfs/listSessions") for _ in range(100)]
    for request_id in ids:
        client.result(request_id)


def test_answers_hold_no_traceback(shared: Client) -> None:
    errors: list[Refused] = [
        shared.refusal("hfs/unknown"),
        shared.refusal("hfs/export", {"sessionId": 1, "format": "x"}),
        shared.refusal("hfs/import", {"content": "{"}),
    ]
    for error in errors:
        assert "Traceback" not in str(error)
        assert ".py" not in str(error)
        assert len(error.message) < 300
