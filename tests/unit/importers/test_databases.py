"""Databases of other tools are read without a trace, and in any state."""

from __future__ import annotations

import sqlite3
import stat
from pathlib import Path

import pytest

from hfs_server.errors import HfsError, InvalidDocument, SourceNotReadable
from hfs_server.importers import databases
from hfs_server.importers.databases import can_count, open_database, table_names
from tests.unit.importers.files import file_with
from tests.unit.importers.tool_databases import database, file_at, files_in, write_ahead

ONE = "CREATE TABLE one (a)"
MANY = ";".join(f"CREATE TABLE table_{number} (a, b, c, d, e, f)" for number in range(400))


def rows_of(path: Path) -> list[object]:
    with open_database(file_at(path)) as opened:
        return [row["a"] for row in opened.rows("SELECT a FROM one")]


@pytest.mark.parametrize("uses_log", [False, True])
def test_nothing_changes_beside_a_database_that_no_program_has_open(
    tmp_path: Path, uses_log: bool
) -> None:
    path = database(tmp_path / "x.db", ONE, [("one", (5,))])
    if uses_log:
        write_ahead(path)
    before = files_in(tmp_path)
    assert list(before) == ["x.db"]
    assert rows_of(path) == [5]
    assert files_in(tmp_path) == before


def test_what_only_the_log_of_a_running_program_holds_is_read(tmp_path: Path) -> None:
    path = write_ahead(database(tmp_path / "x.db", ONE))
    program = sqlite3.connect(path)
    program.execute("INSERT INTO one VALUES (7)")
    program.commit()
    assert rows_of(path) == [7]
    assert can_count(file_at(path))
    program.close()
    assert not can_count(file_at(path))


def test_a_log_that_a_dead_program_left_behind_is_read(tmp_path: Path) -> None:
    path = write_ahead(database(tmp_path / "x.db", ONE))
    program = sqlite3.connect(path)
    program.execute("INSERT INTO one VALUES (7)")
    program.commit()
    left = tmp_path / "left"
    left.mkdir()
    for name in ("x.db", "x.db-wal"):
        (left / name).write_bytes((tmp_path / name).read_bytes())
    program.close()
    before = files_in(left)
    assert rows_of(left / "x.db") == [7]
    assert files_in(left) == before


def test_a_database_in_a_folder_that_may_only_be_read_is_read(tmp_path: Path) -> None:
    path = write_ahead(database(tmp_path / "in" / "x.db", ONE, [("one", (5,))]))
    path.chmod(stat.S_IRUSR)
    path.parent.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        assert rows_of(path) == [5]
    finally:
        path.parent.chmod(stat.S_IRWXU)


def test_a_locked_database_is_reported_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(databases, "_WAIT_SECONDS", 0.01)
    path = database(tmp_path / "x.db", ONE)
    program = sqlite3.connect(path, isolation_level=None)
    program.execute("BEGIN EXCLUSIVE")
    with pytest.raises(SourceNotReadable, match="locked by the program that writes it"):
        rows_of(path)
    program.close()


@pytest.mark.parametrize("version", [3, 255])
def test_a_database_of_a_newer_sqlite_is_reported_in_a_sentence(
    tmp_path: Path, version: int
) -> None:
    path = database(tmp_path / "x.db", ONE)
    content = bytearray(path.read_bytes())
    content[18:20] = bytes([version, version])
    path.write_bytes(content)
    with pytest.raises(InvalidDocument, match="newer than the SQLite"):
        rows_of(path)


def test_a_missing_table_is_reported_in_a_sentence(tmp_path: Path) -> None:
    path = database(tmp_path / "x.db", "CREATE TABLE two (a)")
    with pytest.raises(InvalidDocument, match="another version of its tool"):
        rows_of(path)


def test_the_schema_of_a_database_calls_no_functions(tmp_path: Path) -> None:
    path = database(tmp_path / "x.db", "CREATE VIEW one AS SELECT load_extension('x') AS a")
    with open_database(file_at(path)) as opened:
        assert not opened.has_table("one")
    with pytest.raises(InvalidDocument, match="other tables or columns"):
        rows_of(path)


def test_a_database_that_is_cut_anywhere_is_read_or_refused(tmp_path: Path) -> None:
    content = database(tmp_path / "x.db", ONE, [("one", (5,))] * 3000).read_bytes()
    path = tmp_path / "cut.db"
    refused = 0
    for percent in range(0, 100, 5):
        path.write_bytes(content[: len(content) * percent // 100])
        table_names(file_at(path))
        try:
            rows_of(path)
        except HfsError:
            refused += 1
    assert refused > 10


def test_a_database_that_is_not_on_the_disk_is_read(tmp_path: Path) -> None:
    path = write_ahead(database(tmp_path / "x.db", ONE, [("one", (5,))]))
    with open_database(file_with(path.read_bytes())) as opened:
        assert [row["a"] for row in opened.rows("SELECT a FROM one")] == [5]


def test_the_names_of_all_tables_are_found_without_opening_it(tmp_path: Path) -> None:
    path = database(tmp_path / "x.db", f"{MANY};CREATE TABLE IF NOT EXISTS 'last' (a)")
    assert table_names(file_at(path)) == {f"table_{number}" for number in range(400)} | {"last"}


def test_the_names_of_tables_that_are_only_in_the_log_are_found(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    program = sqlite3.connect(path)
    program.execute("PRAGMA journal_mode = WAL")
    program.executescript("PRAGMA wal_autocheckpoint = 0; CREATE TABLE one (a)")
    assert table_names(file_at(path)) == {"one"}
    program.close()


@pytest.mark.parametrize("content", [b"", b"SQLite format 3\0", b"SQLite format 3\0" + b"\5" * 200])
def test_the_names_of_a_damaged_database_are_none(content: bytes) -> None:
    assert table_names(file_with(content)) == frozenset()
