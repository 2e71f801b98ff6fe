"""What is promised of time: that the server ends, and that it takes back work, in two seconds."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from testing import stores
from testing.client import Client
from testing.programs import PLAIN, changed
from testing.terminal import Terminal
from testing.timing import Measured, check_promise, measuring
from testing.unread_server import send_messages, unread_server, wait_until_idle
from testing.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.quiet

PROMISED_SECONDS = 2.0
LOOK_SECONDS = 0.5
"""How much later the server may see that its client is gone."""

PAUSING = changed(
    "from hfs_server.store.sqlite import committing", "committing.PAUSE_SECONDS = 600"
)
"""A server that stays between two slices, whose removal is then part of its end."""

End = Callable[[Client], object]
POSIX = pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")


def shut_down_and_exit(client: Client) -> None:
    client.request("shutdown")
    client.notify("exit")


def exit_alone(client: Client) -> None:
    client.notify("exit")


def end_input(client: Client) -> None:
    client.end_input()


def by(name: str) -> End:
    return lambda client: client.signal(getattr(signal, name))


ENDS = {
    "shutdown and exit": shut_down_and_exit,
    "exit": exit_alone,
    "end of input": end_input,
    **{name: by(name) for name in ("SIGTERM", "SIGINT", "SIGHUP") if os.name == "posix"},
}
SOME_ENDS = {end: ENDS[end] for end in ENDS if end not in ("exit", "SIGINT", "SIGHUP")}


class Server:
    """A server at work, and how long it then takes to do as it is told."""

    def __init__(self, home: Path, store: Path, program: Sequence[str] = PLAIN) -> None:
        self.home = home
        self.client = Client(home, program=program)
        self.client.initialize(
            databasePath=str(store), exportDirectory=str(home / "exports"), logLevel="error"
        )
        self.client.request("hfs/listSessions")

    def begin(self, method: str, percentage: int, **params: object) -> int:
        """Begins work; returns when so much of it is done."""
        request = self.client.send(method, {**params, "workDoneToken": "t"})
        self.client.wait_for_progress("t", percentage)
        return request

    def seconds_to_end(self, end: End) -> Measured:
        # Where the time runs out, what was at work is not answered any more.
        self.client.may_be_cut_off = True
        try:
            with measuring(self.home) as measured:
                end(self.client)
                self.client.wait_for_end()
            self.client.check()
        finally:
            self.client.dispose()
        return measured

    def seconds_to_cancel(self, request: int) -> Measured:
        try:
            with measuring(self.home) as measured:
                self.client.cancel(request)
                assert self.client.refusal_of(request).code == -32800
            self.client.finish()
        finally:
            self.client.dispose()
        return measured


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_a_server_at_rest_ends_in_two_seconds(home: Path, store_path: Path, end: End) -> None:
    check_promise(PROMISED_SECONDS, lambda: Server(home, store_path).seconds_to_end(end))


@pytest.mark.parametrize("end", SOME_ENDS.values(), ids=SOME_ENDS)
@pytest.mark.parametrize("percentage", [5, 86])
def test_a_server_ends_in_two_seconds_in_the_middle_of_an_import(
    home: Path, store_path: Path, large_file: Path, end: End, percentage: int
) -> None:
    Terminal(store_path).close()
    is_late = percentage > 80

    def attempt() -> Measured:
        server = Server(home, store_path, PAUSING if is_late else PLAIN)
        with stores.held(store_path, not is_late):
            server.begin("hfs/import", percentage, uri=large_file.as_uri())
            return server.seconds_to_end(end)

    check_promise(PROMISED_SECONDS, attempt)


@pytest.mark.parametrize("end", SOME_ENDS.values(), ids=SOME_ENDS)
def test_a_server_ends_in_two_seconds_in_the_middle_of_an_export(
    home: Path, large_store: tuple[Path, int], end: End
) -> None:
    store, session = large_store
    params = {"sessionId": session, "format": "json", "overwrite": True}

    def attempt() -> Measured:
        server = Server(home, store)
        server.begin("hfs/export", 5, **params)
        return server.seconds_to_end(end)

    check_promise(PROMISED_SECONDS, attempt)


@POSIX
@pytest.mark.parametrize("number", [None, signal.SIGTERM], ids=["end of input", "SIGTERM"])
def test_a_server_whose_output_nobody_reads_ends_in_two_seconds(
    home: Path, large_store: tuple[Path, int], exports: Path, number: signal.Signals | None
) -> None:
    store, session = large_store
    params = {"uri": f"hfs:/sessions/{session}.md"}

    def attempt() -> Measured:
        with unread_server(home, store, exports) as process:
            request = {"id": 10, "method": "workspace/textDocumentContent", "params": params}
            send_messages(process, request, {**request, "id": 11})
            wait_until_idle(process.pid)
            assert process.stdin is not None
            with measuring(home) as measured:
                if number is None:
                    process.stdin.close()
                else:
                    process.send_signal(number)
                process.wait(PATIENCE_SECONDS)
        return measured

    check_promise(PROMISED_SECONDS, attempt)


@POSIX
@pytest.mark.parametrize("percentage", [0, 86])
def test_a_server_whose_client_is_gone_ends_in_time(
    home: Path, store_path: Path, large_file: Path, percentage: int
) -> None:
    def attempt() -> Measured:
        with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as parent:
            client = Client(home, program=PAUSING)
            client.may_be_cut_off = True
            client.initialize({"processId": parent.pid}, databasePath=str(store_path))
            params = {"uri": large_file.as_uri(), "workDoneToken": "t"}
            client.send("hfs/import", params)
            client.wait_for_progress("t", percentage)
            try:
                with measuring(home) as measured:
                    parent.kill()
                    parent.wait()
                    client.wait_for_end()
            finally:
                client.dispose()
        return measured

    check_promise(PROMISED_SECONDS + LOOK_SECONDS, attempt)


@pytest.mark.parametrize("percentage", [5, 80, 86])
def test_an_import_is_cancelled_in_two_seconds(
    home: Path, store_path: Path, large_file: Path, percentage: int
) -> None:
    """While its file is read, while it waits for a store that is locked, and between two slices."""
    Terminal(store_path).close()
    is_late = percentage > 80

    def attempt() -> Measured:
        server = Server(home, store_path, PAUSING if is_late else PLAIN)
        with stores.held(store_path, not is_late):
            request = server.begin("hfs/import", percentage, uri=large_file.as_uri())
            return server.seconds_to_cancel(request)

    check_promise(PROMISED_SECONDS, attempt)
