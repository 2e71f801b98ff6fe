"""``hfs-server blame``: who wrote each line of a file, and which sessions edited it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hfs_server.cli.blame import file_and_line
from testing.command_line import Run, failed_in_one_line
from testing.edited_sessions import BY_HAND, LINE, read, session, write
from testing.terminal import Terminal


@pytest.fixture
def file(run: Run, tmp_path: Path) -> Path:
    """A file of which a session wrote the first line, and another one read it."""
    path = tmp_path / "app" / "a.py"
    path.parent.mkdir()
    path.write_text(f"\t{LINE}\n{BY_HAND}\n", encoding="utf-8")
    for name, call in (("First\nof two", write("a.py", LINE)), ("Second", read("a.py"))):
        source = tmp_path / "session.json"
        source.write_text(session(name, str(path.parent), call), encoding="utf-8")
        assert run("import", str(source)).code == 0
    return path


def test_each_line_has_the_session_that_wrote_it(run: Run, file: Path) -> None:
    done = run("blame", str(file))
    assert done.code == 0
    assert done.lines == [
        f"1 claude-code 2026-03-01 1 |     {LINE}",
        f"                         2 | {BY_HAND}",
    ]


def test_a_line_has_all_sessions_that_wrote_it(run: Run, file: Path) -> None:
    heading, row = run("blame", f"{file}:1").lines
    assert heading.split()[:2] == ["ID", "MESSAGE"]
    assert row.split(maxsplit=7) == [
        *("1", "2", "2026-03-01", "10:01", "create", "claude-code", "model-1", "First of two")
    ]
    done = run("blame", f"{file}:2")
    assert (done.code, done.lines) == (0, [])
    assert "No session is known to have written line 2" in done.stderr


def test_sessions_that_edited_or_read_a_file_are_listed(run: Run, file: Path) -> None:
    edited, read_too = (run("blame", str(file), option) for option in ("--sessions", "--reads"))
    assert [line.split()[4] for line in edited.lines[1:]] == ["create"]
    assert sorted(line.split()[4] for line in read_too.lines[1:]) == ["create", "read"]
    file.unlink()
    assert run("blame", str(file), "--sessions").lines == edited.lines


def test_json_has_what_the_wire_has(run: Run, file: Path) -> None:
    (edit,) = json.loads(run("blame", f"{file}:1", "--json").stdout)
    assert edit["session"]["id"] == 1
    assert edit["uri"] == "hfs:/sessions/1.md#message-2"
    lines = json.loads(run("blame", str(file), "--json").stdout)
    assert lines == [
        {"line": 1, "text": f"\t{LINE}", "edit": edit},
        {"line": 2, "text": BY_HAND, "edit": None},
    ]


def test_a_file_that_is_missing_fails(run: Run, file: Path) -> None:
    done = run("blame", str(file.parent / "missing.py"))
    assert done.code == 1
    assert "no such file" in done.stderr


def test_a_store_that_is_missing_fails(run: Run, tmp_path: Path) -> None:
    assert run("blame", str(tmp_path / "a.py")).code == 1


@pytest.mark.parametrize(
    ("argument", "name", "line"),
    [
        ("a.py", "a.py", None),
        ("a.py:12", "a.py", 12),
        ("a.py:12:5", "a.py", 12),
        ("a.py:0", "a.py", 0),
        ("a.py:x", "a.py:x", None),
        ("12", "12", None),
        (":12", ":12", None),
        ("there:12", "there:12", None),
    ],
)
def test_a_line_follows_the_file_after_a_colon(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, argument: str, name: str, line: int | None
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there:12").touch()
    assert file_and_line(argument) == (tmp_path / name, line)


@pytest.mark.parametrize("line", ["0", "4", "999"])
def test_a_line_that_the_file_does_not_have_is_an_error(
    run: Run, terminal: Terminal, tmp_path: Path, line: str
) -> None:
    terminal.add_session("One", "x")
    (tmp_path / "a.py").write_text("a\nb\nc\n")
    assert "has 3 lines" in failed_in_one_line(run("blame", f"a.py:{line}"))
