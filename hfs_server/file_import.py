"""Files that are imported one after the other, and what became of each in the report.

The rule not to break: what the report says is so. A session is in the store before it is
reported, and one that fails stops no other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Literal

from hfs_server import __version__
from hfs_server.cancellation import run_in_thread, shielded
from hfs_server.errors import InvalidDocument
from hfs_server.export_folder.states import OUR_HEADS
from hfs_server.exported_files import (
    damaged_export,
    is_beside_exports,
    is_export,
    with_repair,
)
from hfs_server.import_failures import name_of, reason_of
from hfs_server.import_report import ImportReport
from hfs_server.import_sources import Found, members, source_file
from hfs_server.import_work import READ_SHARE, STORE_ERRORS, Shares, Stopped
from hfs_server.importers import identify, recognize
from hfs_server.importers.source_file import SourceFile
from hfs_server.other_store import is_store
from hfs_server.session import SessionSource
from hfs_server.store import StoreImport
from hfs_server.store.shapes import PRESENT, FileStamp
from hfs_server.store_import import OtherStoreImport, close_sessions, place_of
from hfs_server.text import path_text
from hfs_server.transfers import WHOLE, Selection, TransferOf

FileState = Literal["done", "unknown", "open"]
"""Whether a file was imported, has no known format, or is to be read again the next time."""

_REMEMBERED_TOGETHER = 500
_NO_STORE = (
    "It is not a store. Filters and redaction are for the sessions of a store: leave them out, or "
    "import what you want by its path."
)


class FileImport(OtherStoreImport):
    """One import, file after file; ``tool`` fixes their format.

    With a ``selection``, each of them must be a store.
    """

    def __init__(
        self,
        session_import: StoreImport,
        report: ImportReport,
        tool: str | None,
        shares: Shares,
        transfer: TransferOf,
        selection: Selection = WHOLE,
    ) -> None:
        super().__init__(session_import, report, shares, transfer, selection)
        self._tool = tool
        self._noted: dict[str, dict[str, FileStamp]] = {"done": {}, "unknown": {}}

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
                self._fail(file, file.name, reason_of(error, file))
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
                raise Stopped
            words = f"{count:,} of {size:,} bytes read"
            self._shares.show(size, READ_SHARE * min(1.0, count / max(1, size)), words)

        file.on_read = on_read
        if not is_chosen and is_beside_exports(file.name):
            return True
        try:
            if self._tool is None and await run_in_thread(is_store, file):
                transfer = self._transfer(place_of(file))
                await self._add_stored(file, transfer, container, size)
                return True
            if not self._selection.is_everything:
                raise InvalidDocument(_NO_STORE)
            sessions = await run_in_thread(self._sessions_of, file, is_chosen)
            if sessions is None:
                if is_export(file):
                    self._fail(container, file.name, damaged_export(file))
                elif not file.head.startswith(OUR_HEADS):
                    self._report.skip_unknown(file.name)
                return False
            try:
                count = await self._save_all(sessions, file, container, size, is_chosen=is_chosen)
            finally:
                await shielded(asyncio.to_thread(close_sessions, sessions))
            if not count and is_chosen:
                raise InvalidDocument(
                    f"{name_of(file)} has no session of its own: it is a part of one, or empty. "
                    "Import the folder that it is in."
                )
        except STORE_ERRORS:
            raise
        except Exception as error:
            self._fail(container, file.name, with_repair(file, reason_of(error, file)))
        return True

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
