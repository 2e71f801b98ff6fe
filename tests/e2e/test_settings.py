"""Settings: options, the environment and defaults; invalid ones are named, never replaced."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from testing.client import Client, Start
from testing.documents import document, text


def test_options_win_over_the_environment(launch: Start, tmp_path: Path) -> None:
    environment = {
        "HFS_DATABASE": str(tmp_path / "by-environment.db"),
        "HFS_EXPORT_DIR": str(tmp_path / "exports-by-environment"),
    }
    options = {
        "databasePath": str(tmp_path / "by-options.db"),
        "exportDirectory": str(tmp_path / "exports-by-options"),
    }
    client = launch(environment=environment)
    client.initialize(**options)
    assert export_something(client).parent.name == "exports-by-options"
    made = {path.name for path in tmp_path.iterdir()}
    assert {"by-options.db", "exports-by-options"} <= made
    assert not {"by-environment.db", "exports-by-environment"} & made


def test_the_environment_wins_over_the_home_folder(launch: Start, tmp_path: Path) -> None:
    environment = {
        "HFS_DATABASE": str(tmp_path / "deep" / "er" / "by-environment.db"),
        "HFS_EXPORT_DIR": str(tmp_path / "exports-by-environment"),
        "HOME": str(tmp_path / "home"),
    }
    client = launch(environment=environment)
    client.initialize()
    assert export_something(client).parent.name == "exports-by-environment"
    assert (tmp_path / "deep" / "er" / "by-environment.db").is_file()
    assert not (tmp_path / "home").exists()


def test_the_home_folder_is_used_by_default(launch: Start, tmp_path: Path) -> None:
    client = launch(environment={"HOME": str(tmp_path), "USERPROFILE": str(tmp_path)})
    client.initialize()
    assert export_something(client).parent == tmp_path / ".hfs" / "exports"
    assert (tmp_path / ".hfs" / "sessions.db").is_file()


def test_the_command_line_s_database_is_used_unless_an_option_names_one(
    launch: Start, store_path: Path
) -> None:
    store_path.parent.mkdir()
    client = launch("--stdio", "--database", str(store_path))
    client.initialize()
    client.request("hfs/listSessions")
    assert store_path.is_file()


def test_a_store_can_be_named_from_the_home_folder(launch: Start, tmp_path: Path) -> None:
    client = launch(environment={"HOME": str(tmp_path), "USERPROFILE": str(tmp_path)})
    client.initialize(databasePath=f"~{os.sep}chats.db")
    client.request("hfs/listSessions")
    assert (tmp_path / "chats.db").is_file()


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"exportDirectory": ["x"], "logLevel": "loud"}, ["exportDirectory", "logLevel"]),
        ({"exportDirectory": "", "logLevel": {"a": 1}}, ["exportDirectory", "logLevel"]),
        ("text", ["initializationOptions"]),
    ],
    ids=repr,
)
def test_an_invalid_option_is_named_and_its_default_used(
    launch: Start, tmp_path: Path, options: Any, named: list[str]
) -> None:
    client = launch(environment={"HOME": str(tmp_path), "USERPROFILE": str(tmp_path)})
    client.initialize({"initializationOptions": options})
    client.notification("window/showMessage", number=len(named))
    shown = sorted(client.notifications("window/showMessage"), key=lambda each: each["message"])
    assert [message["type"] for message in shown] == [2] * len(named)
    assert [message["message"].partition(": ")[0] for message in shown] == sorted(named)
    assert client.request("hfs/listSessions")["sessions"] == []
    assert (tmp_path / ".hfs" / "sessions.db").is_file()
    assert len(client.notifications("window/showMessage")) == len(named)


REQUESTS = {
    "hfs/listSessions": None,
    "hfs/export": {"sessionId": 1, "format": "json"},
    "hfs/findSecrets": {"sessionId": 1},
    "hfs/import": {"content": text(document())},
    "workspace/textDocumentContent": {"uri": "hfs:/sessions/1.md"},
    "workspace/executeCommand": {"command": "hfs.server.listSessions"},
}


@pytest.mark.parametrize(
    "value", ["", " ", "file:///tmp/sessions.db", "${workspaceFolder}/sessions.db", 5, "$HOME/x.db"]
)
def test_a_store_that_cannot_be_used_is_rejected_by_every_request_and_none_is_made(
    launch: Start, tmp_path: Path, value: object
) -> None:
    client = launch(environment={"HOME": str(tmp_path), "HFS_DATABASE": str(tmp_path / "e.db")})
    client.initialize(databasePath=value)
    shown = client.notification("window/showMessage")["message"]
    assert shown.startswith("databasePath: expected ")
    for method, params in REQUESTS.items():
        error = client.refusal(method, params)
        assert (error.kind, error.message) == ("storeUnusable", shown)
    assert client.refusal("hfs/listSessions", {"limit": 0}).code == -32602
    assert list(tmp_path.iterdir()) == []


def test_exports_without_a_folder_need_a_destination(
    launch: Start, tmp_path: Path, store_path: Path
) -> None:
    client = launch(environment={"HOME": str(tmp_path)})
    client.initialize(databasePath=str(store_path), exportDirectory="${workspaceFolder}")
    client.request("hfs/import", {"content": text(document())})
    shown = client.notification("window/showMessage")["message"]
    params = {"sessionId": 1, "format": "json"}
    error = client.refusal("hfs/export", params)
    assert (error.kind, error.message) == ("destinationNotWritable", shown)
    assert shown.startswith("exportDirectory: expected ")
    destination = (tmp_path / "out.json").as_uri()
    assert client.request("hfs/export", {**params, "destination": destination})["bytes"]
    assert {path.name for path in tmp_path.iterdir()} == {"out.json", store_path.parent.name}


def test_the_command_line_s_database_needs_a_folder(launch: Start, tmp_path: Path) -> None:
    client = launch("--database", str(tmp_path / "typo" / "sessions.db"))
    assert client.wait_for_end(within=30) == 1
    (line,) = client.stderr.splitlines()
    assert "does not exist. Create it" in line
    assert list(tmp_path.iterdir()) == []


def test_valid_options_show_no_message(server: Client) -> None:
    server.request("hfs/listSessions")
    assert server.notifications("window/showMessage") == []


@pytest.mark.parametrize("level", ["debug", "error"])
def test_no_log_level_logs_session_content(start: Start, store_path: Path, level: str) -> None:
    client = start(store_path, logLevel=level)
    client.request("hfs/import", {"content": text(document())})
    client.refusal("hfs/import", {"content": text(document())[:-9]})
    export_something(client)


def export_something(client: Client) -> Path:
    session = client.request("hfs/import", {"content": text(document())})["sessions"][0]
    result = client.request("hfs/export", {"sessionId": session["id"], "format": "json"})
    path = Path(result["uri"].removeprefix("file://"))
    assert path.is_file()
    return path
