"""The command that shows a session in the terminal, through the pager.

The rule not to break: what is read ahead of the pager is bounded, so that a session of any size
needs little memory, and the store is free as soon as the last message was read.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from argparse import Namespace
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from queue import Empty, Queue

from hfs_server.cli.output import print_error
from hfs_server.cli.pager import Output, paged
from hfs_server.cli.signals import end_process_on_signals
from hfs_server.cli.stores import opened, require_existing
from hfs_server.cli.terminal_markdown import TerminalMarkdown
from hfs_server.export_session import write_session
from hfs_server.exporters import ExportOptions, exporter_named
from hfs_server.settings import Settings

_MOST_AHEAD = 16
"""In pieces, most of which have at most a megabyte."""
_WIDEST = 120
"""In columns; longer lines are hard to read."""
_EXPORTED = re.compile(r"^- \*\*Exported:\*\* .*\n", re.MULTILINE)


async def show_session(options: Namespace, settings: Settings) -> int:
    """Shows a session; returns when the reader has ended the pager."""
    require_existing(settings)
    exporter = exporter_named("markdown")
    chosen = ExportOptions(options.thinking, options.tool_calls, first_message=options.message)
    with ExitStack() as stack:
        async with opened(settings) as store, store.snapshot(options.id) as session:
            if options.message > max(1, session.message_count):
                print_error(f"Session {options.id} has {session.message_count:,} messages.")
                return 1
            # A write to a pager cannot be cancelled, and there is nothing to undo.
            end_process_on_signals()
            pieces = stack.enter_context(_drawing(options))
            with suppress(_Ended):
                await write_session(session, exporter, pieces.put, options=chosen)
    return 0


@contextmanager
def _drawing(options: Namespace) -> Iterator[_Pieces]:
    """Draws the pieces that it is given in a thread; returns when the reader has seen them."""
    pieces = _Pieces()
    with paged(is_wanted=options.pager) as output, ThreadPoolExecutor(1) as executor:
        drawing = executor.submit(_draw, pieces, output, options.message)
        try:
            yield pieces
        finally:
            pieces.end()
    drawing.result()


def _draw(pieces: _Pieces, output: Output, first_message: int) -> None:
    try:
        screen = _screen(output)
        for number, piece in enumerate(pieces):
            markdown = piece.decode()
            screen.draw(markdown if number else _head(markdown, first_message))
    except OSError:
        if not output.is_paged:
            raise
    finally:
        pieces.stop()


def _screen(output: Output) -> TerminalMarkdown:
    is_terminal = sys.stdout.isatty()
    # Some terminals wrap after the last column.
    columns = shutil.get_terminal_size().columns - is_terminal
    has_colours = is_terminal and os.environ.get("TERM") != "dumb"
    return TerminalMarkdown(
        output.file, min(columns, _WIDEST), has_colours=has_colours, is_paged=output.is_paged
    )


def _head(markdown: str, first_message: int) -> str:
    """The name and the facts of a session, or a note of what is left out."""
    if first_message == 1:
        return _EXPORTED.sub("", markdown, count=1)
    title = markdown.partition("\n")[0]
    return f"{title}\n\n*From message {first_message:,} on.*\n"


class _Ended(Exception):
    """The reader has ended the pager."""


class _Pieces:
    """Pieces that one thread writes and another one draws; a few are read ahead."""

    def __init__(self) -> None:
        self._queue: Queue[bytes | None] = Queue(_MOST_AHEAD)
        self._has_ended = False

    def put(self, piece: bytes) -> None:
        """Adds a piece as soon as there is room. Raises _Ended."""
        if self._has_ended:
            raise _Ended
        self._queue.put(piece)

    def end(self) -> None:
        """Says that there are no more."""
        self._queue.put(None)

    def stop(self) -> None:
        """Says that no more are drawn, and makes room for what is being added."""
        self._has_ended = True
        with suppress(Empty):
            while True:
                self._queue.get_nowait()

    def __iter__(self) -> Iterator[bytes]:
        while (piece := self._queue.get()) is not None:
            yield piece
