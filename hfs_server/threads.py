"""The threads for calls that block: as many on every machine, started with the event loop."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

_THREADS = 6


def start_threads() -> None:
    """Gives the running event loop its threads. Raises MemoryError if there is no room for them.

    Python's own executor has more threads where there are more processors, and starts each one
    when a call needs it. Where memory has run out by then, that call fails and is done later.
    """
    executor = ThreadPoolExecutor(_THREADS, thread_name_prefix="call")
    are_started = threading.Event()
    try:
        for _ in range(_THREADS):
            executor.submit(are_started.wait)
    except RuntimeError as error:
        raise MemoryError from error
    finally:
        are_started.set()
    asyncio.get_running_loop().set_default_executor(executor)
