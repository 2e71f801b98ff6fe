"""``hfs/search``, on a store that the terminal program writes to meanwhile."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest

from testing.client import Client, Start
from testing.documents import document, message, text
from testing.terminal import Terminal
from testing.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.both_engines


def search(client: Client, query: str, **params: Any) -> dict[str, Any]:
    """The result of all pages, once the index is complete.

    On a busy machine a page may end early, with a cursor to the next one.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        result = pages(client, query, **params)
        if result["isComplete"]:
            return result
        time.sleep(0.01)
    raise AssertionError("the index is never complete")


def pages(client: Client, query: str, **params: Any) -> dict[str, Any]:
    """The first page with the matches of all pages."""
    whole: dict[str, Any] = client.request("hfs/search", {"query": query, **params})
    while whole["nextCursor"] is not None:
        params["cursor"] = whole["nextCursor"]
        page = client.request("hfs/search", {"query": query, **params})
        whole["matches"] += page["matches"]
        whole["nextCursor"] = page["nextCursor"]
    return whole


def places(result: dict[str, Any]) -> list[tuple[int, int]]:
    return [(match["session"]["id"], match["messageIndex"]) for match in result["matches"]]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "sessions.db"
    with Terminal(path) as terminal:
        terminal.add_session("First", "a zebra\nruns 🚀 here", "a lion")
        terminal.add_session("Second zebra", "a tiger")
    return path


def test_matches_have_their_session_a_snippet_and_a_link(start: Start, path: Path) -> None:
    result = search(start(path), "runs zebra")
    (match,) = result["matches"]
    assert match["session"]["name"] == "First"
    assert match["snippet"] == "a zebra runs 🚀 here"
    assert match["highlights"] == [[2, 7], [8, 12]]
    assert (match["messageIndex"], match["role"]) == (1, "user")
    assert match["createdAt"] == match["session"]["createdAt"]
    assert match["uri"] == "hfs:/sessions/1.md#message-1"
    assert result["nextCursor"] is None


def test_the_link_of_a_match_opens_the_session(start: Start, path: Path) -> None:
    client = start(path)
    match = search(client, "lion")["matches"][0]
    opened = client.request("workspace/textDocumentContent", {"uri": match["uri"]})
    assert f"### {match['messageIndex']}. User" in opened["text"]
    assert "a lion" in opened["text"].partition(f"### {match['messageIndex']}. ")[2]


def test_a_name_is_found_before_a_message(start: Start, path: Path) -> None:
    assert places(search(start(path), "zebra")) == [(2, 0), (1, 1)]


def test_pages_follow_each_other(start: Start, path: Path) -> None:
    client = start(path)
    search(client, "")
    first = client.request("hfs/search", {"query": "zebra", "limit": 1})
    assert len(first["matches"]) <= 1
    assert places(pages(client, "zebra", limit=1)) == [(2, 0), (1, 1)]


def test_what_is_imported_and_what_another_program_adds_is_found(start: Start, path: Path) -> None:
    client = start(path)
    search(client, "")
    content = text(document("Imported", message(content="an elephant")))
    client.request("hfs/import", {"content": content})
    assert places(search(client, "elephant")) == [(3, 1)]
    with Terminal(path) as terminal:
        terminal.add_message(1, "assistant", "an ostrich")
        assert places(search(client, "ostrich")) == [(1, 3)]
        terminal.delete_session(1)
        assert places(search(client, "ostrich")) == []


def test_two_servers_share_an_index(start: Start, path: Path) -> None:
    clients = [start(path), start(path)]
    for client in clients:
        client.send("hfs/search", {"query": "zebra"})
    for client in clients:
        assert places(search(client, "zebra")) == [(2, 0), (1, 1)]
    with Terminal(path) as terminal:
        terminal.add_message(1, "user", "an ostrich")
    for client in clients:
        assert places(search(client, "ostrich")) == [(1, 3)]
    assert [file.name for file in path.parent.iterdir() if file.name.endswith("-search")] == [
        "sessions.db-search"
    ]


def test_a_server_that_is_killed_leaves_an_index_that_the_next_one_completes(
    start: Start, tmp_path: Path
) -> None:
    path = tmp_path / "sessions.db"
    with Terminal(path) as terminal:
        for number in range(40):
            terminal.add_session(f"No {number}", *[f"zebra {number} " + "words " * 5_000] * 5)
    (tmp_path / "home").mkdir()
    for _ in range(3):
        client = Client(tmp_path / "home")
        client.initialize(databasePath=str(path))
        client.request("hfs/search", {"query": "zebra"})
        client.dispose()
    client = start(path)
    result = search(client, "zebra", limit=200)
    assert len(result["matches"]) == 40


def test_a_search_can_be_cancelled_and_the_next_one_answers(start: Start, path: Path) -> None:
    client = start(path)
    search(client, "")
    for word in ("a", "ze", "zeb", "zebr"):
        request = client.send("hfs/search", {"query": f"{word}*"})
        client.cancel(request)
        assert "jsonrpc" in client.reply(request)
    assert places(search(client, "zebra")) == [(2, 0), (1, 1)]


def test_params_that_are_invalid_are_rejected(start: Start, path: Path) -> None:
    client = start(path)
    for params in (
        {},
        {"query": 1},
        {"query": "a", "limit": 0},
        {"query": "a", "limit": 201},
        {"query": "a", "cursor": "x"},
        {"query": "a", "roles": "user"},
        {"query": "a", "since": "nonsense"},
        {"query": "a", "sessionId": "1"},
    ):
        assert client.refusal("hfs/search", params).code == -32602


def test_filters_select_sessions(start: Start, path: Path) -> None:
    client = start(path)
    assert places(search(client, "zebra", tools=["codex"])) == []
    assert places(search(client, "zebra", tools=["hfs"], roles=["user"])) == [(1, 1)]
    assert places(search(client, "a", sessionId=1)) == [(1, 1), (1, 2)]


def test_a_store_that_cannot_be_used_is_reported(start: Start, tmp_path: Path) -> None:
    path = tmp_path / "sessions.db"
    path.write_bytes(os.urandom(5_000))
    assert start(path).refusal("hfs/search", {"query": "a"}).kind == "storeUnusable"


def test_sessions_that_are_their_own_ancestors_are_found(emptied: Client) -> None:
    for number, parent in enumerate((0, 2, 1)):
        facts = {"session_id": f"c{number}", "parent_session_id": f"c{parent}"}
        made = document("x", message("zebra"), metadata={"schema_version": "1.1.0", **facts})
        emptied.request("hfs/import", {"content": text(made)})
    found = [each["session"] for each in search(emptied, "zebra")["matches"]]
    first = min(each["id"] for each in found)
    places = {(each["id"] - first, each["parentId"] and each["parentId"] - first) for each in found}
    assert places == {(0, None), (1, None), (2, 1)}
