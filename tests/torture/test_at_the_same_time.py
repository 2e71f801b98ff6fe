"""Large work beside other work: requests, imports, other programs, and a server put to sleep."""

from __future__ import annotations

import json
import signal
import sqlite3
import time
from pathlib import Path

import pytest

from testing import effort, stores
from testing.client import Client, Start
from testing.command_line import hfs
from testing.programs import RESTING
from testing.store_checks import check_no_orphans, check_store, left_behind
from testing.terminal import Terminal
from testing.timing import STEPS, measuring
from testing.waiting import PATIENCE_SECONDS
from testing.whole_sessions import LARGE_MESSAGES, name_of, whole_document, write_whole

PING_SECONDS = 0.02
LONGEST_PING_SECONDS = 0.5

ASLEEP_SECONDS = 15.0 if effort.IS_LONG else 0.5


def content(tag: str, count: int = 5) -> str:
    return json.dumps(whole_document(tag, count))


@pytest.mark.quiet
@pytest.mark.skipif(not effort.IS_LONG, reason="PINGS ARE TIMED IN THE LONG FORM ONLY")
@pytest.mark.parametrize("work", ["import", "json", "markdown"])
def test_pings_are_answered_in_time_during_large_work(
    start: Start, home: Path, large_file: Path, work: str
) -> None:
    client = start()
    uri = {"uri": large_file.as_uri(), "workDoneToken": "import"}
    request = client.send("hfs/import", uri)
    if work != "import":
        (made,) = client.result(request)["sessions"]
        params = {"sessionId": made["id"], "format": work, "workDoneToken": work}
        request = client.send("hfs/export", params)
    took: list[float] = []
    client.wait_for(work, lambda: client.progress(work))
    with measuring(home) as measured:
        while client.progress(work)[-1]["kind"] != "end":
            begun = time.monotonic()
            client.request("hfs/listSessions", {"limit": 1})
            took.append(time.monotonic() - begun)
            time.sleep(max(0.0, PING_SECONDS - took[-1]))
    client.result(request)
    took.sort()
    print(f"{len(took)} pings: p99 {took[len(took) * 99 // 100]:.3f} s, longest {took[-1]:.3f} s")
    assert len(took) > 5
    assert took[-1] <= LONGEST_PING_SECONDS + STEPS * measured.late


def test_two_concurrent_large_imports_and_small_ones_are_all_whole(
    start: Start, store_path: Path, tmp_path: Path
) -> None:
    client = start()
    tags = ["one", "two"]
    files = [write_whole(tmp_path / f"{tag}.json", tag, 2500, 8000) for tag in tags]
    large = [
        client.send("hfs/import", {"uri": file.as_uri(), "workDoneToken": tag})
        for tag, file in zip(tags, files, strict=True)
    ]
    small = [client.send("hfs/import", {"content": content(f"small-{n}")}) for n in range(20)]
    made = [client.result(request)["sessions"][0]["id"] for request in [*large, *small]]
    assert len(set(made)) == 22
    assert len(check_store(store_path)) == 22
    assert stores.rows(store_path, "SELECT count(*) FROM hfs_pending_imports") == [(0,)]
    check_no_orphans(store_path)


def put_to_sleep(client: Client, store: Path) -> None:
    """Stops the process at a moment at which it does not hold the store."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        client.process.send_signal(signal.SIGSTOP)
        try:
            with stores.opened(store, timeout=0.5) as connection:
                connection.execute("BEGIN IMMEDIATE")
                connection.execute("ROLLBACK")
            return
        except sqlite3.OperationalError:
            client.process.send_signal(signal.SIGCONT)
            time.sleep(0.1)
    raise AssertionError("it never let go of the store")


@pytest.mark.parametrize("given_up", [False, True], ids=["waited for", "given up"])
def test_an_import_that_slept_is_whole_or_refused_and_harms_nobody(
    start: Start, home: Path, store_path: Path, large_file: Path, given_up: bool
) -> None:
    """As on a laptop that is closed, while others write."""
    with Terminal(store_path) as terminal:
        kept = terminal.add_session("Kept", "one")
        client = start(program=RESTING, environment={"GO_ON": str(home / "go on")})
        request = client.send("hfs/import", {"uri": large_file.as_uri(), "workDoneToken": "t"})
        client.wait_for_progress("t", 81)
        put_to_sleep(client, store_path)
        try:
            if given_up:
                # The others then take it for dead, as they do not for as long as it lives.
                for lock in left_behind(store_path.parent):
                    (store_path.parent / lock).unlink()
            file = write_whole(home / "other.json", "other", 30)
            said = ["one"]
            until = time.monotonic() + ASLEEP_SECONDS
            while time.monotonic() < until or len(said) < 5:
                terminal.add_message(kept, "user", f"said {len(said)}")
                said.append(f"said {len(said)}")
            assert hfs(home, "--database", store_path, "import", file).returncode == 0
            file.unlink()
        finally:
            client.process.send_signal(signal.SIGCONT)
            (home / "go on").touch()
        name = name_of("large", LARGE_MESSAGES)
        reply = client.reply(request)
        was_done = "result" in reply
        assert was_done or reply["error"]["data"]["kind"] == "storeBusy"
        assert was_done is not given_up
        found = check_store(store_path)
        assert (name in found) is was_done
        assert name_of("other", 30) in found
        check_no_orphans(store_path)
        assert stores.rows(store_path, "SELECT count(*) FROM hfs_pending_imports") == [(0,)]
        (mine,) = [chat for chat in terminal.list() if chat[0] == kept]
        assert [text for _, text in mine[2]] == said
