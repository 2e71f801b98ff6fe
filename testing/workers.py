"""Clients that use a store all the time, some of which lose their servers by kills."""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Callable
from pathlib import Path

from hfs_server.store.address import StorePlace
from testing import effort
from testing.client import Client, Refused
from testing.documents import MARKER
from testing.stores import location
from testing.waiting import PATIENCE_SECONDS
from testing.whole_sessions import whole_document

KILL_EVERY_SECONDS = 0.7
LARGE_MESSAGES = 2500
LARGE_MESSAGE_CHARACTERS = 8000


class Worker(threading.Thread):
    """A client that does whatever comes to its mind, and starts anew when its server is killed."""

    def __init__(self, number: int, stop: threading.Event, folder: Path, store: StorePlace) -> None:
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
        """Works until it is to stop; keeps what went wrong."""
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
        """Waits for the end of a server that was killed, and checks what it wrote."""
        assert self.client is not None
        self.client.may_be_cut_off = True
        self.client.process.wait(PATIENCE_SECONDS)
        for thread in self.client._threads:
            thread.join(PATIENCE_SECONDS)
        self.client.check()
        self.client.dispose()
        self.client = None

    def live(self) -> None:
        """Does one thing, with a server that is started if there is none."""
        if self.client is None:
            self.is_killed = False
            self.client = Client(self.folder / "home")
            self.client.initialize(
                databasePath=location(self.store), exportDirectory=str(self.folder / "exports")
            )
        deed = self.random.choice(self.deeds())
        try:
            deed()
            self.count(deed.__name__)
        except Refused as error:
            # Nothing else may go wrong; sessions are never deleted here.
            if error.kind != "storeBusy":
                raise
            self.count("busy")

    def deeds(self) -> list[Callable[[], None]]:
        """What it may do next, the likelier the more often."""
        deeds = [self.take_in] * 14 + [self.list] * 10 + [self.write] * 6
        return [*deeds, self.show, self.show, self.cancel, self.cancel, self.take_in_large]

    def count(self, what: str) -> None:
        """Notes that something was done."""
        self.counts[what] = self.counts.get(what, 0) + 1

    def new_document(self, count: int, characters: int) -> tuple[str, str]:
        """The name and the text of a session that nobody else has."""
        self.made += 1
        document = whole_document(f"w{self.number}-{self.made}", count, characters)
        return document["metadata"]["session_name"], json.dumps(document)

    def take_in(self) -> None:
        """Imports a session."""
        name, content = self.new_document(self.random.choice([1, 10, 300]), 80)
        assert self.client is not None
        (session,) = self.client.request("hfs/import", {"content": content})["sessions"]
        self.acknowledged.append(name)
        self.known.append((session["id"], session["messageCount"]))

    def take_in_large(self) -> None:
        """Imports a session that takes a while."""
        name, content = self.new_document(LARGE_MESSAGES, LARGE_MESSAGE_CHARACTERS)
        file = self.folder / "large.json"
        file.write_text(content, encoding="utf-8")
        assert self.client is not None
        (session,) = self.client.request("hfs/import", {"uri": file.as_uri()})["sessions"]
        self.acknowledged.append(name)
        self.known.append((session["id"], session["messageCount"]))

    def cancel(self) -> None:
        """Begins an import, and cancels it."""
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
        """Lists sessions, each of which must be whole."""
        assert self.client is not None
        page = self.client.request("hfs/listSessions", {"limit": self.random.choice([1, 50, 500])})
        for session in page["sessions"]:
            if session["name"].startswith("whole-"):
                expected = int(session["name"].rsplit(" ", 1)[1])
                assert session["messageCount"] == expected, f"in part: {session}"

    def write(self) -> None:
        """Exports a session to a file, whole."""
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
        """Opens a session as a document, whole."""
        small = [known for known in self.known if known[1] <= 300]
        if not small:
            return
        session_id, messages = self.random.choice(small)
        uri = f"hfs:/sessions/{session_id}.md"
        assert self.client is not None
        text = self.client.request("workspace/textDocumentContent", {"uri": uri})["text"]
        assert text.count(MARKER) >= messages
