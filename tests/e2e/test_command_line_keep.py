"""``hfs-server keep``: sessions of tools are kept without an editor, or by a service."""

from __future__ import annotations

import configparser
import os
import plistlib
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from testing.command_line import POSIX, hfs
from testing.documents import MARKER
from testing.keeping import CLAUDE_CODE, Keeping
from testing.programs import IMPATIENT, environment_for
from testing.server_process import ServerProcess
from testing.waiting import wait_until


class Keeper(ServerProcess):
    """``hfs-server keep`` as a process."""

    def __init__(self, keeping: Keeping, *options: str) -> None:
        keeping.store.parent.mkdir(exist_ok=True)
        words = ("keep", "--database", str(keeping.store), *options)
        super().__init__(keeping.home, *words, program=IMPATIENT, environment=keeping.environment)

    def wait_for_line(self, line: str) -> None:
        """Returns when the line stands on stderr."""
        wait_until(lambda: f"hfs-server: {line}\n" in self.stderr)


@pytest.fixture
def keeper(keeping: Keeping) -> Iterator[Keeper]:
    """A command that keeps sessions of Claude Code."""
    keeper = Keeper(keeping, "--tool", CLAUDE_CODE)
    yield keeper
    keeper.dispose()
    assert MARKER not in keeper.stderr


@POSIX
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_keeps_sessions_until_it_is_interrupted(
    keeping: Keeping, keeper: Keeper, number: int
) -> None:
    keeper.wait_for_line("Keeping Claude Code.")
    keeping.claude_code(1)
    keeper.wait_for_line("Claude Code: 1 session created")
    keeping.claude_code(1, turns=2)
    keeper.wait_for_line("Claude Code: 1 session updated")
    keeping.wait_for(4)
    keeper.signal(number)
    assert keeper.wait_for_end() == 128 + number


def test_it_says_that_another_process_keeps_and_takes_over(
    keeping: Keeping, keeper: Keeper
) -> None:
    keeper.wait_for_line("Keeping Claude Code.")
    second = Keeper(keeping, "--tool", "all")
    try:
        second.wait_for_line("Another process keeps Claude Code; waiting for its end.")
        keeper.process.kill()
        keeper.wait_for_end()
        wait_until(lambda: "hfs-server: Keeping Claude Code, Codex" in second.stderr)
        keeping.claude_code(1)
        second.wait_for_line("Claude Code: 1 session created")
    finally:
        second.dispose()


@pytest.mark.parametrize("words", [["--tool", "unknown"], ["--print", "cron"], ["claude-code"]])
def test_wrong_usage_ends_it(keeping: Keeping, words: list[str]) -> None:
    assert hfs(keeping.home, "keep", *words).returncode == 2


def test_a_variable_without_a_valid_tool_ends_it(keeping: Keeping) -> None:
    done = hfs(keeping.home, "keep", environment={"HFS_KEEP": "clod"})
    assert done.returncode == 1
    assert "clod" in done.stderr


ODD = 'o d %h $HOME "q" \\n;ö'
"""A name of a folder with all that means something in a definition of a service."""


def printed(home: Path, system: str, *words: str, **variables: str) -> str:
    """The definition of a service that runs hfs-server from a folder with an odd name."""
    program = home / ODD / "hfs-server"
    program.parent.mkdir(exist_ok=True)
    program.write_text(
        f"#!{sys.executable}\nfrom hfs_server.cli.commands import main\nraise SystemExit(main())\n"
    )
    program.chmod(0o700)
    done = subprocess.run(
        [sys.executable, program, "keep", "--print", system, *words],
        env=environment_for(home, {"PYTHONUTF8": "1", **variables}),
        cwd=home,
        capture_output=True,
        check=True,
    )
    assert done.stderr.startswith(b"hfs-server: Save it as ")
    return done.stdout.decode()


def command(home: Path) -> list[str]:
    """The command of such a service."""
    tools = ["--tool=codex", f"--tool={CLAUDE_CODE}"]
    return [str(home / ODD / "hfs-server"), "keep", *tools, f"--database={home / ODD / 's.db'}"]


def options(home: Path) -> list[str]:
    return ["--tool", "codex", "--tool", CLAUDE_CODE, "--database", str(home / ODD / "s.db")]


@POSIX
def test_the_unit_of_systemd_runs_the_command(tmp_path: Path) -> None:
    text = printed(tmp_path, "systemd", *options(tmp_path), CODEX_HOME=str(tmp_path / ODD))
    parser = configparser.RawConfigParser(strict=True)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read_string(text)
    service = parser["Service"]
    assert unit_words(service["ExecStart"].removeprefix('":/usr/bin/env" ')) == command(tmp_path)
    assert unit_words(service["Environment"]) == [f"CODEX_HOME={tmp_path / ODD}"]


def unit_words(text: str) -> list[str]:
    """The words of a value as systemd reads it, by its manual."""
    assert "$" not in text or "$HOME" in text
    words = shlex.split(text.replace("\\x", "\0"))
    return [
        b"".join(
            bytes.fromhex(piece[:2]) + piece[2:].encode() if index else piece.encode()
            for index, piece in enumerate(word.replace("%%", "%").split("\0"))
        ).decode()
        for word in words
    ]


@pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="NOT VERIFIED: there is no systemd-analyze"
)
def test_systemd_accepts_the_unit(tmp_path: Path) -> None:
    unit = tmp_path / "hfs-server-keep.service"
    unit.write_text(printed(tmp_path, "systemd", *options(tmp_path), CODEX_HOME=str(tmp_path)))
    (tmp_path / "run").mkdir(mode=0o700)
    done = subprocess.run(
        ["systemd-analyze", "verify", "--user", str(unit)],
        env={**os.environ, "XDG_RUNTIME_DIR": str(tmp_path / "run")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, unit.name in done.stderr) == (0, False), done.stderr


@POSIX
def test_the_agent_of_launchd_runs_the_command(tmp_path: Path) -> None:
    text = printed(tmp_path, "launchd", *options(tmp_path), CODEX_HOME=str(tmp_path / ODD))
    agent = plistlib.loads(text.encode())
    assert agent["ProgramArguments"] == command(tmp_path)
    assert agent["EnvironmentVariables"] == {"CODEX_HOME": str(tmp_path / ODD)}
    assert agent["RunAtLoad"] is True


@POSIX
def test_the_task_of_windows_runs_the_command(tmp_path: Path) -> None:
    text = printed(tmp_path, "windows", *options(tmp_path))
    assert text.isascii()
    task = ElementTree.fromstring(text)
    spaces = {"": "http://schemas.microsoft.com/windows/2004/02/mit/task"}
    program, *words = command(tmp_path)
    assert task.findtext(".//Command", namespaces=spaces) == program
    shown = task.findtext(".//Arguments", namespaces=spaces)
    assert shown == subprocess.list2cmdline(words)


def test_a_service_of_the_default_store_names_neither_it_nor_tools(tmp_path: Path) -> None:
    agent = plistlib.loads(printed(tmp_path, "launchd").encode())
    assert agent["ProgramArguments"][1:] == ["keep"]
    assert not (tmp_path / ".hfs").exists()
