"""The edits of files in an index beside the store: which session did what to a file, and its lines.

The rule not to break: ids of edits are never used again, since the lines of edits that are
forgotten remain, and then belong to none.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from functools import cache, partial
from typing import Any, NamedTuple

from hfs_server.edits import failed_call, unapplied
from hfs_server.edits.lines import hashes_of, line_hash
from hfs_server.edits.paths import AskedFile, Match, match
from hfs_server.session import JsonObject
from hfs_server.store.edit_rows import (
    EDITS_PER_MESSAGE,
    EditRow,
    IndexedEdit,
    call_number,
    is_among,
    kind_of,
    newest_first,
    rows_of,
    writers,
)
from hfs_server.store.sqlite.search.finding import OutOfTime, bounded

SCHEMA = (
    """CREATE TABLE edit_files (
        id INTEGER PRIMARY KEY, name TEXT NOT NULL, folder TEXT NOT NULL, path TEXT NOT NULL,
        directory TEXT NOT NULL, UNIQUE (name, folder, path, directory))""",
    """CREATE TABLE edits (
        id INTEGER PRIMARY KEY AUTOINCREMENT, session INTEGER NOT NULL, number INTEGER NOT NULL,
        message INTEGER NOT NULL, created_at TEXT NOT NULL, kind TEXT NOT NULL,
        file INTEGER NOT NULL, call INTEGER NOT NULL, lines INTEGER NOT NULL)""",
    "CREATE INDEX edits_of_sessions ON edits (session, number)",
    "CREATE INDEX edits_of_files ON edits (file, session)",
    """CREATE TABLE edit_lines (
        hash INTEGER NOT NULL, edit INTEGER NOT NULL, PRIMARY KEY (hash, edit)) WITHOUT ROWID""",
)

_MOST_ROWS = 1_000
"""Of a line that more edits put in, older ones count only for the very same path."""
_SECONDS_FOR_PATHS = 0.008
_HASHES_PER_QUERY = 500


class SessionOfEdits(NamedTuple):
    """What an index must know of the session whose messages it reads."""

    id: int
    directory: str
    tool: str


class EditedMessage(NamedTuple):
    """A message with its number in the session, from 1, its id, and its time as it is stored."""

    row: int
    """Its row in the index; that of a newer session is greater."""
    number: int
    id: int
    created_at: str
    message: JsonObject


def create(connection: sqlite3.Connection) -> None:
    """Creates the tables."""
    for statement in SCHEMA:
        connection.execute(statement)


def add(
    connection: sqlite3.Connection, session: SessionOfEdits, messages: Iterable[EditedMessage]
) -> None:
    """Adds the next messages of a session; a result of a failed call removes its edits."""
    for each in messages:
        if (call := failed_call(each.message)) is not None:
            connection.execute(_FORGET_CALL, (session.id, call_number(call)))
        if (applied := unapplied(each.message, session.tool)) is not None:
            _keep_only(connection, session.id, each.number, applied)
        rows = rows_of(each.message, session.directory, session.tool)
        # The ids of edits are in the order of the rows of their messages.
        for number, row in enumerate(rows, each.row * EDITS_PER_MESSAGE):
            _add(connection, number, session, each, row)


def forget(connection: sqlite3.Connection, session_id: int) -> None:
    """Removes the edits of a session."""
    connection.execute("DELETE FROM edits WHERE session = ?", (session_id,))


def of_file(
    connection: sqlite3.Connection, asked: AskedFile, lines: Iterable[str], kinds: Collection[str]
) -> list[IndexedEdit]:
    """The edits of a file that has these lines now, newest first.

    In a project of another name the file is the same one if it still has most of the lines that
    were put in.
    """
    found = _files_named(connection, asked)
    files = {file for file, how in found.items() if how is Match.SAME}
    if likely := {file for file, how in found.items() if how is Match.LIKELY}:
        files |= _with_most_lines(connection, likely, hashes_of(asked.name, lines))
    edits: list[IndexedEdit] = []
    for file in files:
        edits += _edits(connection.execute(_OF_FILE, (file,)), kinds)
    return newest_first(edits)


def of_line(connection: sqlite3.Connection, asked: AskedFile, line: str) -> list[IndexedEdit]:
    """The edits of a file that put in a line, newest first; none for one that is too common."""
    if (wanted := line_hash(asked.name, line)) is None:
        return []
    how = cache(partial(match, asked))
    return writers(
        (IndexedEdit(*edit), how(path, directory), directory or path)
        for *edit, path, directory in _rows_of_line(connection, asked, wanted)
    )


def _rows_of_line(
    connection: sqlite3.Connection, asked: AskedFile, wanted: int
) -> list[tuple[Any, ...]]:
    """The newest edits that put in the line, with their paths and directories."""
    values = {"hash": wanted, "folder": asked.folder, "limit": _MOST_ROWS, "name": asked.name}
    rows = connection.execute(_OF_LINE, values).fetchall()
    ((count,),) = connection.execute(_COUNT_OF_LINE, values).fetchall()
    if count == _MOST_ROWS:
        with suppress(OutOfTime), bounded(connection, _SECONDS_FOR_PATHS):
            for path in asked.paths:
                in_path = {**values, "path": path}
                for (file,) in connection.execute(_FILES_IN_PATH, in_path).fetchall():
                    rows.extend(connection.execute(_OF_LINE_IN_FILE, {**values, "file": file}))
    return rows


def of_lines(
    connection: sqlite3.Connection, asked: AskedFile, lines: Sequence[str], limit: int
) -> list[list[IndexedEdit]]:
    """For each line, the newest edits that put it in."""
    found = {line: of_line(connection, asked, line)[:limit] for line in dict.fromkeys(lines)}
    return [found[line] for line in lines]


def _add(
    connection: sqlite3.Connection,
    number: int,
    session: SessionOfEdits,
    of: EditedMessage,
    row: EditRow,
) -> None:
    file = _file_id(connection, (row.name, row.folder, row.path, session.directory))
    is_known = connection.execute(_HAS_FILE, (session.id, file)).fetchone() is not None
    kind = kind_of(row, is_known=is_known)
    place = (session.id, of.number, of.id, of.created_at)
    connection.execute(_INSERT, (number, *place, kind, file, row.call, len(row.hashes)))
    connection.executemany(
        "INSERT INTO edit_lines VALUES (?, ?)", ((each, number) for each in row.hashes)
    )


def _file_id(connection: sqlite3.Connection, file: tuple[str, str, str, str]) -> int:
    for _ in range(2):
        for (number,) in connection.execute(_FILE, file):
            return int(number)
        connection.execute(_INSERT_FILE, file)
    raise AssertionError("the file was not inserted")


def _keep_only(
    connection: sqlite3.Connection, session_id: int, number: int, applied: Sequence[str]
) -> None:
    """Removes the edits in the text of the last reply, except those of the files."""
    for edit, path in connection.execute(_OF_LAST_REPLY, (session_id, number)).fetchall():
        if not is_among(path, applied):
            connection.execute("DELETE FROM edits WHERE id = ?", (edit,))


def _files_named(connection: sqlite3.Connection, asked: AskedFile) -> dict[int, Match]:
    return {
        file: match(asked, path, directory)
        for file, path, directory in connection.execute(_FILES, (asked.name, asked.folder))
    }


def _with_most_lines(
    connection: sqlite3.Connection, files: Collection[int], hashes: Collection[int]
) -> set[int]:
    """The files of which at least half of the lines that were put in are among these."""
    present: Counter[int] = Counter()
    wanted = [*hashes]
    for start in range(0, len(wanted), _HASHES_PER_QUERY):
        some = wanted[start : start + _HASHES_PER_QUERY]
        marks = ", ".join("?" * len(some))
        present.update(dict(connection.execute(_PRESENT.format(marks=marks), some).fetchall()))
    return {
        file
        for file in files
        if (count := present[file])
        and 2 * count >= connection.execute(_LINES_OF_FILE, (file,)).fetchone()[0]
    }


def _edits(
    rows: Iterable[tuple[int, int, int, str, str]], kinds: Collection[str]
) -> list[IndexedEdit]:
    return [edit for edit in map(IndexedEdit._make, rows) if edit.kind in kinds]


_COLUMNS = "edits.session, edits.number, edits.message, edits.created_at, edits.kind"
_FILE = "SELECT id FROM edit_files WHERE name = ? AND folder = ? AND path = ? AND directory = ?"
_FILES = """
    SELECT id, path, directory FROM edit_files
    WHERE name = ?1 AND folder BETWEEN coalesce(?2, '') AND coalesce(?2, char(1114111))
