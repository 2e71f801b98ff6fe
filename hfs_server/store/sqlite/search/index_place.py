"""Where a store's index can be, and what shows that it is one, and that it has everything."""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path

from hfs_server.store.sqlite.store_file import INDEX_SUFFIX, index_files

APPLICATION_ID = 0x48465349
VERSION = 1


def index_paths(store: Path) -> list[Path]:
    """Where the store's index can be, best place first."""
    # Most stores have their index beside them.
    import hashlib

    real = Path(os.path.realpath(store))
    name = hashlib.sha256(os.fsencode(real)).hexdigest()[:32]
    return [index_files(store)[0], _cache_folder() / "hfs-server" / f"{name}{INDEX_SUFFIX}"]


def is_index(connection: sqlite3.Connection) -> bool:
    """Whether the database is an index of this version."""
    return (
        number_of(connection, "application_id") == APPLICATION_ID
        and number_of(connection, "user_version") == VERSION
    )


def complete_stamp(connection: sqlite3.Connection) -> str:
    """The stamp of the store of which the index had everything; empty if there is none."""
    return "".join(stamp for (stamp,) in connection.execute("SELECT stamp FROM complete"))


def number_of(connection: sqlite3.Connection, pragma: str) -> int:
    """The number that a pragma returns."""
    ((value,),) = connection.execute(f"PRAGMA {pragma}").fetchall()
    return int(value)


def _cache_folder() -> Path:
    """The folder for what can be made again, as the system has it."""
    return next(path for path in _cache_folders() if path is not None)


def _cache_folders() -> Iterator[Path | None]:
    home = Path(os.path.expanduser("~"))
    if sys.platform == "win32":
        yield _variable("LOCALAPPDATA")
        yield home / "AppData" / "Local"
    if sys.platform == "darwin":
        yield home / "Library" / "Caches"
    yield _variable("XDG_CACHE_HOME")
    yield home / ".cache"


def _variable(name: str) -> Path | None:
    value = os.environ.get(name)
    return Path(value) if value and os.path.isabs(value) else None
