"""What every import does with a session that it has read: save it, and report what became of it.

The rule not to break: what the report says is so. A session is in the store before it is
reported, and one that fails stops no other.
"""

from __future__ import annotations

import asyncio
from asyncio import CancelledError
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing
from itertools import zip_longest
from pathlib import PurePath
from typing import TypeVar

from hfs_server.cancellation import completed
from hfs_server.errors import HfsError, StoreBusy, StoreTooNew, StoreUnusable
from hfs_server.export_folder.names import stem_in
from hfs_server.exported_files import ListedExports, is_export, is_unlike_listed, with_repair
from hfs_server.import_report import ImportReport
from hfs_server.importers.source_file import SourceFile
from hfs_server.session import Progress, SavedSession, SessionSource, version_numbers
from hfs_server.store import StoreImport
from hfs_server.store.reading import Incoming, Reading, Unread

Item = TypeVar("Item")
Result = TypeVar("Result")
STORE_ERRORS = (StoreBusy, StoreTooNew, StoreUnusable)

READ_SHARE = 0.8
"""The share of the work for a session that is reading; the rest is the store's."""
_RESTORED = "It was restored on another machine, and so it was here."


class Stopped(BaseException):
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


class ImportWork:
    """One import, session after session.

    A cancellation that comes when a session has just been saved is held back until another one
    begins: what was saved last must be reported.
    """

    def __init__(self, session_import: StoreImport, report: ImportReport, shares: Shares) -> None:
        self._import = session_import
        self._report = report
        self._shares = shares
        self._was_cancelled = False
        self.is_exchange = False
        """Whether a file that was named counts as one of a folder that machines share."""
        self.returning: Collection[str] = ()
        """The stems of files whose sessions come back if they were deleted."""
        self.listed: ListedExports = {}
        """What manifests say of the files."""

    def raise_if_cancelled(self) -> None:
        """Raises CancelledError if a cancellation was held back."""
        if self._was_cancelled:
            raise CancelledError

    async def _next(self, items: Iterator[Item]) -> Item | None:
        """The next item; None after the last one."""
        item, _ = await completed(asyncio.to_thread(next, items, None), self._hold_back)
        return _result(item)

    def _hold_back(self) -> None:
        self._was_cancelled = True

    async def _save_all(
        self,
        sources: Iterator[SessionSource],
        file: SourceFile,
        container: SourceFile,
        size: int,
        *,
        is_chosen: bool = False,
        on_saved: Callable[[SessionSource, SavedSession], None] = lambda *_: None,
    ) -> int:
        """Saves the sessions of a file, and returns how many there are, failed ones included."""
        count = 0
        is_exchanged = self.is_exchange or (is_export(file) and not is_chosen)
        with closing(self._import.reading(sources, is_exchanged=is_exchanged)) as reading:
            while sessions := await self._read(reading):
                created = await self._import.create(sessions)
                for session, done in zip_longest(sessions, created):
                    saved = await self._save(session, done, file, container, size, is_chosen)
                    count += 1
                    if saved is not None:
                        on_saved(session.source, saved)
                reading.clear()
        return count

    async def _read(self, reading: Reading) -> Sequence[Incoming | Unread]:
        """The next sessions; none after the last one."""
        is_more = True
        while is_more:
            call, _ = await completed(reading.read_some(), self._hold_back)
            is_more = _result(call)
            if not reading.is_saved:
                self.raise_if_cancelled()
        return reading.sessions

    async def _save(
        self,
        session: Incoming | Unread,
        created: SavedSession | None,
        file: SourceFile,
        container: SourceFile,
        size: int,
        is_chosen: bool,
    ) -> SavedSession | None:
        """What became of a session, also of one that was ``created``; None if it failed."""

        def on_saved(share: float, words: str) -> None:
            self._shares.show(size, READ_SHARE + (1 - READ_SHARE) * share, words)

        report = self._report
        is_returning = bool(self.returning) and stem_in(PurePath(file.name).name) in self.returning
        try:
            if isinstance(session, Unread):
                raise session.error
            saved = created or await self._import.save(
                session, on_saved, restores_deleted=is_chosen or is_returning
            )
        except STORE_ERRORS:
            raise
        except HfsError as error:
            name = session.source.header.name if file.is_sqlite else file.name
            self._fail(container, name, with_repair(file, error))
            return None
        where = file.path.parent if file.path is not None else container.path
        entry = self.listed.get((where, file.name)) if where is not None else None
        if entry is not None:
            reading = asyncio.to_thread(is_unlike_listed, file, entry, saved)
            if (await completed(reading, self._hold_back))[0].result():
                report.unlike_listed.append(file.name)
        if report.original_version is None:
            report.original_version = session.source.schema_version
        if is_returning and saved.status != "skipped":
            saved = self._restored(saved)
        self._add(saved._replace(file=file.name), session.header.schema_version)
        return saved

    def _restored(self, saved: SavedSession) -> SavedSession:
        """What is reported of a session that came back; further versions of it did not."""
        before = (each for each in self._report.sessions if each.was_restored)
        if any((each.identity, each.id) == (saved.identity, saved.id) for each in before):
            return saved
        warnings = [*saved.warnings, _RESTORED]
        return saved._replace(status="created", was_restored=True, warnings=warnings)

    def _add(self, saved: SavedSession, schema_version: str) -> None:
        report = self._report
        report.original_version = report.original_version or schema_version
        report.schema_version = max(report.schema_version, schema_version, key=version_numbers)
        if saved.reason is not None:
            report.skipped[saved.reason] += 1
        report.sessions.append(saved)

    def _fail(self, file: SourceFile, name: str, error: HfsError) -> None:
        self._report.add_failure(file.path, error, name)


def _result(call: asyncio.Future[Result]) -> Result:
    """What a call in a thread returned. Raises CancelledError if it was stopped."""
    try:
        return call.result()
    except Stopped:
        raise CancelledError from None
