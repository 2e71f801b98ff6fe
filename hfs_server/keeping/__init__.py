"""The use case of keeping: sessions of tools are imported by themselves as they grow.

The rule not to break: while nothing changes nothing is read, and what a tool deletes stays.
"""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from time import monotonic
from typing import Protocol

from hfs_server.cancellation import cancel, run_in_thread, shielded
from hfs_server.errors import HfsError
from hfs_server.import_report import ImportReport
from hfs_server.import_session import import_found
from hfs_server.import_sources import Found, found_in
from hfs_server.import_work import STORE_ERRORS
from hfs_server.importers import IMPORTERS, TOOLS, Importer
from hfs_server.importers.places import Places
from hfs_server.internal_error import log_internal_error
from hfs_server.keeping.folder_watch import FolderWatch
from hfs_server.keeping.globs import Glob, globs_of
from hfs_server.keeping.resting import RestingFiles
from hfs_server.keeping.share_loop import ShareListener, ShareLoop
from hfs_server.share_settings import Sharing
from hfs_server.store import Store
from hfs_server.store.shapes import FileStamp
from hfs_server.text import one_line, path_text

LOOK_SECONDS = 2.0
"""How often locks and folders that are missing are looked for."""

TICK_SECONDS = 0.5
"""How often files that changed are looked at."""

WHOLE_SECONDS = 15 * 60.0
"""How often all files are looked at, for changes that the system has not reported."""

_BATCH_FILES = 100
_SHARE = 0.1
"""The share of the time that importing one and the same file may take."""
_LONGEST_PAUSE = 60.0
_LONGEST_NAMES = 100

Identity = tuple[int, int]


class KeepListener(ShareListener, Protocol):
    """Who is informed of what becomes of the sessions."""

    def on_tools(self, kept: Sequence[str], elsewhere: Sequence[str]) -> None:
        """Which tools this process keeps now, and which of them another one does."""

    def importing(self) -> AbstractContextManager[None]:
        """Entered while files that rest are imported."""

    def on_import(self, report: ImportReport) -> None:
        """Files were imported, or have failed."""

    def on_store_error(self, error: HfsError) -> None:
        """The store cannot be used; it is tried again."""


def chosen_tools(names: Collection[str]) -> tuple[list[str], str | None]:
    """The tools of these names, of which ``all`` is one, and a sentence about invalid names."""
    tools = [tool for tool in TOOLS if tool in names or "all" in names]
    if not (invalid := [name for name in names if name not in (*TOOLS, "all")]):
        return tools, None
    shown = one_line(", ".join(invalid))[:_LONGEST_NAMES]
    return tools, f"keep: unknown tools are ignored: {shown}; known: {', '.join(TOOLS)}."


async def keep(
    store: Store,
    tools: Collection[str],
    listener: KeepListener,
    places: Places | None = None,
    sharing: Sharing | None = None,
) -> None:
    """Keeps the sessions of tools, and shares them, until it is cancelled; it does not return."""
    keeper = _Keeper(store, tools, listener, places or Places())
    running = [asyncio.ensure_future(keeper.run())]
    if sharing is not None:
        loop = ShareLoop(store, sharing, keeper.kept, listener)
        running.append(asyncio.ensure_future(loop.run()))
    try:
        await asyncio.wait(running)
    finally:
        await shielded(cancel(running))
        await shielded(asyncio.to_thread(keeper.close))


