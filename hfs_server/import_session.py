"""The use case of an import: files to importers to store, and a report of each session.

The rule not to break: what the report says is so. A session is in the store before it is
reported, and one that fails stops no other.
"""

from __future__ import annotations

import asyncio
import os
from asyncio import CancelledError
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from hfs_server.cancellation import completed, run_in_thread, shielded
from hfs_server.errors import (
    HfsError,
    InvalidDocument,
    SourceNotReadable,
    StoreBusy,
    StoreTooNew,
    StoreUnusable,
)
from hfs_server.import_report import FailedImport, ImportReport
from hfs_server.import_sources import (
    Found,
    found_at,
    found_in,
    members,
    source_file,
)
from hfs_server.importers import IMPORTERS, identify, recognize
from hfs_server.importers.places import Places
from hfs_server.importers.source_file import SourceFile
from hfs_server.session import Progress, SessionSource, no_progress, version_numbers
from hfs_server.store import DEFAULT_RULES, FileStamp, ImportRules, Store, StoreImport
from hfs_server.text import path_in_sentence

UNCHANGED = "not changed since the last import"
Item = TypeVar("Item")

NO_SESSION = "not a session of a known format"
_READ_SHARE = 0.8
"""The share of the work for a session that is reading; the rest is the store's."""
_REMEMBERED_TOGETHER = 500
_MOST_EVIDENCE = 20
_STORE_ERRORS = (StoreBusy, StoreTooNew, StoreUnusable)


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
    found = await run_in_thread(_all_at, paths, report)
    await _import_found(store, found, rules, report, tool, on_progress)
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
    found = await run_in_thread(_all_of_tools, tools, places or Places())
    await _import_found(store, found, rules, report, None, on_progress)
    report.raise_if_all_failed()
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
        work = _Import(session_import, report, tool, _Shares(on_progress, size))
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
) -> None:
    shares = _Shares(on_progress, sum(each.stamp.size for each in found))
    async with store.importing(rules) as session_import:
        work = _Import(session_import, report, tool, shares)
        known = await _known(store, found) if rules.on_conflict != "copy" else {}
        try:
            for each in found:
                work.raise_if_cancelled()
                if not each.is_chosen and tool is None and known.get(str(each.path)) == each.stamp:
                    report.skipped[UNCHANGED] += 1
                    shares.complete(each.stamp.size)
                else:
                    await work.add_found(each, store.files)
        finally:
            await shielded(work.finish())


async def _known(store: Store, found: Sequence[Found]) -> dict[str, FileStamp]:
    folders = {str(each.path.parent) for each in found if not each.is_chosen}
    return await store.imported_files(os.path.commonpath(folders)) if folders else {}


class _Shares:
    """The progress of an import of many files, by their sizes."""

    def __init__(self, on_progress: Progress, total: int) -> None:
        self._on_progress = on_progress
        self._total = max(1, total)
        self._done = 0

    def complete(self, size: int) -> None:
        """Notes that a file of this size is done."""
        self._done += size

    def show(self, size: int, share: float, words: str) -> None:
        """Reports the share of a file that is done."""
        self._on_progress(min(1.0, (self._done + share * size) / self._total), words)


