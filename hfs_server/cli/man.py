"""The manual page, made of the parser: there is no second text to keep."""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from hfs_server import __version__
from hfs_server.cli.arguments import parser
from hfs_server.temporary import temporary_folder

_EXIT_CODES = (
    ("0", "Success; for search, something was found; for doctor, there is no error."),
    ("1", "Failure, with one line on stderr that says why, or nothing found."),
    ("2", "Wrong usage."),
    ("128 + n", "Ended by signal n, with nothing left half done: 130 after Ctrl-C."),
)
_VARIABLES = (
    ("HFS_DATABASE", "The store, if no --database is given."),
    ("HFS_EXPORT_DIR", "The folder of exports without a destination."),
    ("HFS_KEEP", "The tools whose sessions keep imports, if no --tool is given."),
    ("HFS_SHARE", "The address of a second store, to which keep gives sessions of some projects."),
    ("HFS_SHARE_PROJECTS", "The folders of these projects."),
    ("HFS_SHARE_REDACT", "What is replaced before that: on (the default), mail, home, or off."),
    ("PAGER", "The pager of show; an empty one or cat for none."),
    ("NO_COLOR", "If it is set, show uses no colours."),
)


def show_manual() -> int:
    """Shows the page by man in a terminal; else prints it as man reads it."""
    page = manual()
    man = shutil.which("man")
    if man is None or not sys.stdout.isatty():
        sys.stdout.write(page)
        return 0
    with temporary_folder() as folder:
        file = folder / "hfs-server.1"
        file.write_text(page, encoding="utf-8")
        return subprocess.run([man, file], check=False).returncode  # noqa: S603


def manual() -> str:
    """The page in the language of man."""
    whole = parser()
    return "\n".join(_lines(whole)) + "\n"


def _lines(whole: argparse.ArgumentParser) -> Iterator[str]:
    yield f'.TH HFS\\-SERVER 1 "" "hfs\\-server {_text(__version__)}" "User Commands"'
    yield from (".SH NAME", _text(f"hfs-server - {whole.description}"))
    yield from (".SH SYNOPSIS", *_usage(whole))
    yield from (".SH OPTIONS", *_options(whole))
    yield ".SH COMMANDS"
    for name, command in _commands(whole):
        yield from (f".SS {_text(name)}", _text(command.description or ""))
        yield from (".PP", *_usage(command), *_options(command))
        if command.epilog:
            yield from (".PP", _text(" ".join(command.epilog.split())))
    for heading, rows in (("ENVIRONMENT", _VARIABLES), ("EXIT STATUS", _EXIT_CODES)):
        yield from (f".SH {heading}", *_table(rows))
    examples, _, rest = (whole.epilog or "").partition("\n\n")
    yield from (".SH EXAMPLES", ".nf")
    yield from map(_text, examples.splitlines()[1:])
    yield from (".fi", ".SH FILES", _text(" ".join(rest.split())))


def _commands(whole: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    for action in whole._actions:
        if isinstance(action, argparse._SubParsersAction):
            yield from action.choices.items()


def _usage(command: argparse.ArgumentParser) -> list[str]:
    vars(command)["color"] = False  # From Python 3.14 on, a terminal gets a coloured usage.
    usage = " ".join(command.format_usage().split()).removeprefix("usage: ")
    return [f".B {_text(usage)}"]


def _options(command: argparse.ArgumentParser) -> list[str]:
    rows = [
        (_name(action), _help(command, action))
        for action in command._actions
        if not isinstance(action, argparse._SubParsersAction | argparse._HelpAction)
    ]
    return _table(rows)


def _table(rows: Sequence[tuple[str, str]]) -> list[str]:
    return [line for name, words in rows for line in (".TP", f".B {_text(name)}", _text(words))]


def _name(action: argparse.Action) -> str:
    """An option with its value, or an argument, as the help has it."""
    names = ", ".join(action.option_strings)
    if action.nargs == 0 or isinstance(action, argparse.BooleanOptionalAction):
        return names
    value = str(action.metavar or action.dest)
    if action.choices is not None and action.metavar is None:
        value = "{" + ",".join(map(str, action.choices)) + "}"
    return f"{names} {value}" if names else value


def _help(command: argparse.ArgumentParser, action: Any) -> str:
    words = (action.help or "") % {**vars(action), "prog": command.prog}
    return words[:1].upper() + words[1:] + "."


def _text(words: str) -> str:
    """Text that man shows as it is."""
    escaped = words.replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"^([.'])", r"\\&\1", escaped)
