"""The end, in the middle of large work and with clients that do not listen; and many cancels."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.e2e import stores
from tests.e2e.client import Client, Refused, environment_for
from tests.torture import harness
from tests.torture.conftest import Start

CYCLES = 50 if harness.IS_LONG else 6
CANCELS = 200 if harness.IS_LONG else 40
LARGE_MESSAGES = 12_000 if harness.IS_LONG else 5000


def frame(message: dict[str, Any]) -> bytes:
    body = json.dumps({"jsonrpc": "2.0", **message}).encode()
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


def content(tag: str, count: int = 5, characters: int = 60) -> str:
    return json.dumps(harness.whole_document(tag, count, characters))


@pytest.fixture(scope="module")
def large_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("large") / "large.json"
    return harness.write_whole(path, "large", LARGE_MESSAGES, 8000)


@pytest.fixture(scope="module")
def large_template(tmp_path_factory: pytest.TempPathFactory, large_file: Path) -> Path:
    """A store with one large session, whose id stands in its name's place in the list."""
    folder = tmp_path_factory.mktemp("large-store")
    done = harness.hfs(folder, "--database", folder / "sessions.db", "import", large_file)
    assert done.returncode == 0, done.stderr
    return folder / "sessions.db"


@pytest.fixture
def large_store(large_template: Path, store_path: Path) -> tuple[Path, int]:
    stores.copy(large_template, store_path)
    return store_path, stores.rows(store_path, "SELECT max(id) FROM sessions")[0][0]


