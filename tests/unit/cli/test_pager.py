"""Which pager shows a long text."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from hfs_server.cli.pager import pager_command
from testing.command_line import POSIX


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder in which programs are found; it has a less."""
    (tmp_path / "less").write_text("#!/bin/sh\n")
    (tmp_path / "less").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


@POSIX
def test_without_a_choice_it_is_less_if_there_is_one(programs: Path) -> None:
    assert pager_command({"TERM": "xterm"}) == ("less", "-FRX")
    (programs / "less").unlink()
    assert pager_command({"TERM": "xterm"}) is None


@POSIX
@pytest.mark.parametrize(
    ("chosen", "command"),
    [
        ("less", ["less", "-R"]),
        ("less -i -M", ["less", "-i", "-M", "-R"]),
        ("/usr/bin/less", ["/usr/bin/less", "-R"]),
        ("more", ["more"]),
        ("most -s 'a b'", ["most", "-s", "a b"]),
        ("unclosed 'quote", ["unclosed 'quote"]),
    ],
)
def test_the_users_choice_is_followed_and_less_shows_colours(
    programs: Path, chosen: str, command: list[str]
) -> None:
    assert pager_command({"TERM": "xterm", "PAGER": chosen}) == command


@pytest.mark.parametrize(
    "environment",
    [{"PAGER": ""}, {"PAGER": " "}, {"PAGER": "cat"}, {"TERM": "dumb"}],
    ids=str,
)
def test_there_are_ways_to_have_none(environment: dict[str, str]) -> None:
    assert pager_command(environment) is None


def test_a_path_with_blanks_is_one_program(tmp_path: Path) -> None:
    program = tmp_path / "my pager.exe"
    program.write_bytes(b"")
    program.chmod(0o755)
    assert os.access(program, os.X_OK) or sys.platform == "win32"
    assert pager_command({"PAGER": str(program)}) == [str(program)]
