"""Streams that a client made non-blocking: each answer is complete, and no wait is an end."""

from __future__ import annotations

import io
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import pytest

from hfs_server.lsp.stdio import frames
from testing.messages import note, request
from testing.programs import environment_for
from testing.terminal import Terminal
from testing.waiting import PATIENCE_SECONDS

if sys.platform == "win32":
    pytest.skip("pipes always block there", allow_module_level=True)

import fcntl
import struct
import termios


class Ends(NamedTuple):
    """Two streams: what the program gets, and what we keep."""

    stdin: BinaryIO
    stdout: BinaryIO
    to_program: BinaryIO
    from_program: BinaryIO


@pytest.fixture(params=["pipes", "a socket"])
def ends(request: pytest.FixtureRequest) -> Iterator[Ends]:
    """Streams of which none that the program gets blocks; a socket is one open file for both."""
    if request.param == "pipes":
        (stdin, to_program), (from_program, stdout) = os.pipe(), os.pipe()
    else:
        ours, theirs = (end.detach() for end in socket.socketpair())
        stdin, stdout, to_program, from_program = theirs, os.dup(theirs), ours, os.dup(ours)
    modes = ((stdin, "rb"), (stdout, "wb"), (to_program, "wb"), (from_program, "rb"))
    made = Ends(*(os.fdopen(end, mode, 0 if mode == "wb" else -1) for end, mode in modes))
    for end in (stdin, stdout):
        os.set_blocking(end, False)
    yield made
    for file in made:
        file.close()


@contextmanager
def running(
    command: list[str], ends: Ends, environment: dict[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    """A program with these streams, which is not there any more afterwards."""
    process = subprocess.Popen(
        command, stdin=ends.stdin, stdout=ends.stdout, stderr=subprocess.PIPE, env=environment
    )
    try:
        # As a client may do at any time, and not only before.
        for end in (ends.stdin, ends.stdout):
            os.set_blocking(end.fileno(), False)
            end.close()
        yield process
    finally:
        process.kill()
        process.communicate()


def wait_until_full(file: BinaryIO) -> None:
    """Returns when so much waits to be read that nothing more can be written."""
    deadline, before = time.monotonic() + PATIENCE_SECONDS, -1
    while time.monotonic() < deadline:
        waiting = struct.unpack("i", fcntl.ioctl(file, termios.FIONREAD, b"\0" * 4))[0]
        if waiting >= 60_000 and waiting == before:
            return
        before = waiting
        time.sleep(0.1)
    raise AssertionError("nothing came that fills it")


def initialize(store: Path) -> bytes:
    options = {"databasePath": str(store)}
    params: dict[str, Any] = {"capabilities": {}, "initializationOptions": options}
    return request(1, "initialize", params=params) + note("initialized", params={})


SERVER = [sys.executable, "-m", "hfs_server"]


def test_a_server_whose_streams_do_not_block_answers_in_full(
    ends: Ends, home: Path, terminal: Terminal
) -> None:
    session = terminal.add_session("Large", *["x" * 10_000] * 100)
    uri = {"uri": f"hfs:/sessions/{session}.json"}
    with running(SERVER, ends, environment_for(home)) as process:
        ends.to_program.write(initialize(terminal.path))
        ends.to_program.write(request(2, "workspace/textDocumentContent", params=uri))
        wait_until_full(ends.from_program)
        ends.to_program.write(request(3, "shutdown") + note("exit"))
        output = ends.from_program.read()
        _, errors = process.communicate(timeout=PATIENCE_SECONDS)
    bodies = [*frames(io.BytesIO(output))]
    assert [json.loads(body).get("id") for body in bodies if b'"id":' in body[:30]] == [1, 2, 3]
    assert max(map(len, bodies)) > 1_000_000
    assert (process.returncode, errors) == (0, b"")


def test_a_server_that_receives_nothing_for_a_while_keeps_reading(
    ends: Ends, home: Path, store_path: Path
) -> None:
    with running(SERVER, ends, environment_for(home)) as process:
        # The server may say that the store is there now.
        answers = (each for each in frames(ends.from_program) if b'"method"' not in each)
        ends.to_program.write(initialize(store_path))
        for data in (request(2), request(3, "shutdown")):
            # It has read all that there was when it has answered.
            assert b"result" in next(answers)
            for start in range(len(data)):
                ends.to_program.write(data[start : start + 1])
        assert b"result" in next(answers)
        ends.to_program.write(note("exit"))
        _, errors = process.communicate(timeout=PATIENCE_SECONDS)
    assert (process.returncode, errors) == (0, b"")


@pytest.mark.parametrize("buffering", [{}, {"PYTHONUNBUFFERED": "1"}], ids=["", "unbuffered"])
@pytest.mark.parametrize("words", ["export 1 -o -", "export 1 -o - --format json", "list --json"])
def test_a_command_whose_output_does_not_block_loses_nothing(
    ends: Ends,
    arguments: list[str],
    environment: dict[str, str],
    terminal: Terminal,
    words: str,
    buffering: dict[str, str],
) -> None:
    terminal.add_session("Large", *["x" * 10_000] * 100)
    for _ in range(300):
        terminal.add_session("Name " * 200, "x")
    environment = {**environment, **buffering}
    command = [*arguments, *words.split(), *(["--limit", "500"] if "list" in words else [])]
    expected = subprocess.run(command, env=environment, capture_output=True, check=True).stdout
    with running(command, ends, environment) as process:
        wait_until_full(ends.from_program)
        output = ends.from_program.read()
        _, errors = process.communicate(timeout=PATIENCE_SECONDS)
    assert (process.returncode, errors) == (0, b"")
    assert len(output) == len(expected) > 300_000
    # An export says when it was made.
    assert output[1000:] == expected[1000:]


def test_all_errors_are_printed_completely(
    arguments: list[str], environment: dict[str, str], tmp_path: Path
) -> None:
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    files = [str(tmp_path / f"{number}-{'x' * 200}.json") for number in range(600)]
    command = [*arguments, "import", *files]
    with (
        open(reader, "rb") as errors,
        subprocess.Popen(command, env=environment, stderr=writer) as process,
    ):
        os.close(writer)
        wait_until_full(errors)
        lines = errors.read().splitlines()
        assert process.wait(PATIENCE_SECONDS) == 1
    assert len(lines) == len(files)
