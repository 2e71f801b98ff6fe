"""The commands of ``hfs-server`` with their options and their help."""

from __future__ import annotations

import argparse
from typing import Any, get_args

from hfs_server.cli.argument_types import count, import_source, integer, text
from hfs_server.cli.exporting_all import add_export_all
from hfs_server.cli.filter_options import add_filters
from hfs_server.cli.redaction_options import add_redaction
from hfs_server.cli.shell_options import add_reading_options
from hfs_server.cli.transfer_options import add_transfer
from hfs_server.exporters import EXPORT_FORMATS, EXPORTERS
from hfs_server.store.shapes import OnConflict, Visibility


def add_list(commands: Any, common: argparse.ArgumentParser) -> None:
    """Adds ``list``."""
    command = commands.add_parser(
        "list",
        parents=[common],
        help="show the sessions, last activity first",
        description="Shows the sessions, last activity first: id, last activity, number of "
        "messages, name. In a pipe, times are in UTC and names are complete.",
    )
    command.add_argument("--json", action="store_true", help="print a JSON array")
    command.add_argument(
        "--limit", type=count, default=50, metavar="N", help="list at most N (default: 50)"
    )
    command.add_argument(
        "--query", type=text, metavar="TEXT", help="list only names that contain TEXT"
    )
    add_filters(command)
    command.add_argument(
        "--parent", type=integer, metavar="ID", help="list what session ID has started: subagents"
    )
    command.add_argument(
        "--deleted", action="store_true", help="list deleted sessions, last deletion first"
    )


def add_export(commands: Any, common: argparse.ArgumentParser) -> None:
    """Adds ``export``."""
    command = commands.add_parser(
        "export",
        parents=[common],
        help="write a session to a file, as Markdown or HTML to read or as JSON to import",
        description="Writes a session to a file and prints the file's path. With --all, writes a "
        "file for each session to a folder or a zip archive, from which they can be imported "
        "again; what has not changed since the last time is not touched.",
    )
    command.add_argument(
        "id", type=integer, nargs="?", metavar="ID", help="the session's id, as list shows it"
    )
    add_export_all(command)
    command.add_argument(
        "--format",
        choices=EXPORT_FORMATS,
        help=f"the format (default: by the suffix of FILE, else {EXPORTERS[0].name}; with --all, "
        "json)",
    )
    command.add_argument(
        "-o",
        dest="output",
        type=text,
        metavar="FILE|FOLDER|-",
        help="a file, an existing folder, or - for stdout (default: the export folder); with "
        "--all, a folder or a .zip file",
    )
    command.add_argument("--force", action="store_true", help="overwrite an existing file")
    add_reading_options(command, "in Markdown and HTML, ")
    command.add_argument(
        "--with-archive",
        dest="archive",
        action="store_true",
        help="in Markdown, put the whole session at the end, so that the file can be imported",
    )
    add_redaction(command)
    command.add_argument(
        "--json", action="store_true", help="with --all or --dry-run, print a JSON object"
    )


def add_import(commands: Any, common: argparse.ArgumentParser) -> None:
    """Adds ``import``."""
    command = commands.add_parser(
        "import",
        parents=[common],
        help="import sessions: exports, files of other tools, folders, zip archives, other stores",
        description="Imports sessions, each completely or not at all: JSON exports of hfs-server, "
        "files of other tools, all of those in folders and zip archives, and the sessions of "
        "other stores. A session that the store has already is updated.",
    )
    command.add_argument(
        "files",
        nargs="*",
        metavar="FILE|FOLDER|ZIP|STORE|-",
        type=import_source,
        help="what to import; STORE is a file or a postgresql:// address; - reads one file from "
        "stdin",
    )
    command.add_argument(
        "--from",
        dest="origins",
        action="append",
        metavar="TOOL|all",
        help="import the sessions that a tool, or all of them, keep on this machine; repeatable",
    )
    command.add_argument("--name", type=text, help="the name of the imported sessions")
    command.add_argument(
        "--on-conflict",
        choices=get_args(OnConflict),
        default="update",
        help="what becomes of sessions that the store has already (default: update)",
    )
    command.add_argument(
        "--visibility",
        choices=get_args(Visibility),
        help="who sees the sessions that are created in a store on PostgreSQL (default: private)",
    )
    command.add_argument(
        "--format", metavar="TOOL", help="the tool whose format it is, if it is not recognized"
    )
    command.add_argument(
        "--dry-run", action="store_true", help="show what would be imported, and write nothing"
    )
    command.add_argument("--json", action="store_true", help="print a JSON array of results")
    add_transfer(command)