"""
_INSERT_FILE = "INSERT INTO edit_files (name, folder, path, directory) VALUES (?, ?, ?, ?)"
_INSERT = """
    INSERT INTO edits (id, session, number, message, created_at, kind, file, call, lines)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_HAS_FILE = "SELECT 1 FROM edits WHERE session = ? AND file = ? AND kind <> 'delete' LIMIT 1"
_FORGET_CALL = """
    DELETE FROM edits WHERE session = ?1 AND call = ?2
        AND number = (SELECT max(number) FROM edits WHERE session = ?1 AND call = ?2)
"""
_OF_LAST_REPLY = """
    SELECT edits.id, path FROM edits, edit_files
    WHERE session = ?1 AND call = 0 AND edit_files.id = file
        AND number = (SELECT max(number) FROM edits WHERE session = ?1 AND number < ?2)
"""
_OF_FILE = f"SELECT {_COLUMNS} FROM edits WHERE file = ? ORDER BY session DESC, id DESC LIMIT 5000"
_OF_LINE = f"""
    SELECT {_COLUMNS}, path, directory
    FROM (SELECT edit FROM edit_lines WHERE hash = :hash ORDER BY edit DESC LIMIT :limit),
        edits, edit_files
    WHERE edits.id = edit AND edit_files.id = edits.file AND folder = coalesce(:folder, folder)
"""
_COUNT_OF_LINE = """
    SELECT count(*) FROM (SELECT 1 FROM edit_lines WHERE hash = :hash LIMIT :limit)
"""
_FILES_IN_PATH = """
    SELECT id FROM edit_files
    WHERE name = :name AND folder BETWEEN coalesce(:folder, '') AND coalesce(:folder, char(1114111))
        AND path = :path
"""
# In the order of an index, so that the first ones come without sorting all.
_OF_LINE_IN_FILE = f"""
    SELECT {_COLUMNS}, path, directory FROM edits, edit_files
    WHERE edits.file = :file AND edit_files.id = :file
        AND EXISTS (SELECT 1 FROM edit_lines WHERE hash = :hash AND edit = edits.id)
    ORDER BY edits.session DESC, edits.id DESC LIMIT :limit
"""
_PRESENT = """
    SELECT edits.file, count(DISTINCT hash) FROM edit_lines, edits
    WHERE hash IN ({marks}) AND edits.id = edit GROUP BY edits.file
"""
_LINES_OF_FILE = "SELECT coalesce(sum(lines), 0) FROM edits WHERE file = ?"
