"""``hfs/restoreSession``: deleted sessions come back, exactly and under their ids."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from testing.client import Client, Start
from testing.documents import document, message, same_but_for_export_time, text
from testing.stores import rows
from testing.terminal import Terminal
from testing.tool_logs import claude_code, subagent, write, write_claude_code

pytestmark = pytest.mark.both_engines


def restore(client: Client, session_id: int) -> Any:
    return client.request("hfs/restoreSession", {"sessionId": session_id})["session"]


def delete(client: Client, session_id: int) -> None:
    client.request("hfs/deleteSession", {"sessionId": session_id})


def exported(client: Client, session_id: int) -> Any:
    params = {"uri": f"hfs:/sessions/{session_id}.json"}
    return same_but_for_export_time(client.request("workspace/textDocumentContent", params)["text"])


def test_it_is_the_same_session_again(server: Client) -> None:
    made = document("Rich", message("typed", odd={"a": 1}), run_snapshot={"run_id": "r"}, more=[1])
    made["checkpoints"] = [
        {"trigger": "t", "message_index": 1, "created_at": None, "state": {"a": 1}}
    ]
    server.request("hfs/import", {"content": text(made)})
    listed, before = server.request("hfs/listSessions"), exported(server, 1)
    delete(server, 1)
    restored = restore(server, 1)
    assert [restored] == listed["sessions"]
    assert exported(server, 1) == before
    assert server.request("hfs/listSessions", {"deleted": True})["sessions"] == []
    assert server.refusal("hfs/restoreSession", {"sessionId": 1}).kind == "sessionNotFound"


def test_it_gets_a_new_id_if_a_session_of_the_terminal_program_has_its_own(
    terminal: Terminal, start: Start
) -> None:
    assert terminal.add_session("old", "one") == 1
    client = start(terminal.path)
    delete(client, 1)
    assert terminal.add_session("new", "two") == 1
    assert "two" in str(exported(client, 1))
    restored = restore(client, 1)
    assert (restored["id"], restored["name"]) == (2, "old")
    assert terminal.list() == [(1, "new", [("user", "two")]), (2, "old", [("user", "one")])]
    terminal.add_message(2, "assistant", "goes on")


def test_subagents_and_originals_come_back(start: Start, store_path: Path, tmp_path: Path) -> None:
    (log,) = write_claude_code(tmp_path / ".claude", [0])
    write(log.with_suffix("") / "subagents" / "agent-a1.jsonl", subagent(0, "a1"))
    client = start(store_path)
    client.request("hfs/import", {"uri": tmp_path.as_uri()})
    (before,) = client.request("hfs/listSessions")["sessions"]
    delete(client, before["id"])
    assert restore(client, before["id"]) == before
    assert before["childCount"] == 1
    target = tmp_path / "original.jsonl"
    params = {"sessionId": before["id"], "format": "original", "destination": target.as_uri()}
    client.request("hfs/export", params)
    assert target.read_bytes() == log.read_bytes()


def test_an_import_of_its_file_brings_it_back_and_updates_it(
    start: Start, store_path: Path, tmp_path: Path
) -> None:
    log = write(tmp_path / "logs" / "one.jsonl", claude_code(1, 2))
    client = start(store_path)
    client.request("hfs/import", {"uri": log.as_uri()})
    client.request("hfs/renameSession", {"sessionId": 1, "name": "mine"})
    delete(client, 1)
    log.write_bytes(claude_code(1, 3))
    folder = client.request("hfs/import", {"uri": log.parent.as_uri()})
    assert [each["status"] for each in folder["sessions"]] == ["skipped"]
    for params in ({"dryRun": True}, {}):
        (saved,) = client.request("hfs/import", {"uri": log.as_uri(), **params})["sessions"]
        assert (saved["status"], saved["name"]) == ("created", "mine")
        assert saved["id"] == (None if params else 1)
    assert client.request("hfs/listSessions", {"deleted": True})["sessions"] == []
    assert rows(store_path, "SELECT count(*) FROM sessions") == [(1,)]


def test_what_its_file_got_meanwhile_is_imported_after_a_restoration(
    start: Start, store_path: Path, tmp_path: Path
) -> None:
    log = write(tmp_path / "logs" / "one.jsonl", claude_code(1, 2))
    client = start(store_path)
    folder = {"uri": log.parent.as_uri()}
    client.request("hfs/import", folder)
    delete(client, 1)
    log.write_bytes(claude_code(1, 3))
    assert client.request("hfs/import", folder)["sessions"][0]["status"] == "skipped"
    before = restore(client, 1)["messageCount"]
    (saved,) = client.request("hfs/import", folder)["sessions"]
    assert (saved["status"], saved["messageCount"]) == ("updated", before * 3 // 2)
    assert client.request("hfs/import", folder)["sessions"] == []


def test_the_commands_for_editors_do_the_same(server: Client) -> None:
    server.request("hfs/import", {"content": text(document())})

    def execute(command: str, **argument: Any) -> Any:
        params = {"command": f"hfs.server.{command}", "arguments": [argument]}
        return server.request("workspace/executeCommand", params)

    assert execute("renameSession", sessionId=1, name="x")["session"]["name"] == "x"
    assert execute("deleteSession", sessionId=1)["sessionCount"] == 1
    assert execute("restoreSession", sessionId=1)["session"]["name"] == "x"
