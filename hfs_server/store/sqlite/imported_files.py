"""Files that were imported, which need not be read again while they do not change."""

from __future__ import annotations

import sqlite3

from hfs_server import __version__
from hfs_server.store.shapes import FileStamp

ImportedFile = tuple[str, int, int, int, str | None]
"""The path and the stamp of a file, and the version that does not know its format."""


def imported_files(connection: sqlite3.Connection, folder: str) -> dict[str, FileStamp]:
    """The files in a folder and below, by their paths."""
    rows = connection.execute(_IMPORTED_FILES, (folder, __version__))
    return {path: FileStamp(*stamp) for path, *stamp in rows}


def forget_file(connection: sqlite3.Connection, path: str) -> None:
    """Has a file read again by the next import, in a transaction that has begun."""
    connection.execute("DELETE FROM hfs_imported_files WHERE path = ?", (path,))


def forget_all_files(connection: sqlite3.Connection) -> None:
    """Has all files read again by the next import, in a transaction that has begun."""
    connection.execute("DELETE FROM hfs_imported_files")


def not_remembered(connection: sqlite3.Connection, rows: list[ImportedFile]) -> list[ImportedFile]:
    """Those that are not recorded so already."""
    return [row for row in rows if not connection.execute(_IS_REMEMBERED, row).fetchall()]


def remember_files(connection: sqlite3.Connection, rows: list[ImportedFile]) -> None:
    """Records files, in a transaction that has begun."""
    connection.executemany(_REMEMBER, rows)


# The range is what the primary key can find, so that other tools' files cost nothing.
_IMPORTED_FILES = """
    SELECT path, size, mtime, inode FROM hfs_imported_files
        WHERE path >= ?1 AND path < ?1 || char(1114111) AND substr(path, 1, length(?1)) = ?1
        AND coalesce(unknown_to, ?2) = ?2
"""
_IS_REMEMBERED = """
    SELECT 1 FROM hfs_imported_files
    WHERE path = ? AND size = ? AND mtime = ? AND inode = ? AND unknown_to IS ?
"""
_REMEMBER = """
    INSERT OR REPLACE INTO hfs_imported_files (path, size, mtime, inode, unknown_to)
    VALUES (?, ?, ?, ?, ?)
"""
