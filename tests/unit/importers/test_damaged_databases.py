"""Databases of tools that are damaged in many places, also in their schema."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from hfs_server.errors import HfsError
from hfs_server.importers.cursor import Cursor
from hfs_server.importers.opencode import OpenCode
from tests.unit.importers import test_cursor, test_cursor_agent, test_opencode_database
from tests.unit.importers.files import file_with
from tests.unit.importers.tool_databases import state

SCHEMA = range(3_500, 4_096)
"""Where the end of the first page is, in which SQLite writes the schema."""


def opencode(folder: Path) -> bytes:
    rows = [test_opencode_database.session("ses_1"), *test_opencode_database.rows_of("ses_1")]
    return test_opencode_database.opencode(folder, rows).read_bytes()


def editor(folder: Path) -> bytes:
    tables = {"cursorDiskKV": test_cursor.session("one")}
    return state(folder / "state.vscdb", tables).read_bytes()


def agent(folder: Path) -> bytes:
    return test_cursor_agent.store(folder).read_bytes()


@pytest.mark.parametrize(
    ("importer", "make"), [(OpenCode(), opencode), (Cursor(), editor), (Cursor(), agent)]
)
def test_a_heavily_damaged_database_is_read_or_refused(
    tmp_path: Path, importer: OpenCode | Cursor, make: object
) -> None:
    content = make(tmp_path)  # type: ignore[operator]
    chance = random.Random(10)
    refused = 0
    for _ in range(300):
        damaged = bytearray(content)
        for _ in range(chance.randrange(1, 20)):
            anywhere = chance.randrange(100, len(content))
            damaged[chance.choice([anywhere, chance.choice(SCHEMA)])] = chance.randrange(256)
        file = file_with(bytes(damaged), "source.db")
        importer.recognizes(file)
        try:
            for session in importer.sessions(file):
                list(session.batches())
        except HfsError:
            refused += 1
    assert 0 < refused < 300
