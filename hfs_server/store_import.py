"""The import of the sessions of another store, at an address or in a file.

The rule not to break: its sessions are as many files of a folder, of which none was named.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Collection, Generator, Iterator, Sequence
from contextlib import aclosing
from io import BytesIO
from itertools import chain
from pathlib import Path
from typing import cast

from hfs_server.cancellation import shielded
from hfs_server.identity import HFS_TOOL
from hfs_server.import_failures import reason_of
from hfs_server.import_report import ImportReport
from hfs_server.import_work import STORE_ERRORS, ImportWork, Shares
from hfs_server.importers.source_file import SourceFile
from hfs_server.other_store import Begin, OtherStore, StoredSessionSource, store_sessions
from hfs_server.session import (
    EXPORT_SCHEMA_VERSION,
    LOWEST_SCHEMA_VERSION,
    SavedSession,
    SessionSource,
)
from hfs_server.store import StoreImport
from hfs_server.store.shapes import SessionEntry
from hfs_server.text import path_text
from hfs_server.transfers import WHOLE, Selection, Transfer, TransferOf


class OtherStoreImport(ImportWork):
    """An import of other stores; ``selection`` says which of their sessions, and how."""

    def __init__(
        self,
        session_import: StoreImport,
        report: ImportReport,
        shares: Shares,
        transfer: TransferOf,
        selection: Selection = WHOLE,
    ) -> None:
        super().__init__(session_import, report, shares)
        self._transfer = transfer
        self._selection = selection

    async def add_store(self, other: OtherStore, name: str, size: int = 1) -> None:
        """Imports the sessions of a store at an address, or of one that is open."""
        transfer = self._transfer(name)
        file = SourceFile(BytesIO, name)
        try:
            await self._add_stored(other, transfer, file, size)
        except STORE_ERRORS:
            raise
        except Exception as error:
            self._fail(file, name, reason_of(error, file))
        self._shares.complete(size)

    async def _add_stored(
        self, other: OtherStore, transfer: Transfer, container: SourceFile, size: int
    ) -> None:
        """Imports the sessions of another store.

        They are as many files of a folder: none of them was named.
        """
        file = other if isinstance(other, SourceFile) else container
        self._report.add_evidence("hfs: tables of a store")
        loop, begin = asyncio.get_running_loop(), self._begin(transfer, size)
        sessions = store_sessions(other, loop, begin, self._selection)

        def note(source: SessionSource, saved: SavedSession) -> None:
            transfer.note(cast(StoredSessionSource, source).session_id, saved)

        try:
            # What precedes the first one uses this import, whose thread reads all others.
            if first := await self._next(sessions):
                left = chain([first], sessions)
                await self._save_all(left, file, container, size, on_saved=note)
        finally:
            await shielded(asyncio.to_thread(close_sessions, sessions))
            await shielded(transfer.end())

    def _begin(self, transfer: Transfer, size: int) -> Begin:
        """What reports the sessions of another store that are not read one by one."""

        async def take_over(path: Path) -> Collection[int]:
            done: set[int] = set()
            async with aclosing(self._import.take_over(path)) as batches:
                async for some in batches:
                    for taken in some:
                        done.add(taken.id)
                        self._add(taken.saved, taken.schema_version)
                    self._shares.show(size, 0.5, f"{len(done):,} sessions done")
                    if self._was_cancelled:
                        break
            return done

        async def leave_out(entries: Sequence[SessionEntry]) -> Collection[int]:
            found = await transfer.left_out(entries)
            for saved in found.values():
                is_of_hfs = saved.tool == HFS_TOOL
                self._add(saved, LOWEST_SCHEMA_VERSION if is_of_hfs else EXPORT_SCHEMA_VERSION)
            return found.keys()

        return Begin(take_over, leave_out)


def place_of(file: SourceFile) -> str | None:
    """The name under which a store is remembered; one in an archive is not."""
    return None if file.path is None else path_text(os.path.realpath(file.path))


def close_sessions(sessions: Iterator[SessionSource]) -> None:
    """Closes what a generator of sessions has open, in a thread, since that may block."""
    if isinstance(sessions, Generator):
        sessions.close()
