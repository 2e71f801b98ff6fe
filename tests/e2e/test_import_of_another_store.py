"""``hfs/import`` of another store: its sessions, as they are there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from testing import stores
from testing.client import Client, Start
from testing.documents import document, message, text
from testing.requests import exported
from testing.terminal import Terminal
from testing.tool_logs import claude_code, id_of, write


def statuses(result: Any) -> list[str]:
    return [session["status"] for session in result["sessions"]]


def contents(path: Path) -> dict[str, bytes]:
    """The files of a store, byte for byte."""
    return {file.name: file.read_bytes() for file in path.parent.glob(f"{path.name}*")}


def test_the_sessions_of_another_store_are_imported_and_it_is_not_changed(
    start: Start, tmp_path: Path
) -> None:
    other = tmp_path / "other" / "sessions.db"
    other.parent.mkdir()
    log = write(tmp_path / f"{id_of(1)}.jsonl", claude_code(1, turns=3))
    with Terminal(other) as terminal:
        terminal.add_session("Of the terminal", "one", "two")
    first = start(other)
    first.request("hfs/import", {"uri": log.as_uri()})
    first.request("hfs/import", {"content": text(document(messages=[message("a"), message("b")]))})
    sessions = first.request("hfs/listSessions")["sessions"]
    documents = {each["name"]: exported(first, each["id"]) for each in sessions}
    first.finish()
    before = contents(other)

    client = start(tmp_path / "new.db")
    result = client.request("hfs/import", {"uri": other.as_uri()})
    assert statuses(result) == ["created"] * 3
    assert result["evidence"] == ["hfs: tables of a store"]
    assert contents(other) == before
    for session in client.request("hfs/listSessions")["sessions"]:
        assert without_export(exported(client, session["id"])) == without_export(
            documents[session["name"]]
        )
    (of_tool,) = [each["id"] for each in result["sessions"] if each["tool"] == "claude-code"]
    params = {"sessionId": of_tool, "format": "original", "destination": tmp_path.as_uri()}
    written = client.request("hfs/export", params)
    assert Path(written["uri"].removeprefix("file://")).read_bytes() == log.read_bytes()
    again = client.request("hfs/import", {"uri": other.as_uri()})
    assert statuses(again) == ["unchanged"] * 3


def without_export(content: str) -> Any:
    """A document without the time of its export."""
    found = json.loads(content)
    del found["metadata"]["exported_at"]
    return found


def test_another_store_that_is_damaged_is_a_failure_in_a_sentence(
    start: Start, tmp_path: Path, store_path: Path
) -> None:
    other = tmp_path / "other.db"
    with Terminal(other) as terminal:
        terminal.add_session("Lost", *("x" * 900 for _ in range(50)))
    content = other.read_bytes()
    other.write_bytes(content[: len(content) // 2])
    client = start(store_path)
    error = client.refusal("hfs/import", {"uri": other.as_uri()})
    assert error.kind == "invalidDocument"
    assert "cannot be read" in error.message
    assert stores.counts(store_path)["sessions"] == 0


def test_the_original_of_a_session_is_written_byte_for_byte(server: Client, tmp_path: Path) -> None:
    log = write(tmp_path / "in" / f"{id_of(2)}.jsonl", claude_code(2, turns=5))
    (session,) = server.request("hfs/import", {"uri": log.as_uri()})["sessions"]
    folder = tmp_path / "out"
    folder.mkdir()
    params = {"sessionId": session["id"], "format": "original", "destination": folder.as_uri()}
    result = server.request("hfs/export", params)
    (file,) = folder.iterdir()
    assert file.suffix == ".jsonl"
    assert file.read_bytes() == log.read_bytes()
    assert (result["format"], result["bytes"]) == ("original", log.stat().st_size)


def test_a_session_without_an_original_says_so(server: Client, tmp_path: Path) -> None:
    (session,) = server.request("hfs/import", {"content": text(document())})["sessions"]
    params = {"sessionId": session["id"], "format": "original", "destination": tmp_path.as_uri()}
    error = server.refusal("hfs/export", params)
    assert (error.code, error.kind) == (-32803, "originalNotKept")
    assert list(tmp_path.glob("*.part*")) == []
