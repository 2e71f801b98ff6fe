"""The commands that export all sessions, and verify such an export."""

from __future__ import annotations

import argparse
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hfs_server.cli.argument_types import text
from hfs_server.cli.filter_options import add_filters, filters_of
from hfs_server.cli.output import (
    camel_case,
    print_error,
    print_json,
    print_line,
    print_notice,
    progress,
)
from hfs_server.cli.stores import opened, require_existing
from hfs_server.settings import Settings
from hfs_server.text import name_in_line, path_text

if TYPE_CHECKING:
    from hfs_server.export_all.report import ExportAllReport
    from hfs_server.export_all.verifying import Verification

_MOST_SHOWN = 40
"""How many files are shown; ``--json`` has all."""

_FILTERS = ("tools", "project", "since", "until")


def add_export_all(command: argparse.ArgumentParser) -> None:
    """Adds the options of ``export --all``."""
    command.add_argument("--all", action="store_true", help="export all sessions")
    add_filters(command)


def add_verify(commands: Any, common: argparse.ArgumentParser) -> None:
    """Adds ``verify``."""
    command = commands.add_parser(
        "verify",
        parents=[common],
        help="check that an export of all sessions is whole",
        description="Reads every file of a folder or a zip archive that export --all wrote, "
        "checks it against the manifest, and compares it with the sessions of the store. Names "
        "what is missing, changed or damaged. Exit code 0 if every session is there, whole, and "
        "nothing is damaged, else 1.",
    )
    command.add_argument("path", type=text, metavar="FOLDER|ZIP", help="what to verify")
    command.add_argument("--json", action="store_true", help="print a JSON object")
    add_filters(command)


def check_export_all(command: argparse.ArgumentParser, options: Namespace) -> None:
    """Exits with 2 for options that do not go together."""
    filters = [f"--{'tool' if name == 'tools' else name}" for name in _FILTERS]
    given = [each for each, name in zip(filters, _FILTERS, strict=True) if getattr(options, name)]
    if not options.all:
        if options.id is None:
            command.error("expected the ID of a session, or --all")
        if given:
            command.error(f"argument {given[0]}: only with --all")
        return
    if options.id is not None:
        command.error("argument --all: expected no ID with it")
    if options.output in (None, "-"):
        command.error("argument --all: expected -o FOLDER or -o FILE.zip with it")
    if options.force:
        command.error("argument --force: not with --all, which replaces only its own files")
    if options.dry_run:
        command.error("argument --dry-run: not with --all; it is about one session")
    if options.archive:
        command.error("argument --with-archive: not with --all; JSON files can be imported")
    if options.format == "original":
        command.error("argument --format: --all writes no originals")
    options.format = options.format or "json"


async def export_sessions(options: Namespace, settings: Settings) -> int:
    """Exports all sessions; 1 if any failed."""
    from hfs_server.export_all import export_all
    from hfs_server.export_all.documents import Choice

    require_existing(settings)
    async with opened(settings) as store:
        with progress("Exporting") as on_progress:
            report = await export_all(
                store, Path(options.output), Choice.of(options), filters_of(options), on_progress
            )
    if options.json:
        print_json(_as_data(report))
    else:
        print_line(_summary(report))
    for warning in report.warnings[:_MOST_SHOWN]:
        print_notice(warning)
    for failed in report.failed[:_MOST_SHOWN]:
        print_error(f"session {failed.session_id}: {failed.error.message}")
    if len(report.failed) > _MOST_SHOWN:
        print_error(f"{len(report.failed) - _MOST_SHOWN:,} more failed; --json shows all.")
    return 1 if report.failed else 0


async def verify_export(options: Namespace, settings: Settings) -> int:
    """Verifies an export; 1 if it is not whole."""
    from hfs_server.export_all.verifying import verify

    require_existing(settings)
    async with opened(settings) as store:
        with progress("Verifying") as on_progress:
            found = await verify(
                store, Path(options.path).absolute(), filters_of(options), on_progress
            )
    if options.json:
        print_json(_verification_as_data(found))
    else:
        _print_verification(found)
    return 0 if found.is_whole else 1


def _as_data(report: ExportAllReport) -> dict[str, Any]:
    return {
        "uri": report.path.as_uri(),
        "written": report.written,
        "unchanged": report.unchanged,
        "removed": report.removed,
        "failed": [failed.as_data() for failed in report.failed],
        "warnings": report.warnings,
    }


def _summary(report: ExportAllReport) -> str:
    counts = [f"{report.written:,} written", f"{report.unchanged:,} unchanged"]
    counts += [f"{report.removed:,} removed"] if report.removed else []
    counts += [f"{len(report.failed):,} failed"] if report.failed else []
    return f"{path_text(report.path)}: {', '.join(counts)}."


def _verification_as_data(found: Verification) -> dict[str, Any]:
    return {
        "uri": found.path.as_uri(),
        "isWhole": found.is_whole,
        "sessions": found.sessions,
        "whole": found.whole,
        "files": found.files,
        "damaged": found.damaged,
        "problems": [camel_case(problem._asdict()) for problem in found.problems],
        "extra": [path_text(name) for name in found.extra],
    }


def _print_verification(found: Verification) -> None:
    for problem in found.problems[:_MOST_SHOWN]:
        session = "" if problem.session_id is None else f" (session {problem.session_id})"
        print_line(f"{problem.state}: {name_in_line(problem.file)}{session}: {problem.reason}")
    if len(found.problems) > _MOST_SHOWN:
        print_line(f"... and {len(found.problems) - _MOST_SHOWN:,} more; --json shows all")
    for name in found.extra[:_MOST_SHOWN]:
        print_line(f"extra: {name_in_line(name)}: not a file of this export")
    if len(found.extra) > _MOST_SHOWN:
        print_line(f"... and {len(found.extra) - _MOST_SHOWN:,} more; --json shows all")
    problems = "1 problem" if len(found.problems) == 1 else f"{len(found.problems):,} problems"
    print_line(
        f"{path_text(found.path)}: {found.whole:,} of {found.sessions:,} sessions of the store are "
        f"there, whole; {found.files:,} files read, {found.damaged:,} of them damaged; {problems}."
    )
