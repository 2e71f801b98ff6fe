"""The sessions that the server keeps while it runs.

The rule not to break: the user has not asked for each of these imports, so that failures are
logged and not shown.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

from hfs_server.errors import HfsError
from hfs_server.import_report import ImportReport
from hfs_server.keeping import chosen_tools, keep
from hfs_server.lsp.background_progress import BackgroundProgress
from hfs_server.settings import Settings
from hfs_server.store import Store

log = logging.getLogger("hfs_server")


async def keep_sessions(
    store: Store,
    settings: Settings,
    warn: Callable[[str], None],
    progress: BackgroundProgress,
) -> None:
    """Keeps the sessions of the tools in the settings until it is cancelled."""
    tools, problem = chosen_tools(settings.keep)
    if problem is not None:
        warn(problem)
    if tools and settings.database_problem is None:
        await keep(store, tools, _Log(progress), sharing=settings.sharing)


class _Log:
    """What becomes of the sessions, in numbers."""

    def __init__(self, progress: BackgroundProgress) -> None:
        self._progress = progress

    def importing(self) -> AbstractContextManager[None]:
        return self._progress.shown("Importing new sessions")

    def on_tools(self, kept: Sequence[str], elsewhere: Sequence[str]) -> None:
        log.info("Keeps sessions of %s; another process those of %s.", kept, elsewhere)

    def on_import(self, report: ImportReport) -> None:
        statuses = Counter(saved.status for saved in report.sessions)
        log.info("Kept sessions: %s; failed: %d.", dict(statuses), len(report.failed))
        for failed in report.failed:
            log.info("A session could not be kept: %s.", failed.error.kind)

    def on_store_error(self, error: HfsError) -> None:
        log.warning("Sessions cannot be kept now: %s.", error.kind)

    def on_share(self, report: ImportReport) -> None:
        statuses = Counter(saved.status for saved in report.sessions)
        log.info("Shared sessions: %s; failed: %d.", dict(statuses), len(report.failed))

    def on_share_error(self, error: HfsError) -> None:
        log.warning("Sessions cannot be shared now: %s.", error.kind)
