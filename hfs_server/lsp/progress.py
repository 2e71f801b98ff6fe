"""Work-done progress: ``begin``, rising percentages, ``end``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from hfs_server.lsp.jsonrpc import MessageId
from hfs_server.session import Progress, no_progress

NotifyProgress = Callable[[MessageId, dict[str, Any]], None]
"""Sends ``$/progress`` with a token and a value."""


@contextmanager
def work_done(notify: NotifyProgress, token: MessageId | None, title: str) -> Iterator[Progress]:
    """Yields what reports progress to the client, if it sent a token."""
    if token is None:
        yield no_progress
        return
    notify(token, {"kind": "begin", "title": title, "cancellable": True, "percentage": 0})
    last = 0

    def report(share: float, words: str) -> None:
        nonlocal last
        percentage = min(100, int(share * 100))
        if percentage > last:
            last = percentage
            notify(token, {"kind": "report", "percentage": percentage, "message": words})

    try:
        yield report
    finally:
        notify(token, {"kind": "end"})
