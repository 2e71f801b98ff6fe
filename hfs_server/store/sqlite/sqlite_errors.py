"""SQLite's errors as errors of the store, in sentences for a person."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from hfs_server.errors import HfsError, StoreBusy, StoreUnusable, os_reason
from hfs_server.store.sqlite import connections
from hfs_server.store.sqlite.checks import not_closed
from hfs_server.store.sqlite.connections import is_busy, primary_code

_REASONS = {
    sqlite3.SQLITE_NOTADB: "it is not an SQLite database",
    sqlite3.SQLITE_CORRUPT: "it is damaged; restore it from a backup",
    sqlite3.SQLITE_FULL: "the disk is full; free some space and try again",
    sqlite3.SQLITE_READONLY: "it is read-only",
    sqlite3.SQLITE_PERM: "access to it is denied",
    sqlite3.SQLITE_IOERR: "the disk reports an error",
}


def store_error(error: sqlite3.Error, path: Path) -> HfsError:
    """What to raise for an error of SQLite while the store at ``path`` is used."""
    if is_busy(error):
        return StoreBusy(
            f"The store {path} is locked by another program (waited "
            f"{connections.BUSY_SECONDS:.0f} seconds). Try again when it has finished."
        )
    if getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_READONLY_ROLLBACK:
        return not_closed(path, "an interrupted write must be rolled back from", "-journal")
    return StoreUnusable(f"The store {path} cannot be used: {_reason(error)}.")


def _reason(error: sqlite3.Error) -> str:
    code = primary_code(error)
    if code == sqlite3.SQLITE_CANTOPEN:
        return f"it cannot be opened{_lack_of_files()}"
    name = getattr(error, "sqlite_errorname", "an error")
    return _REASONS.get(code, f"SQLite reports {name}")


def _lack_of_files() -> str:
    """Why no file at all can be opened now, which SQLite does not report."""
    try:
        os.close(os.open(os.devnull, os.O_RDONLY))
    except OSError as error:
        return f" ({os_reason(error)})"
    return ""
