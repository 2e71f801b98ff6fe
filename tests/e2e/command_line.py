"""Commands as processes of their own, and what tests ask of them."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.client import PATIENCE_SECONDS
from tests.e2e.documents import document, text

POSIX = pytest.mark.skipif(os.name == "nt", reason="Windows has neither such signals nor ptys")


@dataclass(frozen=True)
class Outcome:
    """What a command left: its exit code, and what it wrote."""

    code: int
    stdout: bytes
    stderr: str

    @property
    def lines(self) -> list[str]:
        return self.stdout.decode("utf-8").splitlines()


Run = Callable[..., Outcome]


def failed_in_one_line(outcome: Outcome) -> str:
    """The one line that says why a command failed."""
    assert outcome.code == 1
    assert outcome.stdout == b""
    (line,) = outcome.stderr.splitlines()
    assert line.startswith("hfs-server: ")
    return line


def write(path: Path, *parts: object) -> str:
    path.write_text(text(document(*parts)), encoding="utf-8")  # type: ignore[arg-type]
    return str(path)


def shown_in_a_terminal(words: list[str], environment: dict[str, str], columns: int) -> list[str]:
    """The lines that a command writes to a terminal of so many columns."""
    import fcntl
    import pty
    import struct
    import termios

    controller, screen = pty.openpty()
    fcntl.ioctl(screen, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    shown = b""
    environment = {name: value for name, value in environment.items() if name != "COLUMNS"}
    with subprocess.Popen(words, env=environment, stdout=screen, stdin=screen) as process:
        os.close(screen)
        with suppress(OSError):  # Linux has the last reader of a closed terminal fail.
            while piece := os.read(controller, 4096):
                shown += piece
        assert process.wait(60) == 0
    os.close(controller)
    return shown.decode().splitlines()


def without_export_time(data: bytes) -> list[bytes]:
    return [line for line in data.split(b"\n") if b"xported" not in line]


CONTROLS = "".join(map(chr, [*range(32), *range(0x7F, 0xA0)])) + "\u202e\u2066\u200b\ufeff"


def steers_the_terminal(data: bytes) -> list[str]:
    shown = data.decode("utf-8").replace("\n", "")
    return [character for character in shown if character in CONTROLS]


def await_condition(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "the condition never held"
        time.sleep(0.002)
