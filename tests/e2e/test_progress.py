"""``$/progress``: begin, rising percentages, end."""

from __future__ import annotations

import statistics
from pathlib import Path
from typing import Any

import pytest

from testing.client import Client
from testing.documents import LARGE_MESSAGES, document, text
from testing.requests import import_large


def judge_progress(values: list[dict[str, Any]], reports: int) -> None:
    """Fails if progress does not begin, rise and end, as LSP defines it."""
    begin, *between, end = values
    assert begin["kind"] == "begin"
    assert begin["title"]
    assert begin["cancellable"] is True
    assert begin["percentage"] == 0
    assert end["kind"] == "end"
    assert len(between) >= reports
    percentages = [value["percentage"] for value in between]
    assert percentages == sorted(set(percentages))
    assert all(type(number) is int and 0 < number <= 100 for number in percentages)
    for value in between:
        assert value["kind"] == "report"
        assert isinstance(value["message"], str)
        assert value["message"]


@pytest.mark.parametrize("token", ["text", 7, ""])
def test_an_import_and_both_exports_report_progress(
    server: Client, large_file: Path, token: Any
) -> None:
    if token != "text":
        content = {"content": text(document()), "workDoneToken": token}
        server.request("hfs/import", content)
        judge_progress(server.progress(token), reports=1)
        return
    imported = server.result(import_large(server, large_file, token))
    session = imported["sessions"][0]
    assert session["messageCount"] == LARGE_MESSAGES
    judge_progress(server.progress(token), reports=10)
    for form in ("json", "markdown"):
        params = {"sessionId": session["id"], "format": form, "workDoneToken": form}
        server.request("hfs/export", params)
        judge_progress(server.progress(form), reports=10)


def test_progress_ends_before_the_reply(emptied: Client) -> None:
    request = emptied.send("hfs/import", {"content": text(document()), "workDoneToken": "t"})
    emptied.result(request)
    order = [
        message["params"]["value"]["kind"] if "params" in message else "reply"
        for message in emptied.received
        if message.get("method") == "$/progress" or message.get("id") == request
    ]
    assert order[0] == "begin"
    assert order[-2:] == ["end", "reply"]


def test_work_that_fails_ends_its_progress_too(shared: Client) -> None:
    shared.refusal("hfs/import", {"content": "{", "workDoneToken": "failing import"})
    params = {"sessionId": 999, "format": "json", "workDoneToken": "failing export"}
    shared.refusal("hfs/export", params)
    for token in ("failing import", "failing export"):
        assert [value["kind"] for value in shared.progress(token)][-1] == "end"


def test_without_a_token_no_progress_is_sent(emptied: Client) -> None:
    emptied.request("hfs/import", {"content": text(document())})
    assert emptied.notifications("$/progress") == []
    assert [m for m in emptied.received if m.get("method", "").startswith("window/")] == []


def test_two_requests_with_one_token_both_succeed(emptied: Client, large_file: Path) -> None:
    large = import_large(emptied, large_file, "shared")
    emptied.wait_for_progress("shared", 0)
    small = emptied.send("hfs/import", {"content": text(document()), "workDoneToken": "shared"})
    assert emptied.result(small)["sessions"][0]["messageCount"] == 2
    assert emptied.result(large)["sessions"][0]["messageCount"] == LARGE_MESSAGES


def test_other_requests_are_answered_while_a_large_import_goes_on(
    emptied: Client, large_file: Path
) -> None:
    request = import_large(emptied, large_file)
    emptied.wait_for_progress("large", 1)
    waits = []
    while emptied.progress("large")[-1]["kind"] != "end":
        begun = percentage_of(emptied)
        emptied.request("hfs/listSessions", {"limit": 1})
        waits.append(percentage_of(emptied) - begun)
    emptied.result(request)
    assert len(waits) > 5
    # A server that is held up is so for most of the import, however long that takes.
    assert statistics.median(waits) < 20


def percentage_of(client: Client) -> int:
    """How far the import is, which passes as time does on any machine."""
    return max(value.get("percentage", 0) for value in client.progress("large"))
