"""``hfs/listSessions``: what is listed, in which order, page by page."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from testing import stores
from testing.client import Client, Start
from testing.documents import MARKER, document, message, text
from testing.terminal import Terminal

pytestmark = pytest.mark.both_engines

DAY = datetime(2026, 2, 1, 10, 30, 0, 250184)


def listed(client: Client, **params: Any) -> list[dict[str, Any]]:
    return client.request("hfs/listSessions", params)["sessions"]


def all_pages(client: Client, **params: Any) -> list[dict[str, Any]]:
    sessions: list[dict[str, Any]] = []
    cursor = None
    for _ in range(100):
        page = client.request("hfs/listSessions", {**params, "cursor": cursor})
        assert len(page["sessions"]) <= params.get("limit", 50)
        sessions += page["sessions"]
        cursor = page["nextCursor"]
        if cursor is None:
            return sessions
    raise AssertionError("the pages never come to an end")


def test_a_new_store_lists_nothing(emptied: Client) -> None:
    assert emptied.request("hfs/listSessions") == {"sessions": [], "nextCursor": None}


def test_a_summary_has_every_documented_member(terminal: Terminal, start: Start) -> None:
    session = terminal.add_session("Fix it\n**now**", f"{MARKER}\n\n  first   line", created_at=DAY)
    terminal.add_message(session, "assistant", "Done.")
    terminal.add_checkpoint(session, 2, "run.ended", "{}")
    (row,) = stores.rows(terminal.path, "SELECT updated_at FROM sessions")
    assert listed(start(terminal.path)) == [
        {
            "id": session,
            "name": "Fix it\n**now**",
            "createdAt": "2026-02-01T10:30:00.250184Z",
            "updatedAt": row[0].replace(" ", "T") + "Z",
            "messageCount": 2,
            "checkpointCount": 1,
            "preview": f"{MARKER} first line",
            "tool": "hfs",
            "workingDirectory": None,
            "models": [],
            "totalTokens": None,
            "parentId": None,
            "childCount": 0,
            "tags": [],
            "deletedAt": None,
        }
    ]


def test_a_session_without_activity_has_no_update_and_no_preview(
    terminal: Terminal, start: Start
) -> None:
    terminal.add_session("New Session", created_at=DAY)
    (session,) = listed(start(terminal.path))
    assert session["updatedAt"] is None
    assert session["preview"] is None
    assert (session["messageCount"], session["checkpointCount"]) == (0, 0)


def test_the_preview_is_the_first_user_message_and_at_most_120_characters(
    terminal: Terminal, start: Start
) -> None:
    session = terminal.add_session("Long")
    terminal.add_message(session, "system", "not this")
    terminal.add_message(session, "user", "ä🙂" * 200)
    terminal.add_message(session, "user", "nor this")
    (found,) = listed(start(terminal.path))
    assert found["preview"] == "ä🙂" * 60


def test_sessions_are_sorted_by_last_activity_and_then_by_higher_id(
    terminal: Terminal, start: Start
) -> None:
    older = terminal.add_session("older", created_at=DAY)
    first = terminal.add_session("same", created_at=DAY + timedelta(days=1))
    second = terminal.add_session("same", created_at=DAY + timedelta(days=1))
    busy = terminal.add_session("busy", created_at=DAY - timedelta(days=9))
    terminal.add_message(busy, "user", "today")
    found = [session["id"] for session in listed(start(terminal.path))]
    assert found == [busy, second, first, older]


def test_a_page_has_fifty_sessions_unless_a_limit_is_given(
    terminal: Terminal, start: Start
) -> None:
    for number in range(60):
        terminal.add_session(f"Session {number}", created_at=DAY + timedelta(seconds=number))
    client = start(terminal.path)
    page = client.request("hfs/listSessions")
    assert len(page["sessions"]) == 50
    assert isinstance(page["nextCursor"], str)
    assert len(listed(client, limit=1)) == 1
    whole = client.request("hfs/listSessions", {"limit": 500})
    assert (len(whole["sessions"]), whole["nextCursor"]) == (60, None)
    exact = client.request("hfs/listSessions", {"limit": 60})
    assert exact["nextCursor"] is None


@pytest.mark.parametrize("limit", [1, 3])
def test_pages_hold_each_session_once_and_in_order(
    terminal: Terminal, start: Start, limit: int
) -> None:
    for number in range(7):
        terminal.add_session(f"Session {number}", created_at=DAY + timedelta(days=number // 3))
    client = start(terminal.path)
    whole = listed(client)
    assert all_pages(client, limit=limit) == whole
    assert len({session["id"] for session in whole}) == 7


def test_a_cursor_stays_right_while_sessions_are_added_and_deleted(
    terminal: Terminal, start: Start
) -> None:
    ids = [
        terminal.add_session(f"Session {number}", created_at=DAY + timedelta(days=number))
        for number in range(6)
    ]
    client = start(terminal.path)
    page = client.request("hfs/listSessions", {"limit": 2})
    assert [session["id"] for session in page["sessions"]] == [ids[5], ids[4]]
    terminal.add_session("newer than all", created_at=DAY + timedelta(days=99))
    terminal.delete_session(ids[4])
    client.request("hfs/import", {"content": text(document("imported meanwhile"))})
    rest = client.request("hfs/listSessions", {"cursor": page["nextCursor"], "limit": 500})
    found = [session["id"] for session in rest["sessions"] if session["id"] in ids]
    assert found == [ids[3], ids[2], ids[1], ids[0]]
    assert "newer than all" not in [session["name"] for session in rest["sessions"]]


def test_pages_end_even_if_times_are_not_text(terminal: Terminal, start: Start) -> None:
    ids = {terminal.add_session(f"Session {number}", created_at=DAY) for number in range(6)}
    with stores.opened(terminal.path) as connection:
        for number, odd in enumerate((20260201, 1.5, b"2026", "", "yesterday")):
            connection.execute(
                "UPDATE sessions SET created_at = ?, updated_at = NULL WHERE id = ?",
                (odd, number + 1),
            )
    client = start(terminal.path)
    found = [session["id"] for session in all_pages(client, limit=1)]
    assert len(found) == len(ids)
    assert set(found) == ids


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("LOGIN", {"Fix login bug"}),
        ("überschrift", {"# ÜBERSCHRIFT mit Ä"}),
        ("ÄÖ", {"äöü"}),
        ("STRASSE", {"Straße"}),
        ("привет", {"ПРИВЕТ, мир"}),
        ("100%", {"100% sure_"}),
        ("sure_", {"100% sure_"}),
        ("_", {"100% sure_"}),
        ("%", {"100% sure_"}),
        ("你好", {"你好 🙂"}),
        ("🙂", {"你好 🙂"}),
        ("'; DROP TABLE sessions; --", set()),
        ("nothing has this", set()),
    ],
)
def test_a_query_finds_part_of_a_name_regardless_of_case(
    named_sessions: Client, query: str, expected: set[str]
) -> None:
    assert {session["name"] for session in listed(named_sessions, query=query)} == expected


def test_an_empty_query_finds_everything(named_sessions: Client) -> None:
    assert len(listed(named_sessions, query="")) == len(NAMES)


def test_a_query_applies_to_every_page(named_sessions: Client) -> None:
    found = all_pages(named_sessions, query="i", limit=1)
    assert {session["name"] for session in found} == {"Fix login bug", "# ÜBERSCHRIFT mit Ä"}


NAMES = (
    "Fix login bug",
    "# ÜBERSCHRIFT mit Ä",
    "äöü",
    "Straße",
    "ПРИВЕТ, мир",
    "100% sure_",
    "你好 🙂",
)


@pytest.fixture(scope="module")
def named_sessions(spares: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    client = spares.take()
    client.initialize(databasePath=str(tmp_path_factory.mktemp("names") / "sessions.db"))
    for name in NAMES:
        client.request("hfs/import", {"content": text(document(name, message()))})
    yield client
    client.finish()


@pytest.mark.parametrize(
    "params",
    [
        {"limit": 0},
        {"limit": 501},
        {"limit": -1},
        {"limit": "5"},
        {"limit": 5.5},
        {"limit": True},
        {"limit": 2**70},
        {"cursor": 5},
        {"cursor": "nonsense"},
        {"cursor": ""},
        {"cursor": "W10="},
        {"cursor": "ü"},
        {"query": 5},
        {"query": ["a"]},
        {"query": "\ud800"},
        [50],
        "text",
        5,
        True,
    ],
    ids=repr,
)
def test_params_of_another_shape_are_rejected(shared: Client, params: Any) -> None:
    error = shared.refusal("hfs/listSessions", params)
    assert error.code == -32602
    assert len(error.message) < 300


@pytest.mark.parametrize("params", [{}, None, {"limit": 5, "cursor": None, "query": None}])
def test_params_may_be_left_out_or_null(shared: Client, params: Any) -> None:
    assert shared.request("hfs/listSessions", params)["sessions"] != []
    assert shared.request("hfs/listSessions")["sessions"] != []


@pytest.mark.parametrize(
    "strange",
    [
        {"jsonrpc": "2.0"},
        {"class": 1, "foo-bar": 2, "type_name": 3, "def": 4, "": 5, "1": 6, "a b": 7},
        {"nested": {"jsonrpc": "2.0", "id": 1, "method": "exit"}},
        {"nested": [{"jsonrpc": "2.0", "id": 7, "result": None}]},
        {"method": "shutdown", "id": 99, "result": {}, "error": {"code": 1, "message": "x"}},
        {"__class__": "x", "__init__": None, "self": 1, "params": {}},
    ],
    ids=repr,
)
def test_unknown_keys_of_any_name_are_ignored(shared: Client, strange: Any) -> None:
    result = shared.request("hfs/listSessions", {"limit": 1, **strange})
    assert len(result["sessions"]) == 1


def test_orphan_messages_are_neither_listed_nor_counted(terminal: Terminal, start: Start) -> None:
    session = terminal.add_session("Whole", "one")
    with stores.opened(terminal.path) as connection:
        connection.execute(
            "INSERT INTO messages (session_id, role, content, created_at)"
            " VALUES (77, 'user', 'lost', '2026-02-01 10:00:00.000000')"
        )
    (found,) = listed(start(terminal.path))
    assert (found["id"], found["messageCount"]) == (session, 1)


@pytest.mark.parametrize("parents", [(0,), (1, 0), (2, 0, 1)], ids=["itself", "two", "three"])
def test_sessions_that_are_their_own_ancestors_are_in_every_list(
    emptied: Client, tmp_path: Path, parents: tuple[int, ...]
) -> None:
    for number, parent in enumerate(parents):
        facts = {"session_id": f"cycle-{number}", "parent_session_id": f"cycle-{parent}"}
        made = document(f"s{number}", message(MARKER), metadata={"schema_version": "1.1.0"})
        made["metadata"] |= {"session_name": f"s{number}", **facts}
        emptied.request("hfs/import", {"content": text(made)})
    (top,) = listed(emptied)
    assert (top["name"], top["parentId"], top["childCount"]) == ("s0", None, len(parents) > 1)
    folder = tmp_path / "all"
    exported = emptied.request("hfs/exportAll", {"destination": folder.as_uri()})
    assert (exported["written"], exported["failed"]) == (len(parents), [])
    deleted = emptied.request("hfs/deleteSession", {"sessionId": top["id"]})
    assert deleted["sessionCount"] == len(parents)
    assert listed(emptied) == []
    emptied.request("hfs/restoreSession", {"sessionId": top["id"]})
    assert listed(emptied) == [top]
