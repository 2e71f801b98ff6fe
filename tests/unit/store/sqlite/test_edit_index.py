"""The index of edits: which session did what to a file, and who put in a line."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hfs_server.edits import KINDS
from hfs_server.edits.paths import AskedFile, asked_file
from hfs_server.store.sqlite import edit_index
from hfs_server.store.sqlite.edit_index import EditedMessage, SessionOfEdits

LINE = "total = price * count"
OTHER = "discount = total / 10"


@pytest.fixture
def index() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    edit_index.create(connection)
    yield connection
    connection.close()


class Session:
    """A session that calls tools, one message each, at one minute after the other."""

    def __init__(
        self, index: sqlite3.Connection, number: int, directory: str, tool: str = "claude-code"
    ) -> None:
        self._index = index
        self._session = SessionOfEdits(number, directory, tool)
        self._count = 0

    def add(self, **message: Any) -> None:
        self._count += 1
        time = f"2026-02-{self._session.id:02} 10:{self._count:02}:00.000000"
        row = 1_000 * self._session.id + self._count
        edit_index.add(
            self._index,
            self._session,
            [EditedMessage(row, self._count, 1000 + self._count, time, message)],
        )

    def call(self, name: str, **given: Any) -> None:
        calls = [{"id": f"call-{self._count}", "name": name, "input": given}]
        self.add(role="assistant", content="", tool_calls=calls)

    def write(self, path: str, *lines: str) -> None:
        self.call("Write", file_path=path, content="\n".join(lines))

    def fail(self) -> None:
        """The result of the last call, which failed."""
        self.add(role="tool", content="", tool_call_id=f"call-{self._count - 1}", is_error=True)


def asked(path: str, root: str = "") -> AskedFile:
    """A file, which need not exist; the repository's folder is ``root``."""
    found = asked_file(Path(path))
    return found._replace(root=len(Path(root).parts) - 1 if root else None)


def who(index: sqlite3.Connection, file: AskedFile, line: str) -> list[int]:
    return [edit.session for edit in edit_index.of_line(index, file, line)]


def what(index: sqlite3.Connection, file: AskedFile, *lines: str) -> list[tuple[int, int, str]]:
    found = edit_index.of_file(index, file, lines, KINDS)
    return [(edit.session, edit.number, edit.kind) for edit in found]


def test_a_session_that_is_forgotten_is_not_found_and_its_ids_are_not_used_again(
    index: sqlite3.Connection,
) -> None:
    Session(index, 1, "/app").write("/app/a.py", LINE)
    edit_index.forget(index, 1)
    Session(index, 2, "/app").write("/app/a.py", OTHER)
    assert who(index, asked("/app/a.py"), LINE) == []
    assert what(index, asked("/app/a.py")) == [(2, 1, "create")]


def test_a_line_of_very_many_edits_is_found_in_the_very_same_file(
    index: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edit_index, "_MOST_ROWS", 5)
    for number in range(1, 9):
        Session(index, number, f"/p{number}").write(f"/p{number}/src/a.py", LINE)
    assert who(index, asked("/p1/src/a.py", "/p1"), LINE) == [1]
    assert who(index, asked("/p8/src/a.py", "/p8"), LINE) == [8]
    assert who(index, asked("/new/src/a.py", "/new"), LINE) == []


def test_the_newest_of_very_many_edits_are_found_whichever_was_indexed_first(
    index: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An index is built from the newest session on, and then the store goes on."""
    monkeypatch.setattr(edit_index, "_MOST_ROWS", 3)
    for number in (6, 5, 4, 3, 2, 1, 7):
        Session(index, number, "/p/app").write("/p/app/a.py", LINE)
    assert who(index, asked("/new/app/a.py", "/new/app"), LINE) == [7, 6, 5]


@pytest.mark.parametrize("statement", ["_OF_LINE", "_OF_LINE_IN_FILE", "_OF_FILE"])
def test_the_newest_of_very_many_edits_are_found_without_sorting_all(
    index: sqlite3.Connection, statement: str
) -> None:
    sql = re.sub(r":\w+|\?", "1", getattr(edit_index, statement))
    plan = " ".join(row[-1] for row in index.execute(f"EXPLAIN QUERY PLAN {sql}"))
    assert "TEMP B-TREE" not in plan
    assert "SCAN edit" not in plan
