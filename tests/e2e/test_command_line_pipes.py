"""``hfs-server export -o -``: a pipe gets all of a session, however it is read."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from testing.terminal import Terminal
from testing.waiting import PATIENCE_SECONDS

POSIX = pytest.mark.skipif(os.name == "nt", reason="pipes of another kind there")
KIB = 1 << 10
FORMS = [
    ("markdown",),
    ("html",),
    ("json",),
    ("markdown", "--with-archive"),
    ("html", "--redact"),
]
_TIME = re.compile(rb"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?: UTC|Z)?")


def without_times(content: bytes) -> bytes:
    return _TIME.sub(b"", content.partition(b"<!-- hfs-server archive")[0])


def size_of(arguments: list[str], environment: dict[str, str], session: int, path: Path) -> int:
    words = ["export", str(session), "--format", "json", "-o", str(path), "--force"]
    subprocess.run([*arguments, *words], env=environment, check=True, capture_output=True)
    return path.stat().st_size


def read_all(descriptor: int, piece: int) -> bytes:
    content = bytearray()
    while read := os.read(descriptor, piece):
        content += read
    return bytes(content)


@POSIX
@pytest.mark.parametrize("form", FORMS, ids=" ".join)
@pytest.mark.parametrize("kind", ["small", "non-blocking", "socket"])
def test_all_of_a_session_comes_through(
    arguments: list[str],
    environment: dict[str, str],
    terminal: Terminal,
    tmp_path: Path,
    form: tuple[str, ...],
    kind: str,
) -> None:
    session = str(terminal.add_session("Long", *["word " * 4_000] * 60))
    words = [*arguments, "export", session, "--format", *form]
    ends = socket.socketpair() if kind == "socket" else None
    reader, writer = os.pipe() if ends is None else (ends[0].detach(), ends[1].detach())
    if kind == "non-blocking":
        os.set_blocking(writer, False)
    elif kind == "small" and sys.platform == "linux":
        import fcntl

        fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4 * KIB)
    with subprocess.Popen([*words, "-o", "-"], env=environment, stdout=writer) as process:
        os.close(writer)
        piped = read_all(reader, 4093)
    os.close(reader)
    assert process.returncode == 0
    file = tmp_path / "file"
    subprocess.run([*words, "-o", str(file)], env=environment, check=True, capture_output=True)
    assert without_times(piped) == without_times(file.read_bytes())
    assert len(piped) > 1 << 20


@POSIX
@pytest.mark.parametrize("boundary", [64 * KIB, 1024 * KIB])
@pytest.mark.parametrize("beyond", [-1, 0, 1])
def test_a_document_that_ends_at_a_boundary_has_its_end(
    arguments: list[str],
    environment: dict[str, str],
    terminal: Terminal,
    tmp_path: Path,
    boundary: int,
    beyond: int,
) -> None:
    less = 1_000
    session = terminal.add_session("Exact", "x" * (boundary - less))
    rest = boundary + beyond - size_of(arguments, environment, session, tmp_path / "a.json")
    session = terminal.add_session("Exact", "x" * (boundary - less + rest))
    words = [*arguments, "export", str(session), "--format", "json", "-o", "-"]
    done = subprocess.run(words, env=environment, capture_output=True, timeout=PATIENCE_SECONDS)
    assert done.returncode == 0
    assert len(done.stdout) == boundary + beyond
    assert done.stdout.endswith(b"\n}\n")


@POSIX
@pytest.mark.parametrize("form", FORMS, ids=" ".join)
@pytest.mark.parametrize("wanted", [1, 64 * KIB, 256 * KIB])
def test_a_reader_that_has_enough_ends_the_export_without_a_word(
    arguments: list[str],
    environment: dict[str, str],
    terminal: Terminal,
    form: tuple[str, ...],
    wanted: int,
) -> None:
    session = str(terminal.add_session("Long", *["word " * 4_000] * 60))
    words = [*arguments, "export", session, "--format", *form, "-o", "-"]
    with subprocess.Popen(
        words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert len(process.stdout.read(wanted)) == wanted
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.parametrize("form", FORMS, ids=" ".join)
@pytest.mark.parametrize("amount", ["little", "much"])
def test_an_output_that_is_full_is_said(
    arguments: list[str],
    environment: dict[str, str],
    terminal: Terminal,
    form: tuple[str, ...],
    amount: str,
) -> None:
    count = 1 if amount == "little" else 60
    session = str(terminal.add_session("Long", *["word " * 4_000] * count))
    words = [*arguments, "export", session, "--format", *form, "-o", "-"]
    with open("/dev/full", "wb") as full:
        done = subprocess.run(words, env=environment, stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 1
    assert done.stderr.startswith(b"hfs-server: ")
    assert done.stderr.count(b"\n") == 1
    assert b"Traceback" not in done.stderr
