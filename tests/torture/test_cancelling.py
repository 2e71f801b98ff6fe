"""A cancel at every moment of an import, from inside, where moments can be hit exactly."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from hfs_server.exchange import Exchange
from hfs_server.store.database import Database
from hfs_server.store.repository import SessionRepository
from tests.torture import harness

TRIES = 2000 if harness.IS_LONG else 250
LATEST_SECONDS = 0.03


def test_what_was_cancelled_is_not_there_and_what_was_done_is(tmp_path: Path) -> None:
    path = tmp_path / "store" / "sessions.db"

    async def run() -> None:
        database = Database(path)
        exchange = Exchange(SessionRepository(database), path, tmp_path)
        loop = asyncio.get_running_loop()
        done, cancelled = set(), set()
        for number in range(TRIES):
            document = harness.whole_document(f"try-{number}", 2)
            name = document["metadata"]["session_name"]
            task = asyncio.ensure_future(exchange.import_text(json.dumps(document)))
            end = loop.time() + LATEST_SECONDS * number / TRIES
            while loop.time() < end and not task.done():
                await asyncio.sleep(0)
            task.cancel()
            try:
                await task
                done.add(name)
            except asyncio.CancelledError:
                cancelled.add(name)
        await database.close()
        print(f"done: {len(done)}, cancelled: {len(cancelled)}")
        found = harness.check_store(path).keys()
        assert done <= found, "done, but not there"
        assert not cancelled & found, "answered as cancelled, but there"
        harness.check_no_orphans(path)

    asyncio.run(run())


def test_an_export_that_was_cancelled_leaves_no_file(tmp_path: Path, exports: Path) -> None:
    path = tmp_path / "store" / "sessions.db"

    async def run() -> None:
        database = Database(path)
        exchange = Exchange(SessionRepository(database), path, exports)
        document = harness.whole_document("try", 50)
        session_id = (await exchange.import_text(json.dumps(document))).session_id
        loop = asyncio.get_running_loop()
        cancelled: list[Path] = []
        for number in range(TRIES):
            destination = exports / f"{number}.json"
            task = asyncio.ensure_future(exchange.export(session_id, "json", destination))
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
        await database.close()
        print(f"done: {TRIES - len(cancelled)}, cancelled: {len(cancelled)}")
        assert list(exports.iterdir()) == [], "answered as cancelled, but there"

    asyncio.run(run())
