"""Real logs of Claude Code, and all real files: no two importers recognize the same one."""

from __future__ import annotations

import io

from hfs_server.importers import IMPORTERS
from hfs_server.importers.source_file import SourceFile
from tests.unit.importers.truth import differences, foreign_files

UNRESOLVED = {
    # An agent wrote the prompt, so it is synthetic; the truth has it as text and in the times.
    "claude-code/ccl-worktrees-ef958aa1-subagent-a6aa8ad0.jsonl: first_user_text",
    "claude-code/ccl-worktrees-ef958aa1-subagent-a6aa8ad0.jsonl: first_time",
    # A readable prompt has the id of a damaged record, and is kept.
    "claude-code/ccl-fixture-edge_cases.jsonl: last_time",
}


def test_all_that_must_be_found_is_found() -> None:
    found = {line.partition(" of session")[0] for line in differences("claude-code")}
    assert found == UNRESOLVED


def test_no_real_file_is_recognized_by_two_importers() -> None:
    files = foreign_files()
    assert len(files) > 50
    several = []
    for path in files:
        content = path.read_bytes()
        file = SourceFile(lambda content=content: io.BytesIO(content), path.name, path)
        found = [importer.tool for importer in IMPORTERS if importer.recognizes(file)]
        if len(found) > 1:
            several.append(f"{path.name}: {found}")
    assert several == []


def test_only_logs_of_claude_code_are_recognized_as_such() -> None:
    own = next(importer for importer in IMPORTERS if importer.tool == "claude-code")
    for path in foreign_files():
        file = SourceFile(lambda path=path: path.open("rb"), path.name, path)
        is_own = "claude-code" in path.parts and path.suffix == ".jsonl"
        assert bool(own.recognizes(file)) == is_own, path.name
