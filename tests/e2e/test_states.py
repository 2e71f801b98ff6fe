"""The states of a server: before ``initialize``, after it, and after ``shutdown``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from testing.answers import code_of
from testing.client import Client, Start
from testing.documents import document, text
from testing.messages import BAD_PARAMS, HOSTILE, INVALID, RESULT, TOO_EARLY, UNKNOWN

LIVES: list[tuple[str, str, list[int], int | None]] = [
    ("nothing at all", "end", [], 0),
    ("exit first", "exit", [], 1),
    ("a request before initialize", "list", [TOO_EARLY], None),
    ("all too early", "list unknown shutdown command", [TOO_EARLY] * 4, None),
    ("too early does no harm", "list initialize list", [TOO_EARLY, RESULT, RESULT], None),
    ("shutdown too early", "shutdown initialize list", [TOO_EARLY, RESULT, RESULT], None),
    ("initialized too early", "initialized initialize list", [RESULT, RESULT], None),
    ("notes too early", "cancel odd-note initialize list", [RESULT, RESULT], None),
    ("initialize after a bad one", "bad-initialize list initialize list",
        [BAD_PARAMS, TOO_EARLY, RESULT, RESULT], None),
    ("initialize twice", "initialize initialize list", [RESULT, INVALID, RESULT], None),
    ("initialize again, badly", "initialize bad-initialize list", [RESULT, INVALID, RESULT], None),
    ("no initialized", "initialize list", [RESULT, RESULT], None),
    ("exit as a request", "initialize exit-request list", [RESULT, UNKNOWN, RESULT], None),
    ("shutdown as a note", "initialize shutdown-note list", [RESULT, RESULT], None),
    ("shutdown with params", "initialize odd-shutdown list", [RESULT, RESULT, INVALID], None),
    ("all too late", "initialize shutdown list unknown initialize command shutdown",
        [RESULT, RESULT] + [INVALID] * 5, None),
    ("notes too late", "initialize shutdown initialized cancel odd-note list",
        [RESULT, RESULT, INVALID], None),
    ("exit without shutdown", "initialize exit", [RESULT], 1),
    ("exit after shutdown", "initialize shutdown exit", [RESULT, RESULT], 0),
    ("exit twice", "initialize shutdown exit exit", [RESULT, RESULT], 0),
    ("the end after initialize", "initialize initialized end", [RESULT], 0),
    ("the end after shutdown", "initialize shutdown end", [RESULT, RESULT], 0),
]  # fmt: skip
"""A name, what is sent to a new server, the codes of its answers, the exit code or None."""


class Life:
    """What is said to a fresh server, in one word each."""

    def __init__(self, client: Client, folder: Path) -> None:
        self.client = client
        self.options = {"databasePath": str(folder / "sessions.db")}

    def say(self, word: str) -> int | None:
        """Says it, and gives the id where it is a request."""
        send, notify = self.client.send, self.client.notify
        match word:
            case "end":
                return self.client.end_input()
            case "exit" | "initialized":
                return notify(word)
            case "cancel":
                return notify("$/cancelRequest", {"id": 1})
            case "odd-note":
                return notify("textDocument/didOpen", 5)
            case "shutdown-note":
                return notify("shutdown")
            case "initialize":
                return send("initialize", {"initializationOptions": self.options})
            case "bad-initialize":
                return send("initialize", [5])
            case "odd-shutdown":
                return send("shutdown", [1, {"jsonrpc": "2.0"}])
            case "exit-request":
                return send("exit")
            case "list":
                return send("hfs/listSessions")
            case "command":
                return send("workspace/executeCommand", {"command": "hfs.server.listSessions"})
        return send({"unknown": "hfs/unknown"}.get(word, word))


@pytest.mark.parametrize(
    ("words", "codes", "exit_code"), [pytest.param(*row[1:], id=row[0]) for row in LIVES]
)
def test_every_order_of_messages_has_its_answers(
    launch: Start, tmp_path: Path, words: str, codes: list[int], exit_code: int | None
) -> None:
    client = launch()
    life = Life(client, tmp_path)
    requests = [life.say(word) for word in words.split()]
    found = [code_of(client.reply(number)) for number in requests if number is not None]
    assert found == codes
    if exit_code is not None:
        assert client.wait_for_end() == exit_code
    else:
        life.say("odd-note")
        client.reply(client.send("hfs/listSessions"))
        assert client.process.poll() is None


@pytest.mark.parametrize(
    "params",
    [
        {"rootUri": "http://[x"},
        {"rootPath": "\ud800"},
        {"workspaceFolders": [{"uri": "\ud800", "name": 5}, None], "trace": 5, "locale": []},
        {"clientInfo": {}, "workDoneToken": [], **HOSTILE},
        {"capabilities": HOSTILE, "processId": "4711"},
        {"processId": -(2**70), "initializationOptions": HOSTILE},
        {"processId": 2**70, "initializationOptions": {"databasePath": HOSTILE}},
    ],
    ids=lambda params: str(params)[:40],
)
def test_unused_params_of_initialize_break_nothing(
    launch: Start, tmp_path: Path, params: dict[str, Any]
) -> None:
    client = launch()
    options = params.get("initializationOptions", {})
    given = {"databasePath": str(tmp_path / "sessions.db"), **options}
    client.initialize({**params, "initializationOptions": given})
    if "databasePath" not in options:
        assert client.request("hfs/listSessions")["sessions"] == []


def test_initialized_counts_once(launch: Start, tmp_path: Path) -> None:
    client = launch()
    client.initialize(databasePath=str(tmp_path / "sessions.db"), logLevel="loud")
    for _ in range(5):
        client.notify("initialized", {})
    client.request("hfs/listSessions")
    assert len(client.notifications("window/showMessage")) == 1


@pytest.mark.parametrize("method", ["hfs/listSessions", "shutdown"])
def test_requests_before_initialize_are_rejected(launch: Start, method: str) -> None:
    client = launch()
    assert client.refusal(method, {}).code == -32002


def test_notifications_before_initialize_are_dropped(launch: Start, store_path: Path) -> None:
    client = launch()
    client.notify("initialized", {})
    client.notify("$/cancelRequest", {"id": 1})
    client.notify("hfs/unknown", {})
    client.initialize(databasePath=str(store_path))
    assert client.request("hfs/listSessions")["sessions"] == []


def test_a_second_initialize_is_rejected_and_changes_nothing(
    server: Client, tmp_path: Path
) -> None:
    options = {"databasePath": str(tmp_path / "other.db")}
    params = {"capabilities": {}, "initializationOptions": options}
    assert server.refusal("initialize", params).code == -32600
    server.request("hfs/import", {"content": text(document())})
    assert not (tmp_path / "other.db").exists()


@pytest.mark.parametrize("method", ["hfs/listSessions", "initialize"])
def test_requests_after_shutdown_are_rejected(server: Client, method: str) -> None:
    server.request("shutdown")
    assert server.refusal(method, {}).code == -32600
    server.notify("exit")
    assert server.wait_for_end() == 0


def test_nothing_is_created_before_the_first_request(
    launch: Start, store_path: Path, exports: Path
) -> None:
    client = launch()
    client.initialize(databasePath=str(store_path), exportDirectory=str(exports))
    client.request("shutdown")
    client.notify("exit")
    assert client.wait_for_end() == 0
    assert not store_path.exists()
    assert not exports.exists()