def deaf_server(home: Path, store: Path, exports: Path) -> subprocess.Popen[bytes]:
    """A server of whose output nobody reads anything, neither stdout nor stderr."""
    process = subprocess.Popen(
        [sys.executable, "-m", "hfs_server"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment_for(home),
        cwd=home,
    )
    options = {"databasePath": str(store), "exportDirectory": str(exports), "logLevel": "debug"}
    params = {"processId": os.getpid(), "capabilities": {}, "initializationOptions": options}
    assert process.stdin is not None
    process.stdin.write(frame({"id": 1, "method": "initialize", "params": params}))
    process.stdin.write(frame({"method": "initialized", "params": {}}))
    process.stdin.flush()
    return process


def wait_until_idle(process_id: int) -> None:
    """Returns when the process has done nothing for a while, as all its work is done."""
    stat = Path(f"/proc/{process_id}/stat")
    if not stat.exists():
        time.sleep(6)
        return
    used, quiet, deadline = "", 0, time.monotonic() + 30
    while quiet < 4 and time.monotonic() < deadline:
        time.sleep(0.2)
        now = " ".join(stat.read_text().split()[13:15])
        quiet = quiet + 1 if now == used else 0
        used = now


def ended_in_time(process: subprocess.Popen[bytes], within: float = 2.5) -> int:
    try:
        return process.wait(within)
    except subprocess.TimeoutExpired:
        process.kill()
        raise AssertionError(f"still there {within} s later") from None
    finally:
        process.wait(10)
        for stream in (process.stdout, process.stderr):
            assert stream is not None
            stream.close()
        assert process.stdin is not None
        with suppress(BrokenPipeError):
            process.stdin.close()


@pytest.mark.parametrize("end", ["end of input", "SIGTERM", "stdout is closed"])
@pytest.mark.parametrize("pending", ["a little", "much"])
def test_a_client_that_never_reads_cannot_hold_the_server(
    home: Path, large_store: tuple[Path, int], exports: Path, end: str, pending: str
) -> None:
    store, session = large_store
    process = deaf_server(home, store, exports)
    assert process.stdin is not None
    uri = f"hfs:/sessions/{session}.md"
    requests = 4 if pending == "much" else 1
    for number in range(requests):
        params = {"uri": uri}
        message = {"id": 10 + number, "method": "workspace/textDocumentContent", "params": params}
        process.stdin.write(frame(message))
    process.stdin.flush()
    wait_until_idle(process.pid)
    if pending == "much":
        # One more message is what the reader takes before it sees that there is no room.
        for number in range(3):
            process.stdin.write(frame({"id": 50 + number, "method": "hfs/listSessions"}))
        process.stdin.flush()
        wait_until_idle(process.pid)
    if end == "end of input":
        process.stdin.close()
    elif end == "SIGTERM":
        process.send_signal(signal.SIGTERM)
    else:
        assert process.stdout is not None
        process.stdout.close()
    ended_in_time(process)
    stores.check_whole_and_free(store)
    assert list(exports.iterdir()) == []


def test_a_client_that_never_reads_stderr_holds_nothing_up(
    home: Path, store_path: Path, exports: Path
) -> None:
    """Each failing frame is logged, or not; the pipe holds 64 KB."""
    process = deaf_server(home, store_path, exports)
    assert process.stdin is not None
    for number in range(3000):
        process.stdin.write(frame({"id": 10 + number, "method": "hfs/unknown" * 20}))
        if number % 500 == 0:
            process.stdin.flush()
    process.stdin.write(
        frame({"id": 2, "method": "hfs/import", "params": {"content": content("a")}})
    )
    process.stdin.flush()
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if store_path.exists() and stores.counts(store_path).get("sessions"):
            break
        time.sleep(0.1)
    else:
        process.kill()
        raise AssertionError("the import was not done")
    process.stdin.close()
    ended_in_time(process)


@pytest.mark.parametrize("end", ["end of input", "SIGTERM", "SIGKILL"])
@pytest.mark.parametrize("work", ["import", "export"])
def test_the_end_in_the_middle_of_large_work(
    home: Path, large_store: tuple[Path, int], large_file: Path, exports: Path, end: str, work: str
) -> None:
    store, session = large_store
    before = stores.counts(store)
    for share in (0.05, 0.4, 0.9) if harness.IS_LONG else (0.4,):
        client = Client(home)
        client.initialize(databasePath=str(store), exportDirectory=str(exports))
        if work == "import":
            client.send("hfs/import", {"uri": large_file.as_uri(), "workDoneToken": "t"})
        else:
            params = {"sessionId": session, "format": "markdown", "workDoneToken": "t"}
            client.send("hfs/export", params)
        client.wait_for_progress("t", int(share * 100))
        client.may_be_cut_off = True
        if end == "end of input":
            client.end_input()
        else:
            client.signal(getattr(signal, end))
        code = client.wait_for_end()
        assert code == (-9 if end == "SIGKILL" else 0)
        client.check()
        client.dispose()
        stores.check_whole_and_free(store)
        if end != "SIGKILL":
            assert stores.counts(store) == before
            assert list(exports.iterdir()) == []
        for path in exports.iterdir():
            assert path.name in harness.left_behind(exports)
            path.unlink()
    harness.check_swept(store, home)


def test_many_starts_and_stops(home: Path, store_path: Path, exports: Path) -> None:
    for cycle in range(CYCLES):
        client = Client(home, environment={"PYTHONUNBUFFERED": "1"} if cycle % 2 else None)
        client.initialize(databasePath=str(store_path), exportDirectory=str(exports))
        client.request("hfs/import", {"content": content(f"cycle-{cycle}")})
        client.finish()
    assert len(harness.check_store(store_path)) == CYCLES
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


def test_random_cancels_leave_no_trace(
    start: Start, large_store: tuple[Path, int], large_file: Path, exports: Path
) -> None:
    store, session = large_store
    chance = random.Random(harness.SEED)
    client = start(store)
    client.request("hfs/listSessions")
    before = stores.counts(store)
    outcomes: dict[Any, int] = {}
    small = content("cancelled", 400, 500)
    made_anyway = 0
    cancelled: list[str] = []
    for number in range(CANCELS):
        calls: list[tuple[str, dict[str, Any], float]] = [
            ("hfs/listSessions", {}, 0.003),
            ("hfs/export", {"sessionId": session, "format": "json"}, 0.15),
            ("hfs/export", {"sessionId": session, "format": "markdown"}, 0.3),
            ("hfs/import", {"content": small, "name": f"cancelled {number}"}, 0.04),
            ("workspace/textDocumentContent", {"uri": f"hfs:/sessions/{session}.md"}, 0.1),
        ]
        if number % 20 == 0:
            calls = [("hfs/import", {"uri": large_file.as_uri(), "name": "large one"}, 3.0)]
        method, params, longest = chance.choice(calls)
        by_token = method in ("hfs/export", "hfs/import") and chance.random() < 0.4
        if by_token:
            params["workDoneToken"] = f"token {number}"
        request = client.send(method, params)
        time.sleep(chance.random() * longest)
        if by_token:
            client.notify("window/workDoneProgress/cancel", {"token": f"token {number}"})
        else:
            client.cancel(request)
        try:
            result = client.result(request, within=5)
            outcomes["done"] = outcomes.get("done", 0) + 1
            if method == "hfs/import":
                made_anyway += 1
                (made,) = result["sessions"]
                with stores.opened(store) as connection:
                    for table, key in [
                        ("messages", "session_id"),
                        ("checkpoints", "session_id"),
                        ("sessions", "id"),
                    ]:
                        connection.execute(f"DELETE FROM {table} WHERE {key} = ?", (made["id"],))
        except Refused as refused:
            outcomes[refused.code] = outcomes.get(refused.code, 0) + 1
            # A text of 50 MB and more is refused as too large, before it is cancelled.
            if refused.code != -32800 and refused.kind != "sessionTooLarge":
                raise
            cancelled.append(f"{params.get('name')} {by_token}")
        assert harness.left_behind(exports) == []
        client.check()
        client.forget()
    print(f"outcomes: {outcomes}; imports that were faster: {made_anyway}")
    left = [
        name for (name,) in stores.rows(store, "SELECT name FROM sessions WHERE id != ?", session)
    ]
    assert left == [], f"there, but answered as cancelled: {cancelled}"
    assert stores.counts(store) == before
    stores.check_whole_and_free(store)
    client.request("hfs/import", {"content": content("normal")})
    assert harness.name_of("normal", 5) in harness.check_store(store)
