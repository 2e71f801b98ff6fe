"""SQLite databases of other tools, read without a trace.

The rule not to break: neither a tool's database changes nor anything beside it. SQLite creates
files beside a database with a write-ahead log that no program has open, so it gets a copy.
"""

from __future__ import annotations

import io
import json
import re
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hfs_server.errors import HfsError, InvalidDocument, SourceNotReadable, os_reason
from hfs_server.importers.source_file import SourceFile
from hfs_server.session import JsonObject, Original
from hfs_server.temporary import temporary_folder

if TYPE_CHECKING:
    import sqlite3

_WAIT_SECONDS = 2.0
_JOURNAL_BYTE = 18
_WRITE_AHEAD_LOG = 2
_MOST_SCHEMA_PAGES = 100
_LOG_HEAD_BYTES = 1 << 20
_INNER_PAGE = 5
_TABLE = re.compile(rb"CREATE TABLE\s+(?:IF NOT EXISTS\s+)?[\"'`\[]?(\w+)", re.IGNORECASE)


class ToolDatabase:
    """An open database."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        connection.text_factory = _text

    def values(self, sql: str, *parameters: object) -> Iterator[tuple[Any, ...]]:
        """The rows of a query, read as they are needed, with the values as they are stored."""
        yield from self._connection.execute(sql, parameters)

    def rows(self, sql: str, *parameters: object) -> Iterator[JsonObject]:
        """The rows of a query as objects, with text instead of bytes."""
        cursor = self._connection.execute(sql, parameters)
        names = [column[0] for column in cursor.description]
        for row in cursor:
            values = (_text(value) if isinstance(value, bytes) else value for value in row)
            yield dict(zip(names, values, strict=True))

    def has_table(self, name: str) -> bool:
        """Whether there is a table of this name."""
        sql = "SELECT name FROM sqlite_master WHERE type = 'table' AND name = ?"
        return any(self.values(sql, name))

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """All queries in it see the database as the first one does."""
        self._connection.execute("BEGIN")
        try:
            yield
        finally:
            self._connection.execute("ROLLBACK")


@contextmanager
def open_database(file: SourceFile) -> Iterator[ToolDatabase]:
    """The database, for reading only. Raises SourceNotReadable and InvalidDocument, also for
    what fails while it is open.
    """
    # Most processes read no database of a tool, so they do not wait for this import.
    import sqlite3

    with file.on_disk() as path, _place_to_read(path) as place:
        try:
            connection = sqlite3.connect(
                f"{place.as_uri()}?mode=ro",
                timeout=_WAIT_SECONDS,
                isolation_level=None,
                check_same_thread=False,
                uri=True,
            )
            with closing(connection):
                # The file may be from elsewhere: its schema must not call functions.
                connection.execute("PRAGMA trusted_schema = OFF")
                yield ToolDatabase(connection)
        except sqlite3.Error as error:
            raise _problem(getattr(error, "sqlite_errorcode", 0) & 0xFF) from None
        except UnicodeDecodeError:
            # Names in its schema, which SQLite repeats in its messages, are not UTF-8.
            raise _problem(sqlite3.SQLITE_CORRUPT) from None


def can_count(file: SourceFile) -> bool:
    """Whether the database can be opened without a copy of it."""
    return file.path is not None and not _needs_copy(file.path)


def table_names(file: SourceFile) -> frozenset[str]:
    """The names of its tables, from the pages of its schema, so that it need not be opened."""
    if not file.is_sqlite:
        return frozenset()
    found = {name.decode() for page in _schema_pages(file) for name in _TABLE.findall(page)}
    if not found and file.path is not None:
        # A new database may still be in the write-ahead log.
        found = {name.decode() for name in _TABLE.findall(_head_of(_beside(file.path, "-wal")))}
    return frozenset(found)


def original_of(name: str, value: object) -> Original:
    """What a session was read from, as a JSON text."""
    return Original(name, lambda: io.BytesIO(_json_bytes(value)))


def _json_bytes(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1).encode(errors="replace")


@contextmanager
def copy_of(file: SourceFile) -> Iterator[Path]:
    """A copy of the database, which may be changed. Raises SourceNotReadable."""
    with file.on_disk() as path, _copied(path) as copy:
        yield copy


@contextmanager
def _place_to_read(path: Path) -> Iterator[Path]:
    if not _needs_copy(path):
        yield path.absolute()
        return
    with _copied(path) as copy:
        yield copy


@contextmanager
def _copied(path: Path) -> Iterator[Path]:
    with temporary_folder(SourceNotReadable) as folder:
        copy = folder / "database"
        try:
            _copy(path, copy)
        except OSError as error:
            raise SourceNotReadable(
                f"The database cannot be copied to read it: {os_reason(error)}. Free some space, "
                "or choose another folder for temporary files."
            ) from None
        yield copy


def _copy(path: Path, copy: Path) -> None:
    before = path.stat()
    shutil.copyfile(path, copy)
    log = _beside(path, "-wal")
    if log.exists():
        shutil.copyfile(log, _beside(copy, "-wal"))
    after = path.stat()
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise SourceNotReadable("Another program is writing to the database. Try again later.")


def _needs_copy(path: Path) -> bool:
    """Whether it has a write-ahead log, and no program has it open."""
    head = _head_of(path, _JOURNAL_BYTE + 1)
    uses_log = len(head) > _JOURNAL_BYTE and head[_JOURNAL_BYTE] == _WRITE_AHEAD_LOG
    return uses_log and not all(_beside(path, end).exists() for end in ("-wal", "-shm"))


def _beside(path: Path, suffix: str) -> Path:
    real = path.resolve()
    return real.with_name(real.name + suffix)


def _head_of(path: Path, size: int = _LOG_HEAD_BYTES) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(size)
    except OSError:
        return b""


def _schema_pages(file: SourceFile) -> Iterator[bytes]:
    """The pages of the schema's tree: the first page, and those that it leads to."""
    size = int.from_bytes(file.head[16:18], "big")
    size = 65536 if size == 1 else size
    with file.open() as content:
        pages = [1]
        for done, number in enumerate(pages):
            if done == _MOST_SCHEMA_PAGES:
                return
            content.seek((number - 1) * size)
            page = content.read(size)
            yield page
            pages += _pages_below(page, 100 if number == 1 else 0)


def _pages_below(page: bytes, start: int) -> list[int]:
    if page[start : start + 1] != bytes([_INNER_PAGE]):
        return []
    count = int.from_bytes(page[start + 3 : start + 5], "big")
    pointers = (page[start + 12 + 2 * cell :][:2] for cell in range(min(count, len(page) // 2)))
    starts = (int.from_bytes(pointer, "big") for pointer in pointers)
    cells = [page[cell : cell + 4] for cell in starts]
    return [int.from_bytes(found, "big") or 1 for found in [*cells, page[start + 8 : start + 12]]]


def _text(stored: bytes) -> str:
    return stored.decode(errors="replace")


def _problem(code: int) -> HfsError:
    import sqlite3

    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return SourceNotReadable(
            "The database is locked by the program that writes it. Close that program, or try "
            "again later."
        )
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return InvalidDocument("The database is damaged, or newer than the SQLite of this program.")
    if code == sqlite3.SQLITE_ERROR:
        return InvalidDocument(
            "The database has other tables or columns than expected: another version of its tool "
            "wrote it. Upgrade hfs-server."
        )
    return SourceNotReadable("The database cannot be read. Close the program that writes it.")
