"""Edits of files, found in the tool calls and replies of every tool."""

from __future__ import annotations

from typing import Any

import pytest

from hfs_server.edits import edits_in, failed_call, unapplied
from hfs_server.edits.lines import distinctive, line_hash, put_in
from tests.unit.edits.calls import ADDED, APP, BLOCK, ROWS, TEXT, WRITTEN

Found = list[tuple[str, str, tuple[str, ...]]]


def found_in(name: str, given: Any, directory: str = APP, tool: str = "", text: str = "") -> Found:
    calls = [{"id": "call-1", "name": name, "input": given}] if name else []
    message = {"role": "assistant", "content": text, "tool_calls": calls}
    return [(edit.kind, edit.path, edit.lines) for edit in edits_in(message, directory, tool)]


@pytest.mark.parametrize(
    ("name", "given", "edits"), ROWS, ids=[f"{n}-{row[0]}" for n, row in enumerate(ROWS)]
)
def test_the_edits_of_a_call_are_those_of_the_table(name: str, given: Any, edits: Found) -> None:
    assert found_in(name, given) == edits


@pytest.mark.parametrize("content", [None, 5, {}, "x", [None], [{"id": 5, "name": None}]])
def test_tool_calls_of_any_shape_raise_nothing(content: Any) -> None:
    assert [*edits_in({"role": "assistant", "content": None, "tool_calls": content}, APP)] == []


@pytest.mark.parametrize(
    ("directory", "path", "absolute"),
    [
        ("C:\\Users\\me\\app", "src\\a.py", "C:\\Users\\me\\app\\src\\a.py"),
        ("C:\\Users\\me\\app", "src/a.py", "C:\\Users\\me\\app\\src\\a.py"),
        ("C:\\Users\\me\\app", "D:/x/a.py", "D:\\x\\a.py"),
        ("\\\\server\\share", "a.py", "\\\\server\\share\\a.py"),
        ("", "file:///c%3A/Users/me/a%20b.py", "c:\\Users\\me\\a b.py"),
        ("", "file:///home/me/a%20b.py", "/home/me/a b.py"),
        ("", "vscode-remote://ssh-remote%2Bhost/home/me/a.py", "/home/me/a.py"),
        (APP, "./src/../a.py", f"{APP}/a.py"),
        (APP, "/elsewhere/a.py", "/elsewhere/a.py"),
        (APP, "~/a.py", "~/a.py"),
        ("", "src/a.py", "src/a.py"),
    ],
)
def test_a_path_starts_from_the_directory_of_the_session(
    directory: str, path: str, absolute: str
) -> None:
    assert found_in("Read", {"file_path": path}, directory) == [("read", absolute, ())]


def test_a_path_of_more_than_one_line_or_with_nul_is_no_path() -> None:
    for path in ("a\nb", "a\0b", "file:///a%00b", "file:///a%0Ab", "C:\\a\0b"):
        assert found_in("Read", {"file_path": path}) == []


def test_half_of_a_surrogate_pair_in_a_path_is_replaced() -> None:
    assert found_in("Read", {"file_path": "/a\ud800"}) == [("read", "/a\ufffd", ())]
    text = '{"file_path": "a\\ud800", "content": "line \\udfff of it"}'
    ((_, _, lines),) = found_in("Write", text)
    assert line_hash("a.py", lines[0]) is not None


def test_inputs_within_inputs_are_read_to_the_first_of_them() -> None:
    given: dict[str, Any] = {"path": "a.py"}
    for _ in range(5_000):
        given = {"path": "a.py", "file": given, "action": given}
    assert len(found_in("edit_file", given)) == 1


@pytest.mark.parametrize(
    "text",
    [
        f"Sure:\n\na.py\n```python\n{BLOCK.format(hint='')}\n```",
        f"**`a.py`**\n```\n{BLOCK.format(hint='')}\n```",
        f"```python a.py\n{BLOCK.format(hint='')}\n```",
        f"```python\na.py\n{BLOCK.format(hint='')}\n```",
    ],
)
def test_blocks_in_a_reply_of_aider_are_edits(text: str) -> None:
    assert found_in("", None, tool="aider", text=text) == ADDED
    assert found_in("", None, tool="claude-code", text=text) == []


