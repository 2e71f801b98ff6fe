"""The server's process: from its first frame to its end.

However it ends (end of input, ``exit``, a signal, a client that is gone), work is
cancelled and rolled back, the store is closed, and the process leaves within two
seconds, whatever hangs.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from functools import partial
from typing import BinaryIO

from hfs_server.lsp.logs import log_to_stderr
from hfs_server.lsp.stdio import FrameWriter, claim, read_in_thread

STOP_SECONDS = 1.0
"""How long work may take to be cancelled, and the store to be closed."""

FLUSH_SECONDS = 0.4
"""How long the client may take to read what it was sent before the end."""

LOG_SECONDS = 0.2
"""How long the last words of the log may take."""

LATEST_SECONDS = 1.8
"""When the process leaves at the latest, even if its event loop hangs."""

SWITCH_SECONDS = 0.001
"""How long one thread may run while another waits, such as that which answers small requests."""

ROOM_SECONDS = 0.25
"""How long a thread waits for room at a time; a request that waits for it can be cancelled."""

_SIGNALS = ("SIGTERM", "SIGINT", "SIGHUP", "SIGBREAK")

log = logging.getLogger("hfs_server")


def serve() -> None:
    """Serves one client on stdin and stdout, then ends the process: it does not return."""
    stdin, stdout = claim()
    # A small request shall not wait for more than this beside a large one.
    sys.setswitchinterval(SWITCH_SECONDS)
    # To load everything without collecting takes a tenth less; ``server`` ends this.
    gc.disable()
    asyncio.run(_serve(stdin, stdout, flush_log=log_to_stderr()))


async def _serve(stdin: BinaryIO, stdout: BinaryIO, flush_log: Callable[[float], None]) -> None:
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[int] = loop.create_future()

    def end(code: int) -> None:
        _leave_at_the_latest(code)
        loop.call_soon_threadsafe(_settle, ended, code)

    _end_on_signals(loop, partial(end, 0))
    # What prints while it is loaded finds stdout claimed already.
    from hfs_server.lsp.server import create_server

    server = create_server()
    writer = FrameWriter(stdout, on_lost=partial(end, 1))
    server.protocol.write = writer.write
    server.protocol.on_exit = end
    server.room = partial(_room, writer)

    def on_end(reason: str | None) -> None:
        if reason is not None:
            log.error("The client cannot be understood any more: %s.", reason)
        end(0 if reason is None else 1)

    def receive(body: bytes) -> None:
        loop.call_soon_threadsafe(server.protocol.receive, body)

    read_in_thread(stdin, writer, receive, on_end)
    code = await ended
    await asyncio.wait([asyncio.ensure_future(server.close())], timeout=STOP_SECONDS)
    writer.close(FLUSH_SECONDS)
    flush_log(LOG_SECONDS)
    os._exit(code)


async def _room(writer: FrameWriter, size: int) -> None:
    while not writer.has_room(0, size):
        await asyncio.to_thread(writer.has_room, ROOM_SECONDS, size)


def _settle(ended: asyncio.Future[int], code: int) -> None:
    """The first reason to end is the one that counts."""
    if not ended.done():
        ended.set_result(code)


def _leave_at_the_latest(code: int) -> None:
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
