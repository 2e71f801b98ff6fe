"""The client's process, whose end is ours too.

A process elsewhere (another container) cannot be seen, and must not end us: only one
that was there in the beginning is watched. One that has ended counts as gone before its
own parent has reaped it (a zombie), and so does one whose id another process got.
Windows has no harmless way to ask; there, and otherwise, the end of input tells.
"""

from __future__ import annotations

import asyncio
import os
import select
import sys
from collections.abc import Callable

LOOK_SECONDS = 0.5
"""How often it is looked whether the client is still there."""

_ENDED = b"ended"
_ENDED_STATES = (b"Z", b"X", b"x")
_BEGUN_FIELD = 18
"""Where the start time stands after the state, in Linux's ``/proc/<id>/stat``."""


def watched(process_id: int) -> Callable[[], bool] | None:
    """Gives a function that says whether the process is gone; None where it cannot be seen."""
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
    """Whether some process has this id, as far as this system lets us see; a zombie has one."""
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
    """When it began, as Linux counts, ``_ENDED`` for a zombie, or None where nobody says so."""
    try:
        with open(f"/proc/{process_id}/stat", "rb") as file:
            # The name before it stands in parentheses, and may hold blanks and parentheses.
            state, *fields = file.read().rpartition(b")")[2].split()
    except (OSError, ValueError):
        return None
    return _ENDED if state in _ENDED_STATES else fields[_BEGUN_FIELD]


if sys.platform == "darwin":

    def _by_queue(process_id: int) -> Callable[[], bool]:
        """The kernel tells of the end of this very process, reaped or not."""
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
            # An event is told once.
            events.extend(queue.control(None, 1, 0))
            return bool(events)

        return is_gone
