"""``hfs-server show``: a session in a terminal, through the pager, or in a pipe."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from testing.command_line import (
    CONTROLS,
    POSIX,
    Run,
    failed_in_one_line,
    shown_in_a_terminal,
    steers_the_terminal,
)
from testing.documents import document, message, text
from testing.waiting import PATIENCE_SECONDS

CALL = {"id": "c1", "name": "Bash", "input": {"command": "ls"}}
STEERING = f"\x1b[2J\x1b]0;title\x07\x9b31m{CONTROLS} &#27;[31m &#x202e; **bold**"


def import_session(run: Run, tmp_path: Path, *messages: object, name: str = "Mine") -> None:
    path = tmp_path / "session.json"
    made = document(name, *messages, metadata={"schema_version": "1.1.0"})  # type: ignore[arg-type]
    path.write_text(text(made), encoding="utf-8")
    assert run("import", str(path)).code == 0


@pytest.fixture
def shown(run: Run, tmp_path: Path) -> Run:
    """The command, on a store whose session 1 has thinking and a tool call."""
    import_session(
        run,
        tmp_path,
        message("First *question*", "user"),
        message("On it.", "assistant", thinking="Let me think.", tool_calls=[CALL]),
        message("a.txt", "tool", tool_call_id="c1"),
        message("Second question", "user"),
        message("Done.", "assistant"),
    )
    return run


def in_a_terminal(
    arguments: list[str], environment: dict[str, str], *words: str, **changes: str
) -> list[str]:
    plain = {name: value for name, value in environment.items() if name not in ("PAGER", "LESS")}
    variables = {**plain, "TERM": "xterm", "PAGER": "cat", **changes}
    return shown_in_a_terminal([*arguments, "show", "1", *words], variables, 80)


def test_nothing_is_shown_that_is_only_for_an_import(shown: Run) -> None:
    for words in ((), ("--message", "4"), ("--tool-calls", "brief")):
        done = shown("show", "1", *words)
        assert done.lines[-1].split() == ["Done."]
        assert "sha256" not in done.stdout.decode()


def test_a_pipe_gets_plain_text(shown: Run) -> None:
    done = shown("show", "1", PAGER="false")
    assert (done.code, done.stderr) == (0, "")
    assert done.lines[0] == "Mine"
    assert "  First question" in done.lines
    assert "\x1b" not in done.stdout.decode()
    titles = [line for line in done.lines if re.match(r"\d+\. ", line)]
    assert [title.split(" - ")[0] for title in titles] == [
        *("1. User", "2. Assistant", "4. User", "5. Assistant")
    ]


@pytest.mark.parametrize("columns", [30, 80, 200])
def test_a_pipe_is_as_wide_as_columns_says(run: Run, tmp_path: Path, columns: int) -> None:
    import_session(run, tmp_path, message("word " * 200))
    widest = max(map(len, run("show", "1", COLUMNS=str(columns)).lines))
    assert min(columns, 120) - 10 < widest <= min(columns, 120)


def test_thinking_and_tool_calls_can_be_left_out(shown: Run) -> None:
    def said(*words: str) -> str:
        return shown("show", "1", *words).stdout.decode()

    assert "Let me think." in said()
    assert "Let me think." not in said("--no-thinking")
    assert "a.txt" in said("--tool-calls", "full")
    assert "Bash: ls" in said("--tool-calls", "brief")
    assert "Bash" not in said("--tool-calls", "none")


@pytest.mark.parametrize(
    ("number", "first"), [(2, "2. Assistant"), (4, "4. User"), (5, "5. Assis")]
)
def test_it_begins_with_the_message_that_is_asked_for(shown: Run, number: int, first: str) -> None:
    done = shown("show", "1", "--message", str(number))
    titles = [line for line in done.lines if re.match(r"\d+\. ", line)]
    assert titles[0].startswith(first)
    assert titles[-1].startswith("5. Assistant")
    assert "First question" not in done.stdout.decode()


def test_what_is_not_there_is_said_in_one_line(shown: Run) -> None:
    assert "has 5 messages" in failed_in_one_line(shown("show", "1", "--message", "6"))
    assert "no session 99" in failed_in_one_line(shown("show", "99"))


def test_an_empty_session_is_shown(run: Run, tmp_path: Path) -> None:
    import_session(run, tmp_path, name="Nothing")
    assert run("show", "1").lines[0] == "Nothing"


@POSIX
def test_a_terminal_gets_colours_unless_they_are_not_wanted(
    shown: Run, arguments: list[str], environment: dict[str, str]
) -> None:
    coloured = "\n".join(in_a_terminal(arguments, environment))
    assert "\x1b[1;32m1. User" in coloured
    for changes in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        plain = "\n".join(in_a_terminal(arguments, environment, **changes))
        assert "1. User" in plain
        assert re.search(r"\x1b\[[0-9;]*3\d", plain) is None
    assert "\x1b" not in plain


@POSIX
def test_the_text_goes_through_the_pager_of_the_user(
    shown: Run, arguments: list[str], environment: dict[str, str]
) -> None:
    pager = shlex.join(["sed", "s/^/> /"])
    lines = in_a_terminal(arguments, environment, PAGER=pager)
    assert lines
    assert all(line.startswith("> ") for line in lines)
    for words, changes in ((["--no-pager"], {}), ([], {"TERM": "dumb"}), ([], {"PAGER": ""})):
        unpaged = in_a_terminal(arguments, environment, *words, **{"PAGER": pager, **changes})
        assert not any(line.startswith("> ") for line in unpaged)


@POSIX
def test_a_pager_that_does_not_exist_is_reported_and_not_needed(
    shown: Run, arguments: list[str], environment: dict[str, str], capfd: pytest.CaptureFixture[str]
) -> None:
    lines = in_a_terminal(arguments, environment, PAGER="no-such-pager")
    assert any("Second question" in line for line in lines)
    assert "Cannot start the pager no-such-pager" in capfd.readouterr().err


@POSIX
@pytest.mark.parametrize("pager", ["true", "false", "head -n 2"])
def test_a_pager_that_ends_early_ends_the_work_even_of_a_large_session(
    large_store: Path,
    arguments: list[str],
    environment: dict[str, str],
    capfd: pytest.CaptureFixture[str],
    pager: str,
) -> None:
    lines = in_a_terminal(arguments, environment, PAGER=pager)
    assert len(lines) == (2 if pager == "head -n 2" else 0)
    assert capfd.readouterr().err == ""


@POSIX
def test_the_pager_gets_ctrl_c_and_the_command_waits_for_it(
    shown: Run, arguments: list[str], environment: dict[str, str], tmp_path: Path
) -> None:
    script = tmp_path / "pager.py"
    script.write_text(
        "import os, signal, sys\n"
        "signal.signal(signal.SIGINT, lambda *_: print('interrupted', flush=True))\n"
        "text = sys.stdin.read()\n"
        "os.kill(os.getppid(), signal.SIGINT)\n"
        "os.kill(os.getpid(), signal.SIGINT)\n"
        "print('Second question' in text)\n"
    )
    pager = shlex.join([sys.executable, str(script)])
    assert in_a_terminal(arguments, environment, PAGER=pager) == ["interrupted", "True"]


@POSIX
def test_nothing_in_a_session_steers_the_terminal(
    run: Run, arguments: list[str], environment: dict[str, str], tmp_path: Path
) -> None:
    call = {"id": STEERING, "name": STEERING, "input": {"command": STEERING, STEERING: STEERING}}
    import_session(
        run,
        tmp_path,
        message(
            f"{STEERING}\n\n```{STEERING}\n{STEERING}\n```\n\n[{STEERING}](http://x/{STEERING})"
        ),
        message(STEERING, "assistant", thinking=STEERING, tool_calls=[call], model=STEERING),
        message(STEERING, "tool", tool_call_id=STEERING),
        message(STEERING, STEERING),
        name=STEERING,
    )
    assert steers_the_terminal(run("show", "1").stdout) == []
    shown = "".join(in_a_terminal(arguments, environment))
    assert steers_the_terminal(re.sub(r"\x1b\[[0-9;]*m", "", shown).encode()) == []


@POSIX
def test_a_reader_that_stops_early_causes_no_message(
    large_store: Path, arguments: list[str], environment: dict[str, str]
) -> None:
    line = f"{shlex.join([*arguments, 'show', '1'])} | head -n 1"
    done = subprocess.run(
        ["sh", "-c", line], env=environment, capture_output=True, timeout=PATIENCE_SECONDS
    )
    assert done.stderr == b""
    assert done.stdout.count(b"\n") == 1


@POSIX
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_while_nobody_reads(
    large_store: Path, arguments: list[str], environment: dict[str, str], number: int
) -> None:
    with subprocess.Popen(
        [*arguments, "show", "1"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert os.read(process.stdout.fileno(), 1)
        process.send_signal(number)
        assert process.wait(PATIENCE_SECONDS) == -number
        assert process.stderr.read() == b""
