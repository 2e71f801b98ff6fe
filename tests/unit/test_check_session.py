"""A check of a session file says what an import of it says, and where."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from hfs_server.check_session import (
    MOST_PROBLEMS,
    Check,
    check_file,
    lines_in,
    migrated_text,
    recognized,
)
from hfs_server.errors import HfsError
from hfs_server.importers import HFS_JSON
from hfs_server.importers.hfs_json.reader import DocumentReader
from hfs_server.importers.source_file import source_of
from hfs_server.lsp.session_diagnostics import diagnostics_of
from hfs_server.lsp.session_text import SessionText, Stale
from hfs_server.text import split_lines
from testing import tool_logs
from testing.documents import document, message, text
from tests.unit.importers.hfs_json.json_accepted import ACCEPTED
from tests.unit.importers.hfs_json.json_rejected import REJECTED

WRAPPED = {
    **{f"accepted {name}": value for name, value in ACCEPTED.items()},
    **{f"rejected {name}": value for name, value in REJECTED.items()},
}


def checked(content: bytes) -> Check:
    return check_file(source_of(content), HFS_JSON)


def refusal(content: bytes) -> HfsError | None:
    """The error of an import."""
    try:
        for _ in DocumentReader(io.BytesIO(content)).batches():
            pass
    except HfsError as error:
        return error
    return None


def documents_with(value: bytes) -> list[bytes]:
    """A value alone, and as an unknown member of a document."""
    return [value, b'{"messages": [], "x":\n' + value + b"}"]


@pytest.mark.parametrize("name", WRAPPED)
def test_a_check_finds_an_error_exactly_if_an_import_fails(name: str) -> None:
    for content in documents_with(WRAPPED[name]):
        error = refusal(content)
        problems = [each for each in checked(content).problems if each.is_error]
        assert bool(problems) is (error is not None)
        if error is not None and "line" in error.data:
            said = error.message.lower().replace(f" (line {error.data['line']})", "")
            words = [problem.message.lower().removesuffix(".") for problem in problems]
            assert any(each in said for each in words)


@pytest.mark.parametrize("name", REJECTED)
def test_the_place_of_an_error_is_in_the_line_that_the_import_says(name: str) -> None:
    for content in documents_with(REJECTED[name]):
        error = refusal(content)
        try:
            lines = split_lines(content.decode())
        except UnicodeDecodeError:
            continue
        if error is None or "line" not in error.data or not "".join(lines).strip():
            continue
        found = diagnostics_of(SessionText(lines, "", None, None), HFS_JSON)
        # The importer's parser may notice it only after the end of the line.
        wanted = {error.data["line"] - 1, error.data["line"] - 2}
        assert any(each["range"]["start"]["line"] in wanted for each in found)


def test_the_lines_of_problems_are_those_of_an_import() -> None:
    content = text(document("Lines", {"role": 5}, message(content=7))).encode()
    error = refusal(content)
    assert error is not None
    problems = checked(content).problems
    assert lines_in(source_of(content), problems) == [
        problem["line"] for problem in error.data["problems"]
    ]


def test_the_warnings_are_counted_as_an_import_counts_them() -> None:
    late = message(created_at="2026-02-01T10:00:00.1234567Z")
    parts: list[Any] = [message(created_at=None), late, *[message(created_at=None)] * 300]
    result = checked(text(document("Warned", *parts)).encode())
    assert (len(result.problems), result.total) == (MOST_PROBLEMS, 302)
    assert not any(problem.is_error for problem in result.problems)


@pytest.mark.parametrize("tool", [*tool_logs.FORMATS])
def test_the_files_of_other_tools_are_recognized_and_have_no_problems(tool: str) -> None:
    file = source_of(tool_logs.FORMATS[tool](1))
    importer = recognized(file)
    assert importer is not None
    assert importer.tool == tool
    assert not any(problem.is_error for problem in check_file(file, importer).problems)


def test_what_is_no_json_is_no_session_file_in_an_editor() -> None:
    for content in (b"", b"# aider chat started at 2026-02-01 10:00:00\n", b"{}", b"[]", b"{"):
        assert recognized(source_of(content)) is None


def test_a_damaged_file_of_another_tool_is_marked_where_it_stops_being_json() -> None:
    chat = {"version": 3, "sessionId": "s", "requests": [], "creationDate": 1}
    lines = split_lines(json.dumps(chat, indent=1).replace('"s"', '"s" oops'))
    from hfs_server.importers import IMPORTERS

    importer = next(each for each in IMPORTERS if each.tool == "copilot-chat")
    found = diagnostics_of(SessionText(lines, "", None, None), importer)
    assert [each["range"]["start"] for each in found if each["severity"] == 1] == [
        {"line": 2, "character": 18}
    ]


def test_a_migration_that_is_not_possible_gives_no_text() -> None:
    for content in ("", "5", "{", '{"messages": 5}', "[" * 100_000):
        assert migrated_text(content) is None


def test_a_check_of_a_stale_text_ends() -> None:
    whole = text(document("Stale", *[message("x" * 1000)] * 500))
    stale = SessionText(split_lines(whole), "", None, None)
    stale.is_stale = True
    with pytest.raises(Stale):
        diagnostics_of(stale, HFS_JSON)
    with pytest.raises(Stale):
        _ = stale.outline
