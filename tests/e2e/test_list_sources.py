"""``hfs/listSources`` and imports of tools: what is on this machine, in each tool's folders."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from testing import tool_logs
from testing.client import Client, Start
from testing.programs import OPENING
from testing.tool_logs import FORMATS, claude_code, codex, id_of, write, write_claude_code

Find = Callable[..., Client]


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """The home folder of a user of all tools."""
    home = tmp_path / "user"
    write_claude_code(home / ".claude", range(3))
    write(home / ".codex" / "sessions" / "2026" / "04" / "11" / "rollout-1.jsonl", codex(1))
    write(home / ".codex" / "archived_sessions" / "rollout-2.jsonl", codex(2))
    write(home / ".gemini" / "tmp" / "abc" / "chats" / "session-1.json", tool_logs.gemini_cli(1))
    events = home / ".copilot" / "session-state" / id_of(1) / "events.jsonl"
    write(events, tool_logs.copilot_cli(1))
    state = home / ".config" / "Cursor" / "User" / "globalStorage" / "state.vscdb"
    tool_logs.write_cursor_state(state, [1, 2])
    write_opencode(home / ".local" / "share" / "opencode")
    return home


def write_opencode(folder: Path) -> None:
    """A session of opencode in its folder of JSON files."""
    import json

    made = json.loads(tool_logs.opencode(1))
    storage = folder / "storage"
    write(storage / "session" / "p" / "ses_1.json", json.dumps(made["info"]).encode())
    for message in made["messages"]:
        info, (part,) = message["info"], message["parts"]
        place = storage / "message" / "ses_1" / f"{info['id']}.json"
        write(place, json.dumps(info).encode())
        write(storage / "part" / info["id"] / f"{part['id']}.json", json.dumps(part).encode())


@pytest.fixture
def find(launch: Start, machine: Path, store_path: Path, tmp_path: Path) -> Find:
    """Starts a server of that user; its opened files are noted."""

    def find(**environment: str) -> Client:
        variables = {"HOME": str(machine), "USERPROFILE": str(machine), **environment}
        opened = {"OPENED": str(tmp_path / "opened")}
        client = launch(program=OPENING, environment={**variables, **opened})
        client.initialize(databasePath=str(store_path))
        return client

    return find


def sources(client: Client, **params: Any) -> dict[str, Any]:
    """The sources by tool and the name of their folder."""
    found = client.request("hfs/listSources", params)["sources"]
    return {f"{each['tool']} {Path(each['location']).name}": each for each in found}


def counts(source: Any) -> tuple[int, int, int]:
    return source["found"], source["new"], source["changed"]


def imported(client: Client, *tools: str, **params: Any) -> Any:
    return client.request("hfs/import", {"tools": list(tools), **params})


linux = pytest.mark.skipif(os.name == "nt", reason="The folders of this user are those of Linux")


@linux
def test_sources_say_what_is_new_and_changed_and_open_nothing(
    find: Find, machine: Path, tmp_path: Path
) -> None:
    client = find()
    found = sources(client)
    assert {each["tool"] for each in found.values() if each["found"]} == set(FORMATS)
    assert counts(found["claude-code projects"]) == (3, 3, 0)
    assert (counts(found["codex sessions"]), counts(found["codex archived_sessions"])) == (
        (1, 1, 0),
        (1, 1, 0),
    )
    source = found["claude-code projects"]
    files = [*(machine / ".claude").rglob("*.jsonl")]
    assert source["name"] == "Claude Code"
    assert source["bytes"] == sum(file.stat().st_size for file in files)
    assert source["lastActivity"].endswith("Z")
    assert source["problem"] is None
    assert str(machine) not in (tmp_path / "opened").read_text()


@linux
def test_after_an_import_of_all_tools_nothing_is_new_until_something_changes(
    find: Find, machine: Path, tmp_path: Path
) -> None:
    client = find()
    result = imported(client, *FORMATS)
    assert result["failed"] == []
    assert {each["status"] for each in result["sessions"]} == {"created"}
    assert {each["tool"] for each in result["sessions"]} == set(FORMATS)
    for source in sources(client).values():
        assert counts(source)[1:] == (0, 0), source
    opened = tmp_path / "opened"
    opened.write_text("")
    again = imported(client, *FORMATS)
    assert (again["sessions"], again["failed"]) == ([], [])
    assert str(machine) not in opened.read_text()
    write_claude_code(machine / ".claude", [1, 7], turns=3)
    assert counts(sources(client)["claude-code projects"]) == (4, 1, 1)
    result = imported(client, "claude-code")
    assert sorted(each["status"] for each in result["sessions"]) == ["created", "updated"]
    assert sources(client, tools=["claude-code"]).keys() == {"claude-code projects"}
    assert counts(sources(client)["claude-code projects"]) == (4, 0, 0)


@linux
def test_a_database_of_which_only_the_log_grew_is_changed(find: Find, machine: Path) -> None:
    client = find()
    path = machine / ".config" / "Cursor" / "User" / "globalStorage" / "state.vscdb"
    connection = sqlite3.connect(path)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        imported(client, "cursor")
        tool_logs.add_to_cursor_state(connection, 9)
        assert counts(sources(client)["cursor User"])[1:] == (0, 1)
        result = imported(client, "cursor")
        assert [each["status"] for each in result["sessions"]].count("created") == 1
    finally:
        connection.close()


@linux
@pytest.mark.parametrize("where", ["elsewhere", ".config/claude"])
def test_environment_variables_of_tools_say_where_their_folders_are(
    find: Find, machine: Path, tmp_path: Path, where: str
) -> None:
    other = machine / where
    write_claude_code(other, [40, 41])
    write(tmp_path / "codex" / "sessions" / "2026" / "rollout.jsonl", codex(42))
    client = find(CLAUDE_CONFIG_DIR=str(other), CODEX_HOME=str(tmp_path / "codex"))
    found = sources(client, tools=["claude-code", "codex"])
    assert counts(found["claude-code projects"]) == (2, 2, 0)
    assert Path(found["claude-code projects"]["location"]).is_relative_to(other)
    result = imported(client, "claude-code", "codex")
    identities = {each["sessionId"] for each in result["sessions"]}
    assert identities == {
        f"claude-code:{id_of(40)}", f"claude-code:{id_of(41)}", f"codex:{id_of(42)}"
    }  # fmt: skip
    assert result["skipped"] == []


def test_a_machine_without_tools_has_no_sources_and_nothing_to_import(
    launch: Start, tmp_path: Path, store_path: Path
) -> None:
    (tmp_path / "nobody").mkdir()
    client = launch(environment={"HOME": str(tmp_path / "nobody")})
    client.initialize(databasePath=str(store_path))
    assert client.request("hfs/listSources") == {"sources": []}
    assert client.request("hfs/listSources", {"tools": ["codex"]}) == {"sources": []}
    assert imported(client, *FORMATS)["sessions"] == []
    assert not store_path.exists() or client.request("hfs/listSessions")["sessions"] == []


@linux
def test_a_dry_run_of_tools_has_the_same_result_and_leaves_all_new(
    find: Find, store_path: Path
) -> None:
    client = find()
    tried = imported(client, *FORMATS, dryRun=True)
    assert not store_path.exists()
    assert counts(sources(client)["claude-code projects"]) == (3, 3, 0)
    done = imported(client, *FORMATS)
    assert tried["sessions"] == [{**each, "id": None} for each in done["sessions"]]


@linux
def test_one_bad_session_of_a_tool_costs_no_other(find: Find, machine: Path) -> None:
    client = find()
    write(machine / ".codex" / "sessions" / "bad.jsonl", codex(5)[:40])
    state = machine / ".config" / "Cursor" / "User" / "workspaceStorage" / "a" / "state.vscdb"
    good = machine / ".config" / "Cursor" / "User" / "globalStorage" / "state.vscdb"
    write(state, good.read_bytes()[:5000])
    write(machine / ".claude" / "projects" / "x" / f"{id_of(9)}.jsonl", claude_code(9)[:-30])
    result = imported(client, *FORMATS)
    assert len([each for each in result["sessions"] if each["status"] == "created"]) >= 9
    assert all(each["reason"] and each["uri"] for each in result["failed"])
    assert "error in hfs-server" not in str(result["failed"])


@pytest.mark.parametrize(
    "params",
    [
        {"tools": ["nobody"]}, {"tools": []}, {"tools": "codex"}, {"tools": [5]},
        {"tools": ["codex"], "uri": "file:///x"}, {"uris": []}, {"uris": ["http://x"]},
        {"content": "x", "format": "nobody"}, {"content": "x", "onConflict": "replace"},
        {"content": "x", "dryRun": "yes"},
    ],
)  # fmt: skip
def test_params_that_are_none_are_rejected(shared: Client, params: Any) -> None:
    assert shared.refusal("hfs/import", params).code == -32602


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="no folder is closed to this user")
def test_a_folder_that_cannot_be_read_stops_no_other_tool(machine: Path, find: Find) -> None:
    client = find()
    closed = machine / ".claude" / "projects"
    closed.chmod(0)
    try:
        sources = client.request("hfs/listSources")["sources"]
        problems = {each["tool"]: each["problem"] for each in sources if each["problem"]}
        assert "cannot be read" in problems["claude-code"]
        result = client.request("hfs/import", {"tools": ["claude-code", "codex"]})
        assert [each["name"] for each in result["failed"]] == ["projects"]
        assert {each["tool"] for each in result["sessions"]} == {"codex"}
    finally:
        closed.chmod(0o700)
