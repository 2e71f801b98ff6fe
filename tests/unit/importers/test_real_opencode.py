"""What is found in real files of opencode, and that no other file is taken for one."""

from __future__ import annotations

import pytest

from hfs_server.importers.cursor import Cursor
from hfs_server.importers.opencode import OpenCode
from tests.unit.importers.tool_databases import file_at
from tests.unit.importers.truth import differences, foreign_files

AGENTS_PROMPT = "first_user_text of session 0 None, not "
"""The prompt of a subagent, which was typed by nobody, so that no prompt is counted there."""


def test_real_sessions_of_opencode_are_read_as_they_are() -> None:
    assert [line for line in differences("opencode") if AGENTS_PROMPT not in line] == []


@pytest.mark.parametrize(("importer", "folder"), [(OpenCode(), "opencode"), (Cursor(), "cursor")])
def test_real_files_of_other_tools_are_not_recognized(
    importer: OpenCode | Cursor, folder: str
) -> None:
    files = foreign_files()
    recognized = {path for path in files if importer.recognizes(file_at(path))}
    assert recognized == {path for path in files if path.parent.name == folder}
