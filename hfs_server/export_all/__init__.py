"""The use case of an export of all sessions: to a folder, or to a zip archive of one.

The rule not to break: a file whose session has not changed is not touched, and each file is
replaced in one step, so that an export that is interrupted at any time leaves a folder that the
next one completes.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from hfs_server.cancellation import run_in_thread, shielded
from hfs_server.errors import (
    DestinationExists,
    DestinationNotWritable,
    HfsError,
    SourceNotReadable,
    StoreBusy,
    StoreUnusable,
)
from hfs_server.export_all.deletions import Exchange
from hfs_server.export_all.documents import Choice
from hfs_server.export_all.folder_export import FolderExport
from hfs_server.export_all.listed_files import Notes
from hfs_server.export_all.report import ExportAllReport
from hfs_server.export_all.zip_export import ARCHIVE, check_only_exports, pack, unpack
from hfs_server.export_folder.files import (
    ExportFiles,
    FolderFiles,
    manifest_of,
    open_files,
    regular_status,
)
from hfs_server.export_folder.manifest import Manifest
from hfs_server.export_folder.names import file_name, stem_in
from hfs_server.export_folder.states import NO_STATES, read_states
from hfs_server.files.atomic import atomic_write
from hfs_server.files.destinations import check_destination, make_folder, not_writable
from hfs_server.files.folder_lock import folder_lock
from hfs_server.files.same_file import is_one_of
from hfs_server.filters import EVERYTHING, Filters
from hfs_server.session import Progress, no_progress
from hfs_server.session_states import StoredStates, stored_states
from hfs_server.store import Store
from hfs_server.store.shapes import DEFAULT_RULES, NO_STAMP, ExportNote, SessionMark
from hfs_server.temporary import no_room, temporary_folder
from hfs_server.text import one_line, path_in_sentence, path_text

ZIP_SUFFIX = ".zip"


class Work(NamedTuple):
    """What an export is about."""

    choice: Choice
    families: Sequence[Sequence[SessionMark]]
    """The sessions, those of an identity together."""
    states: StoredStates
    report: ExportAllReport
    on_progress: Progress
    is_everything: bool

    def exchange(self, files: ExportFiles, manifest: Manifest) -> Exchange:
        """The states to be exchanged with a folder."""
        found = read_states(files) if self.choice.is_importable else NO_STATES
        self.report.warnings += [f"{name}: {why.message}" for name, why in found.problems.items()]
        stems = {stem_in(name) or "" for name in manifest.files}
        return Exchange(self.states, found, stems, is_everything=self.is_everything)


async def export_all(
    store: Store,
    destination: Path,
    choice: Choice,
    filters: Filters = EVERYTHING,
    on_progress: Progress = no_progress,
) -> ExportAllReport:
    """Exports the sessions that ``filters`` select to a folder, which is created if it is
    missing, or to a ``.zip`` file.

    Raises the first failure if all sessions failed, DestinationExists, DestinationNotWritable,
    UnsupportedVersion and InvalidDocument for the manifest, and the store's errors.
    """
    destination = Path(os.path.abspath(destination))
    report = ExportAllReport(destination)
    marks = await store.session_marks(EVERYTHING)
    states = await _states_of(store, marks)
    chosen = marks if filters == EVERYTHING else await store.session_marks(filters)
    work = Work(choice, _by_identity(chosen), states, report, on_progress, filters == EVERYTHING)
    if destination.suffix.lower() == ZIP_SUFFIX and not destination.is_dir():
        check_destination(destination, store.files, overwrite=True)
        async with folder_lock(destination.parent):
            await _export_to_zip(store, destination, work)
            await _have_read_again(store, [destination] if report.ahead else [])
    else:
        _prepare_folder(destination, store.files)
        async with folder_lock(destination):
            await _export_to_folder(store, destination, work)
            await _have_read_again(store, [destination / name for name in report.ahead])
    report.raise_if_all_failed()
    return report


def _by_identity(marks: Sequence[SessionMark]) -> list[list[SessionMark]]:
    found: dict[str, list[SessionMark]] = {}
    for mark in marks:
        found.setdefault(mark.identity, []).append(mark)
    return list(found.values())


def _prepare_folder(folder: Path, store_files: Sequence[Path]) -> None:
    if folder.exists() and not folder.is_dir() and not is_one_of(folder, store_files):
        raise DestinationNotWritable(
            f"{path_in_sentence(folder)} is not a folder. Choose a folder, or a file with the "
            f"suffix {ZIP_SUFFIX}.",
            file=path_text(folder),
        )
    make_folder(folder, store_files)
    check_destination(folder, store_files, overwrite=True)


async def _states_of(store: Store, marks: Sequence[SessionMark]) -> StoredStates:
    """The states of the store, which now has a time for each deletion."""
    states = await stored_states(store, marks)
    for identity in states.unknown:
        # A store that can only be read has no other deletions tomorrow.
        with suppress(StoreUnusable):
            await store.delete_identity(identity, states.states[identity].changed_at)
    return states


async def _export_to_folder(store: Store, folder: Path, work: Work) -> None:
    files = FolderFiles(folder)
    try:
        found = await run_in_thread(manifest_of, files)
    except SourceNotReadable as error:
        raise DestinationNotWritable(error.message) from None
    manifest = _checked(found, work.choice, folder)
    exchange = await run_in_thread(work.exchange, files, manifest)
    notes = await run_in_thread(store.export_notes, path_text(folder))
    before = dict(notes)
    try:
        await _add_all(store, folder, work, manifest, notes, exchange)
    finally:
        await shielded(_remember(store, folder, manifest, notes, before))


async def _add_all(
    store: Store,
    folder: Path,
    work: Work,
    manifest: Manifest,
    notes: Notes,
    exchange: Exchange,
) -> None:
    """Exports all sessions; what is done when it is interrupted is in the manifest, too."""
    async with store.reader() as reader:
        try:
            export = FolderExport(
                store, reader, folder, work.choice, manifest, notes, work.report, exchange
            )
        except OSError as error:
            raise not_writable(folder, error) from None
        total = len(work.families)
        try:
            for done, family in enumerate(work.families):
                await export.add(family)
                work.on_progress(done / total, f"{done:,} of {total:,} sessions")
        except BaseException:
            with suppress(HfsError):
                await shielded(export.finish())
            raise
        await shielded(export.finish())


async def _export_to_zip(store: Store, path: Path, work: Work) -> None:
    notes = await run_in_thread(store.export_notes, path_text(path))
    before = dict(notes)
    with temporary_folder() as temporary:
        folder = temporary / "export"
        folder.mkdir()
        manifest = Manifest(export=work.choice.record())
        exchange = Exchange(work.states, NO_STATES, (), is_everything=work.is_everything)
        if path.exists():
            with open_files(path) as files:
                found = await run_in_thread(manifest_of, files)
                manifest = _checked(check_only_exports(files, found), work.choice, path)
                exchange = await run_in_thread(work.exchange, files, manifest)
                if _is_current(path, manifest, notes, exchange, work):
                    work.report.unchanged = sum(map(len, work.families))
                    return
                try:
                    await _until_cancelled(unpack, files, manifest, notes, folder)
                except OSError as error:
                    raise StoreUnusable(no_room(error)) from None
        old = manifest.data()
        has_states = bool(exchange.to_write()) and work.choice.is_importable
        await _add_all(store, folder, work, manifest, notes, exchange)
        if work.report.written or has_states or manifest.data() != old or not path.exists():
            with atomic_write(path, overwrite=True) as target:
                await _until_cancelled(pack, folder, target)
                await shielded(asyncio.to_thread(target.commit, path.name))
    if (status := regular_status(path)) is not None:
        notes[ARCHIVE] = ExportNote("", status.st_size, status.st_mtime_ns, "")
        await shielded(_remember(store, path, manifest, notes, before))


async def _have_read_again(store: Store, paths: Sequence[Path]) -> None:
    """Has the next import read files that have what the store lacks, though they did not change
    since the last one: the store may have changed since.
    """
    if paths:
        # The next import reads them all the same, unless they were imported before.
        with suppress(StoreBusy, StoreUnusable):
            async with store.importing(DEFAULT_RULES) as session_import:
                await session_import.remember({path_text(path): NO_STAMP for path in paths})


async def _until_cancelled(work: Callable[..., None], *arguments: object) -> None:
    """Calls ``work`` in a thread, with a check as its last argument that ends it when the task is
    cancelled.
    """
    task = asyncio.current_task()

    def check() -> None:
        if task is not None and task.cancelling():
            raise _Stopped

    def stoppable() -> None:
        with suppress(_Stopped):
            work(*arguments, check)

    await run_in_thread(stoppable)


class _Stopped(BaseException):
    """Ends a thread that works for a cancelled export."""


def _is_current(
    path: Path, manifest: Manifest, notes: Notes, exchange: Exchange, work: Work
) -> bool:
    """Whether an archive has all sessions as they are, so that nothing of it need be read."""
    status, note = regular_status(path), notes.get(ARCHIVE)
    if status is None or note is None or exchange.deleted():
        return False
    if (status.st_size, status.st_mtime_ns) != (note.size, note.mtime):
        return False
    if work.choice.is_importable and exchange.to_write():
        return False
    return all(_is_noted(family, manifest, notes, exchange, work) for family in work.families)


def _is_noted(
    family: Sequence[SessionMark],
    manifest: Manifest,
    notes: Notes,
    exchange: Exchange,
    work: Work,
) -> bool:
    name = file_name(family[0].identity, work.choice.exporter.suffix)
    note, entry = notes.get(name), manifest.files.get(name)
    if len(family) > 1 or note is None or entry is None:
        return False
    if exchange.is_deleted_elsewhere(family[0].identity):
        return False
    return (note.mark, note.digest) == (family[0].mark, entry.sha256)


def _checked(manifest: Manifest | None, choice: Choice, destination: Path) -> Manifest:
    """The manifest, or a new one. Raises DestinationExists if it is of another kind of export."""
    record = choice.record()
    if manifest is None:
        return Manifest(export=record)
    if manifest.export != record:
        raise DestinationExists(
            f"{path_in_sentence(destination)} has an export in another format, or with other "
            f"options: {_in_words(manifest.export)}. Choose another destination."
        )
    return manifest


def _in_words(record: Mapping[str, object]) -> str:
    return one_line(", ".join(f"{name} {value}" for name, value in record.items()))


async def _remember(
    store: Store, destination: Path, manifest: Manifest, notes: Notes, before: Notes
) -> None:
    """Remembers the files, so that the next export need not read them."""
    kept = {name: note for name, note in notes.items() if name == ARCHIVE or name in manifest.files}
    if kept != before:
        await asyncio.to_thread(store.remember_export, path_text(destination), kept)
