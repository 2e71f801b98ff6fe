"""``$/cancelRequest`` and ``window/workDoneProgress/cancel``: cancelled work leaves nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from testing import stores
from testing.client import Client, Start
from testing.documents import document, text
from testing.programs import PATIENT, PAUSING
from testing.requests import import_large
from testing.terminal import Terminal


@pytest.mark.parametrize(
    ("way", "percentage"),
    [
        ("$/cancelRequest", 0),
        ("window/workDoneProgress/cancel", 30),
        ("$/cancelRequest", 86),
        ("window/workDoneProgress/cancel", 86),
    ],
)
def test_a_cancelled_import_leaves_nothing_behind(
    terminal: Terminal, start: Start, large_file: Path, way: str, percentage: int, exports: Path
) -> None:
    terminal.add_session("Before", "one")
    is_late = percentage > 80
    client = start(terminal.path, program=PAUSING if is_late else PATIENT)
    client.request("hfs/listSessions")
    before = stores.counts(terminal.path)
    files = sorted(path.name for path in terminal.path.parent.iterdir())
    with stores.held(terminal.path, not is_late):
        request = import_large(client, large_file)
        client.wait_for_progress("large", percentage)
        if way == "$/cancelRequest":
            client.cancel(request)
        else:
            client.notify(way, {"token": "large"})
        assert client.refusal_of(request).code == -32800
    assert stores.counts(terminal.path) == before
    assert client.progress("large")[-1]["kind"] == "end"
    assert sorted(path.name for path in terminal.path.parent.iterdir()) == files
    assert not exports.exists()
    made = client.request("hfs/import", {"content": text(document("After"))})["sessions"][0]
    assert terminal.names() == {1: "Before", made["id"]: "After"}
    assert made["messageCount"] == 2


@pytest.mark.parametrize("form", ["json", "markdown"])
def test_a_cancelled_export_leaves_what_was_there_before(
    start: Start, large_store: Path, tmp_path: Path, form: str
) -> None:
    client = start(large_store)
    destination = tmp_path / "mine.md"
    destination.write_text("mine")
    params = {"sessionId": 1, "format": form, "overwrite": True, "workDoneToken": "t"}
    request = client.send("hfs/export", {**params, "destination": destination.as_uri()})
    client.wait_for_progress("t", 5)
    client.cancel(request)
    reply = client.reply(request)
    if "result" in reply:
        # A busy machine may have let the export come to its end first.
        assert destination.stat().st_size == reply["result"]["bytes"]
    else:
        assert reply["error"]["code"] == -32800
        assert destination.read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["mine.md"]


def test_a_cancelled_command_and_text_are_answered_as_cancelled(
    start: Start, large_store: Path, large_file: Path
) -> None:
    client = start(large_store, program=PATIENT)
    client.request("hfs/listSessions")
    argument = {"uri": large_file.as_uri(), "workDoneToken": "c"}
    params = {"command": "hfs.server.import", "arguments": [argument]}
    with stores.held(large_store):
        command = client.send("workspace/executeCommand", params)
        client.wait_for_progress("c", 5)
        shown = client.send("workspace/textDocumentContent", {"uri": "hfs:/sessions/1.md"})
        client.cancel(shown)
        client.cancel(command)
        assert client.refusal_of(command).code == -32800
        assert client.refusal_of(shown).code == -32800
    assert len(client.request("hfs/listSessions")["sessions"]) == 1


def test_cancelling_a_finished_request_changes_nothing(emptied: Client) -> None:
    request = emptied.send("hfs/import", {"content": text(document()), "workDoneToken": "t"})
    emptied.result(request)
    emptied.cancel(request)
    emptied.notify("window/workDoneProgress/cancel", {"token": "t"})
    assert len(emptied.request("hfs/listSessions")["sessions"]) == 1


def test_an_immediate_cancel_is_answered_once(emptied: Client, large_file: Path) -> None:
    for _ in range(10):
        request = import_large(emptied, large_file)
        emptied.cancel(request)
        assert emptied.refusal_of(request).code == -32800
    assert emptied.request("hfs/listSessions")["sessions"] == []
