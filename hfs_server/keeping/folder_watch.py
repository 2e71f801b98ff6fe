"""Folders of tools, watched in threads for files of sessions that change.

The rule not to break: what happens costs work, and what exists does not.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from hfs_server.keeping.globs import Glob

STEP_MILLISECONDS = 250
"""How often a thread looks whether anything was reported; changes wait for twice that."""

RETRY_SECONDS = 60.0
"""After how long watching is tried again, and all files are looked at, if nothing works."""

_TOGETHER_MILLISECONDS = 1000
_READY_MILLISECONDS = 1000
_POLL_MILLISECONDS = 2500
"""How often all files are looked at if the system does not notify."""
_JOIN_SECONDS = 2.0
_ADDED, _DELETED = 1, 3
"""Members of ``watchfiles.Change``."""

log = logging.getLogger("hfs_server")


class FolderWatch:
    """Watches the roots of globs, which must exist, until it is stopped.

    ``on_changes`` is called in a thread, also when that begins to watch.
    """

    def __init__(self, globs: Sequence[Glob], on_changes: Callable[[set[Path]], None]) -> None:
        self._on_changes = on_changes
        # Some systems report real paths, whichever were watched.
        real = {glob.root: os.path.realpath(glob.root) for glob in globs}
        self._globs = [(real[glob.root], glob) for glob in globs]
        self._roots = set(real.values())
        self._stop = threading.Event()
        self.has_ended = False
        """Whether it must be made again: a folder was removed, or a thread has failed."""
        deep = {root for root, glob in self._globs if glob.is_deep}
        kinds = [(roots, deep is roots) for roots in (deep, self._roots - deep) if roots]
        self._threads: list[threading.Thread] = []
        self._not_ready = {is_deep for _, is_deep in kinds}
        for kind in kinds:
            self._threads.append(threading.Thread(target=self._run, args=kind, daemon=True))
            self._threads[-1].start()

    @property
    def is_ready(self) -> bool:
        """Whether every change from now on is noticed."""
        return not self._not_ready

    def stop(self) -> None:
        """Ends the threads, which takes a step. Blocks.

        The interpreter must not end before them: it would crash in the library's code.
        """
        self._stop.set()
        for thread in self._threads:
            thread.join(_JOIN_SECONDS)

    def _run(self, roots: Collection[str], is_deep: bool) -> None:
        try:
            self._watch(roots, is_deep, None)
        except Exception as error:
            log.info("The system does not notify of changes: %s.", type(error).__name__)
            try:
                self._watch(roots, is_deep, True)
            except Exception as failed:
                log.info("The folders of tools cannot be watched: %s.", type(failed).__name__)
                self._set_ready(is_deep)
                if all(map(os.path.isdir, roots)):
                    self._stop.wait(RETRY_SECONDS)
        self.has_ended = True

    def _set_ready(self, is_deep: bool) -> None:
        self._not_ready.discard(is_deep)
        self._on_changes(set())

    def _watch(self, roots: Collection[str], is_deep: bool, polls: bool | None) -> None:
        from watchfiles import watch

        changes = watch(
            *filter(os.path.isdir, roots),
            watch_filter=self._concerns,
            debounce=_TOGETHER_MILLISECONDS,
            step=STEP_MILLISECONDS,
            stop_event=self._stop,
            rust_timeout=_READY_MILLISECONDS,
            yield_on_timeout=True,
            raise_interrupt=False,
            force_polling=polls,
            poll_delay_ms=_POLL_MILLISECONDS,
            recursive=is_deep,
            # To ignore it hides that a system watches only some of the folders.
            ignore_permission_denied=polls is True,
        )
        for changed in changes:
            if is_deep in self._not_ready:
                self._set_ready(is_deep)
            if changed:
                self._on_changes({file for _, path in changed for file in self._files_at(path)})

    def _concerns(self, change: int, path: str) -> bool:
        if path in self._roots:
            self.has_ended = self.has_ended or change == _DELETED
            return False
        is_file = any(glob.match(root, path) for root, glob in self._globs)
        return is_file or (change == _ADDED and os.path.isdir(path))

    def _files_at(self, path: str) -> set[Path]:
        """The file that changed, or those in a folder that is new.

        What is written to a new folder before the system watches it is not reported.
        """
        found = {glob.match(root, path) for root, glob in self._globs} - {None}
        if not found and os.path.isdir(path):
            found = {file for root, glob in self._globs for file in glob.files_in(root, path)}
        return {file for file in found if file is not None}
