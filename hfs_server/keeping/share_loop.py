"""Sessions that are kept are shared as they grow, as long as the second store can be reached.

The rule not to break: a second store that is away holds nothing up, and is reported once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

from hfs_server.cancellation import shielded
from hfs_server.errors import HfsError, SourceNotReadable
from hfs_server.import_report import ImportReport
from hfs_server.import_work import STORE_ERRORS
from hfs_server.internal_error import log_internal_error
from hfs_server.share_settings import Sharing
from hfs_server.sharing import share
from hfs_server.store import Store, open_store

SHARE_SECONDS = 3.0
"""How often a changed store is looked at."""

_LONGEST_PAUSE = 120.0


class ShareListener(Protocol):
    """Who is informed of what is shared."""

    def on_share(self, report: ImportReport) -> None:
        """Sessions were imported into the second store, or have failed."""

    def on_share_error(self, error: HfsError) -> None:
        """The second store cannot be used; it is tried again."""


class ShareLoop:
    """Shares what ``kept`` tools have in the store; ``run`` does not return."""

    def __init__(
        self,
        store: Store,
        sharing: Sharing,
        kept: Callable[[], Sequence[str]],
        listener: ShareListener,
    ) -> None:
        self._store = store
        self._sharing = sharing
        self._kept = kept
        self._listener = listener
        self._shared: Store | None = None
        self._done: object = None
        """The state of the store that was shared."""
        self._pause = 0.0

    async def run(self) -> None:
        """Shares sessions until it is cancelled."""
        try:
            while True:
                await self._try()
                await asyncio.sleep(self._pause or SHARE_SECONDS)
        finally:
            if self._shared is not None:
                await shielded(self._shared.close())

    async def _try(self) -> None:
        try:
            await self._step()
            self._pause = 0.0
        except (*STORE_ERRORS, SourceNotReadable) as error:
            if not self._pause:
                self._listener.on_share_error(error)
            self._pause = min(_LONGEST_PAUSE, max(SHARE_SECONDS, 2 * self._pause))
        except Exception as error:
            log_internal_error(error)
            self._pause = _LONGEST_PAUSE

    async def _step(self) -> None:
        tools = self._kept()
        if not tools or not self._store.exists():
            return
        state = await self._store.change_mark(), *tools
        if state == self._done:
            return
        if self._shared is None:
            self._shared = open_store(self._sharing.address)
        report = await share(self._store, self._shared, self._sharing, tools)
        for failed in report.failed:
            if isinstance(failed.error, SourceNotReadable):
                raise failed.error
        self._done = state
        self._listener.on_share(report)
