"""The arguments of ``hfs-server``, and its help."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from typing import Any, get_args

from hfs_server import __version__
from hfs_server.exporters import (
    EXPORT_FORMATS,
    EXPORTERS,
    ORIGINAL,
    TOOL_CALLS,
    exporter_named,
)
from hfs_server.files.paths import path_from_text
from hfs_server.store import OnConflict

_EXAMPLES = """\
examples:
  hfs-server list --query login            sessions whose name contains "login"
  hfs-server export 12                     session 12 as Markdown, into the export folder
  hfs-server export 12 -o fix.html         as one HTML page, to send to somebody
  hfs-server export 12 --format json -o .  as JSON, for import, into this folder
  hfs-server export 12 -o - | less         to the screen
  hfs-server import session.json           a JSON export back into the store
  hfs-server sources                       what other tools have on this machine
  hfs-server import --from claude-code     the sessions of a tool, into the store
  hfs-server purge                         permanently remove deleted data

The store is --database, else HFS_DATABASE, else ~/.hfs/sessions.db; exports go to
HFS_EXPORT_DIR, else to ~/.hfs/exports. Without a command, hfs-server is a language
server on stdin and stdout, for editors.
"""

_FORMATS: dict[str, str | None] = {
    **dict.fromkeys((".jsonl", ".pdf", ".docx", ".zip")),
    **{suffix: exporter.name for exporter in EXPORTERS for suffix in exporter.suffixes},
}
"""The format that a suffix implies; None if it cannot be written. Other suffixes imply none."""


def parser() -> argparse.ArgumentParser:
    """The parser; ``command`` is None if an editor is to be served."""
    whole = argparse.ArgumentParser(
        prog="hfs-server",
        description="AI sessions for editors and for the shell: list, export, import, purge.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    whole.add_argument("--version", action="version", version=f"hfs-server {__version__}")
    whole.add_argument("--stdio", action="store_true", help="serve an editor (the default)")
    whole.add_argument("--database", type=_store, metavar="PATH", help="the store file")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--database",
        type=_store,
        metavar="PATH",
        default=argparse.SUPPRESS,
        help="the store file",
    )
    commands = whole.add_subparsers(dest="command", metavar="COMMAND", prog="hfs-server")
    _add_list(commands, common)
    _add_export(commands, common)
    _add_import(commands, common)
    _add_sources(commands, common)
    _add_purge(commands, common)
    return whole


def parsed(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The arguments; those of an export have a format. Exits with 2 for wrong usage."""
    whole = parser()
    options = whole.parse_args(arguments)
    if options.command == "export":
        try:
            options.format = _format(options.format, options.output)
        except ValueError as error:
            whole.error(f"argument -o: {error}")
        _require_for_reading(whole, options)
    elif options.command in ("import", "sources"):
        _check_tools(whole, options)
    return options