def test_blocks_without_a_name_are_of_the_file_of_the_block_before() -> None:
    text = f"a.py\n```\n{BLOCK.format(hint='')}\n{BLOCK.format(hint='')}\n```"
    assert found_in("", None, tool="aider", text=text) == ADDED * 2


def test_a_note_of_aider_says_which_edits_of_a_reply_were_applied() -> None:
    note = "The LLM did not conform to the edit format.\nApplied edit to b.py"
    assert unapplied({"role": "system", "content": note}, "aider") == ["b.py"]
    assert unapplied({"role": "system", "content": "Applied edit to b.py"}, "aider") is None
    assert unapplied({"role": "system", "content": note}, "codex") is None


@pytest.mark.parametrize("tool", ["cline", "roo-code"])
def test_calls_as_xml_in_a_reply_of_cline_and_roo_code_are_edits(tool: str) -> None:
    text = (
        f"First.\n<write_to_file>\n<path>a.py</path>\n<content>\n{TEXT}\n</content>\n"
        "</write_to_file>\n<replace_in_file>\n<path>a.py</path>\n"
        f"<diff>\n{BLOCK.format(hint='')}\n</diff>\n</replace_in_file>"
    )
    assert found_in("", None, tool=tool, text=text) == WRITTEN + ADDED


def test_only_the_result_of_a_failed_call_names_it() -> None:
    result = {"role": "tool", "content": "", "tool_call_id": "call-1"}
    assert failed_call({**result, "is_error": True}) == "call-1"
    assert failed_call({**result, "is_error": False}) is failed_call(result) is None


def test_lines_that_only_move_or_change_their_white_space_are_not_put_in() -> None:
    removed = ["first()", "  second()", "third()"]
    assert put_in(["second()", "\tthird( )", "fourth()", "first()"], removed) == ["fourth()"]
    assert put_in(["first()", "first()"], ["first()"]) == ["first()"]


@pytest.mark.parametrize(
    "line",
    ["", "   ", "}", "  });", "return", "return;", "else:", "} else {", "i++", "return None",
     "</div>", "*/", "# ---", "end", "pass", "try {", "x=1", "import (", "'use strict';"],
)  # fmt: skip
def test_a_line_that_is_common_shows_nothing(line: str) -> None:
    assert distinctive(line) == ""
    assert line_hash("a.py", line) is None


@pytest.mark.parametrize(
    ("line", "other"),
    [
        ("  total = a+b ", "total = a + b"),
        ("\tfoo(bar);\r", "foo(bar);"),
        ("你好世界", "你好 世界"),
    ],
)
def test_white_space_makes_no_other_line(line: str, other: str) -> None:
    assert line_hash("a.py", line) == line_hash("a.py", other) is not None


def test_a_line_is_another_one_in_a_file_of_another_name() -> None:
    assert line_hash("a.py", "total = 10") != line_hash("b.py", "total = 10")


def test_a_line_in_the_file_of_a_notebook_is_that_of_its_cell() -> None:
    line = '    "print(\\"hello\\")\\n",'
    assert line_hash("a.ipynb", line) == line_hash("a.ipynb", 'print("hello")')


@pytest.mark.parametrize(
    ("tool", "text"),
    [
        ("cline", "<read_file>" + "<path>" * 200_000 + "</read_file>"),
        ("cline", "<read_file>" * 200_000),
        ("aider", "a.py\n<<<<<<< SEARCH\n" + ">>>>>>> REPLACE\n" * 100_000),
        ("aider", "a.py\n" + "<<<<<<< SEARCH\n" * 100_000),
    ],
)
def test_a_reply_of_repeated_marks_is_read_in_linear_time(tool: str, text: str) -> None:
    assert found_in("", None, tool=tool, text=text) == []


@pytest.mark.parametrize(
    "command",
    [
        *("*** Begin Patch" * 200_000, "*** Begin Patch\\n" * 100_000 + "*** End Patch"),
        *("cat" + " " * 200_000 + "<<", ("cat " + "a" * 1000) * 2000 + "<<"),
    ],
    ids=["begin", "escaped", "blanks", "words"],
)
def test_a_command_of_repeated_marks_is_read_in_linear_time(command: str) -> None:
    assert found_in("Bash", {"command": command}) == []
