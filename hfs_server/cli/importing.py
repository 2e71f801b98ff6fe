"""The commands that import sessions and show what there is to import."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hfs_server.cli.output import (
    ago,
    one_line,
    print_error,
    print_json,
    print_line,
    print_notice,
    print_table,
    progress,
)
from hfs_server.cli.stores import opened, require_existing
from hfs_server.cli.transfer_options import selection_of
from hfs_server.errors import HfsError, SourceNotReadable
from hfs_server.import_report import FailedImport, ImportReport, named_warnings
from hfs_server.import_session import import_file, import_paths, import_tools
from hfs_server.importers import TOOLS
from hfs_server.importers.source_file import source_of
from hfs_server.list_sources import Source, list_sources
from hfs_server.lsp.protocol import ListSourcesResult, import_result
from hfs_server.reimport import reimport
from hfs_server.session import Progress, SavedSession
from hfs_server.settings import Settings
from hfs_server.store import Store
from hfs_server.store.address import Address
from hfs_server.store.shapes import ImportRules
from hfs_server.text import name_in_line

_MOST_SHOWN = 40
"""How many sessions or failures a terminal shows; a pipe gets all of them."""
_STATUSES = ("created", "restored", "updated", "unchanged")
_UNITS = ("B", "kB", "MB", "GB")


async def import_sessions(options: Namespace, settings: Settings) -> int:
    """Imports each argument by itself, or the tools' sessions; 1 if anything failed."""
    rules = ImportRules(
        options.on_conflict, options.name, options.dry_run, visibility=options.visibility
    )
    files = dict.fromkeys(options.files) or [None]
    async with opened(settings) as store:
        results = [await _import(store, each, options, rules) for each in files]
        if options.visibility == "team" and not options.dry_run:
            # Others cannot index what is not theirs.
            with progress("Indexing") as on_progress:
                await store.update_index(on_progress)
    if options.json:
        print_json(results)
    return 1 if any(result["failed"] for result in results) else 0


async def reimport_sessions(options: Namespace, settings: Settings) -> int:
    """Reads the originals in the store again; 1 if anything failed."""
    require_existing(settings)
    async with opened(settings) as store:
        with progress("Reading originals") as on_progress:
            report = await reimport(
                store, options.tools, is_trial=options.dry_run, on_progress=on_progress
            )
    if options.json:
        print_json(import_result(report).model_dump(by_alias=True))
    else:
        _print_report(None, report, is_trial=options.dry_run)
    # The warnings about what has not changed were printed when it was imported.
    changed = [saved for saved in report.sessions if saved.status != "unchanged"]
    _print_warnings([text for saved in changed for text in named_warnings(saved)])
    return 1 if report.failed else 0


async def print_sources(options: Namespace, settings: Settings) -> int:
    """Prints the folders of the tools on this machine, and what is new in them."""
    async with opened(settings) as store:
        with progress("Looking for sessions") as on_progress:
            sources = await list_sources(store, options.tools, on_progress=on_progress)
    if options.json:
        found = ListSourcesResult.model_validate({"sources": sources}, from_attributes=True)
        print_json(found.model_dump(by_alias=True)["sources"])
    elif not sources:
        print_notice("No tool that hfs-server knows keeps sessions on this machine.")
    else:
        now = datetime.now(UTC)
        heading = ("TOOL", "FILES", "NEW", "CHANGED", "SIZE", "LAST ACTIVITY", "FOLDER")
        print_table([heading, *(_source_row(each, now) for each in sources)], numbers=range(1, 5))
    for source in sources:
        if source.problem is not None:
            print_error(f"{source.location}: {source.problem}")
    return 0


async def _import(
    store: Store, argument: str | Address | None, options: Namespace, rules: ImportRules
) -> dict[str, Any]:
    """What ``--json`` prints for one argument; the others are imported even if it fails."""
    chosen = [*dict.fromkeys(options.origins or [])]
    # An address may hold a password, which is not in its text.
    shown = ", ".join(chosen) if argument is None else str(argument)
    label = {"from": shown} if argument is None else {"file": shown}
    try:
        with progress(f"Importing {shown}") as on_progress:
            report = await _imported(store, argument, chosen, options, rules, on_progress)
    except HfsError as error:
        path = Path(argument).absolute() if isinstance(argument, str) and argument != "-" else None
        name = path.name if path and argument else "" if argument is None else shown
        failed = error.data.get("failed") or [FailedImport(path, name, error).as_data()]
        _print_all_failed("" if argument is None else shown, name, failed)
        return {**label, "failed": failed}
    if not options.json:
        _print_report(None if argument is None else shown, report, is_trial=rules.is_trial)
    where = "" if argument is None else f"{shown}: "
    _print_warnings([f"{where}{text}" for text in report.warnings])
    return {**label, **_of_one_session(report), **import_result(report).model_dump(by_alias=True)}


