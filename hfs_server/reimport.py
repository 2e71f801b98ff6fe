"""The use case of a reimport: the originals in the store, read with today's importers.

The rule not to break: only sessions that were read from an original are updated from it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from contextlib import aclosing, asynccontextmanager

from hfs_server.cancellation import run_in_thread, shielded
from hfs_server.errors import HfsError, InvalidDocument, SourceNotReadable, UnknownFormat
from hfs_server.file_import import FileImport
from hfs_server.import_report import ImportReport
from hfs_server.import_work import STORE_ERRORS, Shares
from hfs_server.importers import TOOLS
from hfs_server.importers.source_file import SourceFile
from hfs_server.session import Progress, no_progress
from hfs_server.store import Rereading, Store
from hfs_server.store.shapes import ImportRules, KeptOriginal
from hfs_server.temporary import no_room, temporary_folder
from hfs_server.transfers import transfers


async def reimport(
    store: Store,
    tools: Collection[str] | None = None,
    *,
    is_trial: bool = False,
    on_progress: Progress = no_progress,
) -> ImportReport:
    """Updates the sessions of these tools, or of all; the report is that of an import.

    Raises the first failure if all failed, and the store's errors.
    """
    report = ImportReport()
    rules = ImportRules(is_trial=is_trial)
    async with store.rereading(rules) as rereading:
        originals = await rereading.originals(tools)
        shares = Shares(on_progress, [original.size for original in originals])
        for original in originals:
            work = FileImport(rereading, report, original.tool, shares, transfers(store, rules))
            try:
                await _reread(rereading, original, work, report)
            except STORE_ERRORS as error:
                if not report.sessions:
                    raise
                # What was saved before must be reported too.
                report.add_failure(None, error, "the store")
                break
            work.raise_if_cancelled()
        await shielded(_add_parents(rereading, report))
    report.raise_if_all_failed()
    return report


async def _reread(
    rereading: Rereading, original: KeptOriginal, work: FileImport, report: ImportReport
) -> None:
    """Reads an original, and saves what is in it."""
    try:
        async with _opened(rereading, original) as file:
            before = len(report.sessions) + len(report.failed)
            rereading.begin(original)
            await work.add_file(file, original.size, is_chosen=False)
            if len(report.sessions) + len(report.failed) == before:
                raise InvalidDocument("No session is found in it any more.")
    except HfsError as error:
        if isinstance(error, STORE_ERRORS):
            raise
        report.add_failure(None, error, original.name)


@asynccontextmanager
async def _opened(rereading: Rereading, original: KeptOriginal) -> AsyncIterator[SourceFile]:
    """The original as a file. Raises InvalidDocument, UnknownFormat and SourceNotReadable."""
    if original.tool not in TOOLS:
        raise UnknownFormat(
            f"This version of hfs-server does not read sessions of {original.tool}."
        )
    with temporary_folder(SourceNotReadable) as folder:
        path = folder / "original"
        try:
            with await run_in_thread(path.open, "wb") as content:
                async with aclosing(rereading.original(original)) as pieces:
                    async for piece in pieces:
                        await run_in_thread(content.write, piece)
        except OSError as error:
            raise SourceNotReadable(no_room(error)) from None
        yield SourceFile(lambda: path.open("rb"), original.place)


async def _add_parents(rereading: Rereading, report: ImportReport) -> None:
    for saved in report.sessions:
        parent = saved.parent_identity
        if parent is not None and parent not in report.parents:
            report.parents[parent] = await rereading.id_of(parent)
