"""The completion of commands, options, tools and files in shells, made by shtab."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from typing import Any

import shtab

from hfs_server.cli.arguments import parser
from hfs_server.importers import TOOLS
from hfs_server.transforms.secret_rules import RULE_NAMES


def print_completion(shell: str) -> int:
    """Prints the script for one of ``SHELLS``."""
    whole = parser()
    for action in _actions(whole):
        _add_values(action)
    sys.stdout.write(shtab.complete(whole, shell=shell).rstrip("\n") + "\n")
    return 0


def _actions(command: argparse.ArgumentParser) -> Iterator[Any]:
    """The options and arguments of a parser and of those of its commands."""
    for action in command._actions:
        yield action
        if isinstance(action, argparse._SubParsersAction):
            for short in action._choices_actions:
                each = action.choices[short.dest]
                each.description = short.help  # What zsh shows beside the command.
                yield from _actions(each)


def _add_values(action: Any) -> None:
    """What can stand there, by how the help names it."""
    names = str(action.metavar or "").replace("[:LINE]", "").split("|")
    if "TOOL" in names:
        # The parser does not know them: it would have to load the importers for any command.
        action.choices = (*TOOLS, *names[1:])
    elif "RULE" in names:
        action.choices = RULE_NAMES
    elif {"FILE", "PATH"} & {*names}:
        action.complete = shtab.FILE
    elif "FOLDER" in names:
        action.complete = shtab.DIRECTORY
    elif not action.option_strings and action.choices is None:
        # Else zsh would show a message instead of completing an option there.
        action.complete = {"zsh": "()"}
