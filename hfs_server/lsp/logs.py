"""Logs on stderr, without a word of anyone's conversation.

An exception is logged by its type and where it was raised, never with its text, which
may quote what it was about; so is one that nobody caught. Of other people's loggers only
their names are told. A client that does not read stderr holds nothing up.
"""

from __future__ import annotations

import logging
import queue
import sys
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from logging.handlers import QueueHandler, QueueListener
from types import TracebackType
from typing import Any

_PENDING_RECORDS = 1000
_CRASH_SECONDS = 0.2


def log_to_stderr() -> Callable[[float], None]:
    """Sends the log of the whole process to stderr, at warning and above.

    Gives a function that waits until it is written, but no longer than some seconds.
    """
    pending: queue.Queue[Any] = queue.Queue(_PENDING_RECORDS)
    handler = logging.StreamHandler()
    handler.setFormatter(_Formatter("%(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[_DroppingHandler(pending)], force=True)
    # pygls logs the bodies of messages, which are conversations.
    logging.getLogger("pygls").setLevel(logging.CRITICAL + 1)
    QueueListener(pending, handler).start()

    def flush(seconds: float) -> None:
        with pending.all_tasks_done:
            pending.all_tasks_done.wait_for(lambda: not pending.unfinished_tasks, seconds)

    _log_crashes(flush)
    return flush


def _log_crashes(flush: Callable[[float], None]) -> None:
    """Has the log tell of what nobody caught, in place of Python, which would quote it."""
    log = logging.getLogger("hfs_server")

    def crashed(kind: type[BaseException], _: Any, trace: TracebackType | None) -> None:
        log.critical("Not caught: %s\n%s", kind.__name__, "".join(traceback.format_tb(trace)))
        flush(_CRASH_SECONDS)

    sys.excepthook = crashed
    sys.unraisablehook = lambda args: crashed(args.exc_type, args.exc_value, args.exc_traceback)
    threading.excepthook = lambda args: crashed(args.exc_type, args.exc_value, args.exc_traceback)


class _Formatter(logging.Formatter):
    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        # asyncio, for one, quotes the arguments of a callback that failed: whole messages.
        if record.name.partition(".")[0] != "hfs_server":
            record.message = "something that is not told, since it may quote."
        return super().formatMessage(record)

    def formatException(  # noqa: N802
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None]
        | tuple[None, None, None],
    ) -> str:
        return type(ei[1]).__name__ + "\n" + "".join(traceback.format_tb(ei[2]))


class _DroppingHandler(QueueHandler):
    def prepare(self, record: logging.LogRecord) -> logging.LogRecord:
        return record

    def enqueue(self, record: logging.LogRecord) -> None:
        with suppress(queue.Full):
            self.queue.put_nowait(record)