def _check_tools(whole: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """Exits with 2 for tools that hfs-server does not know, and for an import of nothing."""
    # The importers are only loaded for the commands that need them.
    from hfs_server.importers import TOOLS

    given = (
        {"--format": [options.format], "--from": options.tools or []}
        if (options.command == "import")
        else {"--tool": options.tools or []}
    )
    for option, tools in given.items():
        for tool in tools:
            if tool not in (None, *TOOLS, *(["all"] if option == "--from" else [])):
                whole.error(f"argument {option}: unknown tool {tool!r}; known: {', '.join(TOOLS)}")
    if options.command == "import" and bool(options.files) == bool(options.tools):
        whole.error("import: expected either files or --from TOOL")


def _require_for_reading(whole: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """Exits with 2 if something is to be left out of a format that always has all."""
    if exporter_named(options.format).is_for_reading:
        return
    for name, is_given in (
        ("--no-thinking", not options.thinking),
        ("--tool-calls", options.tool_calls != TOOL_CALLS[0]),
    ):
        if is_given:
            whole.error(f"argument {name}: {options.format} exports are always complete")


def _format(asked: str | None, output: str | None) -> str:
    """The format to write. Raises ValueError if the file's suffix implies another one."""
    default = asked or EXPORTERS[0].name
    if output is None or os.path.isdir(output) or asked == ORIGINAL.name:
        return default
    suffix = os.path.splitext("x" + os.path.basename(output.lower()))[1]
    implied = _FORMATS.get(suffix, default)
    if implied is None:
        writable = " or ".join(exporter.suffix for exporter in EXPORTERS)
        raise ValueError(f"cannot write {suffix} files; use {writable}")
    if asked not in (None, implied):
        raise ValueError(f"{suffix} does not match --format {asked}; omit one of them")
    return implied


def _add_list(commands: Any, common: argparse.ArgumentParser) -> None:
    command = commands.add_parser(
        "list",
        parents=[common],
        help="show the sessions, last activity first",
        description="Shows the sessions, last activity first: id, last activity, number of "
        "messages, name. In a pipe, times are in UTC and names are complete.",
    )
    command.add_argument("--json", action="store_true", help="print a JSON array")
    command.add_argument(
        "--limit", type=_count, default=50, metavar="N", help="list at most N (default: 50)"
    )
    command.add_argument(
        "--query", type=_text, metavar="TEXT", help="list only names that contain TEXT"
    )


def _add_export(commands: Any, common: argparse.ArgumentParser) -> None:
    command = commands.add_parser(
        "export",
        parents=[common],
        help="write a session to a file, as Markdown or HTML to read or as JSON to import",
        description="Writes a session to a file and prints the file's path.",
    )
    command.add_argument(
        "id", type=_integer, metavar="ID", help="the session's id, as list shows it"
    )
    command.add_argument(
        "--format",
        choices=EXPORT_FORMATS,
        help=f"the format (default: by the suffix of FILE, else {EXPORTERS[0].name})",
    )
    command.add_argument(
        "-o",
        dest="output",
        type=_text,
        metavar="FILE|FOLDER|-",
        help="a file, an existing folder, or - for stdout (default: the export folder)",
    )
    command.add_argument("--force", action="store_true", help="overwrite an existing file")
    command.add_argument(
        "--thinking",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="in Markdown and HTML, show thinking and text that programs added (default: shown, "
        "folded)",
    )
    command.add_argument(
        "--tool-calls",
        choices=TOOL_CALLS,
        default=TOOL_CALLS[0],
        help="in Markdown and HTML, show tool calls with input and result, on one line each, or "
        f"not at all (default: {TOOL_CALLS[0]})",
    )


def _add_import(commands: Any, common: argparse.ArgumentParser) -> None:
    command = commands.add_parser(
        "import",
        parents=[common],
        help="import sessions: exports, files of other tools, folders, zip archives",
        description="Imports sessions, each completely or not at all: JSON exports of hfs-server, "
        "files of other tools, and all of those in folders and zip archives. A session that "
        "the store has already is updated.",
    )
    command.add_argument(
        "files",
        nargs="*",
        metavar="FILE|FOLDER|ZIP|-",
        help="what to import; - reads one file from stdin",
    )
    command.add_argument(
        "--from",
        dest="tools",
        action="append",
        metavar="TOOL|all",
        help="import the sessions that a tool, or all of them, keep on this machine; repeatable",
    )
    command.add_argument("--name", type=_text, help="the name of the imported sessions")
    command.add_argument(
        "--on-conflict",
        choices=get_args(OnConflict),
        default="update",
        help="what becomes of sessions that the store has already (default: update)",
    )
    command.add_argument(
        "--format", metavar="TOOL", help="the tool whose format it is, if it is not recognized"
    )
    command.add_argument(
        "--dry-run", action="store_true", help="show what would be imported, and write nothing"
    )
    command.add_argument("--json", action="store_true", help="print a JSON array of results")


def _add_sources(commands: Any, common: argparse.ArgumentParser) -> None:
    command = commands.add_parser(
        "sources",
        parents=[common],
        help="show the tools on this machine that have sessions to import",
        description="Shows where tools keep sessions on this machine, how many files there are, "
        "and how many of them are new or changed since they were imported. Opens none of them.",
    )
    command.add_argument(
        "--tool", dest="tools", action="append", metavar="TOOL", help="only this tool; repeatable"
    )
    command.add_argument("--json", action="store_true", help="print a JSON array")


def _add_purge(commands: Any, common: argparse.ArgumentParser) -> None:
    commands.add_parser(
        "purge",
        parents=[common],
        help="permanently remove deleted data from the store",
        description="Rewrites the store, so that no text of deleted sessions is left in its "
        "files. No session changes. Other programs cannot write to the store meanwhile: close "
        "them first if it is large. Needs free disk space of twice the store's size.",
    )


def _integer(text: str) -> int:
    if not text.removeprefix("-").isdecimal() or len(text) > 18:
        raise argparse.ArgumentTypeError(f"expected an integer, not {text!r}")
    return int(text)


def _count(text: str) -> int:
    if (count := _integer(text)) < 1:
        raise argparse.ArgumentTypeError("expected at least 1")
    return count


def _store(text: str) -> str:
    try:
        return str(path_from_text(text))
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _text(text: str) -> str:
    try:
        # UTF-8 as typed, even in a locale without it.
        text = os.fsencode(text).decode()
    except UnicodeError:
        raise argparse.ArgumentTypeError("expected text in UTF-8") from None
    if not text:
        raise argparse.ArgumentTypeError("expected some text")
    return text
