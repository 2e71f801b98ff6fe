"""A copy of the store as it is at one point in time, while other programs go on writing to it.

SQLite copies the pages of one read transaction. The rule not to break: a copy is only reported
after SQLite has checked it.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from hfs_server.cancellation import completed
from hfs_server.errors import StoreUnusable
from hfs_server.session import Progress
from hfs_server.store.sqlite.database import Database

_PAGES_PER_STEP = 1000


class _Cancelled(Exception):
    """The copy is to end."""


async def back_up(database: Database, copy: Path, on_progress: Progress) -> None:
    """Writes a copy to an empty file. Raises StoreUnusable, also if the copy is damaged."""
    is_cancelled = threading.Event()

    def advance(_: int, remaining: int, total: int) -> None:
        if is_cancelled.is_set():
            raise _Cancelled
        on_progress(1 - remaining / max(1, total), "Copying")

    async with database.snapshot() as connection:
        work = connection.run(_copy, copy, advance)
        future, was_cancelled = await completed(work, is_cancelled.set)
        if was_cancelled:
            future.exception()
            raise asyncio.CancelledError
        problem = future.result()
    if problem is not None:
        raise StoreUnusable(
            f"The store {database.path} is damaged, and so is its copy: {problem}. Keep earlier "
            "backups, and import the newest one that is whole into a new store."
        )


def _copy(
    connection: sqlite3.Connection, path: Path, advance: Callable[[int, int, int], None]
) -> str | None:
    """Copies the store; what is wrong with the copy, or None."""
    # The transaction begins here: pages that are written later are not copied.
    connection.execute("SELECT count(*) FROM sqlite_master").fetchall()
    with closing(sqlite3.connect(path, isolation_level=None)) as copy:
        copy.execute("PRAGMA synchronous = OFF")  # The file is synced when it is put in place.
        connection.backup(copy, pages=_PAGES_PER_STEP, progress=advance)
        # One file: a write-ahead log beside it could be lost.
        copy.execute("PRAGMA journal_mode = DELETE")
        ((result,),) = copy.execute("PRAGMA integrity_check(1)").fetchall()
    return None if result == "ok" else str(result)
