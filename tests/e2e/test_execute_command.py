"""``workspace/executeCommand``: the methods for editors that know only commands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from testing.client import Client
from testing.documents import document, text

pytestmark = pytest.mark.both_engines


def execute(client: Client, command: str, *arguments: Any, **more: Any) -> Any:
    params = {"command": f"hfs.server.{command}", "arguments": [*arguments], **more}
    return client.request("workspace/executeCommand", params)


def test_each_command_does_the_work_of_its_method(emptied: Client, tmp_path: Path) -> None:
    imported = execute(emptied, "import", {"content": text(document("By command"))})
    session = imported["sessions"][0]
    assert session["name"] == "By command"
    listed = execute(emptied, "listSessions", {"limit": 1})
    assert listed == emptied.request("hfs/listSessions", {"limit": 1})
    destination = tmp_path / "out.json"
    exported = execute(
        emptied,
        "export",
        {"sessionId": session["id"], "format": "json", "destination": destination.as_uri()},
    )
    assert (exported["uri"], exported["messageCount"]) == (destination.as_uri(), 2)
    assert destination.stat().st_size == exported["bytes"]


def test_the_list_needs_no_argument(shared: Client) -> None:
    expected = shared.request("hfs/listSessions")
    assert execute(shared, "listSessions") == expected
    assert execute(shared, "listSessions", {}) == expected
    params = {"command": "hfs.server.listSessions"}
    assert shared.request("workspace/executeCommand", params) == expected


def test_errors_are_those_of_the_method(shared: Client) -> None:
    params = {
        "command": "hfs.server.export",
        "arguments": [{"sessionId": 999, "format": "json"}],
    }
    error = shared.refusal("workspace/executeCommand", params)
    assert (error.code, error.kind) == (-32803, "sessionNotFound")


@pytest.mark.parametrize("where", ["outside", "inside"])
def test_a_token_gets_progress_wherever_it_stands(emptied: Client, where: str) -> None:
    content = {"content": text(document())}
    if where == "outside":
        execute(emptied, "import", content, workDoneToken="t")
    else:
        execute(emptied, "import", {**content, "workDoneToken": "t"})
    kinds = [value["kind"] for value in emptied.progress("t")]
    assert (kinds[0], kinds[-1]) == ("begin", "end")


@pytest.mark.parametrize(
    "params",
    [
        {},
        None,
        {"command": 5},
        {"command": "hfs.server.unknown"},
        {"command": "hfs.export", "arguments": [{}]},
        {"command": "hfs.server.export"},
        {"command": "hfs.server.export", "arguments": [{}]},
        {"command": "hfs.server.export", "arguments": [None]},
        {"command": "hfs.server.export", "arguments": ["1"]},
        {"command": "hfs.server.listSessions", "arguments": [{"limit": 0}]},
        {"command": "hfs.server.listSessions", "arguments": [{}, {}]},
        {"command": "hfs.server.listSessions", "arguments": {}},
        {"command": "hfs.server.listSessions", "arguments": [{"query": "\ud800"}]},
        {"command": "\ud800"},
        ["hfs.server.listSessions"],
    ],
    ids=repr,
)
def test_params_of_another_shape_are_rejected(shared: Client, params: Any) -> None:
    error = shared.refusal("workspace/executeCommand", params)
    assert error.code == -32602
    assert len(error.message) < 300
