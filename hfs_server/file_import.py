"""Files that are imported one after the other, and what became of each in the report.

The rule not to break: what the report says is so. A session is in the store before it is
reported, and one that fails stops no other.
"""

from __future__ import annotations

import asyncio
import logging
import traceback
from asyncio import CancelledError
from collections.abc import Collection, Generator, Iterator, Sequence
from contextlib import closing
from pathlib import Path, PurePath
from typing import Literal, TypeVar

from hfs_server import __version__
from hfs_server.cancellation import completed, run_in_thread, shielded
from hfs_server.errors import (
    HfsError,
    InvalidDocument,
    SourceNotReadable,
    StoreBusy,
    StoreTooNew,
    StoreUnusable,
    os_reason,
)
from hfs_server.export_folder.names import stem_in
from hfs_server.export_folder.states import OUR_HEADS
from hfs_server.import_report import NO_SESSION, ImportReport
from hfs_server.import_sources import Found, members, source_file
from hfs_server.importers import identify, recognize
from hfs_server.importers.source_file import SourceFile
from hfs_server.other_store import is_store, store_sessions
from hfs_server.session import Progress, SavedSession, SessionSource, version_numbers
from hfs_server.store import PRESENT, FileStamp, StoreImport
from hfs_server.text import path_in_sentence, path_text

log = logging.getLogger("hfs_server")

Item = TypeVar("Item")
FileState = Literal["done", "unknown", "open"]
"""Whether a file was imported, has no known format, or is to be read again the next time."""

_READ_SHARE = 0.8
"""The share of the work for a session that is reading; the rest is the store's."""
_REMEMBERED_TOGETHER = 500
STORE_ERRORS = (StoreBusy, StoreTooNew, StoreUnusable)


class _Stopped(BaseException):
    """Ends a thread that reads for a cancelled import."""


class Shares:
    """The progress of an import of many files, by their sizes."""

    def __init__(self, on_progress: Progress, sizes: Sequence[int]) -> None:
        self._on_progress = on_progress
        self._total = max(1, sum(sizes))
        self._count = len(sizes)
        self._done_count = self._done = 0

    def complete(self, size: int) -> None:
        """Reports that a file of this size is done."""
        self._done += size
        self._done_count += 1
        self.show(0, 0, f"{self._done_count:,} of {self._count:,} files")

    def show(self, size: int, share: float, words: str) -> None:
        """Reports the share of a file that is done."""
        self._on_progress(min(1.0, (self._done + share * size) / self._total), words)


