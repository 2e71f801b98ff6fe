"""Edits in real sessions of the tools: how many there are, and which of their lines are known."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from hfs_server.edits import edits_in, failed_call
from hfs_server.edits.lines import distinctive
from hfs_server.errors import HfsError
from hfs_server.sources import read_sessions

LEAST = {
    "claude-code": {"edit": 30, "write": 10, "read": 40},
    "codex": {"edit": 28, "create": 6, "delete": 2},
    "copilot-chat": {"edit": 12, "create": 1, "read": 3},
    "copilot-cli": {"create": 1},
    "gemini-cli": {"edit": 5, "write": 4, "read": 13},
    "opencode": {"edit": 5, "create": 2, "read": 41},
    "pi": {"edit": 120, "write": 20, "read": 100},
    "qwen": {"read": 1},
}
"""At least so many edits of each kind that did not fail."""

KNOWN = {
    "internal/sem/provider.go": "\tif failures == nil {",
    "src/checkpoints/orchestration.ts": "const selectedCheckpointIds = new Set(normalizedIds);",
    "testing-git/index.ts": "console.log('hello bob');",
    "claude-code/go.mod": "go 1.24",
    "skills/explain/SKILL.md": "name: explain",
    "sem/parser_postgres_regression_test.go": '"DROP TYPE IF EXISTS mood, status;\\n" +',
    "src/main.ts": "// Entry point",
}
"""The ends of paths, and a line that a session put into each: found by reading the sessions."""


@pytest.fixture(scope="module")
def edits(real_data: Path) -> list[tuple[str, str, str, tuple[str, ...]]]:
    """The tool, kind, path and lines of every edit that did not fail."""
    found = []
    for path in sorted((real_data / "foreign").rglob("*")):
        if not path.is_file() or "truth" in path.parts:
            continue
        try:
            sessions = [*read_sessions(path, subagents=True)]
        except HfsError:
            continue
        for session in sessions:
            facts, messages = session["metadata"], session["messages"]
            tool = (facts.get("source") or {}).get("tool", "")
            failed = {failed_call(message) for message in messages}
            for message in messages:
                for edit in edits_in(message, facts.get("working_directory") or "", tool):
                    if edit.call not in failed:
                        found.append((tool, edit.kind, edit.path, edit.lines))  # noqa: PERF401
    return found


def test_every_tool_whose_sessions_edit_files_has_edits(
    edits: list[tuple[str, str, str, tuple[str, ...]]],
) -> None:
    counts = Counter((tool, kind) for tool, kind, *_ in edits)
    least = {(tool, kind): n for tool, kinds in LEAST.items() for kind, n in kinds.items()}
    assert {key: counts[key] for key in least if counts[key] < least[key]} == {}


@pytest.mark.parametrize(("end", "line"), KNOWN.items())
def test_a_line_that_a_session_put_in_is_known(
    edits: list[tuple[str, str, str, tuple[str, ...]]], end: str, line: str
) -> None:
    put_in = {
        distinctive(each) for _, _, path, lines in edits if path.endswith(end) for each in lines
    }
    assert distinctive(line) in put_in
