"""``hfs-server stats``: tables for people, with bars in a terminal, and JSON."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from hfs_server.graphemes import width
from testing.client import Start
from testing.command_line import CONTROLS, POSIX, Run, shown_in_a_terminal, steers_the_terminal
from testing.documents import document, message, text
from testing.terminal import Terminal

pytestmark = pytest.mark.both_engines

USAGE = {"input_tokens": 1_234_567, "output_tokens": 1_000, "cost_usd": 1.25}
LONG = "/home/ada/" + "a-very-long-name/" * 20


@pytest.fixture
def filled(run: Run, tmp_path: Path) -> Run:
    """The command, on a store with sessions of two tools on forty days."""
    for name, tool, folder, days in (
        ("Web", "codex", "/home/ada/web", range(1, 29)),
        ("Long", f"tool\n{CONTROLS}", LONG, range(1, 13)),
    ):
        said = [
            message(created_at=f"2026-{3 if tool == 'codex' else 4:02}-{day:02}T12:00:00Z")
            for day in days
        ]
        said.append(message("An answer.", "assistant", model="gpt-5", usage=USAGE))
        metadata = {"schema_version": "1.1.0", "source": {"tool": tool}}
        made = document(name, *said, metadata={**metadata, "working_directory": folder})
        path = tmp_path / f"{name}.json"
        path.write_text(text(made), encoding="utf-8")
        assert run("import", str(path)).code == 0
    return run


def test_a_pipe_gets_every_row_with_exact_numbers_and_no_bars(filled: Run) -> None:
    done = filled("stats", COLUMNS="40")
    assert (done.code, done.stderr) == (0, "")
    assert done.lines[0] == "Sessions: 2, messages: 42, prompts: 40, tool calls: 0"
    assert done.lines[1] == "Tokens: 2,469,134 in, 2,000 out"
    assert done.lines[2] == "Cost: 2.50 USD"
    assert "█" not in done.stdout.decode()
    assert "\x1b" not in done.stdout.decode()
    headings = [line.split()[0] for line in done.lines if re.match("[A-Z]{3,}  ", line)]
    assert headings == ["TOOL", "MODEL", "PROJECT", "DAY"]
    assert any(re.fullmatch(r"codex +29 +1,235,567 +1.25 USD +1 +28", line) for line in done.lines)
    assert any(line.startswith(f"{LONG} ") for line in done.lines)
    assert sum(bool(re.match(r"2026-\d\d-\d\d ", line)) for line in done.lines) == 41


@POSIX
@pytest.mark.parametrize("columns", [30, 40, 80, 200])
def test_a_terminal_gets_bars_that_fit_it(
    filled: Run, arguments: list[str], environment: dict[str, str], columns: int
) -> None:
    shown = shown_in_a_terminal([*arguments, "stats"], environment, columns)
    assert steers_the_terminal("".join(shown).encode()) == []
    tables = shown[4:]
    assert max(map(width, tables)) < columns
    days = [line for line in tables if re.match(r"2026-\d\d-\d\d ", line)]
    assert len(days) == 31
    assert "... 10 earlier days" in [line.strip() for line in tables]
    assert all("█" in line or "▌" in line or "▏" in line or "▎" in line for line in days[-5:])
    if columns == 200:
        assert any(re.match(r"codex +29 +1\.2M +1\.25 USD +1 +28 .*█{40}$", line) for line in shown)


@POSIX
def test_a_terminal_without_unicode_gets_bars_of_ascii(
    filled: Run, arguments: list[str], environment: dict[str, str]
) -> None:
    ascii_only = {**environment, "PYTHONIOENCODING": "ascii"}
    shown = shown_in_a_terminal([*arguments, "stats"], ascii_only, 100)
    assert all(line.isascii() for line in shown)
    assert any(line.endswith("####") for line in shown)


def test_json_is_the_result_of_the_method(filled: Run, start: Start, store_path: Path) -> None:
    done = filled("stats", "--json")
    assert (done.code, done.stderr) == (0, "")
    found: dict[str, Any] = json.loads(done.stdout)
    assert found == start(store_path).request("hfs/statistics")
    assert found["usage"]["costUsd"] == 2.5


def test_filters_select_what_is_counted(filled: Run) -> None:
    done = filled("stats", "--tool", "codex", "--project", "/home/ada", "--json")
    assert json.loads(done.stdout)["messages"] == 29
    done = filled("stats", "--since", "1h")
    assert (done.code, done.stdout) == (0, b"")
    assert "No session that these filters select in the store" in done.stderr


def test_a_store_that_does_not_exist_amounts_to_nothing(run: Run, store_path: Path) -> None:
    store_path.parent.mkdir(parents=True, exist_ok=True)
    done = run("stats")
    assert (done.code, done.stdout) == (0, b"")
    assert "No session in the store" in done.stderr
    assert json.loads(run("stats", "--json").stdout)["sessions"] == 0
    assert not store_path.exists()


def test_sessions_of_the_terminal_program_show_only_what_they_have(
    run: Run, terminal: Terminal
) -> None:
    terminal.add_session("One", "a prompt")
    lines = run("stats").lines
    assert lines[0] == "Sessions: 1, messages: 1, prompts: 1, tool calls: 0"
    assert not any(word in line for line in lines for word in ("TOKENS", "COST", "MODEL"))
