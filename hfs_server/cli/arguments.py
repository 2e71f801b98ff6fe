"""What may be typed after ``hfs-server``, and the help that teaches it."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from typing import Any

from hfs_server import __version__
from hfs_server.files.paths import path_from_text

_EXAMPLES = """\
examples:
  hfs-server list --query login            sessions whose name contains "login"
  hfs-server export 12                     session 12 as Markdown, into the export folder
  hfs-server export 12 --format json -o .  as JSON, for keeping, into this folder
  hfs-server export 12 -o - | less         to the screen
  hfs-server import chat.json              a JSON export back into the store
  hfs-server purge                         the store's file without what was deleted

The store is ~/.hfs/sessions.db, or what HFS_DATABASE or --database names; exports go
to ~/.hfs/exports, or to what HFS_EXPORT_DIR names. Without a command, hfs-server is a
language server on stdin and stdout, for editors.
"""

_ENDINGS = {
    ".md": "markdown",
    ".markdown": "markdown",
    ".json": "json",
    **dict.fromkeys((".htm", ".html", ".jsonl", ".pdf", ".docx", ".zip")),
}
"""What a file's name promises to hold; None for what cannot be written. Other names may be any."""


def parser() -> argparse.ArgumentParser:
    """The parser; ``command`` is None where an editor is to be served."""
    whole = argparse.ArgumentParser(
        prog="hfs-server",
        description="HFS sessions for editors and for the shell: list, export, import, purge.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    whole.add_argument("--version", action="version", version=f"hfs-server {__version__}")
    whole.add_argument("--stdio", action="store_true", help="serve an editor (the default)")
    whole.add_argument("--database", type=_store, metavar="PATH", help="the store of sessions")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--database",
        type=_store,
        metavar="PATH",
        default=argparse.SUPPRESS,
        help="the store of sessions",
    )
    commands = whole.add_subparsers(dest="command", metavar="COMMAND", prog="hfs-server")
    _add_list(commands, common)
    _add_export(commands, common)
    _add_import(commands, common)
    _add_purge(commands, common)
    return whole


def parsed(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """What was typed, of an export with its format. Ends the process with 2 for wrong usage."""
    whole = parser()
    options = whole.parse_args(arguments)
    if options.command == "export":
        try:
            options.format = _format(options.format, options.output)
        except ValueError as error:
            whole.error(f"argument -o: {error}")
    return options


def _format(asked: str | None, output: str | None) -> str:
    """What to write. Raises ValueError for a file whose name promises something else."""
    if output is None or os.path.isdir(output):
        return asked or "markdown"
    ending = os.path.splitext("x" + os.path.basename(output.lower()))[1]
    promised = _ENDINGS.get(ending, asked or "markdown")
    if promised is None:
        raise ValueError(f"{ending} is the ending of neither Markdown nor JSON")
    if asked not in (None, promised):
        raise ValueError(f"{ending} is not the ending of --format {asked}; leave one of them out")
    return promised


def _add_list(commands: Any, common: argparse.ArgumentParser) -> None:
    command = commands.add_parser(
        "list",
        parents=[common],
        help="show the sessions, last activity first",
        description="Shows the sessions, last activity first: id, last activity, number of "
        "messages, name. In a pipe, times are in UTC and names are whole.",
    )
    command.add_argument("--json", action="store_true", help="print a JSON array")
    command.add_argument("--limit", type=_count, default=50, metavar="N", help="at most N (50)")
    command.add_argument("--query", type=_text, metavar="TEXT", help="only names that contain TEXT")


def _add_export(commands: Any, common: argparse.ArgumentParser) -> None:
    command = commands.add_parser(
        "export",
        parents=[common],
        help="write a session to a file, as Markdown to read or as JSON to keep",
        description="Writes a session to a file and prints the file's path.",
    )
    command.add_argument(
        "id", type=_whole_number, metavar="ID", help="the session's id, as list shows it"
    )
    command.add_argument(
        "--format",
        choices=("markdown", "json"),
        help="what to write (json for a FILE that ends with .json, else markdown); must fit FILE",
    )
    command.add_argument(
        "-o",
        dest="output",
        type=_text,
        metavar="FILE|FOLDER|-",
        help="where to: a file, an existing folder, or - for stdout (the export folder)",
    )
    command.add_argument("--force", action="store_true", help="overwrite a file that exists")


def _add_import(commands: Any, common: argparse.ArgumentParser) -> None:
    command = commands.add_parser(
        "import",
        parents=[common],
        help="take JSON exports into the store, also older ones",
        description="Takes JSON exports into the store, each whole or not at all. Older versions "
        "are migrated.",
    )
    command.add_argument("files", nargs="+", metavar="FILE", help="a JSON export")
    command.add_argument("--name", type=_text, help="what to call the sessions")
    command.add_argument("--json", action="store_true", help="print a JSON array of results")


def _add_purge(commands: Any, common: argparse.ArgumentParser) -> None:
    commands.add_parser(
        "purge",
        parents=[common],
        help="rid the store's file of what was deleted",
        description="Writes the store anew, so that no text of deleted sessions is left in its "
        "files. No session changes. Other programs cannot write to the store meanwhile, and what "
        "is as large as the store must fit onto the disk twice more: close them first where the "
        "store is large.",
    )


def _whole_number(text: str) -> int:
    if not text.removeprefix("-").isdecimal() or len(text) > 18:
        raise argparse.ArgumentTypeError(f"expected a whole number, not {text!r}")
    return int(text)


def _count(text: str) -> int:
    if (count := _whole_number(text)) < 1:
        raise argparse.ArgumentTypeError("expected at least 1")
    return count


def _store(text: str) -> str:
    try:
        return str(path_from_text(text))
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _text(text: str) -> str:
    try:
        # In a locale without UTF-8, what was typed in UTF-8 all the same.
        text = os.fsencode(text).decode()
    except UnicodeError:
        raise argparse.ArgumentTypeError("expected text in UTF-8") from None
    if not text:
        raise argparse.ArgumentTypeError("expected some text")
    return text
