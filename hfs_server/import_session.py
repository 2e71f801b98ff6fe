"""The use case of an import: files to importers to store, and a report of each session.

The rule not to break: a file that was imported and has not changed since is not opened.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from hfs_server.cancellation import run_in_thread, shielded
from hfs_server.errors import HfsError
from hfs_server.export_folder.files import FolderFiles, open_files
from hfs_server.export_folder.manifest import Entry
from hfs_server.export_folder.names import MANIFEST, stem_in, stem_of, stem_of_state
from hfs_server.export_folder.states import State
from hfs_server.exported_files import (
    ListedExports,
    is_beside_exports,
    read_listed,
)
from hfs_server.file_import import FileImport
from hfs_server.filters import EVERYTHING
from hfs_server.import_report import ImportReport
from hfs_server.import_sources import Found, found_at, found_in, is_archive, not_readable, unread_in
from hfs_server.import_work import STORE_ERRORS, Shares
from hfs_server.importers import IMPORTERS
from hfs_server.importers.places import Places
from hfs_server.importers.source_file import SourceFile
from hfs_server.session import Progress, no_progress
from hfs_server.session_states import apply_states, found_states
from hfs_server.store import Store
from hfs_server.store.address import Address, StorePlace
from hfs_server.store.shapes import DEFAULT_RULES, FileStamp, ImportRules
from hfs_server.text import path_text
from hfs_server.transfers import WHOLE, Selection, transfers

UNCHANGED = "not changed since the last import"
_SIZE_OF_ADDRESS = 1_000_000
"""What a store on a server counts in the progress; its size is not known."""


async def import_paths(
    store: Store,
    paths: Sequence[StorePlace],
    rules: ImportRules = DEFAULT_RULES,
    tool: str | None = None,
    on_progress: Progress = no_progress,
    selection: Selection = WHOLE,
) -> ImportReport:
    """Imports files, the sessions in folders and zip archives, and those of stores at addresses;
    ``tool`` fixes the format.

    A ``selection`` is of the sessions of other stores, which must be what is imported then.
    Raises the error of the first file if all failed, and the store's errors.
    """
    report = ImportReport()
    files = [each for each in paths if isinstance(each, Path)]
    addresses = [*dict.fromkeys(each for each in paths if isinstance(each, Address))]
    found = await run_in_thread(_all_at, files, store.files, report)
    stateful: set[str] = set()
    returning: set[str] = set()
    states, listed = await run_in_thread(_states_of, found, store.files, report)
    found = [each for each in found if each.is_chosen or not is_beside_exports(each.path.name)]
    if rules.on_conflict == "update" and tool is None:
        if states:
            returning = await apply_states(store, states, report, is_trial=rules.is_trial)
        stateful = {*map(stem_of, states), *await _missing_stems(store, found)}
    await _import_found(
        store,
        [*found, *addresses],
        rules,
        report,
        tool,
        on_progress,
        stateful,
        returning,
        listed,
        selection,
    )
    report.raise_if_all_failed(files[0] if files else None)
    return report


async def import_tools(
    store: Store,
    tools: Collection[str],
    rules: ImportRules = DEFAULT_RULES,
    places: Places | None = None,
    on_progress: Progress = no_progress,
) -> ImportReport:
    """Imports the sessions of tools on this machine. Raises what ``import_paths`` raises."""
    report = ImportReport(is_of_tools=True)
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
    selection: Selection = WHOLE,
    *,
    is_exchange: bool = False,
) -> ImportReport:
    """Imports a file that lies in memory. Raises its error, and the store's."""
    report = ImportReport()
    size = await run_in_thread(_size_of, file)
    async with store.importing(rules) as session_import:
        transfer = transfers(store, rules, selection)
        shares = Shares(on_progress, [size])
        work = FileImport(session_import, report, tool, shares, transfer, selection)
        work.is_exchange = is_exchange
        await work.add_file(file, size, is_chosen=True)
        await shielded(work.finish())
    report.raise_if_all_failed()
    return report


