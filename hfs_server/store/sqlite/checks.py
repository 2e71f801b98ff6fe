"""Whether a file is a store that can be used here. A file that fails a check is not changed."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from hfs_server.errors import StoreTooNew, StoreUnusable
from hfs_server.store.rows import ENCODING
from hfs_server.store.sqlite.migrations import STEPS, lacks_columns
from hfs_server.store.sqlite.store_file import has_unreadable_wal, is_truncated
from hfs_server.store.sqlite.versions import TERMINAL_COLUMNS, Schema, read_schema


def check_is_hfs_store(connection: sqlite3.Connection, path: Path) -> None:
    """Raises StoreTooNew if the store is newer, and StoreUnusable if it is not an HFS store."""
    schema = read_schema(connection)
    newer = schema.newer_than(len(STEPS))
    if newer is not None:
        raise StoreTooNew(
            f"The store {path} was written by a newer hfs-server (store version {newer}; this "
            f"one supports up to {len(STEPS)}). Upgrade hfs-server to open it.",
            found=newer,
            supported=len(STEPS),
        )
    if (schema.tables or schema.indexes) and not _has_terminal_tables(schema):
        raise StoreUnusable(
            f"The file {path} is a database of another program, not a store of HFS sessions. "
            "Choose another file as the store."
        )
    ((encoding,),) = connection.execute("PRAGMA encoding").fetchall()
    if encoding != ENCODING:
        raise StoreUnusable(
            f"The store {path} is encoded as {encoding}, but hfs-server supports only UTF-8. "
            "Convert it with the program sqlite3: export it with .dump, read the result into a "
            "new file, and choose the new file as the store."
        )


def check_migrated(connection: sqlite3.Connection, path: Path) -> None:
    """Raises StoreUnusable if a store that can only be read lacks columns that we add."""
    if lacks_columns(read_schema(connection)):
        raise StoreUnusable(
            f"The store {path} can only be read, and lacks columns that hfs-server adds when it "
            "first opens a store. Open it once with write permission, or use a copy of it."
        )


def check_wal_readable(path: Path) -> None:
    """Raises StoreUnusable if a store that can only be read was not closed properly.

    Its newest changes are then in a write-ahead log that cannot be read without its index.
    """
    if has_unreadable_wal(path):
        raise not_closed(path, "its newest changes are still in", "-wal")


def not_closed(path: Path, why: str, suffix: str) -> StoreUnusable:
    """The error for a store that can only be read and must be written to first."""
    return StoreUnusable(
        f"The store {path} can only be read, and {why} {path.name}{suffix}. Open it once with "
        "permission to write to it and its folder, or copy both files into a folder of your own "
        "and choose the copy as the store."
    )


def check_not_truncated(connection: sqlite3.Connection, path: Path) -> None:
    """Raises StoreUnusable if the end of the file is missing."""
    connection.execute("BEGIN")
    try:
        ((pages,),) = connection.execute("SELECT * FROM pragma_page_count").fetchall()
        ((page_size,),) = connection.execute("SELECT * FROM pragma_page_size").fetchall()
        if is_truncated(path, pages * page_size):
            raise StoreUnusable(f"The store {path} is truncated. Restore it from a backup.")
    finally:
        connection.rollback()


def _has_terminal_tables(schema: Schema) -> bool:
    """Whether the sessions are the terminal program's; it may be creating its other tables."""
    for table, columns in TERMINAL_COLUMNS.items():
        found = schema.columns.get(table, set())
        if not columns <= found and (found or table == "sessions"):
            return False
    return True