def add_sources(commands: Any, common: argparse.ArgumentParser) -> None:
    """Adds ``sources``."""
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


def add_stats(commands: Any, common: argparse.ArgumentParser) -> None:
    """Adds ``stats``."""
    command = commands.add_parser(
        "stats",
        parents=[common],
        help="show what the sessions amount to: messages, tool calls, tokens, cost",
        description="Shows sessions, messages, prompts, tool calls, tokens and cost: in all, by "
        "tool, model, project and day. Days are those of local time.",
    )
    command.add_argument("--json", action="store_true", help="print a JSON object")
    add_filters(command)


def add_blame(commands: Any, common: argparse.ArgumentParser) -> None:
    """Adds ``blame``."""
    command = commands.add_parser(
        "blame",
        parents=[common],
        help="show which sessions wrote a file, or a line of it",
        description="Shows for each line of a file the session that wrote it: its id, tool and "
        "day. With a line, shows all sessions that wrote that line, newest first. A line that is "
        "too common to say, or that no session wrote, has none.",
    )
    command.add_argument(
        "file", type=text, metavar="FILE[:LINE]", help="the file, and a line of it, from 1"
    )
    command.add_argument(
        "--sessions", action="store_true", help="list what sessions did to the file instead"
    )
    command.add_argument("--reads", action="store_true", help="list also what sessions only read")
    command.add_argument("--json", action="store_true", help="print a JSON array")


def add_reimport(commands: Any, common: argparse.ArgumentParser) -> None:
    """Adds ``reimport``."""
    command = commands.add_parser(
        "reimport",
        parents=[common],
        help="read the originals in the store again, with today's importers",
        description="Reads what the store keeps of other tools' files again, as this version of "
        "hfs-server reads them, and updates the sessions that differ. Reads no other files. What "
        "a session got by other means stays, and deleted sessions stay deleted.",
    )
    command.add_argument(
        "--tool", dest="tools", action="append", metavar="TOOL", help="only this tool; repeatable"
    )
    command.add_argument(
        "--dry-run", action="store_true", help="show what would be updated, and write nothing"
    )
    command.add_argument("--json", action="store_true", help="print a JSON object")


def add_keep(commands: Any, common: argparse.ArgumentParser) -> None:
    """Adds ``keep``."""
    command = commands.add_parser(
        "keep",
        parents=[common],
        help="import the sessions of other tools by itself, as they grow",
        description="Watches where tools keep sessions on this machine, and imports those that "
        "are new or have grown a few seconds after they were last written to, until it is "
        "interrupted. What a tool deletes stays in the store. If another process keeps the "
        "sessions of a tool already, it waits for the end of that process.",
    )
    command.add_argument(
        "--tool",
        dest="tools",
        action="append",
        metavar="TOOL|all",
        help="a tool whose sessions are kept; repeatable (default: those of HFS_KEEP, else all)",
    )
    command.add_argument(
        "--print",
        dest="service",
        choices=("systemd", "launchd", "windows"),
        help="do not keep anything, but print the definition of a service of this system that "
        "does, and on stderr how to install it",
    )


def add_backup(commands: Any, common: argparse.ArgumentParser) -> None:
    """Adds ``backup``."""
    command = commands.add_parser(
        "backup",
        parents=[common],
        help="copy the whole store to a file",
        description="Copies the store, as it is now, to a file, checks the copy, and prints its "
        "path. Other programs can go on writing. Import the file to get its sessions back, or "
        "use it as the store.",
    )
    command.add_argument(
        "destination",
        type=text,
        metavar="FILE|FOLDER",
        help="where the copy goes; with a slash at its end, a folder, which is created if missing",
    )
    command.add_argument("--force", action="store_true", help="overwrite an existing file")
    command.add_argument(
        "--keep",
        type=count,
        metavar="N",
        help="keep N copies: an existing FILE becomes FILE.1, that FILE.2, and so on; a "
        "destination that does not exist and has no suffix is created as a folder",
    )


def add_purge(commands: Any, common: argparse.ArgumentParser) -> None:
    """Adds ``purge``."""
    commands.add_parser(
        "purge",
        parents=[common],
        help="permanently remove deleted data from the store",
        description="Rewrites the store, so that no text of deleted sessions is left in its "
        "files: they cannot be restored any more. No other session changes. Other programs cannot "
        "write to the store meanwhile: close them first if it is large. Needs free disk space of "
        "twice the store's size.",
    )
