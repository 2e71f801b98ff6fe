"""Logs on stderr, without any session content.

An exception, caught or not, is logged by its type and traceback, never with its text, which
may quote content. Of other packages' records only level and logger are logged. A client that
does not read stderr delays nothing: records are dropped.
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
    """Logs warnings and above of the whole process to stderr.

    Returns a function that waits until all is written, for at most some seconds.
    """
    pending: queue.Queue[Any] = queue.Queue(_PENDING_RECORDS)
    handler = logging.StreamHandler()
    handler.setFormatter(_Formatter("%(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[_DroppingHandler(pending)], force=True)
    # pygls logs the bodies of messages, which hold sessions.
    logging.getLogger("pygls").setLevel(logging.CRITICAL + 1)
    QueueListener(pending, handler).start()

    def flush(seconds: float) -> None:
        with pending.all_tasks_done:
            pending.all_tasks_done.wait_for(lambda: not pending.unfinished_tasks, seconds)

    _log_crashes(flush)
    return flush


def _log_crashes(flush: Callable[[float], None]) -> None:
    """Logs uncaught exceptions in place of Python, which would print their texts."""
    log = logging.getLogger("hfs_server")

    def crashed(kind: type[BaseException], _: Any, trace: TracebackType | None) -> None:
        log.critical("Uncaught: %s\n%s", kind.__name__, "".join(traceback.format_tb(trace)))
        flush(_CRASH_SECONDS)

    sys.excepthook = crashed
    sys.unraisablehook = lambda args: crashed(args.exc_type, args.exc_value, args.exc_traceback)
    threading.excepthook = lambda args: crashed(args.exc_type, args.exc_value, args.exc_traceback)


class _Formatter(logging.Formatter):
    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        # asyncio quotes the arguments of a failed callback, which may be whole messages.
        if record.name.partition(".")[0] != "hfs_server":
            record.message = "(message withheld: it may contain session content)"
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
