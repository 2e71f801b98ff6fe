"""``hfs/import``: documents of any version become sessions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from testing import stores
from testing.client import Client, Start
from testing.documents import document, message, text
from testing.terminal import Terminal

pytestmark = pytest.mark.both_engines

EXAMPLES = Path(__file__).parents[2] / "examples" / "sessions"


def content_of(client: Client, session_id: int) -> Any:
    uri = f"hfs:/sessions/{session_id}.json"
    return json.loads(client.request("workspace/textDocumentContent", {"uri": uri})["text"])


def test_a_text_becomes_a_session(emptied: Client) -> None:
    result = emptied.request("hfs/import", {"content": text(document("Mine", checkpoints=None))})
    session_id, identity = (result["sessions"][0][key] for key in ("id", "sessionId"))
    session = {
        "id": session_id,
        "name": "Mine",
        "messageCount": 2,
        "checkpointCount": 0,
        "status": "created",
        "tool": "hfs",
        "sessionId": identity,
        "parentId": None,
    }
    assert result == {
        "sessions": [session],
        "migrated": False,
        "originalVersion": "1.0.0",
        "schemaVersion": "1.0.0",
        "warnings": [],
        "failed": [],
        "skipped": [],
        "evidence": ["hfs: metadata.schema_version"],
    }
    assert identity.startswith("hfs:")
    (listed,) = emptied.request("hfs/listSessions")["sessions"]
    assert (listed["id"], listed["name"], listed["messageCount"]) == (session_id, "Mine", 2)


def test_a_file_becomes_a_session(emptied: Client, tmp_path: Path) -> None:
    path = tmp_path / "ein Name mit Ü & #.json"
    path.write_text(text(document("From a file")), encoding="utf-8")
    result = emptied.request("hfs/import", {"uri": path.as_uri()})
    assert result["sessions"][0]["name"] == "From a file"


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.json")), ids=lambda path: path.name)
def test_every_example_is_imported(shared: Client, path: Path) -> None:
    result = shared.request("hfs/import", {"uri": path.as_uri()})
    found = json.loads(path.read_text(encoding="utf-8"))
    assert result["sessions"][0]["messageCount"] == len(found["messages"])
    needs_facts = any("model" in message for message in found["messages"])
    assert result["schemaVersion"] == ("1.1.0" if needs_facts else "1.0.0")
    assert result["migrated"] == (needs_facts or "metadata" not in found)


@pytest.mark.parametrize(
    ("on_conflict", "statuses", "count"),
    [
        (None, ["created", "unchanged"], 1),
        ("update", ["created", "unchanged"], 1),
        ("skip", ["created", "skipped"], 1),
        ("copy", ["created", "created"], 2),
    ],
)
def test_the_same_document_imported_twice_is_one_session_unless_a_copy_is_requested(
    emptied: Client, on_conflict: str | None, statuses: list[str], count: int
) -> None:
    params = {"content": text(document()), **({"onConflict": on_conflict} if on_conflict else {})}
    found = [emptied.request("hfs/import", params)["sessions"][0] for _ in range(2)]
    assert [session["status"] for session in found] == statuses
    assert len({session["id"] for session in found}) == count
    assert len(emptied.request("hfs/listSessions")["sessions"]) == count


def test_untimed_documents_without_messages_are_told_apart_by_their_names(emptied: Client) -> None:
    def imported(name: str) -> int:
        content = text({"session_name": name, "messages": []})
        return emptied.request("hfs/import", {"content": content})["sessions"][0]["id"]

    assert imported("One") == imported("One") != imported("Two")


@pytest.mark.parametrize("name", ["Renamed", "ü🙂\n" * 200, "a\0b", " "])
def test_a_given_name_replaces_that_of_the_document(shared: Client, name: str) -> None:
    result = shared.request("hfs/import", {"content": text(document("Old")), "name": name})
    session = result["sessions"][0]
    assert session["name"] == name
    assert content_of(shared, session["id"])["metadata"]["session_name"] == name


def test_an_empty_list_of_messages_is_a_session(emptied: Client) -> None:
    result = emptied.request("hfs/import", {"content": '{"messages": []}'})
    assert result["sessions"][0]["messageCount"] == 0
    assert emptied.request("hfs/listSessions")["sessions"][0]["preview"] is None


def test_missing_times_are_reported_and_stay_missing(emptied: Client) -> None:
    said = [{"role": "user", "content": "Hi"}, message("Ho"), message("Hm", created_at=None)]
    result = emptied.request("hfs/import", {"content": text(document("Untimed", *said))})
    assert len(result["warnings"]) == 1
    assert "2" in result["warnings"][0]
    exported = content_of(emptied, result["sessions"][0]["id"])
    times = [part["created_at"] for part in exported["messages"]]
    assert times == [None, "2026-02-01T10:00:00Z", None]


def test_stand_ins_for_missing_times_have_the_store_s_form_and_sort_rightly(
    server: Client, store_path: Path
) -> None:
    said = [
        message("1", created_at=None),
        message("2", created_at="2026-02-01T10:00:00.000007Z"),
        message("3", created_at=None),
        message("4", created_at="2026-02-01T12:00:00+01:00"),
    ]
    server.request("hfs/import", {"content": text(document("Untimed", *said))})
    found = [time for (time,) in stores.rows(store_path, "SELECT created_at FROM messages")]
    assert found[1] == "2026-02-01 10:00:00.000007"
    assert found[3] == "2026-02-01 11:00:00.000000"
    assert found == sorted(found)
    assert {len(time) for time in found} == {26}


def test_a_byte_order_mark_is_ignored(emptied: Client, tmp_path: Path) -> None:
    path = tmp_path / "bom.json"
    path.write_text(text(document("Marked")), encoding="utf-8-sig")
    result = emptied.request("hfs/import", {"uri": path.as_uri()})
    assert result["sessions"][0]["name"] == "Marked"


def test_the_terminal_program_reads_and_continues_an_imported_session(
    terminal: Terminal, start: Start
) -> None:
    client = start(terminal.path)
    result = client.request("hfs/import", {"content": text(document("Shared", message("Hi")))})
    session_id = result["sessions"][0]["id"]
    assert terminal.list() == [(session_id, "Shared", [("user", "Hi")])]
    terminal.add_message(session_id, "assistant", "Hello")
    assert content_of(client, session_id)["messages"][1]["content"] == "Hello"


def test_orphans_in_the_store_do_not_join_a_session_that_is_imported(
    terminal: Terminal, start: Start
) -> None:
    terminal.add_session("First", "one")
    with stores.opened(terminal.path) as connection:
        connection.execute("BEGIN")
        for session_id in range(2, 300):
            connection.execute(
                "INSERT INTO messages (session_id, role, content, created_at)"
                " VALUES (?, 'user', 'of a chat that was deleted', '2026-02-01 10:00:00.000000')",
                (session_id,),
            )
            connection.execute(
                "INSERT INTO checkpoints"
                " (session_id, message_index, trigger_event, state_json, created_at)"
                " VALUES (?, 1, 'old', '{}', '2026-02-01 10:00:00.000000')",
                (session_id,),
            )
        connection.execute("COMMIT")
    client = start(terminal.path)
    result = client.request("hfs/import", {"content": text(document("Mine", message("only this")))})
    exported = content_of(client, result["sessions"][0]["id"])
    assert [said["content"] for said in exported["messages"]] == ["only this"]
    assert exported["checkpoints"] == []
