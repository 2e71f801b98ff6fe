"""Work-done progress of work that no request asked for, such as keeping sessions.

The rule not to break: only a token that the client has accepted is used.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

from lsprotocol import types

from hfs_server.lsp.progress import NotifyProgress

SHOWN_SECONDS = 1.0
"""How long work takes before it is shown: what is over sooner would only flicker."""

Ask = Callable[[dict[str, Any], Callable[[], None]], None]
"""Sends a request, and calls the function if the client accepts it."""


def shows_progress(capabilities: object) -> bool:
    """Whether a client with these capabilities shows work of the server's own."""
    match capabilities:
        case {"window": {"workDoneProgress": True}}:
            return True
    return False


class BackgroundProgress:
    """Shows work to a client that wants to see it."""

    def __init__(self, ask: Ask, notify: NotifyProgress, capabilities: object) -> None:
        self._ask = ask
        self._notify = notify
        self._is_wanted = shows_progress(capabilities)
        self._numbers = count(1)

    @contextmanager
    def shown(self, title: str) -> Iterator[None]:
        """Shows the work in its body, once that has taken a while."""
        if not self._is_wanted:
            yield
            return
        work = _Work(self._ask, self._notify, title, f"hfs-work-{next(self._numbers)}")
        timer = asyncio.get_running_loop().call_later(SHOWN_SECONDS, work.create)
        try:
            yield
        finally:
            timer.cancel()
            work.end()


class _Work:
    """One piece of work, and what the client knows of it."""

    def __init__(self, ask: Ask, notify: NotifyProgress, title: str, token: str) -> None:
        self._ask = ask
        self._notify = notify
        self._title = title
        self._token = token
        self._has_begun = self._has_ended = False

    def create(self) -> None:
        """Asks the client to accept the token."""
        method = types.WINDOW_WORK_DONE_PROGRESS_CREATE
        params = {"token": self._token}
        request = {"jsonrpc": "2.0", "id": self._token, "method": method, "params": params}
        self._ask(request, self._begin)

    def end(self) -> None:
        """Shows the end of work whose beginning was shown."""
        self._has_ended = True
        if self._has_begun:
            self._notify(self._token, {"kind": "end"})

    def _begin(self) -> None:
        if not self._has_ended:
            self._has_begun = True
            self._notify(self._token, {"kind": "begin", "title": self._title})
