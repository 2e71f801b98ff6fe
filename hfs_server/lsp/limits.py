"""How many requests run concurrently: the others wait in order, and can be cancelled.

Each export and each import holds some files open, and each text some memory, of which a
process has only so much. A list waits for neither.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

MAX_FILE_REQUESTS = 4
"""Exports and imports that run concurrently; each holds up to ten files open."""

MAX_TEXT_REQUESTS = 1
MAX_LIST_REQUESTS = 8
MAX_STATISTICS_REQUESTS = 1

WaitUntilWritable = Callable[[int], Awaitable[None]]
"""Returns when a response of so many bytes may be written, since the client reads the others."""


async def always_writable(_: int) -> None:
    """No limit on unread responses."""


class RequestLimit:
    """At most ``size`` requests at a time, first come, first served."""

    def __init__(
        self, size: int, wait_until_writable: WaitUntilWritable, response_bytes: int = 0
    ) -> None:
        self._free = asyncio.Semaphore(size)
        self._wait_until_writable = wait_until_writable
        self._response_bytes = response_bytes

    async def admit(self) -> None:
        """Returns when the current task's request may run; it counts until its response is sent."""
        await self._free.acquire()
        task = asyncio.current_task()
        assert task is not None
        # The callback that sends the response was added first, so it is called first.
        task.add_done_callback(lambda _: self._free.release())
        await self._wait_until_writable(self._response_bytes)
