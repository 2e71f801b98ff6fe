"""Commands of hfs-server as processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from testing.documents import MARKER, document, text
from testing.programs import PLAIN, environment_for
from testing.waiting import PATIENCE_SECONDS

POSIX = pytest.mark.skipif(os.name == "nt", reason="Windows has neither such signals nor ptys")


@dataclass(frozen=True)
class Outcome:
    """What a command left: its exit code, and what it wrote."""

    code: int
    stdout: bytes
    stderr: str

    @property
    def lines(self) -> list[str]:
        """The lines on stdout."""
        return self.stdout.decode("utf-8").splitlines()


Run = Callable[..., Outcome]


def run_command(command: list[str], environment: dict[str, str], folder: Path) -> Outcome:
    """Runs a command to its end; it must print no session content on stderr."""
    done = subprocess.run(
        command,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        env=environment,
        cwd=folder,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    stderr = done.stderr.decode("utf-8")
    assert MARKER not in stderr
    assert "Traceback" not in stderr
    return Outcome(done.returncode, done.stdout, stderr)


def failed_in_one_line(outcome: Outcome) -> str:
    """The one line that says why a command failed."""
    assert outcome.code == 1
    assert outcome.stdout == b""
    (line,) = outcome.stderr.splitlines()
    assert line.startswith("hfs-server: ")
    return line


def write(path: Path, *parts: object) -> str:
    """Writes a document of these parts; returns its path as an argument."""
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
    """The lines of an export, but for those that say when it was made."""
    return [line for line in data.split(b"\n") if b"xported" not in line]


CONTROLS = "".join(map(chr, [*range(32), *range(0x7F, 0xA0)])) + "\u202e\u2066\u200b\ufeff"


def steers_the_terminal(data: bytes) -> list[str]:
    """The characters in an output that a terminal would not show but obey."""
    shown = data.decode("utf-8").replace("\n", "")
    return [character for character in shown if character in CONTROLS]


def hfs(
    home: Path,
    *arguments: str | Path,
    before: Sequence[str] = (),
    program: Sequence[str] = PLAIN,
    environment: Mapping[str, str] | None = None,
    within: float = PATIENCE_SECONDS,
) -> subprocess.CompletedProcess[str]:
    """Runs hfs-server with these arguments, under the program ``before``, to its end."""
    return subprocess.run(
        [*before, sys.executable, *program, *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="backslashreplace",
        env=environment_for(home, {"PYTHONDONTWRITEBYTECODE": "1", **(environment or {})}),
        cwd=home,
        timeout=within,
        check=False,
    )


def check_one_clear_line(done: subprocess.CompletedProcess[str]) -> None:
    """Fails where a command that failed did not say so in one line, without a traceback."""
    lines = done.stderr.splitlines()
    assert done.returncode == 1, (done.returncode, done.stderr[-2000:])
    assert len(lines) == 1, done.stderr[-2000:]
    assert lines[0].startswith("hfs-server: "), done.stderr
    assert MARKER not in done.stderr
    assert "Traceback" not in done.stderr
