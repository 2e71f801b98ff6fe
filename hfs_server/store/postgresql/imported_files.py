"""Files that were imported, which need not be read again while they do not change.

Paths are those of one user's machines, so each user has rows of their own.
"""

from __future__ import annotations

from collections.abc import Mapping

from hfs_server import __version__
from hfs_server.store.postgresql.access import MINE
from hfs_server.store.postgresql.connections import Raw, execute, fetch
from hfs_server.store.postgresql.texts import from_column, to_column
from hfs_server.store.shapes import FileStamp


def imported_files(raw: Raw, folder: str) -> dict[str, FileStamp]:
    """The files in a folder and below, by their paths."""
    rows = fetch(raw, _IN_FOLDER, {"folder": to_column(folder), "version": __version__})
    return {
        from_column(path): FileStamp(size, mtime, int(inode)) for path, size, mtime, inode in rows
    }


def remember_files(raw: Raw, stamps: Mapping[str, FileStamp], unknown_to: str | None) -> None:
    """Records files that are not recorded so already, in a transaction that has begun."""
    for path, stamp in stamps.items():
        row = (to_column(path), *stamp, unknown_to)
        if not fetch(raw, _IS_REMEMBERED, row):
            forget_file(raw, path)
            execute(raw, _REMEMBER, row)


def forget_all_files(raw: Raw) -> None:
    """Has all files of this user read again by the next import, in a transaction that has begun."""
    execute(raw, f"DELETE FROM hfs.imported_files WHERE {MINE}")


def forget_file(raw: Raw, path: str) -> None:
    """Has a file read again by the next import, in a transaction that has begun."""
    execute(raw, _FORGET, (to_column(path),))


_IN_FOLDER = f"""
    SELECT path, size, mtime, inode FROM hfs.imported_files
    WHERE {MINE} AND starts_with(path, %(folder)s)
        AND coalesce(unknown_to, %(version)s) = %(version)s
"""
_IS_REMEMBERED = f"""
    SELECT 1 FROM hfs.imported_files
    WHERE {MINE} AND path = %s AND size = %s AND mtime = %s AND inode = %s
        AND unknown_to IS NOT DISTINCT FROM %s
"""
_REMEMBER = """
    INSERT INTO hfs.imported_files (path, size, mtime, inode, unknown_to)
    VALUES (%s, %s, %s, %s, %s)
"""
_FORGET = f"DELETE FROM hfs.imported_files WHERE {MINE} AND path = %s"
