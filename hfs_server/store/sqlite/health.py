"""What can be found out about a store and this SQLite without changing anything."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from hfs_server.errors import HfsError
from hfs_server.store.keep_lock import KeepLock, keep_lock_file
from hfs_server.store.results import StoreHealth
from hfs_server.store.sqlite.checks import check_is_hfs_store, check_not_truncated
from hfs_server.store.sqlite.imported_files import imported_files
from hfs_server.store.sqlite.migrations import STEPS
from hfs_server.store.sqlite.search.index_place import index_paths
from hfs_server.store.sqlite.sqlite_errors import store_error
from hfs_server.store.sqlite.store_file import READABLE, has_wal, open_mode, store_files
from hfs_server.store.sqlite.versions import read_schema

_MOST_PROBLEMS = 3


def sqlite_facts() -> tuple[str, bool]:
    """The version of SQLite, and whether it can search texts."""
    with closing(sqlite3.connect(":memory:")) as connection:
        try:
            connection.execute("CREATE VIRTUAL TABLE probe USING fts5(text)")
        except sqlite3.Error:
            return sqlite3.sqlite_version, False
    return sqlite3.sqlite_version, True


def health_of(path: Path, tools: Sequence[str]) -> StoreHealth:
    """The health of the store, which exists. Raises StoreUnusable, StoreTooNew and StoreBusy."""
    mode = open_mode(path)
    # Closing writes the write-ahead log back, even if the file is not an HFS store.
    query = (READABLE if mode.is_writable and has_wal(path) else mode).query
    try:
        uri = f"{path.absolute().as_uri()}?{query}"
        with closing(sqlite3.connect(uri, uri=True, isolation_level=None, timeout=2)) as connection:
            check_is_hfs_store(connection, path)
            check_not_truncated(connection, path)
            version = read_schema(connection).version
            (sessions,) = connection.execute(_SESSIONS).fetchone() or (0,)
            imported = imported_files(connection, "") if _has_imported(connection) else {}
            found = connection.execute(f"PRAGMA quick_check({_MOST_PROBLEMS})").fetchall()
    except sqlite3.Error as error:
        raise store_error(error, path) from error
    problems = [] if found == [("ok",)] else [str(text) for (text,) in found]
    return StoreHealth(
        size=sum(map(_size, dict.fromkeys(store_files(path)))),
        is_writable=mode.is_writable,
        version=version,
        newest_version=len(STEPS),
        sessions=sessions,
        problems=problems,
        index_size=next(filter(None, map(_size, index_paths(path))), 0),
        kept_elsewhere=_kept_elsewhere(path, tools),
        imported=imported,
    )


def _has_imported(connection: sqlite3.Connection) -> bool:
    """Whether it records imported files; a store that was never opened does not."""
    return bool(connection.execute(_HAS_IMPORTED).fetchall())


def _kept_elsewhere(path: Path, tools: Sequence[str]) -> list[str]:
    """The tools whose sessions another process keeps."""
    if not keep_lock_file(path).exists():
        return []
    lock = KeepLock(path)
    try:
        return [tool for tool in tools if not lock.take(tool)]
    except HfsError:
        return []
    finally:
        lock.release()


def _size(path: Path) -> int:
    try:
        return os.stat(path).st_size if not path.is_symlink() else 0
    except OSError:
        return 0


_SESSIONS = "SELECT count(*) FROM sessions"
_HAS_IMPORTED = "SELECT 1 FROM sqlite_master WHERE name = 'hfs_imported_files'"
