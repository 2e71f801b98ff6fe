"""``hfs/didChangeSessions``: sent when any program changed the store, and not too often."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from testing.client import Client, Start
from testing.documents import document, text
from testing.terminal import Terminal
from testing.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.both_engines

CHANGED = "hfs/didChangeSessions"


def test_an_import_is_notified(server: Client) -> None:
    server.request("hfs/import", {"content": text(document())})
    assert server.notification(CHANGED) == {}


def test_changes_by_the_terminal_program_are_notified(terminal: Terminal, start: Start) -> None:
    client = start(terminal.path)
    client.request("hfs/listSessions")
    session = terminal.add_session("New", "one")
    client.notification(CHANGED, 1)
    terminal.add_message(session, "user", "two")
    client.notification(CHANGED, 2)
    terminal.delete_session(session)
    client.notification(CHANGED, 3)


def test_a_store_that_another_program_creates_is_notified(start: Start, store_path: Path) -> None:
    client = start(store_path)
    # What is answered came after the watch was begun.
    client.refusal("hfs/unknown")
    assert client.notifications(CHANGED) == []
    with Terminal(store_path) as terminal:
        terminal.add_session("First of all", "one")
        client.notification(CHANGED)
        names = [found["name"] for found in client.request("hfs/listSessions")["sessions"]]
        assert names == ["First of all"]


def test_another_server_s_import_is_notified(start: Start, store_path: Path) -> None:
    first, second = start(store_path), start(store_path)
    first.request("hfs/listSessions")
    second.request("hfs/listSessions")
    second.request("hfs/import", {"content": text(document("From the other"))})
    first.notification(CHANGED)
    second.notification(CHANGED)
    (found,) = first.request("hfs/listSessions")["sessions"]
    assert found["name"] == "From the other"


def test_changes_are_notified_at_most_twice_a_second(terminal: Terminal, start: Start) -> None:
    client = start(terminal.path)
    session = terminal.add_session("Busy", "one")
    begun = time.monotonic()
    while time.monotonic() < begun + PATIENCE_SECONDS and len(client.times_of(CHANGED)) < 4:
        terminal.add_message(session, "user", "more")
    # How close two of them come says nothing: the first may have been read late.
    times = client.times_of(CHANGED)
    assert 4 <= len(times) <= 2 + 2 * (times[-1] - begun)


def test_reading_is_not_notified_as_a_change(
    terminal: Terminal, start: Start, exports: Path
) -> None:
    session = terminal.add_session("Quiet", "one")
    client = start(terminal.path)
    client.request("hfs/listSessions")
    terminal.add_session("To know when the watch has begun", "one")
    client.notification(CHANGED, 1)
    before = len(client.notifications(CHANGED))
    for _ in range(20):
        client.request("hfs/listSessions")
        client.request("hfs/export", {"sessionId": session, "format": "json", "overwrite": True})
        terminal.list()
    terminal.add_session("The end", "one")
    client.notification(CHANGED, before + 1)
    assert len(client.notifications(CHANGED)) == before + 1


def test_a_cancelled_or_rejected_import_needs_no_notification_before_initialized(
    launch: Start, store_path: Path
) -> None:
    client = launch()
    options = {"databasePath": str(store_path)}
    client.request("initialize", {"capabilities": {}, "initializationOptions": options})
    client.is_initialized = True
    client.request("hfs/import", {"content": text(document())})
    assert client.notifications(CHANGED) == []
