"""``hfs-server list``: lines for people and for scripts, and JSON."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from hfs_server.graphemes import width
from testing import stores
from testing.command_line import CONTROLS, POSIX, Run, shown_in_a_terminal, steers_the_terminal
from testing.documents import MARKER, document, message, text
from testing.terminal import Terminal
from testing.tool_logs import claude_code, id_of, subagent, write

pytestmark = pytest.mark.both_engines


def test_a_list_has_a_line_for_each_session_newest_first(run: Run, terminal: Terminal) -> None:
    first = terminal.add_session("First\nof two", MARKER)
    second = terminal.add_session("Second", "one", "two")
    done = run("list")
    assert (done.code, done.stderr) == (0, "")
    assert len(done.lines) == 2
    assert re.fullmatch(rf" *{second} +\d{{4}}-\d\d-\d\d \d\d:\d\d +2 +Second", done.lines[0])
    assert re.fullmatch(rf" *{first} +\S+ \S+ +1 +First of two", done.lines[1])


LONG_NAMES = ["x" * 300, "日本語" * 60, "👩\u200d💻" * 60, "می\u200cروم " * 60, "e\u0301" * 90]


def test_a_list_in_a_pipe_has_every_name_whole(run: Run, terminal: Terminal) -> None:
    for name in LONG_NAMES:
        terminal.add_session(name, "one")
    done = run("list", COLUMNS="40")
    assert sorted(line.split(maxsplit=4)[4] for line in done.lines) == sorted(
        name.strip() for name in LONG_NAMES
    )
    assert all(re.match(r" *\d+  \d{4}-\d\d-\d\d \d\d:\d\d  ", line) for line in done.lines)


@POSIX
@pytest.mark.parametrize("columns", [40, 80, 200])
def test_a_list_in_a_terminal_fits_it_and_is_readable(
    arguments: list[str], environment: dict[str, str], terminal: Terminal, columns: int
) -> None:
    for name in [*LONG_NAMES, "short", f"a{CONTROLS}b"]:
        terminal.add_session(name, "one")
    shown = shown_in_a_terminal([*arguments, "list"], environment, columns)
    assert steers_the_terminal("".join(shown).encode()) == []
    header, *lines = shown
    assert header.split() == ["ID", "LAST", "ACTIVITY", "MESSAGES", "NAME"]
    assert len(lines) == len(LONG_NAMES) + 2
    assert max(map(width, shown)) < columns
    assert all(re.match(r" *\d+  just now +1  ", line) for line in lines)
    assert sum(line.endswith("…") for line in lines) >= (3 if columns == 200 else 5)
    assert lines[1].endswith("  short")


def test_a_list_as_json_has_the_protocol_s_members(run: Run, terminal: Terminal) -> None:
    session = terminal.add_session("Ü 🙂", "one")
    done = run("list", "--json")
    assert (done.code, done.stderr) == (0, "")
    (found,) = json.loads(done.stdout)
    assert list(found) == [
        "id",
        "name",
        "createdAt",
        "updatedAt",
        "messageCount",
        "checkpointCount",
        "preview",
        "tool",
        "workingDirectory",
        "models",
        "totalTokens",
        "parentId",
        "childCount",
        "tags",
        "deletedAt",
    ]
    assert (found["id"], found["name"], found["preview"]) == (session, "Ü 🙂", "one")


def test_a_list_can_be_limited_and_searched(run: Run, terminal: Terminal) -> None:
    for number in range(52):
        terminal.add_session(f"Session {number}", "one")
    assert len(run("list").lines) == 50
    assert "52" not in run("list", "--limit", "60").stderr
    assert len(run("list", "--limit", "60").lines) == 52
    assert len(json.loads(run("list", "--limit", "2", "--json").stdout)) == 2
    limited = run("list", "--limit", "2")
    assert len(limited.lines) == 2
    assert "--limit" in limited.stderr
    found = run("list", "--query", "SESSION 51")
    assert [line.rpartition("  ")[2] for line in found.lines] == ["Session 51"]


def test_a_list_of_more_than_a_page_is_whole(run: Run, terminal: Terminal) -> None:
    with stores.opened(terminal.path) as connection:
        connection.execute("BEGIN")
        for number in range(1203):
            connection.execute(
                "INSERT INTO sessions (name, created_at) VALUES (?, '2026-02-01 10:00:00.000000')",
                (f"Session {number}",),
            )
        connection.execute("COMMIT")
    found = json.loads(run("list", "--limit", "1200", "--json").stdout)
    assert [session["name"] for session in found] == [f"Session {n}" for n in range(1202, 2, -1)]


def test_an_empty_store_lists_nothing_and_says_so(run: Run) -> None:
    for words in (("list",), ("list", "--query", "x")):
        done = run(*words)
        assert (done.code, done.stdout) == (0, b"")
        assert done.stderr
    assert json.loads(run("list", "--json").stdout) == []


@pytest.mark.parametrize("words", [["list"], ["list", "--json"]], ids=" ".join)
def test_a_name_cannot_steer_the_terminal(run: Run, terminal: Terminal, words: list[str]) -> None:
    terminal.add_session(f"a{CONTROLS}b\x1b]0;title\x07", f"{CONTROLS} said")
    done = run(*words)
    if "--json" in words:
        (found,) = json.loads(done.stdout)
        assert found["name"] == f"a{CONTROLS}b\x1b]0;title\x07"
    else:
        assert len(done.lines) == 1
    assert steers_the_terminal(done.stdout) == []


@pytest.mark.skipif(not POSIX, reason="NOT TESTED: there are no pseudo-terminals")
@pytest.mark.parametrize("words", [["list"], ["list", "--deleted"]], ids=" ".join)
def test_a_tool_or_a_folder_cannot_steer_the_terminal(
    run: Run, arguments: list[str], environment: dict[str, str], tmp_path: Path, words: list[str]
) -> None:
    tool = f"t{CONTROLS}\x1b]0;title\x07{'t' * 1000}"
    facts = {"schema_version": "1.1.0", "source": {"tool": tool}, "working_directory": tool}
    (tmp_path / "one.json").write_text(text(document("One", message("a"), metadata=facts)), "utf-8")
    (tmp_path / "two.json").write_text(text(document("Two", message("b"), metadata=facts)), "utf-8")
    done = run("import", str(tmp_path / "one.json"), str(tmp_path / "two.json"))
    assert done.code == 0
    assert steers_the_terminal(done.stdout + done.stderr.encode()) == []
    if "--deleted" in words:
        assert run("delete", "1", "2").code == 0
    lines = shown_in_a_terminal([*arguments, *words], {**environment, "TERM": "xterm"}, 80)
    assert len(lines) == 3
    assert steers_the_terminal("\n".join(lines).encode()) == []
    assert max(map(width, lines)) < 80


def test_subagents_are_listed_under_the_session_that_started_them(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "project" / id_of(1) / "subagents"
    write(folder / "agent-a1.jsonl", subagent(1, "a1"))
    write(tmp_path / "project" / f"{id_of(1)}.jsonl", claude_code(1))
    assert run("import", str(tmp_path / "project")).code == 0
    (parent,) = json.loads(run("list", "--json").stdout)
    (child,) = json.loads(run("list", "--json", "--parent", str(parent["id"])).stdout)
    assert (parent["childCount"], child["parentId"]) == (1, parent["id"])
    assert run("list", "--parent", str(parent["id"]), "--query", "no such name").lines == []
    none = run("list", "--parent", str(child["id"]))
    assert (none.code, none.lines) == (0, [])
    assert f"that session {child['id']} has started" in none.stderr
