"""Errors: each message gets its answers and no more, with the documented codes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from testing import stores
from testing.answers import check_and_forget, code_of, wait_for_answers, wait_for_replies
from testing.client import Client, Refused
from testing.messages import BAD_PARAMS, INVALID, RESULT, Answers
from tests.e2e.hostile_messages import MESSAGES

PING = {"jsonrpc": "2.0", "method": "hfs/listSessions", "params": {"limit": 1}}


@pytest.mark.parametrize(
    ("data", "answers"),
    [pytest.param(data, answers, id=name[:40]) for name, data, answers in MESSAGES],
)
def test_every_message_has_its_answers_and_no_more(
    shared: Client, data: bytes, answers: Answers
) -> None:
    check_and_forget(shared)
    for message_id, _ in answers:
        if message_id is not None:
            shared.expect_reply(message_id)
    shared.send_bytes(data)
    wait_for_answers(shared, answers)
    assert shared.request("hfs/listSessions", {"limit": 1})["sessions"] != []
    assert all(len(part["error"]["message"]) < 300 for part in shared.received if "error" in part)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"{", "not valid JSON (character 1)"),
        (b"\xff", "not valid UTF-8"),
        (b'{"id": NaN}', "NaN and Infinity are invalid"),
        (b'{"x": %s1%s}' % (b"[" * 9000, b"]" * 9000), "nested too deeply"),
        (b'{"x": -%s}' % (b"1" * 4321), "an integer of 4,322 digits"),
    ],
    ids=lambda value: str(value[:30]),
)
def test_an_unreadable_message_is_answered_with_the_reason(
    shared: Client, body: bytes, words: str
) -> None:
    check_and_forget(shared)
    shared.send_body(body)
    assert words in shared.error_without_id().message


def test_an_id_may_be_used_again_but_not_at_the_same_time(
    server: Client, store_path: Path, large_file: Any
) -> None:
    large = {"jsonrpc": "2.0", "id": "same", "method": "hfs/import"}
    server.request("hfs/listSessions")
    with stores.held(store_path):
        server.send_message({**large, "params": {"uri": large_file.as_uri(), "workDoneToken": 1}})
        server.wait_for_progress(1, 0)
        server.send_message({**PING, "id": "same"})
        assert server.refusal_of("same").code == INVALID
        server.cancel("same")
        assert code_of(wait_for_replies(server, "same", 2)[1]) == -32800
    server.send_message({**PING, "id": "same"})
    assert code_of(wait_for_replies(server, "same", 3)[2]) == RESULT


def test_only_its_own_id_cancels_a_request(server: Client, large_file: Any) -> None:
    params = {"uri": large_file.as_uri(), "workDoneToken": 1}
    check_and_forget(server)
    server.send_message({"jsonrpc": "2.0", "id": 1, "method": "hfs/import", "params": params})
    server.wait_for_progress(1, 0)
    for other in (True, 1.0, "1", [1], {"id": 1}, None, -1):
        server.notify("$/cancelRequest", {"id": other})
        server.notify("window/workDoneProgress/cancel", {"token": other})
    assert server.result(1)["sessions"][0]["messageCount"] > 0


def test_many_concurrent_requests_are_all_answered(shared: Client) -> None:
    ids = [shared.send("hfs/listSessions", {"limit": 1 + number % 3}) for number in range(300)]
    for request_id in ids:
        assert shared.result(request_id)["sessions"] != []


def test_answers_hold_no_traceback(shared: Client) -> None:
    errors: list[Refused] = [
        shared.refusal("hfs/unknown"),
        shared.refusal("hfs/export", {"sessionId": 1, "format": "x"}),
        shared.refusal("hfs/import", {"content": "{"}),
    ]
    for error in errors:
        assert "Traceback" not in str(error)
        assert ".py" not in str(error)


def test_the_table_has_many_rows_and_no_name_twice() -> None:
    rows = [row[0] for row in MESSAGES]
    assert len(rows) > 200
    assert len(set(rows)) == len(rows)
    assert BAD_PARAMS in {code for _, _, answers in MESSAGES for _, code in answers}