class _Import:
    """One import, file after file.

    A cancellation that comes when a session has just been saved is held back until another one
    begins: what was saved last must be reported.
    """

    def __init__(
        self, session_import: StoreImport, report: ImportReport, tool: str | None, shares: _Shares
    ) -> None:
        self._import = session_import
        self._report = report
        self._tool = tool
        self._shares = shares
        self._done: dict[str, FileStamp] = {}
        self._was_cancelled = False

    async def add_found(self, found: Found, store_files: Sequence[Path]) -> None:
        """Imports a file of this machine, and notes it if all of it was imported."""
        file = source_file(found.path, store_files)
        if await self.add_file(file, found.stamp.size, is_chosen=found.is_chosen):
            self._done[str(found.path)] = found.stamp
        if len(self._done) >= _REMEMBERED_TOGETHER:
            await shielded(self._remember())

    async def finish(self) -> None:
        """Records the files that were imported, and looks up the parents of the sessions."""
        await self._remember()
        for saved in self._report.sessions:
            parent = saved.parent_identity
            if parent is not None and parent not in self._report.parents:
                self._report.parents[parent] = await self._import.id_of(parent)

    def raise_if_cancelled(self) -> None:
        """Raises CancelledError if a cancellation was held back."""
        if self._was_cancelled:
            raise CancelledError

    async def add_file(self, file: SourceFile, size: int, *, is_chosen: bool) -> bool:
        """Imports a file or the members of an archive; False if it is not done with it."""
        failures = len(self._report.failed)
        is_done = True
        try:
            found = members(file)
            while member := await self._next(found):
                self.raise_if_cancelled()
                is_single = is_chosen and member is file
                if not await self._add_member(member, file, size, is_single):
                    is_done = False
        except _STORE_ERRORS:
            raise
        except HfsError as error:
            self._fail(file, file.name, error)
        self._shares.complete(size)
        return is_done and len(self._report.failed) == failures

    async def _add_member(
        self, file: SourceFile, container: SourceFile, size: int, is_chosen: bool
    ) -> bool:
        def on_read(count: int) -> None:
            words = f"{count:,} of {size:,} bytes read"
            self._shares.show(size, _READ_SHARE * min(1.0, count / max(1, size)), words)

        file.on_read = on_read
        try:
            sessions = await run_in_thread(self._sessions_of, file, is_chosen)
            if sessions is None:
                self._report.skipped[NO_SESSION] += 1
                return False
            count = 0
            while source := await self._next(sessions):
                self.raise_if_cancelled()
                count += 1
                await self._save(source, container, size, is_chosen)
            if not count and is_chosen:
                raise InvalidDocument(
                    f"{path_in_sentence(Path(file.name))} is only a part of a session. Import "
                    "the folder that it is in."
                )
        except _STORE_ERRORS:
            raise
        except HfsError as error:
            self._fail(container, file.name, error)
        except MemoryError:
            self._fail(container, file.name, _too_large(file))
        except Exception as error:
            if is_chosen:
                raise
            self._fail(container, file.name, _internal(error))
        return True

    async def _next(self, items: Iterator[Item]) -> Item | None:
        """The next item; None after the last one."""
        item, was_cancelled = await completed(asyncio.to_thread(next, items, None))
        self._was_cancelled |= was_cancelled
        return item

    async def _remember(self) -> None:
        done, self._done = self._done, {}
        await self._import.remember(done)

    def _sessions_of(self, file: SourceFile, is_chosen: bool) -> Iterator[SessionSource] | None:
        """The sessions of a file; None for a file of no known format that nobody chose."""
        if self._tool is not None:
            found = identify(file, self._tool)
        elif is_chosen:
            found = identify(file)
        elif (recognized := recognize(file)) is not None:
            found = recognized
        else:
            return None
        importer, evidence = found
        if evidence not in self._report.evidence[:_MOST_EVIDENCE]:
            self._report.evidence = [*self._report.evidence, evidence][:_MOST_EVIDENCE]
        return importer.sessions(file)

    async def _save(
        self, source: SessionSource, container: SourceFile, size: int, is_chosen: bool
    ) -> None:
        def on_saved(share: float, words: str) -> None:
            self._shares.show(size, _READ_SHARE + (1 - _READ_SHARE) * share, words)

        report = self._report
        try:
            saved = await self._import.save(source, on_saved, restores_deleted=is_chosen)
        except _STORE_ERRORS:
            raise
        except HfsError as error:
            self._fail(container, source.header.name, error)
            return
        if report.original_version is None:
            report.original_version = source.schema_version
        report.schema_version = max(
            report.schema_version, source.header.schema_version, key=version_numbers
        )
        if saved.reason is not None:
            report.skipped[saved.reason] += 1
        report.sessions.append(saved)

    def _fail(self, file: SourceFile, name: str, error: HfsError) -> None:
        self._report.failed.append(FailedImport(file.path, name, error))


def _all_at(paths: Iterable[Path], report: ImportReport) -> list[Found]:
    found: list[Found] = []
    for path in paths:
        try:
            found += found_at(path)
        except SourceNotReadable as error:
            report.failed.append(FailedImport(path, path.name, error))
    return found


def _all_of_tools(tools: Collection[str], places: Places) -> list[Found]:
    return [
        found
        for importer in IMPORTERS
        if importer.tool in tools
        for folder in importer.folders(places)
        for found in found_in(importer, folder)
    ]


def _size_of(file: SourceFile) -> int:
    with file.open_original() as content:
        return content.seek(0, os.SEEK_END)


def _too_large(file: SourceFile) -> InvalidDocument:
    name = path_in_sentence(file.path or Path(file.name))
    return InvalidDocument(f"{name} contains a value too large for the available memory.")


def _internal(error: Exception) -> InvalidDocument:
    return InvalidDocument(
        f"It could not be read because of an error in hfs-server ({type(error).__name__}). Please "
        "report it."
    )
