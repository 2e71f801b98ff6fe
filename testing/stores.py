"""Stores as they are found on disk, and what can be asked of them from outside."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from hfs_server.store.address import Address, StorePlace
from testing.waiting import PATIENCE_SECONDS

TABLES = ("sessions", "messages", "checkpoints")

DYING_WRITER = """
import os, sqlite3, sys
store = sqlite3.connect(sys.argv[1], isolation_level=None)
store.execute("PRAGMA cache_size = 5")
store.execute("BEGIN")
for _ in range(3):
    store.execute("UPDATE messages SET content = content || 'half'")
os.kill(os.getpid(), 9)
"""
"""A program that is killed in the middle of a transaction, with its journal on the disk."""


def location(place: StorePlace) -> str:
    """Where a store is, as an option or an argument says it."""
    return place.connection_string if isinstance(place, Address) else str(place)


@contextmanager
def opened(path: Path, timeout: float = PATIENCE_SECONDS) -> Iterator[sqlite3.Connection]:
    """The store as any other program opens it; the caller commits for itself."""
    with closing(sqlite3.connect(path, timeout=timeout, isolation_level=None)) as connection:
        yield connection


@contextmanager
def held(path: Path, is_held: bool = True) -> Iterator[None]:
    """Has another program hold the store, so that an import can begin and cannot be done."""
    with opened(path) if is_held else nullcontext() as connection:
        if connection is not None:
            connection.execute("BEGIN IMMEDIATE")
        # Whoever closes a connection gives back what it held.
        yield


def rows(path: Path, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    """All rows of a query."""
    with opened(path) as connection:
        return connection.execute(sql, values).fetchall()


def counts(path: Path) -> dict[str, int]:
    """How many rows each table has, those that hfs-server adds included.

    Reserved ids are not counted, since they remain after an import, completed or not.
    """
    tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'hfs_reserved_ids'"
    names = [name for (name,) in rows(path, tables)]
    return {name: rows(path, f"SELECT count(*) FROM {name}")[0][0] for name in sorted(names)}


def check_whole_and_free(path: Path) -> None:
    """Fails where the store is damaged, or where somebody still holds its lock."""
    with opened(path, timeout=1.0) as connection:
        connection.execute("BEGIN IMMEDIATE")
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        connection.execute("ROLLBACK")


def is_sqlite(path: Path) -> bool:
    """Whether the file is a database; asked only when no server has it open any more."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(16) == b"SQLite format 3\0"


def copy(source: Path, destination: Path) -> Path:
    """A copy of a store that nobody has open; it is writable even if the original is not."""
    destination.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, destination)
    return destination


def contents_of(folder: Path) -> dict[str, bytes | None]:
    """The files of a folder that no server has open, with their bytes."""
    return {file.name: file.read_bytes() if file.is_file() else None for file in folder.iterdir()}
