"""Commands in an event loop that a signal cancels."""

from __future__ import annotations

import signal
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from typing import Any, TypeVar

Result = TypeVar("Result")

_NUMBERS = [
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
]
_REPEAT_SECONDS = 0.1


class Interrupted(Exception):
    """A command was cancelled by the signal ``number``."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def run_in_loop(work: Coroutine[Any, Any, Result]) -> Result:
    """The result of ``work``. Raises Interrupted if a signal cancelled it."""
    import asyncio

    from hfs_server.threads import start_threads

    received: list[int] = []

    async def run() -> Result:
        task = asyncio.current_task()
        assert task is not None
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(_log_exception)

        def cancel(number: int) -> None:
            # Work that was being completed ignores a cancellation; what follows it does not.
            received.append(number)
            task.cancel()
            loop.call_later(_REPEAT_SECONDS, cancel, number)

        with suppress(NotImplementedError):
            for number in _NUMBERS:
                if signal.getsignal(number) is not signal.SIG_IGN:
                    loop.add_signal_handler(number, cancel, number)
        try:
            start_threads()
        except MemoryError:
            work.close()
            raise
        return await work

    try:
        return asyncio.run(run())
    except asyncio.CancelledError:
        raise Interrupted(received[0] if received else signal.SIGINT) from None
    except RuntimeError as error:
        # asyncio.run ends with a thread of its own.
        if "start new thread" not in str(error):
            raise
        raise MemoryError from error


def _log_exception(_: object, context: Mapping[str, Any]) -> None:
    """Logs what asyncio would log with arguments, which may be whole sessions."""
    from hfs_server.internal_error import log_internal_error

    if (error := context.get("exception")) is not None:
        log_internal_error(error)


def end_process_on_signals() -> None:
    """Restores the default: a signal ends the process without any clean-up."""
    for number in _NUMBERS:
        signal.signal(number, signal.SIG_DFL)
