"""The options of commands about the terminal: show, resume, doctor, completion, man."""

from __future__ import annotations

import argparse
from typing import Any

from hfs_server.cli.argument_types import count, integer
from hfs_server.exporters import TOOL_CALLS

SHELLS = ("bash", "zsh", "fish")


def add_show(commands: Any, common: argparse.ArgumentParser) -> None:
    """Adds ``show``."""
    command = commands.add_parser(
        "show",
        parents=[common],
        help="read a session in the terminal",
        description="Shows a session in the terminal, through the pager: that of PAGER, else "
        "less -FRX. Into a pipe or a file, it is written without colours.",
    )
    command.add_argument(
        "id", type=integer, metavar="ID", help="the session's id, as list shows it"
    )
    command.add_argument(
        "--message", type=count, default=1, metavar="N", help="begin with message N"
    )
    add_reading_options(command)
    command.add_argument(
        "--pager",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="show it through the pager (default: in a terminal)",
    )


def add_reading_options(command: argparse.ArgumentParser, where: str = "") -> None:
    """Adds what can be left out of a session that is written for reading."""
    command.add_argument(
        "--thinking",
        action=argparse.BooleanOptionalAction,
        default=True,
        help=f"{where}show thinking and text that programs added (default: shown)",
    )
    command.add_argument(
        "--tool-calls",
        choices=TOOL_CALLS,
        default=TOOL_CALLS[0],
        help=f"{where}show tool calls with input and result, on one line each, or not at "
        f"all (default: {TOOL_CALLS[0]})",
    )


def add_resume(commands: Any, common: argparse.ArgumentParser) -> None:
    """Adds ``resume``."""
    command = commands.add_parser(
        "resume",
        parents=[common],
        help="continue a session in the tool that wrote it",
        description="Shows the command with which the tool that wrote a session continues it, and "
        "runs it in the session's folder when you press Enter.",
    )
    command.add_argument("id", type=integer, metavar="ID", help="the session's id")
    command.add_argument(
        "--print",
        dest="is_printed",
        action="store_true",
        help="print the command as a line for the shell, and run nothing",
    )
    command.add_argument(
        "--json", action="store_true", help="print it as a JSON object, and run nothing"
    )


def add_doctor(commands: Any, common: argparse.ArgumentParser) -> None:
    """Adds ``doctor``."""
    command = commands.add_parser(
        "doctor",
        parents=[common],
        help="check that all is well, and show what to do if it is not",
        description="Checks the installation, the store, the export folder, the tools and the "
        "editors on this machine. Shows nothing of sessions, so that it can go into a bug report. "
        "Exits with 1 if there is an error.",
    )
    command.add_argument("--json", action="store_true", help="print a JSON object")


def add_completion(commands: Any) -> None:
    """Adds ``completion``."""
    command = commands.add_parser(
        "completion",
        help="print the completion of commands and options for a shell",
        description="Prints a script that completes commands and options. bash: "
        'eval "$(hfs-server completion bash)" in ~/.bashrc. zsh: write it to a file named '
        "_hfs-server in a folder of fpath. fish: write it to "
        "~/.config/fish/completions/hfs-server.fish.",
    )
    command.add_argument("shell", choices=SHELLS, help="the shell")


def add_man(commands: Any) -> None:
    """Adds ``man``."""
    commands.add_parser(
        "man",
        help="show the manual page",
        description="Shows the manual page. Into a pipe or a file, it is written as man reads it: "
        "hfs-server man > ~/.local/share/man/man1/hfs-server.1",
    )