async def _import_found(
    store: Store,
    found: Sequence[Found | Address],
    rules: ImportRules,
    report: ImportReport,
    tool: str | None,
    on_progress: Progress,
    stateful: Collection[str] = (),
    returning: Collection[str] = (),
    listed: ListedExports | None = None,
    selection: Selection = WHOLE,
) -> None:
    """Imports files. Those of ``stateful`` sessions, which the store lacks or which were deleted
    somewhere, are read even if they have not changed, and those of ``returning`` ones are restored.
    """
    shares = Shares(on_progress, list(map(_size_found, found)))
    async with store.importing(rules) as session_import:
        transfer = transfers(store, rules, selection)
        work = FileImport(session_import, report, tool, shares, transfer, selection)
        work.returning, work.listed = returning, listed or {}
        known = await _known(store, found) if rules.on_conflict != "copy" else {}
        try:
            for each in found:
                work.raise_if_cancelled()
                if isinstance(each, Address):
                    await work.add_store(each, str(each), _size_found(each))
                elif (
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


def _size_found(found: Found | Address) -> int:
    return found.stamp.size if isinstance(found, Found) else _SIZE_OF_ADDRESS


async def _known(store: Store, found: Sequence[Found | Address]) -> dict[str, FileStamp]:
    files = [each for each in found if isinstance(each, Found)]
    folders = {each.path.parent for each in files if not each.is_chosen}
    if not folders:
        return {}
    # Folders on several drives have no common one, but these are only texts.
    return await store.imported_files(os.path.commonprefix([*map(path_text, folders)]))  # noqa: RUF071


async def _missing_stems(store: Store, found: Sequence[Found]) -> set[str]:
    """The stems of exported sessions that the store does not have: the terminal program may have
    deleted them since they were imported, which it does not say.
    """
    stems = {stem for each in found if (stem := stem_in(each.path.name)) is not None}
    if stems and store.exists():
        stems -= {stem_of(mark.identity) for mark in await store.session_marks(EVERYTHING)}
    return stems


def _states_of(
    found: Sequence[Found], store_files: Sequence[Path], report: ImportReport
) -> tuple[Mapping[str, State], ListedExports]:
    """The states in the folders of the files, and in archives that were named, and what manifests
    there list; files of exports that are missing or cannot be read are failures in the report.
    """
    archives = [
        each.path for each in found if each.is_chosen and is_archive(each.path, store_files)
    ]
    stateful = [each.path.parent for each in found if stem_of_state(each.path.name)]
    folders = [each.path.parent for each in found if _is_manifest(each)]
    # A state that is a link is not found, but is named.
    states = found_states([*dict.fromkeys([*stateful, *folders]), *archives], report)
    there: dict[Path, list[str]] = {folder: [] for folder in folders}
    listed: dict[tuple[Path, str], Entry] = {}
    for each in found:
        if each.path.parent in there:
            there[each.path.parent].append(each.path.name)
    for folder, names in there.items():
        in_folder, missing = read_listed(FolderFiles(folder), names, states)
        listed |= in_folder
        for name, error in missing:
            report.add_failure(folder / name, error)
    for archive in archives:
        with suppress(HfsError), open_files(archive) as files:
            in_archive, missing = read_listed(files, files.names(), states)
            listed |= in_archive
            for name, error in missing:
                report.add_failure(archive, error, name)
    return states, listed


def _is_manifest(found: Found) -> bool:
    return found.path.name == MANIFEST and not found.is_chosen


def _all_at(
    paths: Iterable[Path], store_files: Sequence[Path], report: ImportReport
) -> list[Found]:
    """Each file once, however often it was named, and as one that was named if it was."""
    all_found: dict[Path, Found] = {}
    for path in dict.fromkeys(paths):
        for found in found_at(path, store_files, report.add_failure):
            if found.is_chosen or found.path not in all_found:
                all_found[found.path] = found
    return [*all_found.values()]


def _all_of_tools(tools: Collection[str], places: Places, report: ImportReport) -> list[Found]:
    found: list[Found] = []
    for importer in IMPORTERS:
        for folder in dict.fromkeys(importer.folders(places)) if importer.tool in tools else ():
            try:
                found += found_in(importer, folder)
            except OSError as error:
                report.add_failure(folder, not_readable(folder, error))
                continue
            for path, why in dict(unread_in(importer, folder)).items():
                report.add_failure(path, not_readable(path, why))
    return found


def _size_of(file: SourceFile) -> int:
    with file.open_original() as content:
        return content.seek(0, os.SEEK_END)
