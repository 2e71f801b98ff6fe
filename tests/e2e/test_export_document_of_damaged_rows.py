"""Rows that other programs damaged: the rest of the session is exported and imported."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from testing import stores
from testing.client import Client, Start
from testing.documents import document, text
from testing.nasty_texts import NASTY_TEXTS
from testing.requests import exported_and_imported
from testing.terminal import Terminal

DAMAGE = [
    "UPDATE sessions SET name = 9e999",
    "UPDATE sessions SET name = x'ff', created_at = -9e999, updated_at = 9e999",
    "UPDATE messages SET role = 9e999, content = -9e999, created_at = 9e999",
    "UPDATE messages SET role = x'ff00', content = x'eda080', created_at = x''",
    "UPDATE checkpoints SET message_index = 9e999, trigger_event = -9e999, state_json = 9e999",
    "UPDATE checkpoints SET message_index = x'ff', trigger_event = x'ff', state_json = x'ff'",
    "UPDATE checkpoints SET message_index = -9223372036854775807 - 1",
    """UPDATE checkpoints SET state_json = '[NaN, 1e400, "\\ud800"]'""",
]


@pytest.mark.parametrize("sql", DAMAGE)
def test_values_that_json_cannot_hold_leave_the_store_as_json(
    server: Client, store_path: Path, sql: str
) -> None:
    moment = {"trigger": "t", "message_index": 1, "state": {}}
    server.request("hfs/import", {"content": text(document(checkpoints=[moment]))})
    with stores.opened(store_path) as connection:
        connection.execute(sql)
    assert len(server.request("hfs/listSessions")["sessions"]) == 1
    for ending in ("md", "json"):
        uri = {"uri": f"hfs:/sessions/1.{ending}"}
        content = server.request("workspace/textDocumentContent", uri)["text"]
    server.request("hfs/import", {"content": content})


STORED_STATES = [
    "{}",
    "",
    " ",
    "null",
    "nonsense",
    "{",
    '"text"',
    '"{}"',
    "[]",
    "5",
    "1.0",
    "true",
    '{"a": 1, "a": 2}',
    '{"a": NaN}',
    '{"a": 1e400}',
    '{"a": 99999999999999999999}',
    '{"a": "\\ud800"}',
    '{"a": "\\u0000"}',
    "{} {}",
    '{"b": 1, "a": {"z": [1.50, -0, 1E5]}}',
    "\ufeff{}",
]


@pytest.fixture
def damaged_store(store_path: Path) -> Path:
    """A store with rows that we would never write."""
    with Terminal(store_path) as terminal:
        moment = datetime(2026, 2, 1, 10, 30, 0, 1)
        session = terminal.add_session("States", "one", created_at=moment)
        for state in STORED_STATES:
            terminal.add_checkpoint(session, 1, "run.ended", state)
        for name in NASTY_TEXTS:
            # SQLAlchemy's engine is given a NUL like any other character.
            terminal.add_session(NASTY_TEXTS[name][:255], NASTY_TEXTS[name])
        for name in ("bytes", "numbers", "times", "blobs", "updated"):
            terminal.add_session(name, "one", "two", created_at=moment)
    with stores.opened(store_path) as connection:
        ids = dict(connection.execute("SELECT name, id FROM sessions").fetchall())
        bad = "CAST(x'61ff62c328f0' AS TEXT)"
        for sql, session in (
            (f"UPDATE messages SET content = {bad}, role = {bad} WHERE session_id = ?", "bytes"),
            (f"UPDATE sessions SET name = {bad} WHERE id = ?", "bytes"),
            (
                "INSERT INTO checkpoints (session_id, message_index, trigger_event, state_json,"
                f" created_at) VALUES (?, 1, {bad}, {bad}, '2026-02-01 10:30:00')",
                "bytes",
            ),
            ("UPDATE messages SET content = 5, role = 1.5 WHERE session_id = ?", "numbers"),
            (
                "INSERT INTO checkpoints (session_id, message_index, trigger_event, state_json,"
                " created_at) VALUES (?, 'first', 7, 8, 9)",
                "numbers",
            ),
            ("UPDATE messages SET created_at = 'soon' WHERE session_id = ?", "times"),
            ("UPDATE sessions SET created_at = 20260201 WHERE id = ?", "times"),
            ("UPDATE sessions SET updated_at = 'soon' WHERE id = ?", "updated"),
            ("UPDATE messages SET content = x'00ff', role = x'ff' WHERE session_id = ?", "blobs"),
            ("UPDATE sessions SET name = x'ff00' WHERE id = ?", "blobs"),
            (
                "INSERT INTO checkpoints (session_id, message_index, trigger_event, state_json,"
                " created_at) VALUES (?, 2.5, x'ff', x'7b7dff', x'ff')",
                "blobs",
            ),
        ):
            connection.execute(sql, (ids[session],))
        connection.execute(
            "INSERT INTO messages (session_id, role, content, created_at)"
            " VALUES (-5, 'user', 'orphan', '2026-02-01 10:00:00')"
        )
    return store_path


def test_rows_that_other_programs_damaged_affect_only_themselves(
    damaged_store: Path, start: Start
) -> None:
    client = start(damaged_store)
    listed = client.request("hfs/listSessions", {"limit": 500})["sessions"]
    assert len(listed) == stores.rows(damaged_store, "SELECT count(*) FROM sessions")[0][0]
    failed = {}
    for found in listed:
        try:
            exported_and_imported(client, found["id"])
            uri = f"hfs:/sessions/{found['id']}.md"
            client.request("workspace/textDocumentContent", {"uri": uri})
        except Exception as error:
            failed[found["name"][:20]] = str(error)[:300]
    assert failed == {}


def test_what_is_not_text_in_the_store_can_still_be_searched_for(
    damaged_store: Path, start: Start
) -> None:
    client = start(damaged_store)
    found = client.request("hfs/listSessions", {"query": "numbers"})["sessions"]
    assert [session["name"] for session in found] == ["numbers"]
    for session in client.request("hfs/listSessions", {"limit": 500})["sessions"]:
        assert session["createdAt"].endswith("Z") == (session["name"] != "times")
        assert session["createdAt"].endswith("Z") or session["createdAt"] == ""
        assert session["updatedAt"] is None or session["updatedAt"].endswith("Z")


@pytest.mark.parametrize("levels", [97, 98, 100, 150])
def test_a_state_that_is_nested_deeply_in_the_store_survives(
    terminal: Terminal, start: Start, levels: int
) -> None:
    session = terminal.add_session("Deep", "one")
    state = '{"a":' * levels + "1" + "}" * levels
    terminal.add_checkpoint(session, 1, "run.ended", state)
    exported_and_imported(start(terminal.path), session)
