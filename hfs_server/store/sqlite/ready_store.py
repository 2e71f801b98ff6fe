"""A store that is ready, for a process that does nothing else, without an event loop.

Loading asyncio takes twice as long as listing the sessions of such a store (row 10 of the
benchmarks), so nothing here may import it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from hfs_server.errors import StoreUnusable
from hfs_server.store.rows import ENCODING, lenient_text
from hfs_server.store.sqlite.filtering import add_functions
from hfs_server.store.sqlite.migrations import is_migrated
from hfs_server.store.sqlite.store_file import (
    READABLE,
    WRITABLE,
    has_wal,
    is_truncated,
    open_mode,
)


class NotReady(Exception):
    """``Database`` must prepare, wait for, or reject the store."""


@contextmanager
def ready_store(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection to the store. Raises NotReady, also for errors of SQLite within."""
    try:
        if not path.is_file() or not open_mode(path).is_writable:
            raise NotReady
        # Closing writes the write-ahead log back, even if the file is not an HFS store.
        mode = READABLE if has_wal(path) else WRITABLE
        uri = f"{path.absolute().as_uri()}?{mode.query}"
        with closing(sqlite3.connect(uri, uri=True, isolation_level=None, timeout=0)) as connection:
            connection.text_factory = lenient_text
            add_functions(connection)
            if not _is_ready(connection, path):
                raise NotReady
            yield connection
    except (sqlite3.Error, OSError, StoreUnusable) as error:
        raise NotReady from error


def _is_ready(connection: sqlite3.Connection, path: Path) -> bool:
    ((encoding,),) = connection.execute("PRAGMA encoding").fetchall()
    ((pages,),) = connection.execute("PRAGMA page_count").fetchall()
    ((page_size,),) = connection.execute("PRAGMA page_size").fetchall()
    if encoding != ENCODING or is_truncated(path, pages * page_size):
        return False
    if not is_migrated(connection):
        return False
    return not connection.execute(_IS_INTERRUPTED).fetchall()


_IS_INTERRUPTED = """
    SELECT 1 FROM hfs_pending_imports
    UNION ALL SELECT 1 FROM hfs_deletions WHERE other_id IS NOT NULL LIMIT 1
"""
