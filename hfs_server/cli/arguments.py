"""The arguments of ``hfs-server``, parsed and checked."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence

from hfs_server import __version__
from hfs_server.cli.argument_types import store_path
from hfs_server.cli.command_options import (
    add_backup,
    add_blame,
    add_export,
    add_import,
    add_keep,
    add_list,
    add_purge,
    add_reimport,
    add_sources,
    add_stats,
)
from hfs_server.cli.deleting import add_delete, add_rename, add_restore
from hfs_server.cli.editor_options import add_editor, check_editor
from hfs_server.cli.exporting_all import add_verify, check_export_all
from hfs_server.cli.redaction_options import check_redaction
from hfs_server.cli.searching import add_search
from hfs_server.cli.sharing import add_roles, add_share, check_share
from hfs_server.cli.shell_options import (
    add_completion,
    add_doctor,
    add_man,
    add_resume,
    add_show,
)
from hfs_server.cli.suggestions import SuggestingParser, did_you_mean, parser_of
from hfs_server.cli.transfer_options import check_import
from hfs_server.exporters import (
    EXPORTERS,
    ORIGINAL,
    TOOL_CALLS,
    exporter_named,
)

_EXAMPLES = """\
examples:
  hfs-server list --query login            sessions whose name contains "login"
  hfs-server search "fix login" -C 2       what was said about it, with two lines around
  hfs-server show 12                       session 12 in the terminal, through the pager
  hfs-server resume 12                     continue it in the tool that wrote it
  hfs-server export 12                     session 12 as Markdown, into the export folder
  hfs-server export 12 -o fix.html         as one HTML page, to send to somebody
  hfs-server export 12 --format json -o .  as JSON, for import, into this folder
  hfs-server export 12 -o - | less         to the screen
  hfs-server export --all -o sessions      all sessions, a file each, into a folder
  hfs-server verify sessions               whether they are there, whole
  hfs-server import session.json           a JSON export back into the store
  hfs-server sources                       what other tools have on this machine
  hfs-server import --from claude-code     the sessions of a tool, into the store
  hfs-server blame src/login.py:12         which session wrote this line
  hfs-server stats --since 30d             messages, tokens and cost, by tool and day
  hfs-server reimport                      sessions of other tools, as this version reads them
  hfs-server keep --tool codex             the same by itself, as its sessions grow
  hfs-server rename 12 "Login, fixed"      give a session another name
  hfs-server delete 12 14                  delete sessions; restore 12 brings one back
  hfs-server list --deleted                the sessions that can be restored
  hfs-server purge                         permanently remove deleted data
  hfs-server share 12                      show it to all who use a store on PostgreSQL
  hfs-server doctor                        what is wrong, and what to do
  hfs-server editor neovim --install       the plugin for Neovim; for others: editor

The store is --database, else HFS_DATABASE, else ~/.hfs/sessions.db; exports go to
HFS_EXPORT_DIR, else to ~/.hfs/exports. Without a command, hfs-server is a language
server on stdin and stdout, for editors.
"""

_DATABASE_HELP = "the store: a file, or a postgresql:// address"
_QUIET_HELP = "print only results and errors: no progress, warnings and hints"

_FORMATS: dict[str, str | None] = {
    **dict.fromkeys((".jsonl", ".pdf", ".docx", ".zip")),
    **{suffix: exporter.name for exporter in EXPORTERS for suffix in exporter.suffixes},
}
"""The format that a suffix implies; None if it cannot be written. Other suffixes imply none."""


def parser() -> argparse.ArgumentParser:
    """The parser; ``command`` is None if an editor is to be served."""
    whole = SuggestingParser(
        prog="hfs-server",
        description="AI sessions for editors and the shell: import, keep, list, search, export.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    whole.add_argument("--version", action="version", version=f"hfs-server {__version__}")
    whole.add_argument("--stdio", action="store_true", help="serve an editor (the default)")
    whole.add_argument(
        "--database",
        type=store_path,
        metavar="PATH",
        help=_DATABASE_HELP,
    )
    whole.add_argument("-q", "--quiet", action="store_true", help=_QUIET_HELP)
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--database",
        type=store_path,
        metavar="PATH",
        default=argparse.SUPPRESS,
        help=_DATABASE_HELP,
    )
    common.add_argument(
        "-q", "--quiet", action="store_true", default=argparse.SUPPRESS, help=_QUIET_HELP
    )
    commands = whole.add_subparsers(dest="command", metavar="COMMAND", prog="hfs-server")
    add_list(commands, common)
    add_search(commands, common)
    add_show(commands, common)
    add_resume(commands, common)
    add_export(commands, common)
    add_verify(commands, common)
    add_import(commands, common)
    add_sources(commands, common)
    add_blame(commands, common)
    add_stats(commands, common)
    add_reimport(commands, common)
    add_keep(commands, common)
    add_backup(commands, common)
    add_rename(commands, common)
    add_delete(commands, common)
    add_restore(commands, common)
    add_purge(commands, common)
    add_share(commands, common)
    add_roles(commands)
    add_doctor(commands, common)
    add_editor(commands, common)
    add_completion(commands)
    add_man(commands)
    return whole


def parsed(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The arguments; those of an export have a format. Exits with 2 for wrong usage."""
    whole = parser()
    options, others = whole.parse_known_args(arguments)
    used = parser_of(whole, options.command)
    if options.command == "search" and not any(each.startswith("--") for each in others):
        options.query += others  # Words that must not be there, such as -todo.
        if not options.query:
            used.error("expected something to search for")
    elif others:
        known = used._option_string_actions
        used.error(f"unrecognized arguments: {' '.join(others)}{did_you_mean(others[0], known)}")
    if options.command == "export":
        check_export_all(used, options)
        try:
            if not options.all:
                options.format = _format(options.format, options.output)
        except ValueError as error:
            used.error(f"argument -o: {error}")
        _check_contents(used, options)
        check_redaction(used, options)
    elif options.command == "editor":
        check_editor(used, options)
    elif options.command == "share":
        check_share(used, options)
    elif options.command in ("import", "sources", "reimport", "keep"):
        _check_tools(used, options)
    return options


def _check_tools(command: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """Exits with 2 for tools that hfs-server does not know, and for an import of nothing."""
    # The importers are only loaded for the commands that need them.
    from hfs_server.importers import TOOLS

    given = (
        {"--format": [options.format], "--from": options.origins or []}
        if (options.command == "import")
        else {"--tool": options.tools or []}
    )
    known = TOOLS if options.command == "sources" else (*TOOLS, "all")
    for option, tools in given.items():
        for tool in tools:
            if tool not in (None, *known):
                command.error(
                    f"argument {option}: unknown tool {tool!r}; known: {', '.join(TOOLS)}"
                    f"{did_you_mean(tool, known)}"
                )
    if options.command == "import":
        check_import(command, options)


def _check_contents(command: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """Exits with 2 if the format has no archive, or if what always has all is to leave some out."""
    if options.archive and not exporter_named(options.format).takes_archive:
        command.error(f"argument --with-archive: for Markdown, not for {options.format} exports")
    if exporter_named(options.format).is_for_reading:
        return
    for name, is_given in (
        ("--no-thinking", not options.thinking),
        ("--tool-calls", options.tool_calls != TOOL_CALLS[0]),
    ):
        if is_given:
            command.error(f"argument {name}: {options.format} exports are always complete")


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
