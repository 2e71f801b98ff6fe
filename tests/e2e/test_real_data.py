"""The store and the exports that the terminal program itself wrote."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from testing import stores
from testing.client import Start
from testing.requests import exported, exported_and_imported
from testing.terminal import Terminal

EXPECTED = [
    (7, "New Session", 0, 0, None),
    (6, 'Renamed: release/2026 "final"', 30, 1, "Turn 0: lorem ipsum"),
    (5, "x" * 30 + "... - 2026-11-22_11-15", 2, 0, "x" * 40 + " second line"),
    (4, " - 2026-11-22_11-15", 1, 0, ""),
    (
        3,
        "# Überschrift\nmit *Sternen* 🙂... - 2026-11-22_11-15",
        3,
        0,
        "# Überschrift mit *Sternen*",
    ),
    (2, "why does this fail?\n\n```python... - 2026-11-22_11-15", 2, 1, "why does this fail? ```"),
    (
        1,
        "Create a responsive pricing pa... - 2026-11-22_11-15",
        5,
        2,
        "Create a responsive pricing page with three tiers",
    ),
]


def test_all_sessions_are_listed_in_order_with_counts_and_previews(
    real_store: Path, start: Start
) -> None:
    listed = start(real_store).request("hfs/listSessions")["sessions"]
    found = [
        (session["id"], session["name"], session["messageCount"], session["checkpointCount"])
        for session in listed
    ]
    assert found == [row[:4] for row in EXPECTED]
    for session, (*_, preview) in zip(listed, EXPECTED, strict=True):
        if preview:
            assert session["preview"].startswith(preview)
            assert len(session["preview"]) <= 120
        else:
            assert session["preview"] == preview
    assert listed[0]["updatedAt"] is None
    assert listed[0]["createdAt"] == "2026-11-22T11:15:26.186104Z"


def test_every_session_is_exported_in_both_formats(
    real_store: Path, start: Start, tmp_path: Path
) -> None:
    client = start(real_store)
    before = {table: stores.rows(real_store, f"SELECT * FROM {table}") for table in stores.TABLES}
    folder = tmp_path / "out"
    folder.mkdir()
    for session_id, _, messages, checkpoints, _ in EXPECTED:
        for form in ("markdown", "json"):
            params = {"sessionId": session_id, "format": form, "destination": folder.as_uri()}
            result = client.request("hfs/export", params)
            assert (result["messageCount"], result["checkpointCount"]) == (messages, checkpoints)
    assert len([*folder.glob("*.md")]) == len([*folder.glob("*.json")]) == len(EXPECTED)
    after = {table: stores.rows(real_store, f"SELECT * FROM {table}") for table in stores.TABLES}
    for table, rows in before.items():
        assert [row[: len(rows[0])] for row in after[table]] == rows


def test_every_session_is_exported_and_imported_unchanged(real_store: Path, start: Start) -> None:
    client = start(real_store)
    for session_id, name, messages, checkpoints, _ in EXPECTED:
        found = exported_and_imported(client, session_id)
        assert found["metadata"]["session_name"] == name
        assert len(found["messages"]) == messages
        assert len(found["checkpoints"]) == checkpoints
    assert len(client.request("hfs/listSessions")["sessions"]) == 2 * len(EXPECTED)


def test_every_export_is_imported_but_the_newer_one(
    real_data: Path, real_store: Path, start: Start
) -> None:
    client = start(real_store)
    files = sorted((real_data / "hfs-exports").glob("*.json"))
    assert len(files) >= 5
    for path in files:
        given = json.loads(path.read_text(encoding="utf-8"))
        if "2.0.0" in path.name:
            error = client.refusal("hfs/import", {"uri": path.as_uri()})
            assert error.kind == "unsupportedVersion"
            assert "2.0.0" in error.message
            assert "1.1.0" in error.message
            assert "pgrade hfs-server" in error.message
            continue
        # Untimed documents that begin alike would be the same session.
        params = {"uri": path.as_uri(), "onConflict": "copy"}
        result = client.request("hfs/import", params)
        session = result["sessions"][0]
        assert session["messageCount"] == len(given["messages"])
        assert session["checkpointCount"] == len(given.get("checkpoints") or [])
        assert result["migrated"] == ("variant" in path.name)
        found = json.loads(exported(client, session["id"]))
        assert found["run_snapshot"] == given.get("run_snapshot")
        exported_and_imported(client, session["id"])


@pytest.mark.parametrize("when", ["before", "while"])
def test_the_terminal_program_goes_on_with_the_store(
    real_store: Path, start: Start, when: str
) -> None:
    client = start(real_store)
    if when == "while":
        client.request("hfs/listSessions")
    with Terminal(real_store) as terminal:
        assert len(terminal.list()) == 7
        terminal.add_message(7, "user", "Hello")
        new = terminal.add_session("Another", "one")
        terminal.delete_session(6)
        listed = client.request("hfs/listSessions")["sessions"]
        assert [session["id"] for session in listed[:2]] == [new, 7]
        assert {session["id"] for session in listed} == {1, 2, 3, 4, 5, 7, new}
        client.finish()
        terminal.add_message(new, "user", "two")
        assert len(terminal.list()) == 7
