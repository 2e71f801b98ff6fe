"""``hfs-server man``: a manual page with all that the parser knows."""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from hfs_server.cli.arguments import parser
from testing.command_line import POSIX, Run, shown_in_a_terminal
from testing.waiting import PATIENCE_SECONDS


def commands() -> dict[str, argparse.ArgumentParser]:
    (action,) = [each for each in parser()._actions if isinstance(each.choices, dict)]
    return dict(action.choices)


def page(run: Run, **changes: str) -> str:
    done = run("man", **changes)
    assert (done.code, done.stderr) == (0, "")
    return done.stdout.decode()


def test_it_has_every_command_and_every_option(run: Run) -> None:
    text = page(run).replace("\\-", "-")
    parts = dict(re.findall(r"^\.SS (\S+)\n(.*?)(?=^\.S[SH] )", text, re.DOTALL | re.MULTILINE))
    assert parts.keys() == commands().keys()
    for name, command in commands().items():
        for option in command._option_string_actions.keys() - {"-h", "--help"}:
            assert re.search(rf"^\.B .*(?<!\S){option}(?![\w-])", parts[name], re.MULTILINE), option
        assert command.description
        assert command.description.split(".")[0] in parts[name]


def test_it_is_the_same_in_any_terminal_and_needs_no_store(run: Run) -> None:
    assert page(run, COLUMNS="40", HFS_DATABASE=" ") == page(run, COLUMNS="200")
    assert "%(" not in page(run)


@pytest.mark.skipif(shutil.which("groff") is None, reason="NOT TESTED: that needs groff")
def test_groff_finds_nothing_wrong_with_it(run: Run) -> None:
    done = subprocess.run(
        ["groff", "-man", "-ww", "-Tascii"],
        input=page(run).encode(),
        capture_output=True,
        timeout=PATIENCE_SECONDS,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    shown = re.sub(rb".\x08|\x1b\[[0-9;]*m", b"", done.stdout)
    assert b"128 + n" in shown
    assert b"hfs-server list --query login" in shown


@POSIX
def test_in_a_terminal_it_is_shown_by_man(
    arguments: list[str], environment: dict[str, str], tmp_path: Path
) -> None:
    man = tmp_path / "bin" / "man"
    man.parent.mkdir()
    man.write_text('#!/bin/sh\necho "${1##*/}"; head -n 1 "$1" | cut -c 1-3\n')
    man.chmod(0o755)
    path = f"{man.parent}{os.pathsep}{os.environ['PATH']}"
    lines = shown_in_a_terminal([*arguments, "man"], {**environment, "PATH": path}, 80)
    assert lines == ["hfs-server.1", ".TH"]
