"""A session on its way to the terminal: piece by piece, with little read ahead."""

from __future__ import annotations

import os
import sys
import threading
from argparse import Namespace

import pytest

from hfs_server.cli import show

OPTIONS = Namespace(pager=False, message=1)


def test_each_piece_is_drawn_before_the_next_one_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    reader, writer = os.pipe()
    with (
        open(writer, "w", encoding="utf-8") as output,
        monkeypatch.context() as patch,
        open(reader, "rb", buffering=0) as seen,
    ):
        patch.setattr(sys, "stdout", output)
        with show._drawing(OPTIONS) as pieces:
            pieces.put(b"# One\n")
            assert seen.read(100).split() == [b"One"]
            pieces.put(b"\n### 1. User\n\ntwo\n")
            text = seen.read(100)
            while b"two" not in text:
                text += seen.read(100)


def test_what_nobody_reads_is_only_read_ahead_so_far() -> None:
    pieces = show._Pieces()
    for _ in range(show._MOST_AHEAD):
        pieces.put(b"piece")
    waiting = threading.Thread(target=pieces.put, args=(b"one too many",))
    waiting.start()
    assert waiting.is_alive()
    assert next(iter(pieces)) == b"piece"
    waiting.join()
    pieces.stop()
    with pytest.raises(show._Ended):
        pieces.put(b"too late")
    pieces.end()
