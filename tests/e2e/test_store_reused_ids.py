"""SQLite reuses ids: what is kept about a session is deleted with it, by any program."""

from __future__ import annotations

import json
from typing import Any

from testing import stores
from testing.client import Client, Start
from testing.documents import document, message, text
from testing.terminal import Terminal

GHOST = "ghost"


def rich_document() -> dict[str, Any]:
    """A session with everything that the terminal program's tables have no place for."""
    return document(
        GHOST,
        message(GHOST, created_at=None, unknown=GHOST),
        message(GHOST, "assistant", more={"deep": [GHOST]}),
        metadata={"unknown": GHOST},
        checkpoints=[
            {"trigger": GHOST, "message_index": 1, "created_at": None, "state": {}, "x": GHOST}
        ],
        run_snapshot={"run_id": GHOST},
        unknown={"member": GHOST},
    )


def texts_of(client: Client, session_id: int) -> tuple[dict[str, Any], str]:
    uri = f"hfs:/sessions/{session_id}"
    whole, markdown = (
        client.request("workspace/textDocumentContent", {"uri": f"{uri}.{end}"})["text"]
        for end in ("json", "md")
    )
    return json.loads(whole), markdown


def test_a_new_session_with_a_reused_id_gets_no_deleted_data(
    terminal: Terminal, start: Start
) -> None:
    client = start(terminal.path)
    made = client.request("hfs/import", {"content": text(rich_document())})["sessions"][0]
    assert GHOST in json.dumps(texts_of(client, made["id"]))
    terminal.delete_session(made["id"])
    again = terminal.add_session("New", "new")
    assert again == made["id"], "the test needs an id that is handed out again"
    terminal.add_checkpoint(again, 1, "run.ended", "{}")
    found, markdown = texts_of(client, again)
    assert GHOST not in json.dumps(found)
    assert GHOST not in markdown
    assert found["run_snapshot"] is None
    assert list(found["messages"][0]) == ["role", "content", "created_at"]
    assert found["messages"][0]["created_at"] is not None
    assert found["checkpoints"][0]["created_at"] is not None


def test_an_imported_session_with_a_reused_id_gets_no_deleted_data(
    terminal: Terminal, start: Start
) -> None:
    client = start(terminal.path)
    made = client.request("hfs/import", {"content": text(rich_document())})["sessions"][0]
    terminal.delete_session(made["id"])
    again = client.request("hfs/import", {"content": text(document("New"))})["sessions"][0]
    assert GHOST not in json.dumps(texts_of(client, again["id"]))


def test_no_data_remains_if_only_the_row_of_a_session_was_deleted(
    terminal: Terminal, start: Start
) -> None:
    client = start(terminal.path)
    made = client.request("hfs/import", {"content": text(rich_document())})["sessions"][0]
    with stores.opened(terminal.path) as connection:
        connection.execute("DELETE FROM sessions WHERE id = ?", (made["id"],))
    again = client.request("hfs/import", {"content": text(document("New"))})["sessions"][0]
    assert GHOST not in json.dumps(texts_of(client, again["id"]))


def test_a_cursor_stays_valid_when_its_session_is_deleted(terminal: Terminal, start: Start) -> None:
    ids = [terminal.add_session(f"No {number}", "one") for number in range(4)]
    client = start(terminal.path)
    page = client.request("hfs/listSessions", {"limit": 2})
    terminal.delete_session(ids[3])
    terminal.add_session("Reuses the id", "one")
    rest = client.request("hfs/listSessions", {"cursor": page["nextCursor"]})
    assert [found["id"] for found in rest["sessions"]] == [ids[1], ids[0]]