class FileImport:
    """One import, file after file.

    A cancellation that comes when a session has just been saved is held back until another one
    begins: what was saved last must be reported.
    """

    def __init__(
        self, session_import: StoreImport, report: ImportReport, tool: str | None, shares: Shares
    ) -> None:
        self._import = session_import
        self._report = report
        self._tool = tool
        self._shares = shares
        self._noted: dict[str, dict[str, FileStamp]] = {"done": {}, "unknown": {}}
        self._was_cancelled = False
        self.returning: Collection[str] = ()
        """The stems of files whose sessions come back if they were deleted."""

    async def add_found(self, found: Found, store_files: Sequence[Path]) -> None:
        """Imports a file of this machine, and notes it if nothing more can be imported of it."""
        file = source_file(found.path, store_files)
        state = await self.add_file(file, found.stamp.size, is_chosen=found.is_chosen)
        if state != "open":
            self._noted[state][path_text(found.path)] = found.stamp
        if sum(map(len, self._noted.values())) >= _REMEMBERED_TOGETHER:
            await self.remember()

    async def finish(self) -> None:
        """Records the files that were imported, and looks up the parents of the sessions."""
        await self.remember()
        for saved in self._report.sessions:
            parent = saved.parent_identity
            if parent is not None and parent not in self._report.parents:
                self._report.parents[parent] = await self._import.id_of(parent)

    async def remember(self, *, wait: bool = True) -> None:
        """Records the files that need not be read again."""
        done, unknown = self._noted["done"], self._noted["unknown"]
        self._noted = {"done": {}, "unknown": {}}
        await self._import.remember(done, wait=wait)
        # A newer version may know their format.
        await self._import.remember(unknown, unknown_to=__version__, wait=wait)

    def raise_if_cancelled(self) -> None:
        """Raises CancelledError if a cancellation was held back."""
        if self._was_cancelled:
            raise CancelledError

    async def add_file(self, file: SourceFile, size: int, *, is_chosen: bool) -> FileState:
        """Imports a file or the members of an archive."""
        left = self._count_left()
        state: FileState = "done"
        with closing(members(file)) as found:
            try:
                while member := await self._next(found):
                    self.raise_if_cancelled()
                    is_single = is_chosen and member is file
                    is_known = await self._add_member(member, file, size, is_single)
                    if not is_known and member is file:
                        state = "unknown"
            except STORE_ERRORS:
                raise
            except Exception as error:
                self._fail(file, file.name, _reason(error, file))
        self._shares.complete(size)
        return state if self._count_left() == left else "open"

    def _count_left(self) -> int:
        """How many sessions were not imported, though another import may do so."""
        return len(self._report.failed) + self._report.skipped[PRESENT]

    async def _add_member(
        self, file: SourceFile, container: SourceFile, size: int, is_chosen: bool
    ) -> bool:
        """Imports the sessions of a file; False if it is of no known format."""

        task = asyncio.current_task()

        def on_read(count: int) -> None:
            # Reading may go on for long without a session, or a message, to end at.
            if self._was_cancelled or (task is not None and task.cancelling()):
                raise _Stopped
            words = f"{count:,} of {size:,} bytes read"
            self._shares.show(size, _READ_SHARE * min(1.0, count / max(1, size)), words)

        file.on_read = on_read
        try:
            if self._tool is None and await run_in_thread(is_store, file):
                sessions: Iterator[SessionSource] | None = self._sessions_of_store(file, size)
                # Its sessions are as many files of a folder: none of them was named.
                is_chosen = False
            else:
                sessions = await run_in_thread(self._sessions_of, file, is_chosen)
            if sessions is None:
                if not file.head.startswith(OUR_HEADS):
                    self._report.skipped[NO_SESSION] += 1
                return False
            count = 0
            try:
                while source := await self._next(sessions):
                    self.raise_if_cancelled()
                    count += 1
                    await self._save(source, file, container, size, is_chosen)
            finally:
                await shielded(asyncio.to_thread(_close, sessions))
            if not count and is_chosen:
                raise InvalidDocument(
                    f"{_name(file)} has no session of its own: it is a part of one, or empty. "
                    "Import the folder that it is in."
                )
        except STORE_ERRORS:
            raise
        except Exception as error:
            self._fail(container, file.name, _reason(error, file))
        return True

    async def _next(self, items: Iterator[Item]) -> Item | None:
        """The next item; None after the last one."""
        item, _ = await completed(asyncio.to_thread(next, items, None), self._hold_back)
        try:
            return item.result()
        except _Stopped:
            raise CancelledError from None

    def _hold_back(self) -> None:
        self._was_cancelled = True

    def _sessions_of(self, file: SourceFile, is_chosen: bool) -> Iterator[SessionSource] | None:
        """The sessions of a file; None for a file of no known format that nobody chose."""
        if self._tool is not None or is_chosen:
            found = identify(file, self._tool)
        elif (recognized := recognize(file)) is not None:
            found = recognized
        else:
            return None
        importer, evidence = found
        self._report.add_evidence(evidence)
        return importer.sessions(file)

    def _sessions_of_store(self, file: SourceFile, size: int) -> Iterator[SessionSource]:
        """The sessions of another store but those that are taken over many at a time."""

        async def take_over(path: Path) -> Collection[int]:
            done: set[int] = set()
            async for some in self._import.take_over(path):
                for taken in some:
                    done.add(taken.id)
                    self._add(taken.saved, taken.schema_version)
                self._shares.show(size, 0.5, f"{len(done):,} sessions done")
                if self._was_cancelled:
                    break
            return done

        self._report.add_evidence("hfs: tables of a store")
        return store_sessions(file, asyncio.get_running_loop(), take_over)

    async def _save(
        self,
        source: SessionSource,
        file: SourceFile,
        container: SourceFile,
        size: int,
        is_chosen: bool,
    ) -> None:
        def on_saved(share: float, words: str) -> None:
            self._shares.show(size, _READ_SHARE + (1 - _READ_SHARE) * share, words)

        report = self._report
        try:
            is_wanted = is_chosen or (
                bool(self.returning) and stem_in(PurePath(file.name).name) in self.returning
            )
            saved = await self._import.save(source, on_saved, restores_deleted=is_wanted)
        except STORE_ERRORS:
            raise
        except HfsError as error:
            self._fail(container, source.header.name if file.is_sqlite else file.name, error)
            return
        if report.original_version is None:
            report.original_version = source.schema_version
        self._add(saved._replace(file=file.name), source.header.schema_version)

    def _add(self, saved: SavedSession, schema_version: str) -> None:
        report = self._report
        report.original_version = report.original_version or schema_version
        report.schema_version = max(report.schema_version, schema_version, key=version_numbers)
        if saved.reason is not None:
            report.skipped[saved.reason] += 1
        report.sessions.append(saved)

    def _fail(self, file: SourceFile, name: str, error: HfsError) -> None:
        self._report.add_failure(file.path, error, name)


def _close(sessions: Iterator[SessionSource]) -> None:
    """Closes what a generator of sessions has open, in a thread, since that may block."""
    if isinstance(sessions, Generator):
        sessions.close()


def _reason(error: Exception, file: SourceFile) -> HfsError:
    """Why a file could not be read; a bug costs that file, and no other."""
    match error:
        case HfsError():
            return error
        case MemoryError():
            return InvalidDocument(
                f"{_name(file)} contains a value too large for the available memory."
            )
        case OSError():
            return SourceNotReadable(f"It cannot be read: {os_reason(error)}.")
    frames = "".join(traceback.format_tb(error.__traceback__))
    log.error("Internal error: %s\n%s", type(error).__name__, frames)
    return InvalidDocument(
        f"It could not be read because of an error in hfs-server ({type(error).__name__}). Please "
        "report it."
    )


def _name(file: SourceFile) -> str:
    return path_in_sentence(file.path or Path(file.name)) if file.name else "The text"
