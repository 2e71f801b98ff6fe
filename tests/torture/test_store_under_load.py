"""Many servers and the terminal program at work on one store, and some of them killed."""

from __future__ import annotations

import json
import random
import threading
import time
from pathlib import Path

import pytest

from testing import effort
from testing.client import Client, Refused
from testing.documents import MARKER
from testing.store_checks import check_no_orphans, check_store, check_swept, isolated_rows
from testing.terminal import Terminal
from testing.waiting import PATIENCE_SECONDS
from testing.whole_sessions import whole_document

SERVERS = 8 if effort.IS_LONG else 3
KILL_EVERY_SECONDS = 0.7
LARGE_MESSAGES = 2500
LARGE_MESSAGE_CHARACTERS = 8000


class Worker(threading.Thread):
    """A client that does whatever comes to its mind, and starts anew when its server is killed."""

    def __init__(self, number: int, stop: threading.Event, folder: Path, store: Path) -> None:
        super().__init__(daemon=True)
        self.number = number
        self.stop = stop
        self.folder = folder / f"worker-{number}"
        self.store = store
        self.random = random.Random(f"{effort.SEED}/{number}")
        self.client: Client | None = None
        self.is_killed = False
        self.acknowledged: list[str] = []
        self.cancelled: list[str] = []
        self.counts: dict[str, int] = {}
        self.failure: BaseException | None = None
        self.known: list[tuple[int, int]] = []
        self.made = 0
        self.folder.mkdir()
        (self.folder / "home").mkdir()
        (self.folder / "exports").mkdir()

    def run(self) -> None:
        try:
            while not self.stop.is_set():
                try:
                    self.live()
                except (AssertionError, OSError, ValueError):
                    if not self.is_killed:
                        raise
                    self.count("killed")
                    self.end_client()
            if self.client is not None and self.is_killed:
                self.end_client()
            elif self.client is not None:
                self.client.finish()
        except BaseException as error:
            self.failure = error
        finally:
            if self.client is not None:
                self.client.dispose()

    def end_client(self) -> None:
        assert self.client is not None
        self.client.may_be_cut_off = True
        self.client.process.wait(PATIENCE_SECONDS)
        for thread in self.client._threads:
            thread.join(PATIENCE_SECONDS)
        self.client.check()
        self.client.dispose()
        self.client = None

    def live(self) -> None:
        if self.client is None:
            self.is_killed = False
            self.client = Client(self.folder / "home")
            self.client.initialize(
                databasePath=str(self.store), exportDirectory=str(self.folder / "exports")
            )
        deeds = [self.take_in] * 14 + [self.list] * 10 + [self.write] * 6
        deeds += [self.show, self.show, self.cancel, self.cancel, self.take_in_large]
        deed = self.random.choice(deeds)
        try:
            deed()
            self.count(deed.__name__)
        except Refused as error:
            # Nothing else may go wrong; sessions are never deleted here.
            if error.kind != "storeBusy":
                raise
            self.count("busy")

    def count(self, what: str) -> None:
        self.counts[what] = self.counts.get(what, 0) + 1

    def new_document(self, count: int, characters: int) -> tuple[str, str]:
        self.made += 1
        document = whole_document(f"w{self.number}-{self.made}", count, characters)
        return document["metadata"]["session_name"], json.dumps(document)

    def take_in(self) -> None:
        name, content = self.new_document(self.random.choice([1, 10, 300]), 80)
        assert self.client is not None
        (session,) = self.client.request("hfs/import", {"content": content})["sessions"]
        self.acknowledged.append(name)
        self.known.append((session["id"], session["messageCount"]))

    def take_in_large(self) -> None:
        name, content = self.new_document(LARGE_MESSAGES, LARGE_MESSAGE_CHARACTERS)
        file = self.folder / "large.json"
        file.write_text(content, encoding="utf-8")
        assert self.client is not None
        (session,) = self.client.request("hfs/import", {"uri": file.as_uri()})["sessions"]
        self.acknowledged.append(name)
        self.known.append((session["id"], session["messageCount"]))

    def cancel(self) -> None:
        name, content = self.new_document(300, 80)
        assert self.client is not None
        request = self.client.send("hfs/import", {"content": content})
        time.sleep(self.random.random() * 0.05)
        self.client.cancel(request)
        try:
            self.client.result(request)
            self.acknowledged.append(name)
        except Refused as error:
            if error.code != -32800:
                raise
            self.cancelled.append(name)

    def list(self) -> None:
        assert self.client is not None
        page = self.client.request("hfs/listSessions", {"limit": self.random.choice([1, 50, 500])})
        for session in page["sessions"]:
            if session["name"].startswith("whole-"):
                expected = int(session["name"].rsplit(" ", 1)[1])
                assert session["messageCount"] == expected, f"in part: {session}"

    def write(self) -> None:
        if not self.known:
            return
        session_id, messages = self.random.choice(self.known)
        assert self.client is not None
        done = self.client.request("hfs/export", {"sessionId": session_id, "format": "json"})
        assert done["messageCount"] == messages
        path = self.folder / "exports" / done["uri"].rsplit("/", 1)[1]
        assert len(json.loads(path.read_text(encoding="utf-8"))["messages"]) == messages
        path.unlink()

    def show(self) -> None:
        small = [known for known in self.known if known[1] <= 300]
        if not small:
            return
        session_id, messages = self.random.choice(small)
        uri = f"hfs:/sessions/{session_id}.md"
        assert self.client is not None
        text = self.client.request("workspace/textDocumentContent", {"uri": uri})["text"]
        assert text.count(MARKER) >= messages


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
