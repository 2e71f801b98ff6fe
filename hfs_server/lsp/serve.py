"""The server's process, from its first frame to its end.

On every way out (end of input, ``exit``, a signal, the client's end), work is cancelled and
rolled back, the store is closed, and the process exits within two seconds, even if something
hangs.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from functools import partial
from typing import BinaryIO

from hfs_server.lsp import garbage
from hfs_server.lsp.logs import log_to_stderr
from hfs_server.lsp.stdio import FrameWriter, read_in_thread, take_over_stdio
from hfs_server.threads import start_threads

STOP_SECONDS = 1.0
"""How long cancelling work and closing the store may take."""

FLUSH_SECONDS = 0.4
"""How long the client may take to read the last messages."""

LOG_SECONDS = 0.2
"""How long writing the last log records may take."""

LATEST_SECONDS = 1.8
"""When the process exits at the latest, even if its event loop hangs."""

SWITCH_SECONDS = 0.0002
"""How long a thread may run while another waits: benchmark row 7, pings during large requests.

A small request passes through five threads, and some statements of SQLite, and each waits so long.
"""

WRITABLE_SECONDS = 0.25
"""How long a thread waits for the client at a time; a request that waits can be cancelled."""

_SIGNALS = ("SIGTERM", "SIGINT", "SIGHUP", "SIGBREAK")

log = logging.getLogger("hfs_server")


def serve(database: str | None = None) -> None:
    """Serves one client on stdin and stdout, then exits: it does not return."""
    stdin, stdout = take_over_stdio()
    sys.setswitchinterval(SWITCH_SECONDS)
    garbage.pause()
    asyncio.run(_serve(stdin, stdout, database, flush_log=log_to_stderr()))


async def _serve(
    stdin: BinaryIO, stdout: BinaryIO, database: str | None, flush_log: Callable[[float], None]
) -> None:
    loop = asyncio.get_running_loop()
    start_threads()
    ended: asyncio.Future[int] = loop.create_future()

    def end(code: int) -> None:
        _exit_at_the_latest(code)
        loop.call_soon_threadsafe(_settle, ended, code)

    _end_on_signals(loop, partial(end, 0))
    # Imported here, since what prints while it is loaded must not print to stdout.
    from hfs_server.lsp.server import HfsServer

    writer = FrameWriter(stdout, on_lost=partial(end, 1))
    server = HfsServer(
        write=writer.write,
        on_exit=end,
        wait_until_writable=partial(_wait_until_writable, writer),
        database=database,
    )

    def on_end(reason: str | None) -> None:
        if reason is not None:
            log.error("Cannot read the client's messages: %s.", reason)
        end(0 if reason is None else 1)

    def receive(body: bytes) -> None:
        loop.call_soon_threadsafe(server.protocol.receive, body)

    read_in_thread(stdin, writer, receive, on_end)
    code = await ended
    await asyncio.wait([asyncio.ensure_future(server.close())], timeout=STOP_SECONDS)
    writer.close(FLUSH_SECONDS)
    flush_log(LOG_SECONDS)
    os._exit(code)


async def _wait_until_writable(writer: FrameWriter, size: int) -> None:
    while not writer.wait_until_writable(0, size):
        await asyncio.to_thread(writer.wait_until_writable, WRITABLE_SECONDS, size)


def _settle(ended: asyncio.Future[int], code: int) -> None:
    """Only the first reason to end counts."""
    if not ended.done():
        ended.set_result(code)


def _exit_at_the_latest(code: int) -> None:
    timer = threading.Timer(LATEST_SECONDS, os._exit, [code])
    timer.daemon = True
    timer.start()


def _end_on_signals(loop: asyncio.AbstractEventLoop, end: Callable[[], None]) -> None:
    for name in _SIGNALS:
        number = getattr(signal, name, None)
        if number is None:
            continue
        try:
            loop.add_signal_handler(number, end)
        except NotImplementedError:
            signal.signal(number, lambda *_: end())
