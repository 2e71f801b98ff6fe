"""``hfs/renameSession``: another name, which every program sees and imports keep."""

from __future__ import annotations

from typing import Any

import pytest

from testing.client import Client, Start
from testing.documents import document, message, text
from testing.terminal import Terminal

pytestmark = pytest.mark.both_engines


def rename(client: Client, session_id: int, name: str) -> Any:
    return client.request("hfs/renameSession", {"sessionId": session_id, "name": name})["session"]


def test_the_terminal_program_sees_the_name_and_the_order_stays(
    terminal: Terminal, start: Start
) -> None:
    for name in ("first", "second"):
        terminal.add_session(name, "hello")
    client = start(terminal.path)
    before = client.request("hfs/listSessions")["sessions"]
    renamed = rename(client, 1, "Any \U0001f9e9\nname")
    assert renamed == {**before[1], "name": "Any \U0001f9e9\nname"}
    assert client.request("hfs/listSessions")["sessions"] == [before[0], renamed]
    assert terminal.names()[1] == "Any \U0001f9e9\nname"
    client.notification("hfs/didChangeSessions")


def test_an_import_of_the_same_session_keeps_the_name(server: Client) -> None:
    content = text(document("imported"))
    server.request("hfs/import", {"content": content})
    rename(server, 1, "mine")
    longer = document("imported", message(), message("An answer.", "assistant"), message("more"))
    for again, status in ((content, "unchanged"), (text(longer), "updated")):
        (saved,) = server.request("hfs/import", {"content": again})["sessions"]
        assert (saved["status"], saved["name"]) == (status, "mine")


def test_it_is_found_by_its_new_name_and_not_by_the_old_one(server: Client) -> None:
    server.request("hfs/import", {"content": text(document("zebra"))})
    assert len(server.request("hfs/search", {"query": "zebra"})["matches"]) == 1
    rename(server, 1, "okapi")
    assert server.request("hfs/search", {"query": "zebra"})["matches"] == []
    assert len(server.request("hfs/search", {"query": "okapi"})["matches"]) == 1


@pytest.mark.parametrize("name", ["", " \n\t", "x" * 256, 5, None, "\ud800"])
def test_a_name_that_cannot_be_is_rejected(server: Client, name: Any) -> None:
    server.request("hfs/import", {"content": text(document("kept"))})
    error = server.refusal("hfs/renameSession", {"sessionId": 1, "name": name})
    assert error.code == -32602
    assert server.request("hfs/listSessions")["sessions"][0]["name"] == "kept"


def test_the_longest_name_is_taken(server: Client) -> None:
    server.request("hfs/import", {"content": text(document())})
    assert rename(server, 1, "\U0001f9e9" * 255)["name"] == "\U0001f9e9" * 255


def test_a_session_that_is_not_there_is_an_error(server: Client) -> None:
    error = server.refusal("hfs/renameSession", {"sessionId": 9, "name": "x"})
    assert (error.code, error.kind) == (-32803, "sessionNotFound")
