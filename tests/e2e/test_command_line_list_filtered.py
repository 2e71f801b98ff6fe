"""``hfs-server list`` with filters."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from testing.command_line import Run
from testing.documents import document, message, text
from testing.terminal import Terminal

pytestmark = pytest.mark.both_engines


@pytest.fixture
def filled(run: Run, tmp_path: Path) -> Run:
    """The command, on a store with three sessions."""
    for name, tool, folder, day in (
        ("Web", "codex", tmp_path / "web", 3),
        ("Site", "codex", tmp_path / "site", 4),
        ("Deep", "cursor", tmp_path / "web" / "deep", 5),
    ):
        metadata = {
            "schema_version": "1.1.0",
            "source": {"tool": tool},
            "working_directory": str(folder),
            "session_updated_at": f"2026-02-0{day}T12:00:00Z",
        }
        path = tmp_path / f"{name}.json"
        path.write_text(text(document(name, message(), metadata=metadata)), encoding="utf-8")
        assert run("import", str(path)).code == 0
    return run


def names(run: Run, *options: str) -> list[str]:
    done = run("list", "--json", *options)
    assert done.code == 0
    return [session["name"] for session in json.loads(done.stdout)]


def test_filters_select_what_is_listed(filled: Run, tmp_path: Path) -> None:
    assert names(filled, "--tool", "codex") == ["Site", "Web"]
    assert names(filled, "--tool", "codex", "--tool", "cursor") == ["Deep", "Site", "Web"]
    assert names(filled, "--project", str(tmp_path / "web")) == ["Deep", "Web"]
    assert names(filled, "--project", f"{tmp_path}/web/") == ["Deep", "Web"]
    assert names(filled, "--since", "2026-02-04", "--until", "2026-02-04") == ["Site"]
    assert names(filled, "--since", "2026-02-04T12:00Z") == ["Deep", "Site"]
    assert names(filled, "--until", "2026-02-05T12:00:00Z", "--query", "e") == ["Site", "Web"]
    assert names(filled, "--since", "9999w") == ["Deep", "Site", "Web"]
    assert names(filled, "--since", "1h") == []


def test_a_relative_project_begins_at_the_current_folder(filled: Run) -> None:
    for project in ("web", "./web/", "site/../web"):
        assert names(filled, "--project", project) == ["Deep", "Web"]
    assert names(filled, "--project", ".") == ["Deep", "Site", "Web"]
    assert names(filled, "--project", "we") == []


def test_nothing_selected_is_said_on_stderr(filled: Run) -> None:
    done = filled("list", "--tool", "aider")
    assert (done.code, done.stdout) == (0, b"")
    assert "No session that these filters select in the store" in done.stderr


@pytest.mark.parametrize(
    ("option", "value"),
    [("--since", "yesterday"), ("--until", "2026-13-01"), ("--project", ""), ("--tool", "")],
)
def test_a_filter_of_another_form_is_a_usage_error(run: Run, option: str, value: str) -> None:
    done = run("list", option, value)
    assert (done.code, done.stdout) == (2, b"")
    assert f"argument {option}: expected" in done.stderr


@pytest.mark.parametrize("command", [["list"], ["stats"], ["search", "x"]])
def test_a_tool_that_nobody_knows_is_named_if_nothing_is_found(
    run: Run, terminal: Terminal, command: list[str]
) -> None:
    terminal.add_session("One", "x")
    assert (
        "knows no tool claude; known: hfs, claude-code" in run(*command, "--tool", "claude").stderr
    )
    assert "knows no tool" not in run(*command, "--tool", "codex").stderr
