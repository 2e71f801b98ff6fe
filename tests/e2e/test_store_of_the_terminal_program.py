"""The terminal program beside the server: it gets its turn and never fails."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from testing import stores
from testing import terminal as terminal_program
from testing.client import Client, Start
from testing.documents import LARGE_MESSAGES, document, text
from testing.programs import PATIENT
from testing.terminal import Terminal
from testing.waiting import PATIENCE_SECONDS, PROMPT_SECONDS


@contextmanager
def working_on(path: Path) -> Iterator[dict[str, Any]]:
    """The terminal program at work in a process of its own; what it did is there afterwards."""
    with subprocess.Popen(
        [sys.executable, terminal_program.__file__, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        done: dict[str, Any] = {}
        try:
            yield done
        finally:
            output, errors = process.communicate(timeout=PATIENCE_SECONDS)
        assert process.returncode == 0, errors
        done.update(json.loads(output))


def test_the_terminal_works_before_while_and_after_the_server_has_the_store_open(
    terminal: Terminal, start: Start
) -> None:
    gone, kept = terminal.add_session("Gone", "one"), terminal.add_session("Kept", "two")
    client = start(terminal.path)
    client.request("hfs/listSessions")

    terminal.delete_session(gone)
    terminal.add_message(kept, "assistant", "three")
    new = terminal.add_session("New", "four")
    listed = client.request("hfs/listSessions")["sessions"]
    assert [(found["id"], found["messageCount"]) for found in listed] == [(new, 1), (kept, 2)]

    made = client.request("hfs/import", {"content": text(document("Imported"))})["sessions"][0]
    assert terminal.names() == {kept: "Kept", new: "New", made["id"]: "Imported"}
    terminal.add_message(made["id"], "user", "on we go")
    client.finish()

    terminal.delete_session(made["id"])
    terminal.add_message(kept, "user", "five")
    assert [(number, len(said)) for number, _, said in terminal.list()] == [(kept, 3), (new, 1)]


def test_the_terminal_works_during_large_imports_and_exports(
    start: Start, store_path: Path, large_file: Path
) -> None:
    with Terminal(store_path):
        pass
    client = start(store_path)
    client.request("hfs/listSessions")
    with working_on(store_path) as done:
        params = {"uri": large_file.as_uri(), "workDoneToken": "t"}
        made = client.request("hfs/import", params)["sessions"][0]
        client.request("hfs/export", {"sessionId": made["id"], "format": "json"})
    assert done["rounds"] > 2
    listed = {found["id"]: found for found in client.request("hfs/listSessions")["sessions"]}
    assert listed[done["session"]]["messageCount"] == done["messages"]
    assert listed[made["id"]]["messageCount"] == LARGE_MESSAGES
    assert len(listed) == 2
    # Nothing of the moving in is left, and nobody's messages went elsewhere.
    assert stores.counts(store_path)["messages"] == done["messages"] + LARGE_MESSAGES


def test_a_partly_committed_session_is_visible_to_no_program(
    terminal: Terminal, start: Start, large_file: Path
) -> None:
    terminal.add_session("Before", "one")
    client, other = start(terminal.path), start(terminal.path)
    request = client.send("hfs/import", {"uri": large_file.as_uri(), "workDoneToken": "t"})
    seen = set()
    while not client.progress("t") or client.progress("t")[-1]["kind"] != "end":
        for found in other.request("hfs/listSessions")["sessions"]:
            seen.add((found["name"], found["messageCount"]))
        for _, name, said in terminal_sizes(terminal):
            seen.add((name, said))
    client.result(request)
    assert seen <= {("Before", 1), ("A large one", LARGE_MESSAGES)}


def terminal_sizes(terminal: Terminal) -> list[tuple[int, str, int]]:
    sql = """
        SELECT id, name, (SELECT count(*) FROM messages WHERE session_id = sessions.id)
        FROM sessions
    """
    return stores.rows(terminal.path, sql)  # type: ignore[return-value]


def test_a_large_import_keeps_its_id_while_the_terminal_adds_many_sessions(
    terminal: Terminal, start: Start, large_file: Path
) -> None:
    client = start(terminal.path)
    request = client.send("hfs/import", {"uri": large_file.as_uri(), "workDoneToken": "t"})
    client.wait_for_progress("t", 75)
    added = [terminal.add_session(f"Meanwhile {number}", "one") for number in range(20)]
    made = client.result(request)["sessions"][0]
    assert made["id"] not in added
    sizes = {number: said for number, _, said in terminal_sizes(terminal)}
    assert sizes == {**dict.fromkeys(added, 1), made["id"]: LARGE_MESSAGES}


def test_an_import_waits_while_the_terminal_holds_a_write_open(
    terminal: Terminal, start: Start
) -> None:
    client = start(terminal.path, program=PATIENT)
    client.request("hfs/listSessions")
    with stores.held(terminal.path):
        request = client.send("hfs/import", {"content": text(document()), "workDoneToken": "t"})
        # Reading goes on meanwhile.
        for _ in range(50):
            assert client.request("hfs/listSessions")["sessions"] == []
        assert client.progress("t")[-1]["kind"] != "end"
    assert client.result(request)["sessions"][0]["messageCount"] == 2


def test_a_store_that_stays_locked_is_reported_busy_and_works_again_afterwards(
    long_locked: tuple[Client, int, float],
) -> None:
    client, request, begun = long_locked
    error = client.refusal_of(request)
    assert (error.code, error.kind) == (-32803, "storeBusy")
    (arrived,) = [
        moment
        for moment, message in zip(client.received_at, client.received, strict=True)
        if message.get("id") == request
    ]
    assert arrived - begun > 9.5


def test_a_waiting_import_can_be_cancelled_and_writes_nothing_later(
    terminal: Terminal, start: Start
) -> None:
    client = start(terminal.path, program=PATIENT)
    client.request("hfs/listSessions")
    before = stores.counts(terminal.path)
    with stores.held(terminal.path):
        request = client.send("hfs/import", {"content": text(document()), "workDoneToken": "t"})
        client.wait_for_progress("t", 80)
        client.cancel(request)
        assert client.refusal_of(request, within=PROMPT_SECONDS).code == -32800
    client.request("hfs/import", {"content": text(document("After"))})
    after = stores.counts(terminal.path)
    assert after["sessions"] == before["sessions"] + 1
    assert after["messages"] == before["messages"] + 2


def test_the_terminal_and_eight_importers_lose_nothing(terminal: Terminal, start: Start) -> None:
    client = start(terminal.path)
    session = terminal.add_session("Busy", "one")
    ids = [client.send("hfs/import", {"content": text(document(f"No {n}"))}) for n in range(40)]
    for number in range(20):
        terminal.add_message(session, "user", f"said {number}")
    made = {client.result(request)["sessions"][0]["id"] for request in ids}
    assert len(made) == 40
    sizes = {number: said for number, _, said in terminal_sizes(terminal)}
    assert sizes == {session: 21, **dict.fromkeys(made, 2)}


def test_an_export_is_a_snapshot(terminal: Terminal, start: Start) -> None:
    session = terminal.add_session("Growing", *(f"{number}" for number in range(2000)))
    client = start(terminal.path)
    client.request("hfs/listSessions")
    stop = threading.Event()

    def grow() -> None:
        while not stop.is_set():
            terminal.add_message(session, "user", "more")

    thread = threading.Thread(target=grow)
    thread.start()
    try:
        for _ in range(5):
            uri = f"hfs:/sessions/{session}.json"
            found = json.loads(
                client.request("workspace/textDocumentContent", {"uri": uri})["text"]
            )
            said = [part["content"] for part in found["messages"]]
            assert said[:2000] == [f"{number}" for number in range(2000)]
            assert set(said[2000:]) <= {"more"}
    finally:
        stop.set()
        thread.join(PATIENCE_SECONDS)
