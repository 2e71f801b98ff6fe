"""Logs on stderr, without a word of anyone's conversation.

An exception is logged by its type and where it was raised, never with its text, which
may quote what it was about. A client that does not read stderr holds nothing up.
"""

from __future__ import annotations

import logging
import queue
import traceback
from collections.abc import Callable
from contextlib import suppress
from logging.handlers import QueueHandler, QueueListener
from types import TracebackType
from typing import Any

_PENDING_RECORDS = 1000


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

    return flush


class _Formatter(logging.Formatter):
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
