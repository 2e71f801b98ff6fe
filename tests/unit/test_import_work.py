"""What an import reports when it is cancelled."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from contextlib import closing, suppress
from pathlib import Path

from hfs_server.export_all import export_all
from hfs_server.export_all.documents import Choice
from hfs_server.exporters import exporter_named
from hfs_server.import_session import import_paths
from hfs_server.store import Store, open_store
from tests.unit.pairs_of_stores import add, named
from tests.unit.store.sqlite.sessions import use


def test_an_import_is_not_cancelled_once_its_last_session_is_saved(tmp_path: Path) -> None:
    folder, path = tmp_path / "exports", tmp_path / "sessions.db"
    choice = Choice(exporter_named("json"))
    add(tmp_path / "other.db", named("One", *["x" * 1_000_000] * 10))
    use(tmp_path / "other.db", lambda store: export_all(store, folder, choice))

    async def run() -> None:
        store = open_store(path)
        await store.list()
        with closing(sqlite3.connect(path)) as connection:
            importing = asyncio.ensure_future(import_paths(store, [folder]))
            while not connection.execute("SELECT 1 FROM sessions").fetchall():
                await asyncio.sleep(0)
            # The manifest lists its file, which is compared with that after it was saved.
            importing.cancel()
            report = await importing
        assert [saved.status for saved in report.sessions] == ["created"]
        await store.close()

    asyncio.run(run())


def test_what_a_cancelled_import_of_a_store_has_attached_is_detached_at_once(
    tmp_path: Path,
) -> None:
    add(tmp_path / "other.db", named("One", "text"), named("Two", "text"))
    left_open: list[object] = []

    async def run(store: Store) -> None:
        sys.set_asyncgen_hooks(finalizer=left_open.append)
        importing = asyncio.current_task()
        assert importing is not None
        await import_paths(
            store,
            [tmp_path / "other.db"],
            on_progress=lambda _, words: importing.cancel() if "sessions done" in words else None,
        )

    (tmp_path / "store").mkdir()
    with suppress(asyncio.CancelledError):
        use(tmp_path / "store" / "sessions.db", run)
    assert left_open == []
