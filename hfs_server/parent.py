"""The client's process, whose end is ours too.

A process elsewhere (another container) cannot be seen, and must not end us: only one
that was there in the beginning is watched. Windows has no harmless way to ask; there,
and otherwise, the end of input tells.
"""

from __future__ import annotations

import asyncio
import os

LOOK_SECONDS = 0.5
"""How often it is looked whether the client is still there."""


def can_be_seen(process_id: int) -> bool:
    """Whether there is such a process, as far as this system lets us see."""
    if os.name == "nt" or process_id <= 0:
        return False
    try:
        os.kill(process_id, 0)
    except PermissionError:
        return True
    except (OSError, OverflowError):
        return False
    return True


async def gone(process_id: int) -> None:
    """Returns when there is no such process any more."""
    while can_be_seen(process_id):
        await asyncio.sleep(LOOK_SECONDS)
