"""The end: in time, on every way, with the store free again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from testing import stores
from testing.client import Client, Start
from testing.documents import document, is_whole_large, text
from testing.programs import PATIENT, PAUSING
from testing.terminal import Terminal
from testing.waiting import PATIENCE_SECONDS, PROMPT_SECONDS

POSIX = pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")


def shut_down_and_exit(client: Client) -> None:
    client.request("shutdown", within=PROMPT_SECONDS)
    client.notify("exit")


def interrupt(client: Client) -> None:
    client.signal(signal.SIGINT)


def terminate(client: Client) -> None:
    client.signal(signal.SIGTERM)


def hang_up(client: Client) -> None:
    client.signal(signal.SIGHUP)


def end_input(client: Client) -> None:
    client.may_be_cut_off = True
    client.end_input()


def exit_alone(client: Client) -> None:
    client.may_be_cut_off = True
    client.notify("exit")


ENDS = [
    pytest.param(shut_down_and_exit, 0, id="shutdown and exit"),
    pytest.param(exit_alone, 1, id="exit alone"),
    pytest.param(end_input, 0, id="end of input"),
    pytest.param(terminate, 0, id="SIGTERM", marks=POSIX),
    pytest.param(interrupt, 0, id="SIGINT", marks=POSIX),
    pytest.param(hang_up, 0, id="SIGHUP", marks=POSIX),
]


End = Callable[[Client], None]


@pytest.mark.parametrize(("end", "code"), ENDS)
def test_an_idle_server_ends_in_time(server: Client, end: End, code: int) -> None:
    server.request("hfs/import", {"content": text(document())})
    end(server)
    assert server.wait_for_end() == code


@pytest.mark.parametrize(
    ("end", "code", "percentage"),
    [
        *((*each.values, 5) for each in ENDS),
        *((*each.values, 86) for each in ENDS[2:4]),
    ],
)
def test_a_server_ends_in_time_in_the_middle_of_an_import(
    terminal: Terminal, start: Start, large_file: Path, end: End, code: int, percentage: int
) -> None:
    terminal.add_session("Before", "one")
    is_late = percentage > 80
    client = start(terminal.path, program=PAUSING if is_late else PATIENT)
    client.request("hfs/listSessions")
    before = stores.counts(terminal.path)
    with stores.held(terminal.path, not is_late):
        client.send("hfs/import", {"uri": large_file.as_uri(), "workDoneToken": "t"})
        client.wait_for_progress("t", percentage)
        end(client)
        assert client.wait_for_end() == code
    stores.check_whole_and_free(terminal.path)
    assert stores.counts(terminal.path) == before
    assert {path.name for path in terminal.path.parent.iterdir()} <= {
        "sessions.db",
        "sessions.db-wal",
        "sessions.db-shm",
    }


@pytest.mark.parametrize(("end", "code"), ENDS[1:4])
def test_a_server_ends_in_time_in_the_middle_of_an_export(
    start: Start, large_store: Path, exports: Path, end: End, code: int
) -> None:
    client = start(large_store)
    params = {"sessionId": 1, "format": "json", "workDoneToken": "t"}
    client.send("hfs/export", params)
    client.wait_for_progress("t", 5)
    end(client)
    assert client.wait_for_end() == code
    stores.check_whole_and_free(large_store)
    # A busy machine may have let the export come to its end first.
    assert all(is_whole_large(path) for path in exports.iterdir())


def test_running_requests_are_answered_before_the_end(
    terminal: Terminal, start: Start, large_file: Path
) -> None:
    server = start(terminal.path, program=PATIENT)
    server.request("hfs/listSessions")
    with stores.held(terminal.path):
        request = server.send("hfs/import", {"uri": large_file.as_uri(), "workDoneToken": "t"})
        server.wait_for_progress("t", 5)
        server.request("shutdown", within=PROMPT_SECONDS)
        assert server.refusal_of(request).code == -32800
    server.notify("exit")
    assert server.wait_for_end() == 0


@pytest.mark.parametrize(("end", "code"), ENDS[1:4])
def test_a_server_that_was_never_initialized_ends_too(launch: Start, end: End, code: int) -> None:
    client = launch()
    # It has set itself up when it answers.
    assert client.refusal("hfs/listSessions").code == -32002
    end(client)
    assert client.wait_for_end() == code


def test_the_end_of_input_after_shutdown_is_no_failure(server: Client) -> None:
    server.request("shutdown")
    server.end_input()
    assert server.wait_for_end() == 0


@POSIX
def test_a_second_signal_changes_nothing(server: Client, large_file: Path) -> None:
    server.send("hfs/import", {"uri": large_file.as_uri(), "workDoneToken": "t"})
    server.wait_for_progress("t", 5)
    for _ in range(5):
        server.signal(signal.SIGINT)
        server.signal(signal.SIGTERM)
    assert server.wait_for_end() == 0


@POSIX
@pytest.mark.parametrize("when", ["immediately", "later"])
def test_a_server_whose_client_is_gone_ends(
    launch: Start, store_path: Path, opened_stores: set[Path], when: str
) -> None:
    opened_stores.add(store_path)
    parent = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    client = launch()
    client.initialize({"processId": parent.pid}, databasePath=str(store_path))
    client.request("hfs/listSessions")
    if when == "later":
        client.request("hfs/import", {"content": text(document())})
        client.notification("hfs/didChangeSessions")
    parent.communicate(b"\n", timeout=PATIENCE_SECONDS)
    assert client.wait_for_end() in (0, 1)


def test_a_client_that_cannot_be_seen_does_not_end_the_server(
    launch: Start, store_path: Path
) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait(PATIENCE_SECONDS)
    client = launch()
    client.initialize({"processId": gone.pid}, databasePath=str(store_path))
    # It looks at its client every half second; changes are notified as often.
    client.request("hfs/import", {"content": text(document())})
    client.notification("hfs/didChangeSessions")
    client.request("hfs/import", {"content": text(document("Another"))})
    client.notification("hfs/didChangeSessions", number=2)
    assert len(client.request("hfs/listSessions")["sessions"]) == 2
