"""How much is worked on at once: the rest waits its turn in order, and can be cancelled there.

Each export and each import holds some files open, and each text some memory, of which a
process has only so much. A list waits for neither.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

FILES_AT_ONCE = 4
"""Exports and imports at work, of which each holds up to ten files open."""

TEXTS_AT_ONCE = 1
LISTS_AT_ONCE = 8

Room = Callable[[int], Awaitable[None]]
"""Returns when an answer of so many bytes may be made, since the client reads what waits."""


async def unbounded(_: int) -> None:
    """Room for any answer."""


class Turns:
    """So many requests at a time, in the order in which they ask."""

    def __init__(self, at_once: int, room: Room, answer_bytes: int = 0) -> None:
        self._free = asyncio.Semaphore(at_once)
        self._room = room
        self._answer_bytes = answer_bytes

    async def begin(self) -> None:
        """Returns when the request whose task this is may work; its turn lasts until its answer."""
        await self._free.acquire()
        task = asyncio.current_task()
        assert task is not None
        # The answer is sent by a callback, too, which was there first.
        task.add_done_callback(lambda _: self._free.release())
        await self._room(self._answer_bytes)
