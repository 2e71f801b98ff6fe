"""Whether a file is a store that can be opened here; what is not is left as it is."""

from __future__ import annotations

from pathlib import Path

import aiosqlite

from hfs_server.errors import StoreTooNew, StoreUnusable
from hfs_server.store.sqlite.migrations import STEPS, lacks_columns, schema_of
from hfs_server.store.sqlite.rows import ENCODING
from hfs_server.store.sqlite.store_file import has_unreadable_log, is_cut
from hfs_server.store.sqlite.versions import TERMINAL_COLUMNS, Schema


async def refuse_foreign(connection: aiosqlite.Connection, path: Path) -> None:
    """Raises StoreTooNew or StoreUnusable where the file is not ours to open."""
    schema = await schema_of(connection)
    newer = schema.newer_than(len(STEPS))
    if newer is not None:
        raise StoreTooNew(
            f"The store {path} was written by a newer hfs-server (store version {newer}; this "
            f"one knows up to {len(STEPS)}). Upgrade hfs-server to open it.",
            found=newer,
            supported=len(STEPS),
        )
    if (schema.tables or schema.indexes) and not _has_terminal_tables(schema):
        raise StoreUnusable(
            f"The file {path} is a database of another program, not a store of HFS sessions. "
            "Name another file as the store."
        )
    ((encoding,),) = await connection.execute_fetchall("PRAGMA encoding")
    if encoding != ENCODING:
        raise StoreUnusable(
            f"The store {path} keeps its text as {encoding}, and hfs-server reads UTF-8 only. "
            "Convert it with the program sqlite3: write it out with .dump, read that into a new "
            "file, and name the new file as the store."
        )


async def refuse_older(connection: aiosqlite.Connection, path: Path) -> None:
    """Raises StoreUnusable where a store that can only be read lacks what we add."""
    if lacks_columns(await schema_of(connection)):
        raise StoreUnusable(
            f"The store {path} can only be read, and lacks columns that hfs-server adds when it "
            "first opens a store. Open it once with the right to write, or use a copy of it."
        )


def refuse_unreadable_log(path: Path) -> None:
    """Raises StoreUnusable if a store that can only be read was not closed properly.

    Its newest changes are then in a log that SQLite can read only with an index beside it.
    """
    if has_unreadable_log(path):
        raise not_closed(path, "its newest changes are still in", "-wal")


def not_closed(path: Path, why: str, end: str) -> StoreUnusable:
    """What to say of a store that can only be read and must be written to first."""
    return StoreUnusable(
        f"The store {path} can only be read, and {why} {path.name}{end}. Open it once with the "
        "right to write to it and to its folder, or copy both files into a folder of yours and "
        "name the copy as the store."
    )


async def refuse_cut(connection: aiosqlite.Connection, path: Path) -> None:
    """Raises StoreUnusable where the end of the file is missing, which SQLite would make up."""
    await connection.execute_fetchall("BEGIN")
    try:
        ((pages,),) = await connection.execute_fetchall("SELECT * FROM pragma_page_count")
        ((page_size,),) = await connection.execute_fetchall("SELECT * FROM pragma_page_size")
        if is_cut(path, pages * page_size):
            raise StoreUnusable(
                f"The store {path} cannot be used: its end is missing, so it is damaged; restore "
                "a copy of it."
            )
    finally:
        await connection.rollback()


def _has_terminal_tables(schema: Schema) -> bool:
    """Whether the sessions are those of the terminal program, which may be making the rest."""
    for table, columns in TERMINAL_COLUMNS.items():
        found = schema.columns.get(table, set())
        if not columns <= found and (found or table == "sessions"):
            return False
    return True
