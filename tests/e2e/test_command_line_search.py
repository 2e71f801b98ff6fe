"""``hfs-server search``."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from testing.command_line import POSIX, Run, failed_in_one_line
from testing.terminal import Terminal

pytestmark = pytest.mark.both_engines


@pytest.fixture
def filled(run: Run, store_path: Path) -> Run:
    """The command, on a store with two sessions."""
    with Terminal(store_path) as terminal:
        terminal.add_session("First", "one\ntwo\na zebra runs\nfour\nfive", "a lion")
        terminal.add_session("Second zebra", "a tiger")
    return run


def test_matches_are_grouped_by_session_without_colour_in_a_pipe(filled: Run) -> None:
    done = filled("search", "zebra")
    assert done.code == 0
    assert [line.partition("  (")[0] for line in done.lines] == [
        "2  Second zebra",
        "1  First",
        "  #1 user: one two a zebra runs four five",
    ]
    assert b"\x1b" not in done.stdout


def test_nothing_found_is_said_in_one_line_and_is_1_as_of_grep(filled: Run) -> None:
    assert failed_in_one_line(filled("search", "elephant")) == "hfs-server: Nothing found."


def test_words_need_no_quotes(filled: Run) -> None:
    assert len(filled("search", "runs", "zebra").lines) == 2


def test_context_shows_the_lines_around(filled: Run) -> None:
    lines = filled("search", "runs", "-C", "1").lines
    assert lines[1:] == ["  #1 user:", "    two", "    a zebra runs", "    four"]


def test_json_is_what_the_method_returns(filled: Run) -> None:
    (match,) = json.loads(filled("search", "--json", "lion").stdout)
    assert match["uri"] == "hfs:/sessions/1.md#message-2"
    assert match["session"]["messageCount"] == 2
    assert match["highlights"] == [[2, 6]]
    assert match.keys() == {
        "session", "messageIndex", "role", "createdAt", "snippet", "highlights", "uri",
    }  # fmt: skip


def test_limit_says_that_there_is_more(filled: Run) -> None:
    done = filled("search", "zebra", "--limit", "1")
    assert len(done.lines) == 1
    assert "--limit shows more" in done.stderr


def test_all_matches_of_a_session_are_shown_on_request(filled: Run) -> None:
    lines = filled("search", "a", "--session", "1").lines
    assert [line[:4] for line in lines[1:]] == ["  #1", "  #2"]


def test_filters_select(filled: Run) -> None:
    assert filled("search", "zebra", "--tool", "codex").code == 1
    assert filled("search", "zebra", "--since", "1d").code == 0


def test_a_store_that_is_missing_is_not_created(run: Run, store_path: Path) -> None:
    assert "does not exist" in failed_in_one_line(run("search", "zebra"))
    assert not store_path.exists()


def test_usage_errors_are_2(run: Run) -> None:
    assert run("search").code == 2
    assert run("search", "a", "--limit", "0").code == 2


def test_words_that_must_not_be_there_need_no_quotes(run: Run, terminal: Terminal) -> None:
    terminal.add_session("One", "zebra tiger")
    terminal.add_session("Two", "zebra")
    assert "Two" in run("search", "zebra", "-tiger").lines[0]
    assert "Two" in run("search", "-tiger").lines[0]
    assert run("search", "zebra", "--tiger").code == 2
    assert run("search").code == 2


@pytest.mark.skipif(not POSIX, reason="Windows has arguments in UTF-16 only")
@pytest.mark.parametrize("query", [b"a\xffb", b'"a\xffb c"', b"\xff", b"tool:\xff"])
def test_bytes_that_are_no_text_are_no_error(run: Run, terminal: Terminal, query: bytes) -> None:
    terminal.add_session("One", "a b")
    done = run("search", os.fsdecode(query))
    assert done.code in (0, 1)
    assert "Traceback" not in done.stderr
