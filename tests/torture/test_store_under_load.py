"""Many servers and the terminal program at work on one store, and some of them killed."""

from __future__ import annotations

import random
import threading
import time
from pathlib import Path

import pytest

from testing import effort
from testing.store_checks import check_no_orphans, check_store, check_swept, isolated_rows
from testing.terminal import Terminal
from testing.waiting import PATIENCE_SECONDS
from testing.workers import KILL_EVERY_SECONDS, Worker

SERVERS = 8 if effort.IS_LONG else 3


def work_of_terminal(path: Path, stop: threading.Event, said: list[str]) -> None:
    """Adds messages all the time."""
    with Terminal(path) as terminal:
        session = terminal.add_session("The terminal's", "begun")
        while not stop.is_set():
            terminal.add_message(session, "user", f"message {len(said)}")
            said.append(f"message {len(said)}")
            stop.wait(0.02)


@pytest.mark.parametrize("is_killing", [False, True], ids=["all live", "some are killed"])
def test_servers_work_on_one_store(
    tmp_path: Path, home: Path, store_path: Path, is_killing: bool
) -> None:
    Terminal(store_path).close()
    stop = threading.Event()
    workers = [Worker(number, stop, tmp_path, store_path) for number in range(SERVERS)]
    said: list[str] = []
    terminal_failure: list[BaseException] = []

    def terminal() -> None:
        try:
            work_of_terminal(store_path, stop, said)
        except BaseException as error:
            terminal_failure.append(error)

    threads = [threading.Thread(target=terminal, daemon=True), *workers]
    for thread in threads:
        thread.start()
    while not all(worker.counts or worker.failure for worker in workers):
        time.sleep(0.05)
    chance = random.Random(effort.SEED)
    deadline = time.monotonic() + effort.seconds(quick=5, share=0.5)
    while time.monotonic() < deadline and not any(worker.failure for worker in workers):
        time.sleep(KILL_EVERY_SECONDS)
        if is_killing:
            worker = chance.choice(workers)
            client = worker.client
            if client is not None and client.is_initialized:
                worker.is_killed = True
                client.process.kill()
    stop.set()
    for thread in threads:
        thread.join(3 * PATIENCE_SECONDS)
        assert not thread.is_alive(), "a client still waits for its answer"

    counts: dict[str, int] = {}
    for worker in workers:
        for what, count in worker.counts.items():
            counts[what] = counts.get(what, 0) + count
    print(f"done: {counts}; the terminal program: {len(said)} messages")
    for worker in workers:
        if worker.failure is not None:
            raise worker.failure
    assert terminal_failure == []
    found = check_store(store_path)
    for worker in workers:
        assert set(worker.acknowledged) <= found.keys(), "an acknowledged import is not there"
        assert not set(worker.cancelled) & found.keys(), "a cancelled import is there"
    written = "SELECT content FROM messages JOIN sessions ON sessions.id = session_id"
    terminals = isolated_rows(
        store_path, f"{written} WHERE name = ? ORDER BY messages.id", "The terminal's"
    )
    assert [content for (content,) in terminals] == ["begun", *said]
    if not is_killing:
        assert isolated_rows(store_path, "SELECT count(*) FROM hfs_pending_imports") == [(0,)]
        for worker in workers:
            assert list((worker.folder / "exports").iterdir()) == []
    check_no_orphans(store_path)
    check_swept(store_path, home)
