"""A cancel at every step: from inside, where each step can be hit exactly, and from a client."""

from __future__ import annotations

import asyncio
import json
import random
import time
from pathlib import Path
from typing import Any

from hfs_server.export_session import export_to_file
from hfs_server.exporters import exporter_named
from hfs_server.import_session import import_file
from hfs_server.importers.source_file import file_of
from hfs_server.store import open_store
from testing import effort, stores
from testing.client import Client, Start
from testing.store_checks import check_no_orphans, check_store
from testing.whole_sessions import name_of, whole_document

CANCELS = 200 if effort.IS_LONG else 40
TRIES = 2000 if effort.IS_LONG else 250
LATEST_SECONDS = 0.03
COMMANDS = {
    "hfs/listSessions": "hfs.server.listSessions",
    "hfs/export": "hfs.server.export",
    "hfs/findSecrets": "hfs.server.findSecrets",
    "hfs/import": "hfs.server.import",
}


def test_what_was_cancelled_is_not_there_and_what_was_done_is(tmp_path: Path) -> None:
    path = tmp_path / "store" / "sessions.db"

    async def run() -> None:
        store = open_store(path)
        loop = asyncio.get_running_loop()
        done, cancelled = set(), set()
        for number in range(TRIES):
            document = whole_document(f"try-{number}", 2)
            name = document["metadata"]["session_name"]
            task = asyncio.ensure_future(import_file(store, file_of(json.dumps(document))))
            end = loop.time() + LATEST_SECONDS * number / TRIES
            while loop.time() < end and not task.done():
                await asyncio.sleep(0)
            task.cancel()
            try:
                await task
                done.add(name)
            except asyncio.CancelledError:
                cancelled.add(name)
        await store.close()
        print(f"done: {len(done)}, cancelled: {len(cancelled)}")
        found = check_store(path).keys()
        assert done <= found, "done, but not there"
        assert not cancelled & found, "answered as cancelled, but there"
        check_no_orphans(path)

    asyncio.run(run())


def test_an_export_that_was_cancelled_leaves_no_file(tmp_path: Path, exports: Path) -> None:
    path = tmp_path / "store" / "sessions.db"

    async def run() -> None:
        store = open_store(path)
        exporter = exporter_named("json")
        document = whole_document("try", 50)
        session_id = (await import_file(store, file_of(json.dumps(document)))).sessions[0].id
        loop = asyncio.get_running_loop()
        cancelled: list[Path] = []
        for number in range(TRIES):
            destination = exports / f"{number}.json"
            task = asyncio.ensure_future(export_to_file(store, session_id, exporter, destination))
            end = loop.time() + LATEST_SECONDS * number / TRIES
            while loop.time() < end and not task.done():
                await asyncio.sleep(0)
            task.cancel()
            try:
                await task
                assert destination.exists(), "done, but not there"
                destination.unlink()
            except asyncio.CancelledError:
                cancelled.append(destination)
        await store.close()
        print(f"done: {TRIES - len(cancelled)}, cancelled: {len(cancelled)}")
        assert list(exports.iterdir()) == [], "answered as cancelled, but there"

    asyncio.run(run())


class Caller:
    """Makes random calls of every method, and of every command, and cancels each."""

    def __init__(self, client: Client, session: int, large_file: Path) -> None:
        self.client = client
        self.session = session
        self.large_file = large_file
        self.chance = random.Random(effort.SEED)
        self.small = json.dumps(whole_document("cancelled", 400, 500))

    def call(self, number: int) -> tuple[str, dict[str, Any], float]:
        """A method, its params, and for how long it is at work at most before it is cancelled."""
        if number % 20 == 0:
            return "hfs/import", {"uri": self.large_file.as_uri()}, 3.0
        suffix = self.chance.choice(["md", "html", "json"])
        uri = {"uri": f"hfs:/sessions/{self.session}.{suffix}"}
        calls: list[tuple[str, dict[str, Any], float]] = [
            ("hfs/listSessions", {}, 0.003),
            ("hfs/export", {"sessionId": self.session, "format": "json"}, 0.15),
            ("hfs/export", {"sessionId": self.session, "format": "markdown"}, 0.3),
            ("hfs/export", {"sessionId": self.session, "format": "html", "redact": True}, 0.5),
            ("hfs/findSecrets", {"sessionId": self.session}, 0.1),
            ("hfs/import", {"content": self.small}, 0.04),
            ("workspace/textDocumentContent", uri, 0.15),
        ]
        return self.chance.choice(calls)

    def cancelled(self, number: int) -> tuple[str, dict[str, Any]]:
        """Makes a call and cancels it; gives the method and the reply."""
        method, params, longest = self.call(number)
        by_token = (
            method in ("hfs/export", "hfs/findSecrets", "hfs/import") and self.chance.random() < 0.4
        )
        if by_token:
            params["workDoneToken"] = f"token {number}"
        if method in COMMANDS and self.chance.random() < 0.3:
            argument = {"command": COMMANDS[method], "arguments": [params]}
            request = self.client.send("workspace/executeCommand", argument)
        else:
            request = self.client.send(method, params)
        time.sleep(self.chance.random() * longest)
        if by_token:
            self.client.notify("window/workDoneProgress/cancel", {"token": f"token {number}"})
        else:
            self.client.cancel(request)
        return method, self.client.reply(request)


def test_random_cancels_leave_no_trace(
    start: Start, large_store: tuple[Path, int], large_file: Path, exports: Path
) -> None:
    store, session = large_store
    client = start(store)
    client.request("hfs/listSessions")
    before = stores.counts(store)
    caller = Caller(client, session, large_file)
    outcomes: dict[Any, int] = {}
    for number in range(CANCELS):
        method, reply = caller.cancelled(number)
        code = reply["error"]["code"] if "error" in reply else "done"
        assert code in ("done", -32800), reply
        outcomes[method, code] = outcomes.get((method, code), 0) + 1
        if code == "done" and "sessions" in reply["result"] and method == "hfs/import":
            remove(store, reply["result"]["sessions"][0]["id"], large_file)
        if code == "done" and method == "hfs/export":
            (made,) = exports.iterdir()
            assert made.stat().st_size == reply["result"]["bytes"]
            made.unlink()
        assert list(exports.iterdir()) == []
        assert stores.counts(store) == before, (number, method, code)
        check_nobody_holds(store)
        client.check()
        client.forget()
    print(f"outcomes: {outcomes}")
    assert {code for _, code in outcomes} >= {-32800}
    stores.check_whole_and_free(store)
    client.request("hfs/import", {"content": json.dumps(whole_document("normal", 5))})
    assert name_of("normal", 5) in check_store(store)


def remove(store: Path, session: int, file: Path) -> None:
    """Takes away what was imported faster than it was cancelled."""
    with stores.opened(store) as connection:
        connection.execute("BEGIN IMMEDIATE")
        for table in ("messages", "checkpoints"):
            connection.execute(f"DELETE FROM {table} WHERE session_id = ?", (session,))
        connection.execute("DELETE FROM sessions WHERE id = ?", (session,))
        connection.execute("DELETE FROM hfs_imported_files WHERE path = ?", (str(file),))
        connection.execute(
            "DELETE FROM hfs_identities WHERE identity NOT IN (SELECT hfs_identity FROM sessions)"
        )
        connection.execute("COMMIT")


def check_nobody_holds(store: Path) -> None:
    """Fails where a transaction was left open, be it one that only reads."""
    with stores.opened(store) as connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("ROLLBACK")
        busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        assert busy == 0, "a transaction was left open"
