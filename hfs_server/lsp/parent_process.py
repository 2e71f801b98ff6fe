"""The client's process: the server ends when it does.

A process that is not visible at first (in another container) is not watched, and must not end
the server. A zombie counts as gone, and so does a process whose id was reused. Windows has no
harmless way to check; there the end of input is enough.
"""

from __future__ import annotations

import asyncio
import os
import select
import sys
from collections.abc import Callable

LOOK_SECONDS = 0.5
"""How often the client's process is checked."""

_ENDED = b"ended"
_ENDED_STATES = (b"Z", b"X", b"x")
_BEGUN_FIELD = 18
"""The field of the start time after the state, in Linux's ``/proc/<id>/stat``."""


def watched(process_id: int) -> Callable[[], bool] | None:
    """A function that says whether the process is gone; None if it is not visible."""
    if not _is_there(process_id):
        return None
    if sys.platform == "darwin":
        return _by_queue(process_id)
    begun = _begun(process_id)

    def is_gone() -> bool:
        if not _is_there(process_id):
            return True
        now = _begun(process_id)
        return now == _ENDED or (None not in (now, begun) and now != begun)

    return is_gone


async def gone(is_gone: Callable[[], bool]) -> None:
    """Returns when the process is gone."""
    while not is_gone():
        await asyncio.sleep(LOOK_SECONDS)


def _is_there(process_id: int) -> bool:
    """Whether a visible process has this id; a zombie has one."""
    if os.name == "nt" or process_id <= 0:
        return False
    try:
        os.kill(process_id, 0)
    except PermissionError:
        return True
    except (OSError, OverflowError):
        return False
    return True


def _begun(process_id: int) -> bytes | None:
    """Its start time as Linux counts, ``_ENDED`` for a zombie, None if unknown."""
    try:
        with open(f"/proc/{process_id}/stat", "rb") as file:
            # The name before it is in parentheses, and may contain blanks and parentheses.
            state, *fields = file.read().rpartition(b")")[2].split()
    except (OSError, ValueError):
        return None
    return _ENDED if state in _ENDED_STATES else fields[_BEGUN_FIELD]


if sys.platform == "darwin":

    def _by_queue(process_id: int) -> Callable[[], bool]:
        """The kernel reports the end of exactly this process, reaped or not."""
        queue = select.kqueue()
        end = select.kevent(
            process_id, select.KQ_FILTER_PROC, select.KQ_EV_ADD, select.KQ_NOTE_EXIT
        )
        try:
            events = queue.control([end], 1, 0)
        except ProcessLookupError:
            return lambda: True
        except OSError:
            return lambda: not _is_there(process_id)

        def is_gone() -> bool:
            # An event is reported only once.
            events.extend(queue.control(None, 1, 0))
            return bool(events)

        return is_gone
