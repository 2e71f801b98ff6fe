"""The first page without an event loop is the store's own, or none at all."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from hfs_server.store.results import SessionPage
from hfs_server.store.sqlite.migrations import STEPS
from hfs_server.store.sqlite.sync_listing import first_page
from tests.unit.store.sqlite.sessions import use

SESSIONS = """
    INSERT INTO sessions (name, created_at, updated_at) VALUES
        ('Fix the Straße', '2026-02-01 10:00:00.250184', NULL),
        ('fix it again', '2026-02-02 10:00:00.000000', '2026-02-03 10:00:00.000000'),
        (CAST(x'ff' AS TEXT), 5, x'00'), ('no time', 'never', 'never')
"""


def listed(path: Path, limit: int = 50, query: str | None = None) -> SessionPage:
    return use(path, lambda store: store.list(limit, None, query))


def execute(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A store with sessions."""
    path = tmp_path / "store" / "sessions.db"
    listed(path)
    execute(path, SESSIONS, "INSERT INTO messages VALUES (1, 2, 'user', 'a b', '2026', NULL)")
    return path


@pytest.mark.parametrize("limit", [1, 2, 50, 10**17])
@pytest.mark.parametrize("query", [None, "", "FIX", "strasse", "\\xff", "nothing of that name"])
def test_the_page_is_that_of_the_store(path: Path, limit: int, query: str | None) -> None:
    page = first_page(path, limit, query)
    if limit == 10**17 and query is None:
        assert page is not None
        assert len(page.sessions) == 4
    assert page == listed(path, limit, query)


def test_a_wal_that_another_program_writes_is_read(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE sessions SET name = 'renamed'")
        connection.commit()
        assert path.with_name("sessions.db-wal").stat().st_size > 0
        page = first_page(path, 50, None)
        assert page is not None
        assert {session.name for session in page.sessions} == {"renamed"}


def in_utf_16(path: Path) -> None:
    execute(path, "DELETE FROM sessions WHERE CAST(name AS BLOB) = x'ff'")
    with closing(sqlite3.connect(path)) as connection:
        script = [*connection.iterdump()]
    path.unlink()
    execute(
        path, "PRAGMA encoding = 'UTF-16le'", *script[1:-1], f"PRAGMA user_version = {len(STEPS)}"
    )


def truncate(path: Path) -> None:
    os.truncate(path, path.stat().st_size - 1)


NOT_READY = {
    "missing": Path.unlink,
    "empty": lambda path: os.truncate(path, 0),
    "older": lambda path: execute(path, "PRAGMA user_version = 0"),
    "newer": lambda path: execute(path, "PRAGMA user_version = 99"),
    "another program's": lambda path: execute(path, "DROP TABLE sessions"),
    "in UTF-16": in_utf_16,
    "truncated": truncate,
    "not a database": lambda path: path.write_bytes(b"x" * 5000),
    "an interrupted import": lambda path: execute(
        path, "INSERT INTO hfs_pending_imports VALUES (x'00', 9, 1, 1)"
    ),
}


@pytest.mark.parametrize("change", NOT_READY.values(), ids=NOT_READY)
def test_a_store_that_is_not_ready_is_left_to_the_database(path: Path, change) -> None:
    change(path)
    before = {file.name: file.read_bytes() for file in path.parent.iterdir()}
    assert first_page(path, 50, None) is None
    assert {file.name: file.read_bytes() for file in path.parent.iterdir()} == before


def test_a_store_that_another_program_has_locked_is_left_to_the_database(path: Path) -> None:
    execute(path, "PRAGMA journal_mode = DELETE")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        assert first_page(path, 50, None) is None
    assert first_page(path, 50, None) is not None