class _Keeper:
    """One loop: it looks around, imports what rests, and waits for the next change."""

    def __init__(
        self, store: Store, tools: Collection[str], listener: KeepListener, places: Places
    ) -> None:
        self._store = store
        self._listener = listener
        self._places = places
        self._tools = [*dict.fromkeys(glob.tool for glob in globs_of(tools, places))]
        self._lock = store.keep_lock()
        self._kept: list[str] | None = None
        """The tools that this process keeps; None before it has tried to."""
        self._roots: dict[Glob, Identity] = {}
        """What is watched, with the identities of the folders."""
        self._watch: FolderWatch | None = None
        self._files = RestingFiles()
        self._failed: dict[Path, FileStamp] = {}
        self._next_look = self._next_pass = 0.0
        self._pause = 0.0
        self._changed = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    async def run(self) -> None:
        """Keeps sessions until it is cancelled."""
        while True:
            try:
                await self._step()
                self._pause = 0.0
            except STORE_ERRORS as error:
                if not self._pause:
                    self._listener.on_store_error(error)
                self._pause = min(_LONGEST_PAUSE, max(LOOK_SECONDS, 2 * self._pause))
            except Exception as error:
                log_internal_error(error)
                self._pause = _LONGEST_PAUSE
            await self._wait()

    def kept(self) -> Sequence[str]:
        """The tools that this process keeps."""
        return self._kept or ()

    def close(self) -> None:
        """Stops watching, and lets other processes keep the sessions. Blocks."""
        if self._watch is not None:
            self._watch.stop()
        self._lock.release()

    async def _step(self) -> None:
        if monotonic() >= self._next_look:
            self._next_look = monotonic() + LOOK_SECONDS
            await self._look_around()
        is_ready = self._watch is not None and self._watch.is_ready
        if is_ready and monotonic() >= self._next_pass:
            await self._look_at_all()
            self._next_pass = monotonic() + WHOLE_SECONDS
        with self._listener.importing():
            while found := await self._taken():
                await self._import(found)

    async def _taken(self) -> Sequence[Found]:
        return await run_in_thread(self._files.take, monotonic(), _BATCH_FILES)

    async def _wait(self) -> None:
        seconds = self._pause or (TICK_SECONDS if self._files else LOOK_SECONDS)
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await (asyncio.sleep(seconds) if self._files else self._changed.wait())
        self._changed.clear()

    async def _look_around(self) -> None:
        """Takes the locks that are free, and watches the folders that exist."""
        kept = await run_in_thread(self._take_locks)
        if kept != self._kept:
            self._kept = kept
            elsewhere = [tool for tool in self._tools if tool not in kept]
            self._listener.on_tools(kept, elsewhere)
        roots = await run_in_thread(_existing, kept, self._places)
        if roots != self._roots or (self._watch is not None and self._watch.has_ended):
            self._roots = roots
            if self._watch is not None:
                await run_in_thread(self._watch.stop)
            self._watch = FolderWatch([*roots], self._on_changes) if roots else None
            self._next_pass = 0.0

    def _take_locks(self) -> list[str]:
        kept = self._kept or []
        return [tool for tool in self._tools if tool in kept or self._lock.take(tool)]

    def _on_changes(self, paths: set[Path]) -> None:
        """Called in the threads that watch."""
        with suppress(RuntimeError):  # The loop is closed when the process ends.
            self._loop.call_soon_threadsafe(self._add, paths)

    def _add(self, paths: set[Path]) -> None:
        self._files.add(paths, monotonic())
        self._changed.set()

    async def _look_at_all(self) -> None:
        """Adds the files that were never imported, or have changed since."""
        for importer in IMPORTERS:
            folders = importer.folders(self._places) if importer.tool in (self._kept or ()) else ()
            for folder in dict.fromkeys(folders):
                known = await self._store.imported_files(path_text(folder))
                with suppress(OSError):
                    changed = await run_in_thread(_changed, importer, folder, known)
                    self._files.add(changed, monotonic())

    async def _import(self, found: Sequence[Found]) -> None:
        changed = [each for each in found if self._failed.get(each.path) != each.stamp]
        if not changed:
            return
        begun = monotonic()
        try:
            report = await import_found(self._store, changed)
            for failed in report.failed:
                if isinstance(failed.error, STORE_ERRORS):
                    raise failed.error
        except BaseException:
            self._files.add([each.path for each in changed], monotonic())
            raise
        self._note_failed(changed, report)
        self._postpone(changed, monotonic() - begun)
        self._listener.on_import(report)

    def _note_failed(self, found: Sequence[Found], report: ImportReport) -> None:
        failed = {failure.path for failure in report.failed}
        for each in found:
            self._failed.pop(each.path, None)
            if each.path in failed:
                self._failed[each.path] = each.stamp

    def _postpone(self, found: Sequence[Found], seconds: float) -> None:
        """A file that takes long to import, and changes often, must not use a whole core."""
        size = sum(each.stamp.size for each in found) or 1
        for each in found:
            took = seconds * each.stamp.size / size
            if took > TICK_SECONDS:
                self._files.postpone(each.path, monotonic() + took / _SHARE)


def _changed(importer: Importer, folder: Path, known: Mapping[str, FileStamp]) -> list[Path]:
    """The files of a tool that are not the known ones. Raises OSError."""
    found = found_in(importer, folder)
    return [each.path for each in found if known.get(path_text(each.path)) != each.stamp]


def _existing(tools: Collection[str], places: Places) -> dict[Glob, Identity]:
    """The globs of tools whose roots exist."""
    found = {}
    for glob in globs_of(tools, places):
        with suppress(OSError):
            status = os.stat(glob.root)
            if stat.S_ISDIR(status.st_mode):
                found[glob] = status.st_dev, status.st_ino
    return found
