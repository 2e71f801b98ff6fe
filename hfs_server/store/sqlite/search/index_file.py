"""The index's file: beside the store, or in the user's cache folder if that is not possible.

The rule not to break: a file that is not an index of hfs-server is never changed. The index
holds text of sessions, so it is for its owner alone.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import TypeVar, TypeVarTuple

from hfs_server.cancellation import shielded
from hfs_server.errors import StoreUnusable, os_reason
from hfs_server.store.sqlite.connections import Connection, connect, primary_code
from hfs_server.store.sqlite.search.index import SCHEMA
from hfs_server.store.sqlite.search.index_place import (
    APPLICATION_ID,
    index_paths,
    is_index,
    number_of,
)
from hfs_server.store.sqlite.store_file import (
    READABLE,
    WRITABLE,
    file_identity,
    open_mode,
)
from hfs_server.text import path_text

Result = TypeVar("Result")
Arguments = TypeVarTuple("Arguments")

_SQLITE_SUFFIXES = ("", "-wal", "-shm", "-journal")
_ATTEMPTS = 3
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


class IndexFailed(Exception):
    """The index cannot be read or written now."""

    def __init__(self, error: sqlite3.Error) -> None:
        super().__init__(getattr(error, "sqlite_errorname", type(error).__name__))
        self.is_damaged = is_damaged(error)


class Index:
    """An index that is open; its errors are not those of the store."""

    def __init__(self, connection: Connection, path: Path) -> None:
        self._connection = connection
        self.path = path
        self._identity = file_identity(path)
        self._is_closed = False

    @property
    def is_current(self) -> bool:
        """Whether it is open, and still the file at its path."""
        return not self._is_closed and file_identity(self.path) == self._identity

    async def run(
        self,
        work: Callable[[sqlite3.Connection, *Arguments], Result],
        *arguments: *Arguments,
        wait: bool = False,
    ) -> Result:
        """The result of ``work`` in the connection's thread. Raises IndexFailed."""
        try:
            return await self._connection.run(work, *arguments, wait=wait)
        except sqlite3.Error as error:
            raise IndexFailed(error) from error
        except ValueError as error:
            if not self._is_closed:
                raise
            raise IndexFailed(sqlite3.ProgrammingError("closed")) from error

    async def close(self) -> None:
        """Closes it; what others still ask of it fails."""
        self._is_closed = True
        await shielded(self._connection.close())


async def open_index(store: Path) -> Index:
    """The store's index, which is created if necessary. Raises StoreUnusable."""
    beside, cached = index_paths(store)
    with suppress(OSError, sqlite3.Error):
        is_writable = os.path.exists(store) and open_mode(store).is_writable
        if is_writable and (connection := await _opened(beside)) is not None:
            return Index(connection, beside)
    with suppress(OSError, sqlite3.Error):
        cached.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if (connection := await _opened(cached)) is not None:
            return Index(connection, cached)
    raise StoreUnusable(
        f"The search index of the store {store} cannot be created, neither beside it nor in "
        f"{cached.parent}. Get permission to write there, and free some space if the disk is full."
    )


async def open_existing_index(store: Path) -> Index | None:
    """The index beside the store; None if that cannot be used as it is. Nothing is created."""
    beside, _ = index_paths(store)
    with suppress(OSError, sqlite3.Error):
        if not beside.is_file() or beside.is_symlink():
            return None
        connection = await connect(beside, WRITABLE)
        is_usable = False
        try:
            is_usable = await connection.run(_checked, wait=True)
        finally:
            if not is_usable:
                await shielded(connection.close())
        return Index(connection, beside) if is_usable else None
    return None


def remove_index(store: Path) -> None:
    """Deletes the store's index with all text in it; not a file that is not one."""
    for path in index_paths(store):
        if path.is_file() and _is_own(path):
            delete(path)


def delete(path: Path) -> None:
    """Deletes an index, which programs that have it open then open again. Raises StoreUnusable.

    On Windows no file can be deleted that is open.
    """
    try:
        for suffix in _SQLITE_SUFFIXES:
            path.with_name(path.name + suffix).unlink(missing_ok=True)
    except OSError as error:
        raise StoreUnusable(
            f"The search index {path_text(path)} cannot be deleted: {os_reason(error)}. Close "
            "other programs that use the store, and try again."
        ) from None


def is_damaged(error: sqlite3.Error) -> bool:
    """Whether the file is no longer what was written to it."""
    return primary_code(error) in _DAMAGED


async def _opened(path: Path) -> Connection | None:
    """The index at the path, which is built again if it is damaged; None if it is not one."""
    for _ in range(_ATTEMPTS):
        if not _create_if_missing(path):
            return None
        connection = await connect(path, WRITABLE)
        try:
            if await connection.run(_prepare, wait=True):
                return connection
        except sqlite3.DatabaseError as error:
            await connection.close()
            if not is_damaged(error) or not _is_own(path):
                raise
            delete(path)
            continue
        except BaseException:
            await connection.close()
            raise
        await connection.close()
        return None
    return None


def _create_if_missing(path: Path) -> bool:
    """Creates an empty file for its owner alone; False if there is something else."""
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    return path.is_file() and not path.is_symlink()


def _prepare(connection: sqlite3.Connection) -> bool:
    """Whether this is an index; an empty file becomes one."""
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.execute("BEGIN IMMEDIATE")
    try:
        if not _has_tables(connection) and number_of(connection, "application_id") == 0:
            for statement in SCHEMA:
                connection.execute(statement)
        is_usable = is_index(connection)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    if is_usable:
        connection.execute("PRAGMA journal_mode = WAL")
        _find_damage(connection)
    return is_usable


def _checked(connection: sqlite3.Connection) -> bool:
    """Whether this is an index already, and not damaged."""
    is_usable = is_index(connection)
    if is_usable:
        _find_damage(connection)
    return is_usable


def _find_damage(connection: sqlite3.Connection) -> None:
    """Raises sqlite3.Error now rather than in the middle of a search."""
    connection.execute("SELECT count(*) FROM sqlite_master").fetchall()
    connection.execute("SELECT live FROM counts").fetchall()
    connection.execute("SELECT rowid FROM texts WHERE texts MATCH 'any' LIMIT 1").fetchall()


def _has_tables(connection: sqlite3.Connection) -> bool:
    return bool(connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchall())


def _is_own(path: Path) -> bool:
    """Whether the header of the file is that of an index, even if the rest is damaged."""
    try:
        uri = f"{path.absolute().as_uri()}?{READABLE.query}"
        with closing(sqlite3.connect(uri, uri=True, timeout=1)) as connection:
            return number_of(connection, "application_id") == APPLICATION_ID
    except sqlite3.Error:
        return False
