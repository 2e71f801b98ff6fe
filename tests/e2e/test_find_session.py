"""``hfs/findSession``: one session by its id or its identity, and how its tool continues it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from testing.client import Client, Start
from testing.documents import document, text
from testing.stores import rows
from testing.terminal import Terminal
from testing.tool_logs import claude_code, id_of, subagent, write

pytestmark = pytest.mark.both_engines

FIND = "hfs/findSession"
SOURCE = json.dumps({"facts": {"source": {"session_id": 5}}})


def find(client: Client, **params: Any) -> Any:
    return client.request(FIND, params)


def import_claude(client: Client, folder: Path, **common: Any) -> Path:
    log = write(folder / f"{id_of(0)}.jsonl", claude_code(0, **common))
    client.request("hfs/import", {"uri": log.as_uri()})
    return log


def test_a_session_is_found_by_its_id_and_by_its_identity(server: Client, tmp_path: Path) -> None:
    import_claude(server, tmp_path, cwd=str(tmp_path))
    found = find(server, sessionId=1)
    assert found["identity"] == f"claude-code:{id_of(0)}"
    assert found == find(server, identity=found["identity"])
    assert found["session"] == server.request("hfs/listSessions")["sessions"][0]
    assert found["resume"] == {
        "command": ["claude", "--resume", id_of(0)],
        "directory": str(tmp_path),
    }
    argument = {"command": "hfs.server.findSession", "arguments": [{"sessionId": 1}]}
    assert server.request("workspace/executeCommand", argument) == found


def test_the_identity_is_that_of_an_import_in_every_store(
    server: Client, start: Start, tmp_path: Path
) -> None:
    content = text(document("Any"))
    (saved,) = server.request("hfs/import", {"content": content})["sessions"]
    other = start(tmp_path / "other.db")
    other.request(
        "hfs/import", {"content": text(document("Before", {"role": "user", "content": "x"}))}
    )
    other.request("hfs/import", {"content": content})
    assert find(server, sessionId=1)["identity"] == saved["sessionId"]
    assert find(other, identity=saved["sessionId"])["session"]["id"] == 2


def test_sessions_of_the_terminal_program_have_an_identity(
    terminal: Terminal, start: Start
) -> None:
    for name in ("first", "second", "third"):
        terminal.add_session(name, f"hello {name}")
    client = start(terminal.path)
    for number in (1, 2, 3):
        found = find(client, sessionId=number)
        assert found["identity"].startswith("hfs:")
        assert find(client, identity=found["identity"]) == found
        assert found["resume"] is None


def test_a_subagent_is_found_and_has_no_command(server: Client, tmp_path: Path) -> None:
    log = write(tmp_path / f"{id_of(0)}.jsonl", claude_code(0))
    write(log.with_suffix("") / "subagents" / "agent-a1.jsonl", subagent(0, "a1"))
    server.request("hfs/import", {"uri": tmp_path.as_uri()})
    (below,) = server.request("hfs/listSessions", {"parentId": 1})["sessions"]
    found = find(server, identity=f"claude-code:{id_of(0)}/a1")
    assert (found["session"], found["resume"]) == (below, None)


def test_a_folder_that_is_not_here_is_not_named(server: Client, tmp_path: Path) -> None:
    import_claude(server, tmp_path, cwd=str(tmp_path / "gone"))
    found = find(server, sessionId=1)
    assert found["session"]["workingDirectory"] == str(tmp_path / "gone")
    assert found["resume"]["directory"] is None


@pytest.mark.parametrize("session_id", ["--help", "x; id", "a\nb", "", "\U0001f9e9"])
def test_what_a_document_says_of_its_source_becomes_no_command(
    server: Client, session_id: str
) -> None:
    source = {"tool": "claude-code", "session_id": session_id}
    made = document("Hostile", metadata={"schema_version": "1.1.0", "source": source})
    server.request("hfs/import", {"content": text(made)})
    assert find(server, sessionId=1)["resume"] is None


def test_what_other_programs_write_there_is_no_command(server: Client, store_path: Path) -> None:
    server.request("hfs/import", {"content": text(document("Damaged"))})
    for extra in ("{", "[]", json.dumps({"facts": {"source": ["x"]}}), SOURCE, "x"):
        rows(store_path, "UPDATE sessions SET hfs_tool = 'codex', hfs_extra = ?", extra)
        assert find(server, sessionId=1)["resume"] is None


def test_a_deleted_session_is_not_found_and_the_error_says_so(
    server: Client, tmp_path: Path
) -> None:
    import_claude(server, tmp_path)
    identity = find(server, sessionId=1)["identity"]
    server.request("hfs/deleteSession", {"sessionId": 1})
    for params in ({"sessionId": 1}, {"identity": identity}):
        error = server.refusal(FIND, params)
        assert error.kind == "sessionNotFound"
        assert "was deleted" in error.message


@pytest.mark.parametrize(
    "identity", ["hfs:unknown", "claude-code:x", "Q", "'; DROP TABLE sessions", "\n", "Q" * 100_000]
)
def test_an_unknown_identity_is_not_found_nor_quoted(server: Client, identity: str) -> None:
    server.request("hfs/import", {"content": text(document())})
    error = server.refusal(FIND, {"identity": identity})
    assert error.kind == "sessionNotFound"
    assert identity not in error.message


def test_nothing_is_found_in_a_store_that_does_not_exist(server: Client) -> None:
    assert server.refusal(FIND, {"sessionId": 1}).kind == "sessionNotFound"
    assert server.refusal(FIND, {"identity": "hfs:x"}).kind == "sessionNotFound"


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"sessionId": 1, "identity": "hfs:x"},
        {"sessionId": None},
        {"identity": ""},
        {"identity": 5},
        {"identity": "\ud800"},
        {"sessionId": 2**63},
        {"sessionId": True},
    ],
    ids=repr,
)
def test_exactly_one_of_both_is_expected(server: Client, params: Any) -> None:
    assert server.refusal(FIND, params).code == -32602
