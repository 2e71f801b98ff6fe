"""When Python collects garbage, for the speed of the server.

Benchmark row 9 (start of the server) needs the pause while modules are loaded; rows 1, 3 and
4 (import and export) need the higher threshold and the frozen modules.
"""

from __future__ import annotations

import gc

_THRESHOLD = 20_000
"""How many new objects trigger a collection: some batches of messages."""


def pause() -> None:
    """Stops collecting while modules are loaded; all that is loaded stays."""
    gc.disable()


def resume() -> None:
    """Collects again, except what has been loaded so far."""
    gc.freeze()
    gc.set_threshold(_THRESHOLD)
    gc.enable()
