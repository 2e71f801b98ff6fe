"""``hfs-server resume``: a session goes on in its tool, once its command was seen."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from pathlib import Path

import pytest

from testing.command_line import POSIX, Run, failed_in_one_line
from testing.documents import document, text
from testing.tool_logs import claude_code, id_of, write
from testing.waiting import PATIENCE_SECONDS

LINE = f"claude --resume {id_of(0)}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of the session, whose name a shell must not take apart."""
    place = tmp_path / "my $(work)"
    place.mkdir()
    return place


@pytest.fixture
def resumed(run: Run, tmp_path: Path, folder: Path) -> Run:
    """The command, on a store whose session 1 is one of Claude Code."""
    log = write(tmp_path / f"{id_of(0)}.jsonl", claude_code(0, cwd=str(folder)))
    assert run("import", str(log)).code == 0
    return run


@POSIX
def test_the_command_is_printed_as_a_line_for_the_shell(resumed: Run, folder: Path) -> None:
    done = resumed("resume", "1", "--print")
    assert (done.code, done.stderr) == (0, "")
    assert done.lines == [f"cd {shlex.quote(str(folder))} && {LINE}"]


def test_the_command_is_printed_as_json(resumed: Run, folder: Path) -> None:
    done = resumed("resume", "1", "--json")
    assert json.loads(done.stdout) == {"command": LINE.split(), "directory": str(folder)}


def test_without_the_folder_the_command_is_printed_and_a_notice_says_so(
    resumed: Run, folder: Path
) -> None:
    folder.rmdir()
    done = resumed("resume", "1", "--print")
    assert (done.code, done.lines) == (0, [LINE])
    assert "The session's folder is not on this machine" in done.stderr


def test_nothing_is_run_without_a_terminal(resumed: Run) -> None:
    assert "--print" in failed_in_one_line(resumed("resume", "1"))


def test_a_session_of_no_such_tool_cannot_be_continued(run: Run, tmp_path: Path) -> None:
    file = write(tmp_path / "mine.json", text(document("Mine")).encode())
    assert run("import", str(file)).code == 0
    for option in ("--print", "--json"):
        line = failed_in_one_line(run("resume", "1", option))
        assert "Session 1 cannot be continued" in line


@pytest.mark.parametrize("session_id", ["agent-1", "--help", f"{id_of(0)};id"])
def test_an_id_that_is_none_of_the_tool_is_said_to_be_so(
    run: Run, tmp_path: Path, session_id: str
) -> None:
    given = document("Mine", metadata={"source": {"tool": "claude-code", "session_id": session_id}})
    file = write(tmp_path / "mine.json", text(given).encode())
    assert run("import", str(file)).code == 0
    for option in ("--print", "--json"):
        line = failed_in_one_line(run("resume", "1", option))
        assert "Session 1 cannot be continued: its id is not one that claude-code gives" in line


@POSIX
@pytest.mark.parametrize("name", ["a\nb", "a\x1b[2Jb", "a\u202eb"])
def test_a_folder_whose_name_has_control_characters_is_not_used_and_a_notice_says_why(
    run: Run, tmp_path: Path, name: str
) -> None:
    folder = tmp_path / name
    folder.mkdir()
    log = write(tmp_path / f"{id_of(0)}.jsonl", claude_code(0, cwd=str(folder)))
    assert run("import", str(log)).code == 0
    done = run("resume", "1", "--print")
    assert (done.code, done.lines) == (0, [LINE])
    assert "has control characters" in done.stderr
    assert "not on this machine" not in done.stderr


def test_a_session_that_is_not_there_is_said_to_be_so(resumed: Run) -> None:
    assert "no session 9" in failed_in_one_line(resumed("resume", "9"))


def in_a_terminal(
    arguments: list[str], environment: dict[str, str], programs: Path, typed: bytes
) -> tuple[int, str]:
    """The exit code of the command and what it shows, when this is typed at its question."""
    import pty

    controller, screen = pty.openpty()
    variables = {**environment, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}
    command = [*arguments, "resume", "1"]
    with subprocess.Popen(
        command, env=variables, stdin=screen, stdout=screen, stderr=screen, start_new_session=True
    ) as process:
        os.close(screen)
        shown = b""
        try:
            while piece := os.read(controller, 4096):
                before, shown = shown, shown + piece
                if b"Ctrl-C" in shown and b"Ctrl-C" not in before:
                    os.write(controller, typed)
        except OSError:
            pass  # Linux has the last reader of a closed terminal fail.
        code = process.wait(PATIENCE_SECONDS)
    os.close(controller)
    return code, shown.decode().replace("\r\n", "\n")


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A folder with a program that is called as Claude Code is, and says where and how it runs."""
    program = write(
        tmp_path / "bin" / "claude", b'#!/bin/sh\necho "ran in $(pwd) with $*"\nexit 7\n'
    )
    program.chmod(0o755)
    return program.parent


@POSIX
def test_enter_runs_the_command_in_the_folder(
    resumed: Run,
    arguments: list[str],
    environment: dict[str, str],
    programs: Path,
    folder: Path,
) -> None:
    code, shown = in_a_terminal(arguments, environment, programs, b"\n")
    assert f"cd {shlex.quote(str(folder))} && {LINE}\n" in shown
    assert f"ran in {folder.resolve()} with --resume {id_of(0)}\n" in shown
    assert code == 7


@POSIX
def test_nothing_is_run_unless_enter_is_pressed(
    resumed: Run, arguments: list[str], environment: dict[str, str], programs: Path
) -> None:
    code, shown = in_a_terminal(arguments, environment, programs, b"\x04")
    assert code == 1
    assert "ran in" not in shown


@POSIX
def test_a_program_of_that_name_in_the_session_s_folder_is_not_run(
    resumed: Run,
    arguments: list[str],
    environment: dict[str, str],
    programs: Path,
    folder: Path,
) -> None:
    (programs / "claude").rename(folder / "claude")
    code, shown = in_a_terminal(arguments, environment, programs, b"\n")
    assert code == 1
    assert "The program claude is not on PATH" in shown
    assert "ran in" not in shown