async def _imported(
    store: Store,
    argument: str | Address | None,
    tools: Sequence[str],
    options: Namespace,
    rules: ImportRules,
    on_progress: Progress,
) -> ImportReport:
    """Imports one argument, or the sessions of tools."""
    selection = selection_of(options)
    if argument is None:
        chosen = TOOLS if "all" in tools else tools
        return await import_tools(store, chosen, rules, on_progress=on_progress)
    if argument == "-":
        file = source_of(sys.stdin.buffer.read())
        return await import_file(store, file, rules, options.format, on_progress, selection)
    if not argument:
        raise SourceNotReadable("Cannot read a file with an empty name.")
    place = argument if isinstance(argument, Address) else Path(argument).absolute()
    return await import_paths(store, [place], rules, options.format, on_progress, selection)


def _print_all_failed(shown: str, name: str, failed: Sequence[dict[str, Any]]) -> None:
    """Prints the failures of an argument of which nothing was imported."""
    for each in failed[:_MOST_SHOWN]:
        reason = each["reason"]
        parts = [] if shown in reason else [shown]
        parts += [] if each["name"] in ("", name) else [name_in_line(each["name"])]
        print_error(": ".join([*parts, reason]))
    _print_more(failed)


def _print_more(failed: Sequence[object]) -> None:
    if len(failed) > _MOST_SHOWN:
        print_error(f"{len(failed) - _MOST_SHOWN:,} more failed; --json shows all.")


def _print_warnings(warnings: Sequence[str]) -> None:
    for text in warnings[:_MOST_SHOWN]:
        print_notice(text)
    if len(warnings) > _MOST_SHOWN:
        print_notice(f"{len(warnings) - _MOST_SHOWN:,} more warnings; --json shows all.")


def _of_one_session(report: ImportReport) -> dict[str, Any]:
    """What scripts of the first version read, which knew files of one session only."""
    if len(report.sessions) != 1:
        return {}
    (saved,) = report.sessions
    return {
        "sessionId": saved.id,
        "name": saved.name,
        "messageCount": saved.message_count,
        "checkpointCount": saved.checkpoint_count,
    }


def _print_report(argument: str | None, report: ImportReport, *, is_trial: bool) -> None:
    if argument is not None and len(report.sessions) == 1 and not report.failed:
        print_line(f"{argument}: {_in_words(report, is_trial=is_trial)}")
        return
    shown = [saved for saved in report.sessions if saved.status in ("created", "updated")]
    most = _MOST_SHOWN if sys.stdout.isatty() else len(shown)
    if shown:
        heading = ("ID", "STATUS", "TOOL", "MESSAGES", "NAME")
        print_table([heading, *map(_row, shown[:most])], numbers=(0, 3))
    if len(shown) > most:
        print_line(f"... and {len(shown) - most:,} more")
    # Those of tools are named in a warning.
    names = f" {report.unknown_files}" if report.unknown and not report.is_of_tools else ""
    print_line(_summary(report, is_trial=is_trial) + names)
    for failed in report.failed[:_MOST_SHOWN]:
        where, reason = failed.where, failed.error.message
        print_error(reason if where in reason else f"{where}: {reason}")
    _print_more(report.failed)


def _in_words(report: ImportReport, *, is_trial: bool) -> str:
    """What became of the one session of a file."""
    (saved,) = report.sessions
    number = "" if saved.id is None else f" {saved.id}"
    done = {
        "restored": f"restored session{number}",
        "created": f"imported as session{number}",
        "updated": f"updated session{number}",
        "unchanged": f"session{number} is unchanged",
        "skipped": f"skipped: {saved.reason}",
    }[_status(saved)]
    if is_trial:
        done = f"would be {_status(saved)}" + (f": session{number}" if number else "")
    migrated = f", migrated from version {report.original_version}" if report.migrated else ""
    return (
        f"{done} ({one_line(saved.name)}; messages: {saved.message_count}, checkpoints: "
        f"{saved.checkpoint_count}{migrated})"
    )


def _status(saved: SavedSession) -> str:
    return "restored" if saved.was_restored else saved.status


def _row(saved: SavedSession) -> tuple[str, ...]:
    number = "" if saved.id is None else str(saved.id)
    return number, _status(saved), saved.tool, f"{saved.message_count:,}", one_line(saved.name)


def _summary(report: ImportReport, *, is_trial: bool) -> str:
    """The whole import in one line."""
    statuses = Counter(map(_status, report.sessions))
    counts = [f"{statuses[each]:,} {each}" for each in _STATUSES]
    counts = [each for each in counts if not each.startswith("0 ")]
    counts += [f"{count:,} skipped ({reason})" for reason, count in report.skipped.items()]
    if report.failed:
        counts.append(f"{len(report.failed):,} failed")
    words = ", ".join(counts) or "nothing found"
    return f"Nothing was written. It would be: {words}." if is_trial else f"Sessions: {words}."


def _source_row(source: Source, now: datetime) -> Sequence[str]:
    return (
        source.tool,
        f"{source.found:,}",
        f"{source.new:,}",
        f"{source.changed:,}",
        _size(source.bytes),
        ago(source.last_activity or "", now) if source.found else "-",
        one_line(str(source.location)),
    )


def _size(count: int) -> str:
    power = min((len(str(count)) - 1) // 3, len(_UNITS) - 1)
    return f"{count / 1000**power:,.{0 if not power else 1}f} {_UNITS[power]}"
