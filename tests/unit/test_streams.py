"""Streams that block: nothing is lost, and nothing is mistaken for the end of a file."""

from __future__ import annotations

import io
import os
import sys
import threading
from collections.abc import Iterator

import pytest

from hfs_server.streams import BlockingFile

pytestmark = pytest.mark.skipif(os.name == "nt", reason="pipes always block there")

DATA = bytes(range(256)) * 4096


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """A pipe with two non-blocking ends."""
    ends = os.pipe()
    for end in ends:
        os.set_blocking(end, False)
    yield ends
    for end in ends:
        os.close(end)


@pytest.mark.parametrize("is_buffered", [True, False])
def test_all_is_written_to_a_reader_that_takes_its_time(
    pipe: tuple[int, int], is_buffered: bool
) -> None:
    reader, writer = pipe
    raw = BlockingFile(writer, "wb", closefd=False)
    stream = io.BufferedWriter(raw) if is_buffered else raw
    written: list[int | None] = []

    def write() -> None:
        written.append(stream.write(DATA))
        stream.flush()

    thread = threading.Thread(target=write)
    thread.start()
    read = io.BufferedReader(BlockingFile(reader, "rb", closefd=False)).read(len(DATA))
    thread.join(10)
    assert read == DATA
    assert written == [len(DATA)]


def test_a_read_waits_for_bytes_and_finds_the_end() -> None:
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    found: list[bytes] = []
    stream = io.BufferedReader(BlockingFile(reader, "rb"))

    def read() -> None:
        found.extend([stream.readline(), stream.read(5), stream.read(5)])

    thread = threading.Thread(target=read)
    thread.start()
    for piece in (b"a li", b"ne\nfi", b"ve"):
        os.write(writer, piece)
    thread.join(0.05)
    assert found == []
    os.write(writer, b"5")
    os.close(writer)
    thread.join(10)
    assert found == [b"a line\n", b"five5", b""]
    stream.close()


def test_a_reader_that_is_gone_ends_the_wait() -> None:
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    errors: list[type[OSError]] = []

    def write() -> None:
        try:
            BlockingFile(writer, "wb", closefd=False).write(DATA)
        except OSError as error:
            errors.append(type(error))

    thread = threading.Thread(target=write)
    thread.start()
    assert os.read(reader, 1)
    os.close(reader)
    thread.join(10)
    os.close(writer)
    assert errors == [BrokenPipeError]


def test_streams_that_are_not_files_are_left_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    from hfs_server.streams import make_output_blocking

    monkeypatch.setattr(sys, "stdout", None)
    other = io.StringIO()
    monkeypatch.setattr(sys, "stderr", other)
    make_output_blocking()
    assert sys.stdout is None
    assert sys.stderr is other
