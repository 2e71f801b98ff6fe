"""``initialize``: what the server announces, and which params it accepts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from testing.client import Client, Start
from testing.documents import document, text


@pytest.fixture
def fresh(launch: Start) -> Client:
    """A server to which nothing was said yet."""
    return launch()


def test_the_capabilities_are_those_of_the_contract(fresh: Client, store_path: Path) -> None:
    result = fresh.initialize(databasePath=str(store_path))
    capabilities = result["capabilities"]
    assert capabilities["experimental"]["hfs"] == {
        "protocolVersion": 2,
        "exportSchemaVersion": "1.1.0",
    }
    assert capabilities["workspace"]["textDocumentContent"]["schemes"] == ["hfs"]
    assert sorted(capabilities["executeCommandProvider"]["commands"]) == [
        "hfs.server.deleteSession",
        "hfs.server.export",
        "hfs.server.exportAll",
        "hfs.server.findSecrets",
        "hfs.server.findSession",
        "hfs.server.import",
        "hfs.server.listSessions",
        "hfs.server.listSources",
        "hfs.server.openSession",
        "hfs.server.renameSession",
        "hfs.server.restoreSession",
        "hfs.server.search",
        "hfs.server.sessionsOfFile",
        "hfs.server.statistics",
    ]
    assert result["serverInfo"]["name"] == "hfs-server"
    assert "textDocumentSync" not in capabilities


def test_a_client_with_few_params_is_accepted(fresh: Client, store_path: Path) -> None:
    params = {"initializationOptions": {"databasePath": str(store_path)}}
    reply = fresh.request("initialize", params)
    assert reply["capabilities"]["experimental"]["hfs"]["protocolVersion"] == 2
    fresh.is_initialized = True
    assert fresh.request("hfs/listSessions")["sessions"] == []


@pytest.mark.parametrize(
    "params",
    [
        {
            "processId": None,
            "rootUri": None,
            "trace": "verbose",
            "locale": "de",
            "workspaceFolders": None,
            "unknown": [1, 2, {"jsonrpc": 3}],
            "clientInfo": {"name": "x"},
            "capabilities": {"experimental": {"jsonrpc": "2.0"}, "class": {"foo-bar": 1}},
        },
        {"capabilities": {"general": {"positionEncodings": ["utf-99", "utf-8"]}}},
    ],
    ids=repr,
)
def test_unknown_params_are_ignored(fresh: Client, store_path: Path, params: Any) -> None:
    fresh.initialize(params, databasePath=str(store_path))
    assert fresh.request("hfs/listSessions")["sessions"] == []


def test_empty_lua_tables_count_as_omitted(launch: Start, store_path: Path) -> None:
    """They are sent as lists."""
    store_path.parent.mkdir()
    client = launch("--database", str(store_path))
    client.initialize({"capabilities": [], "initializationOptions": []})
    assert client.request("hfs/listSessions", [])["sessions"] == []
    command = {"command": "hfs.server.listSessions", "arguments": [[]]}
    assert client.request("workspace/executeCommand", command)["sessions"] == []
    assert client.notifications("window/showMessage") == []


def test_capabilities_of_real_data_are_accepted(launch: Start, real_data: Path) -> None:
    file = real_data / "faults" / "04-initialize-capabilities.json"
    for capabilities in json.loads(file.read_text("utf-8"))["cases"]:
        launch().initialize({"capabilities": capabilities})


def test_params_that_are_not_an_object_are_rejected_and_the_next_try_succeeds(
    fresh: Client, store_path: Path
) -> None:
    bad: Any
    for bad in ("text", 5, True, [{}]):
        assert fresh.refusal("initialize", bad).code == -32602
    fresh.initialize(databasePath=str(store_path))
    assert fresh.request("hfs/listSessions")["sessions"] == []


def test_requests_may_follow_initialize_immediately(fresh: Client, store_path: Path) -> None:
    options = {"databasePath": str(store_path)}
    first = fresh.send("initialize", {"capabilities": {}, "initializationOptions": options})
    second = fresh.send("hfs/listSessions")
    third = fresh.send("hfs/import", {"content": text(document())})
    fresh.result(first)
    fresh.is_initialized = True
    assert fresh.result(second)["nextCursor"] is None
    assert fresh.result(third)["sessions"][0]["messageCount"] == 2
