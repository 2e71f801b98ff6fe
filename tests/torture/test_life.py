"""The end, at rest and in the middle of large work, and with clients that do not listen."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from testing import effort, stores
from testing.client import Client, Start
from testing.programs import PATIENT, PAUSING
from testing.store_checks import check_store, check_swept, left_behind
from testing.unread_server import send_messages, unread_server, wait_until_idle
from testing.waiting import PATIENCE_SECONDS
from testing.whole_sessions import LARGE_MESSAGE_CHARACTERS, OPENED_MESSAGES, whole_document

CYCLES = 50 if effort.IS_LONG else 6
LARGE_BYTES = OPENED_MESSAGES * LARGE_MESSAGE_CHARACTERS

End = Callable[[Client, subprocess.Popen[bytes]], None]


def content(tag: str, count: int = 5, characters: int = 60) -> str:
    return json.dumps(whole_document(tag, count, characters))


# A client that does not listen.


def wait_until_imported(store: Path, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (store.exists() and stores.counts(store).get("sessions")):
        if time.monotonic() > deadline or process.poll() is not None:
            process.kill()
            raise AssertionError("the import was not done")
        time.sleep(0.05)


def code_at_the_end(process: subprocess.Popen[bytes]) -> int:
    try:
        return process.wait(PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        raise AssertionError(f"still there {PATIENCE_SECONDS} s later") from None
    finally:
        process.kill()
        process.wait()
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()
        assert process.stdin is not None
        with suppress(BrokenPipeError):
            process.stdin.close()


@pytest.mark.parametrize("end", ["end of input", "SIGTERM", "SIGHUP", "stdout is closed"])
@pytest.mark.parametrize("pending", ["a little", "much"])
def test_a_client_that_never_reads_cannot_hold_the_server(
    home: Path, large_store: tuple[Path, int], exports: Path, end: str, pending: str
) -> None:
    store, session = large_store
    process = unread_server(home, store, exports)
    params = {"uri": f"hfs:/sessions/{session}.md"}
    for number in range(4 if pending == "much" else 1):
        message = {"id": 10 + number, "method": "workspace/textDocumentContent", "params": params}
        send_messages(process, message)
    wait_until_idle(process.pid)
    if pending == "much":
        # One more message is what the reader takes before it sees that there is no room.
        send_messages(
            process, *({"id": 50 + number, "method": "hfs/listSessions"} for number in range(3))
        )
        wait_until_idle(process.pid)
    assert process.stdin is not None
    assert process.stdout is not None
    if end == "end of input":
        process.stdin.close()
    elif end == "stdout is closed":
        process.stdout.close()
    else:
        process.send_signal(getattr(signal, end))
    code_at_the_end(process)
    stores.check_whole_and_free(store)
    assert list(exports.iterdir()) == []


@pytest.mark.skipif(sys.platform != "linux", reason="says how much memory was used in /proc")
def test_texts_are_not_made_before_the_client_reads_those_that_are(
    home: Path, large_store: tuple[Path, int], exports: Path
) -> None:
    store, session = large_store
    process = unread_server(home, store, exports)
    params = {"uri": f"hfs:/sessions/{session}.md"}
    method = "workspace/textDocumentContent"
    send_messages(process, *({"id": 10 + n, "method": method, "params": params} for n in range(16)))
    wait_until_idle(process.pid)
    status = Path(f"/proc/{process.pid}/status").read_text()
    (peak,) = (line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))
    assert process.stdin is not None
    process.stdin.close()
    code_at_the_end(process)
    one = OPENED_MESSAGES * LARGE_MESSAGE_CHARACTERS
    # The one that is made is held as bytes, as text, as JSON and as a frame for a moment.
    assert int(peak) * 1024 < 9 * one


def test_errors_that_nobody_reads_do_not_stop_an_import(
    home: Path, store_path: Path, exports: Path
) -> None:
    """They are more than its pipe holds, and the import behind them is done all the same."""
    process = unread_server(home, store_path, exports)
    send_messages(process, *({"id": 10 + n, "method": "hfs/unknown" * 20} for n in range(3000)))
    send_messages(process, {"id": 2, "method": "hfs/import", "params": {"content": content("a")}})
    wait_until_imported(store_path, process)
    assert process.stdin is not None
    process.stdin.close()
    code_at_the_end(process)


@pytest.mark.parametrize(
    ("end", "code", "blocks"),
    [
        ("lost framing", 1, True),
        ("lost framing", 1, False),
        ("end of input", 0, True),
        ("end of input", 0, False),
        ("exit", 1, True),
        ("SIGTERM", 0, True),
        ("SIGHUP", 0, False),
    ],
)
def test_a_stderr_that_is_full_holds_nothing_up(
    home: Path, store_path: Path, exports: Path, end: str, code: int, blocks: bool
) -> None:
    nobody_reads, stderr = os.pipe()
    os.set_blocking(stderr, False)
    with suppress(BlockingIOError):
        while True:
            os.write(stderr, b"x" * 4096)
    with suppress(BlockingIOError):
        while True:
            os.write(stderr, b"x")
    os.set_blocking(stderr, blocks)
    try:
        process = unread_server(home, store_path, exports, stderr)
        send_messages(
            process, {"id": 2, "method": "hfs/import", "params": {"content": content("a")}}
        )
        wait_until_imported(store_path, process)
        assert process.stdin is not None
        if end == "lost framing":
            process.stdin.write(b"nonsense\r\n\r\n")
            process.stdin.flush()
        elif end == "end of input":
            process.stdin.close()
        elif end == "exit":
            send_messages(process, {"method": "exit"})
        else:
            process.send_signal(getattr(signal, end))
        assert code_at_the_end(process) == code
        stores.check_whole_and_free(store_path)
    finally:
        os.close(nobody_reads)
        os.close(stderr)


# The end in the middle.


def end_input(client: Client, _: object) -> None:
    client.end_input()


def shut_down_and_exit(client: Client, _: object) -> None:
    client.request("shutdown")
    client.notify("exit")


def exit_alone(client: Client, _: object) -> None:
    client.notify("exit")


def client_dies(_: Client, parent: subprocess.Popen[bytes]) -> None:
    parent.kill()
    parent.wait(PATIENCE_SECONDS)


def by(number: signal.Signals) -> End:
    return lambda client, _: client.signal(number)


ENDS: dict[str, tuple[End, int]] = {
    "end of input": (end_input, 0),
    "SIGTERM": (by(signal.SIGTERM), 0),
    "SIGHUP": (by(signal.SIGHUP), 0),
    "SIGKILL": (by(signal.SIGKILL), -9),
    "the client dies": (client_dies, 1),
    "SIGINT": (by(signal.SIGINT), 0),
    "exit": (exit_alone, 1),
    "shutdown and exit": (shut_down_and_exit, 0),
}
TRIED = [*ENDS] if effort.IS_LONG else [*ENDS][:5]
WORK = {"nothing": (0.0,), "import": (0.05, 0.4, 0.82), "export": (0.05, 0.4, 0.9)}
CASES = [
    (end, work, share)
    for work, shares in WORK.items()
    for end in (TRIED if work != "nothing" or effort.IS_LONG else TRIED[4:])
    for share in (shares if effort.IS_LONG else shares[-1:] if work == "import" else shares[:1])
    # It is looked for every half second, in which an export may end.
    if (end, work) != ("the client dies", "export")
]


@pytest.mark.parametrize(("end", "work", "share"), CASES)
def test_the_end_at_rest_and_in_the_middle_of_large_work(
    home: Path,
    large_store: tuple[Path, int],
    large_file: Path,
    exports: Path,
    end: str,
    work: str,
    share: float,
) -> None:
    store, session = large_store
    before = stores.counts(store)
    parent = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    is_late = share == 0.82
    client = Client(home, program=PAUSING if is_late else PATIENT)
    options = {"databasePath": str(store), "exportDirectory": str(exports)}
    client.initialize({"processId": parent.pid}, **options)
    client.request("hfs/listSessions")
    with stores.held(store, work == "import" and not is_late):
        if work == "import":
            client.send("hfs/import", {"uri": large_file.as_uri(), "workDoneToken": "t"})
        elif work == "export":
            params = {"sessionId": session, "format": "markdown", "workDoneToken": "t"}
            client.send("hfs/export", params)
        if work != "nothing":
            client.wait_for_progress("t", int(share * 100) - 1)
        client.may_be_cut_off = True
        deed, code = ENDS[end]
        deed(client, parent)
        assert client.wait_for_end() == code
    parent.communicate(timeout=PATIENCE_SECONDS)
    client.check()
    client.dispose()
    stores.check_whole_and_free(store)
    left = left_behind(exports)
    assert left == [] or end == "SIGKILL"
    # A busy machine may have let the export come to its end first.
    whole = [path for path in exports.iterdir() if path.name not in left]
    assert all(path.stat().st_size > LARGE_BYTES for path in whole)
    if end != "SIGKILL":
        counts = stores.counts(store)
        assert {table: counts[table] for table in before} == before
    check_swept(store, home)


def test_many_starts_and_stops(home: Path, store_path: Path, exports: Path) -> None:
    for cycle in range(CYCLES):
        client = Client(home, environment={"PYTHONUNBUFFERED": "1"} if cycle % 2 else None)
        client.initialize(databasePath=str(store_path), exportDirectory=str(exports))
        client.request("hfs/import", {"content": content(f"cycle-{cycle}")})
        client.finish()
    assert len(check_store(store_path)) == CYCLES
    assert list(exports.iterdir()) == []
    assert list(home.iterdir()) == []


def test_large_replies_at_the_same_time_stay_apart_without_buffering(
    start: Start, store_path: Path
) -> None:
    client = start(environment={"PYTHONUNBUFFERED": "1"})
    (made,) = client.request("hfs/import", {"content": content("a", 300, 5000)})["sessions"]
    uri = {"uri": f"hfs:/sessions/{made['id']}.json"}
    requests = [client.send("workspace/textDocumentContent", uri) for _ in range(12)]
    texts = [client.result(request)["text"] for request in requests]
    assert all(len(text) > 1_500_000 for text in texts)
