"""``hfs/import`` of another store: its sessions, as they are there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

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


def test_a_store_that_has_not_changed_is_imported_again_without_writing(
    start: Start, tmp_path: Path, store_path: Path
) -> None:
    other = tmp_path / "other.db"
    with Terminal(other) as terminal:
        for number in range(30):
            terminal.add_checkpoint(terminal.add_session(f"No {number}", "one"), 1, "t", "{}")
    client = start(store_path)
    client.request("hfs/import", {"uri": other.as_uri()})
    client.finish()
    before = contents(store_path), store_path.stat().st_mtime_ns
    client = start(store_path)
    assert statuses(client.request("hfs/import", {"uri": other.as_uri()})) == ["unchanged"] * 30
    client.finish()
    assert (contents(store_path), store_path.stat().st_mtime_ns) == before


def test_the_terminal_programs_store_is_read_while_it_has_it_open_and_nobody_may_write(
    start: Start, tmp_path: Path, store_path: Path
) -> None:
    other = tmp_path / "other" / "sessions.db"
    client = start(store_path)
    with Terminal(other) as terminal:
        session = terminal.add_session("Open", "one")
        with terminal.session():
            terminal.add_message(session, "user", "in the log")
            names = [file.name for file in other.parent.iterdir()]
            before = contents(other)
            for path in (*other.parent.iterdir(), other.parent):
                path.chmod(0o555 if path.is_dir() else 0o444)
            try:
                result = client.request("hfs/import", {"uri": other.as_uri()})
            finally:
                for path in (other.parent, *other.parent.iterdir()):
                    path.chmod(0o755 if path.is_dir() else 0o644)
        assert (statuses(result), result["sessions"][0]["messageCount"]) == (["created"], 2)
        assert contents(other) == before
        assert [file.name for file in other.parent.iterdir()] == names
        terminal.add_message(session, "user", "later")
    assert statuses(client.request("hfs/import", {"uri": other.as_uri()})) == ["updated"]


def test_a_session_that_was_deleted_here_stays_deleted(
    start: Start, tmp_path: Path, store_path: Path
) -> None:
    other = tmp_path / "other.db"
    with Terminal(other) as terminal:
        for name in ("Gone", "Kept"):
            terminal.add_session(name, "one")
    client = start(store_path)
    client.request("hfs/import", {"uri": other.as_uri()})
    with Terminal(store_path) as terminal:
        terminal.delete_session(1)
    result = client.request("hfs/import", {"uri": other.as_uri()})
    assert statuses(result) == ["skipped", "unchanged"]
    assert result["skipped"] == [{"reason": "deleted from the store before", "count": 1}]
    tried = client.request("hfs/import", {"uri": other.as_uri(), "dryRun": True})
    assert statuses(tried) == ["skipped", "unchanged"]


def test_a_session_of_unknown_times_is_the_same_in_every_store(
    start: Start, tmp_path: Path, store_path: Path
) -> None:
    made = document(messages=[message("a", created_at=None), message("b", created_at=None)])
    del made["metadata"]["session_created_at"]
    one, other = start(store_path), start(tmp_path / "other.db")
    assert statuses(one.request("hfs/import", {"content": text(made)})) == ["created"]
    uri = store_path.as_uri()
    assert statuses(other.request("hfs/import", {"uri": uri})) == ["created"]
    assert statuses(other.request("hfs/import", {"content": text(made)})) == ["unchanged"]
    uri = (tmp_path / "other.db").as_uri()
    assert statuses(one.request("hfs/import", {"uri": uri})) == ["unchanged"]
    # A trial compares them one by one.
    assert statuses(one.request("hfs/import", {"uri": uri, "dryRun": True})) == ["unchanged"]


def test_an_empty_store_is_no_failure(start: Start, tmp_path: Path, store_path: Path) -> None:
    other = tmp_path / "other.db"
    Terminal(other).close()
    result = start(store_path).request("hfs/import", {"uri": other.as_uri()})
    assert (result["sessions"], result["failed"]) == ([], [])


def test_a_damaged_original_fails_its_session_and_no_other(
    start: Start, tmp_path: Path, store_path: Path
) -> None:
    other = tmp_path / "other.db"
    first = start(other)
    for number in (1, 2):
        log = write(tmp_path / f"{id_of(number)}.jsonl", claude_code(number))
        first.request("hfs/import", {"uri": log.as_uri()})
    first.finish()
    with stores.opened(other) as connection:
        connection.execute("UPDATE hfs_pieces SET data = x'00' WHERE rowid = 1")
    result = start(store_path).request("hfs/import", {"uri": other.as_uri()})
    assert statuses(result) == ["created"]
    assert ["damaged" in failed["reason"] for failed in result["failed"]] == [True]


ODD_ROWS = {
    "bytes": "UPDATE messages SET content = x'ff00' WHERE id = 1",
    "a number": "UPDATE messages SET role = 7 WHERE id = 1",
    "no time": "UPDATE messages SET created_at = 'yesterday' WHERE id = 1",
    "another time": "UPDATE sessions SET created_at = '2026-02-01T10:00:00Z'",
    "a name of bytes": "UPDATE sessions SET name = x'ff'",
    "an index of text": "UPDATE checkpoints SET message_index = 'x'",
    "invalid UTF-8": "UPDATE messages SET content = CAST(x'61ff62' AS TEXT) WHERE id = 1",
    "a NUL": "UPDATE messages SET content = 'a' || char(0) || 'b' WHERE id = 1",
    "a state that is no JSON": "UPDATE checkpoints SET state_json = '{'",
    "a large id": "UPDATE messages SET id = 9223372036854775807 WHERE id = 2",
    "a negative id": "UPDATE messages SET id = -5 WHERE id = 2",
}


@pytest.mark.parametrize("change", ODD_ROWS)
def test_rows_that_no_program_should_write_are_imported_once(
    start: Start, tmp_path: Path, store_path: Path, change: str
) -> None:
    other = tmp_path / "other.db"
    with Terminal(other) as terminal:
        session = terminal.add_session("Odd", "one", "two")
        terminal.add_checkpoint(session, 1, "t", "{}")
    with stores.opened(other) as connection:
        connection.execute(ODD_ROWS[change])
    direct = start(other)
    expected = without_export(exported(direct, 1))
    client = start(store_path)
    for status in ("created", "unchanged"):
        assert statuses(client.request("hfs/import", {"uri": other.as_uri()})) == [status]
        assert without_export(exported(client, 1)) == expected


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
