"""``hfs/deleteSession``: a deleted session is nowhere but in the list of deleted ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from testing import edited_sessions
from testing.client import Client, Start
from testing.documents import document, text
from testing.programs import changed
from testing.stores import held, rows
from testing.terminal import Terminal
from testing.tool_logs import subagent, write, write_claude_code

pytestmark = pytest.mark.both_engines

DELETE = "hfs/deleteSession"
SOON_BUSY = changed(
    "from hfs_server.store.sqlite import connections", "connections.BUSY_SECONDS = 0.5"
)
"""A server that waits for a lock for a moment only."""


def delete(client: Client, session_id: int) -> Any:
    return client.request(DELETE, {"sessionId": session_id})


def ids(client: Client, **params: Any) -> list[int]:
    return [each["id"] for each in client.request("hfs/listSessions", params)["sessions"]]


def test_every_program_misses_it_and_is_notified(terminal: Terminal, start: Start) -> None:
    session = terminal.add_session("Delete me", "zebra")
    terminal.add_session("Keep me", "zebra")
    deleting, other = start(terminal.path), start(terminal.path)
    for client in (deleting, other):
        assert len(client.request("hfs/search", {"query": "zebra"})["matches"]) == 2
    deletion = delete(deleting, session)
    assert deletion["sessionCount"] == 1
    for client in (deleting, other):
        client.notification("hfs/didChangeSessions")
        assert ids(client) == [2]
        assert client.request("hfs/statistics")["sessions"] == 1
        assert len(client.request("hfs/search", {"query": "zebra"})["matches"]) == 1
        (shown,) = client.request("hfs/listSessions", {"deleted": True})["sessions"]
        assert (shown["id"], shown["name"]) == (session, "Delete me")
        assert (shown["messageCount"], shown["deletedAt"]) == (1, deletion["deletedAt"])
    assert terminal.names() == {2: "Keep me"}
    assert terminal.add_session("New", "other") == 3


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("hfs/export", {"sessionId": 1, "format": "json"}),
        ("workspace/textDocumentContent", {"uri": "hfs:/sessions/1.md"}),
        ("hfs/renameSession", {"sessionId": 1, "name": "x"}),
        (DELETE, {"sessionId": 1}),
    ],
)
def test_requests_for_it_say_that_it_was_deleted_and_how_to_restore_it(
    server: Client, method: str, params: dict[str, Any]
) -> None:
    server.request("hfs/import", {"content": text(document())})
    deletion = delete(server, 1)
    error = server.refusal(method, params)
    assert (error.code, error.kind) == (-32803, "sessionNotFound")
    assert "was deleted" in error.message
    assert "hfs-server restore 1" in error.message
    assert error.data["deletedAt"] == deletion["deletedAt"]


def test_its_edits_of_files_are_not_shown(server: Client, tmp_path: Path) -> None:
    file = write(tmp_path / "web" / "app.py", f"{edited_sessions.LINE}\n".encode())
    call = edited_sessions.write(str(file), edited_sessions.LINE)
    content = edited_sessions.session("Wrote it", str(file.parent), call)
    server.request("hfs/import", {"content": content})
    asked = {"uri": file.as_uri()}
    assert server.request("hfs/sessionsOfFile", asked)["edits"]
    delete(server, 1)
    assert server.request("hfs/sessionsOfFile", asked)["edits"] == []
    assert server.request("hfs/sessionsOfFile", {**asked, "line": 0})["edits"] == []


def test_subagents_are_deleted_with_their_session(
    start: Start, store_path: Path, tmp_path: Path
) -> None:
    (log,) = write_claude_code(tmp_path / ".claude", [0])
    write(log.with_suffix("") / "subagents" / "agent-a1.jsonl", subagent(0, "a1"))
    client = start(store_path)
    client.request("hfs/import", {"uri": tmp_path.as_uri()})
    ((parent,),) = (ids(client),)
    (child,) = ids(client, parentId=parent)
    assert delete(client, parent)["sessionCount"] == 2
    assert ids(client, deleted=True) == [parent]
    assert ids(client, deleted=True, parentId=parent) == [child]
    again = client.request("hfs/import", {"uri": tmp_path.as_uri()})
    assert again["skipped"] == [{"reason": "not changed since the last import", "count": 2}]
    with log.open("ab") as file:
        file.write(b"\n")
    again = client.request("hfs/import", {"uri": tmp_path.as_uri()})
    assert {"reason": "deleted from the store before", "count": 1} in again["skipped"]
    assert ids(client) == []


def test_a_locked_store_is_busy_and_nothing_is_deleted(start: Start, store_path: Path) -> None:
    server = start(store_path, program=SOON_BUSY)
    server.request("hfs/import", {"content": text(document())})
    with held(store_path):
        error = server.refusal(DELETE, {"sessionId": 1})
        assert error.kind == "storeBusy"
    assert ids(server) == [1]
    assert rows(store_path, "SELECT count(*) FROM hfs_deletions") == [(0,)]


def test_a_session_that_is_not_there_is_an_error(server: Client) -> None:
    assert server.refusal(DELETE, {"sessionId": 9}).kind == "sessionNotFound"
    assert server.refusal(DELETE, {"sessionId": "9"}).code == -32602
