"""The use case of an import: files to importers to store, and a report of each session.

The rule not to break: a file that was imported and has not changed since is not opened.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

from hfs_server.cancellation import run_in_thread, shielded
from hfs_server.export_folder.names import stem_in, stem_of, stem_of_state
from hfs_server.export_folder.states import State
from hfs_server.file_import import STORE_ERRORS, FileImport, Shares
from hfs_server.filters import EVERYTHING
from hfs_server.import_report import ImportReport
from hfs_server.import_sources import Found, found_at, found_in, is_archive, not_readable
from hfs_server.importers import IMPORTERS
from hfs_server.importers.places import Places
from hfs_server.importers.source_file import SourceFile
from hfs_server.session import Progress, no_progress
from hfs_server.session_states import apply_states, found_states
from hfs_server.store import DEFAULT_RULES, FileStamp, ImportRules, Store
from hfs_server.text import path_text

UNCHANGED = "not changed since the last import"


async def import_paths(
    store: Store,
    paths: Sequence[Path],
    rules: ImportRules = DEFAULT_RULES,
    tool: str | None = None,
    on_progress: Progress = no_progress,
) -> ImportReport:
    """Imports files, and the sessions in folders and zip archives; ``tool`` fixes the format.

    Raises the error of the first file if all failed, and the store's errors.
    """
    report = ImportReport()
    found = await run_in_thread(_all_at, paths, store.files, report)
    stateful: set[str] = set()
    returning: set[str] = set()
    if rules.on_conflict == "update" and tool is None:
        states = await run_in_thread(_states_of, found, store.files)
        if states:
            returning = await apply_states(store, states, report, is_trial=rules.is_trial)
        stateful = {*map(stem_of, states), *await _missing_stems(store, found)}
    await _import_found(store, found, rules, report, tool, on_progress, stateful, returning)
    report.raise_if_all_failed(paths[0])
    return report


async def import_tools(
    store: Store,
    tools: Collection[str],
    rules: ImportRules = DEFAULT_RULES,
    places: Places | None = None,
    on_progress: Progress = no_progress,
) -> ImportReport:
    """Imports the sessions of tools on this machine. Raises what ``import_paths`` raises."""
    report = ImportReport()
    found = await run_in_thread(_all_of_tools, tools, places or Places(), report)
    await _import_found(store, found, rules, report, None, on_progress)
    report.raise_if_all_failed()
    return report


async def import_found(store: Store, found: Sequence[Found]) -> ImportReport:
    """Imports files that were found before. What fails is in the report; raises the store's
    errors.
    """
    report = ImportReport()
    await _import_found(store, found, DEFAULT_RULES, report, None, no_progress)
    return report


async def import_file(
    store: Store,
    file: SourceFile,
    rules: ImportRules = DEFAULT_RULES,
    tool: str | None = None,
    on_progress: Progress = no_progress,
) -> ImportReport:
    """Imports a file that lies in memory. Raises its error, and the store's."""
    report = ImportReport()
    size = await run_in_thread(_size_of, file)
    async with store.importing(rules) as session_import:
        work = FileImport(session_import, report, tool, Shares(on_progress, [size]))
        await work.add_file(file, size, is_chosen=True)
        await shielded(work.finish())
    report.raise_if_all_failed()
    return report


async def _import_found(
    store: Store,
    found: Sequence[Found],
    rules: ImportRules,
    report: ImportReport,
    tool: str | None,
    on_progress: Progress,
    stateful: Collection[str] = (),
    returning: Collection[str] = (),
) -> None:
    """Imports files. Those of ``stateful`` sessions, which the store lacks or which were deleted
    somewhere, are read even if they have not changed, and those of ``returning`` ones are restored.
    """
    shares = Shares(on_progress, [each.stamp.size for each in found])
    async with store.importing(rules) as session_import:
        work = FileImport(session_import, report, tool, shares)
        work.returning = returning
        known = await _known(store, found) if rules.on_conflict != "copy" else {}
        try:
            for each in found:
                work.raise_if_cancelled()
                if (
                    not each.is_chosen
                    and tool is None
                    and stem_in(each.path.name) not in stateful
                    and known.get(path_text(each.path)) == each.stamp
                ):
                    report.skipped[UNCHANGED] += 1
                    shares.complete(each.stamp.size)
                else:
                    await work.add_found(each, store.files)
        except BaseException as error:
            await shielded(work.remember(wait=False))
            if not isinstance(error, STORE_ERRORS) or not report.sessions:
                raise
            # What was saved before must be reported too.
            report.add_failure(None, error, "the store")
        await shielded(work.finish())


async def _known(store: Store, found: Sequence[Found]) -> dict[str, FileStamp]:
    folders = [path_text(each.path.parent) for each in found if not each.is_chosen]
    if not folders:
        return {}
    # Folders on several drives have no common one, but these are only texts.
    return await store.imported_files(os.path.commonprefix(folders))  # noqa: RUF071


async def _missing_stems(store: Store, found: Sequence[Found]) -> set[str]:
    """The stems of exported sessions that the store does not have: the terminal program may have
    deleted them since they were imported, which it does not say.
    """
    stems = {stem for each in found if (stem := stem_in(each.path.name)) is not None}
    if stems and store.exists():
        stems -= {stem_of(mark.identity) for mark in await store.session_marks(EVERYTHING)}
    return stems


def _states_of(found: Sequence[Found], store_files: Sequence[Path]) -> Mapping[str, State]:
    """The states in the folders of the files, and in archives that were named."""
    folders = {each.path.parent for each in found if stem_of_state(each.path.name)}
    archives = {
        each.path for each in found if each.is_chosen and is_archive(each.path, store_files)
    }
    return found_states(folders | archives)


def _all_at(
    paths: Iterable[Path], store_files: Sequence[Path], report: ImportReport
) -> list[Found]:
    return [found for path in paths for found in found_at(path, store_files, report.add_failure)]


def _all_of_tools(tools: Collection[str], places: Places, report: ImportReport) -> list[Found]:
    found: list[Found] = []
    for importer in IMPORTERS:
        for folder in dict.fromkeys(importer.folders(places)) if importer.tool in tools else ():
            try:
                found += found_in(importer, folder)
            except OSError as error:
                report.add_failure(folder, not_readable(folder, error))
    return found


def _size_of(file: SourceFile) -> int:
    with file.open_original() as content:
        return content.seek(0, os.SEEK_END)
