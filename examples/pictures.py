"""Draws the pictures of README.md from what the programs really show: ``make pictures``.

``tests/test_pictures.py`` draws them again and compares the text, so what is drawn must not
depend on the day, the folder or the user.
"""

from __future__ import annotations

import io
import json
import os
import pty
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.console import Console
from rich.text import Text

EXAMPLES = Path(__file__).parent
PICTURES = EXAMPLES / "pictures"
COLUMNS = 88
LINES = 30
PATIENCE_SECONDS = 30

SESSIONS = [
    ("fix-the-login-bug", "Fix the login bug", timedelta(hours=2, minutes=5)),
    ("why-does-my-readme-break", "Why does my README break? 🧩", timedelta(days=1, hours=1)),
    ("fix-the-login-bug", "Retry the uploads that time out", timedelta(days=4, hours=1)),
]
"""File, name and age of the sessions in the terminal's picture."""

COMMANDS = [
    "hfs-server list",
    "hfs-server list --query login",
    'hfs-server export 1 -o - | grep -A 9 "## Agent activity"',
]
STEPS = [
    (":edit hfs:///sessions/1.md", "# Fix the login bug"),
    (":call search('^### 4') | normal! zt", "Does the fix weaken"),
    (":HfsSessions", "Type number"),
]
"""What is typed in Neovim, each with what is then shown."""


def terminal() -> str:
    """A terminal in which the commands were run, as SVG."""
    with store() as environment:
        folder = Path(environment["HOME"])
        now = datetime.now(UTC)
        for number, (file, name, age) in enumerate(SESSIONS):
            document = json.loads((EXAMPLES / "sessions" / f"{file}.json").read_text("utf-8"))
            document["metadata"]["session_name"] = name
            document["metadata"]["session_updated_at"] = (now - age).isoformat()
            path = folder / f"{number}.json"
            path.write_text(json.dumps(document), "utf-8")
            run(f"hfs-server import {path.name} --on-conflict copy", environment)
        shown = [f"\033[1;32m$\033[0m {each}\n{run(each, environment)}" for each in COMMANDS]
        return svg("\n".join(shown), "hfs-server", "terminal")


def neovim() -> str:
    """Neovim with a session in a buffer and the list to choose from, as SVG."""
    with store() as environment:
        for file in ("fix-the-login-bug", "why-does-my-readme-break"):
            run(f"hfs-server import {EXAMPLES / 'sessions' / file}.json", environment)
        plugin = EXAMPLES.parent / "hfs_server" / "editors" / "neovim"
        tmux = ["tmux", "-L", f"hfs-{os.getpid()}", "-f", os.devnull]
        settings = (
            "set laststatus=0 noruler linebreak nohlsearch | highlight link markdownError NONE"
        )
        program = ["nvim", "--clean", "--cmd", f"set rtp^={plugin}", "-c", settings]
        size = ["-x", str(COLUMNS), "-y", str(LINES)]
        tell([*tmux, "new-session", "-d", *size, *program], environment)
        try:
            for typed, expected in STEPS:
                tell([*tmux, "send-keys", "-l", typed], environment)
                tell([*tmux, "send-keys", "Enter"], environment)
                wait_for(expected, [*tmux, "capture-pane", "-p"], environment)
            text = tell([*tmux, "capture-pane", "-e", "-p"], environment)
        finally:
            tell([*tmux, "kill-server"], environment)
        return svg(text, "Neovim", "neovim")


@contextmanager
def store() -> Iterator[dict[str, str]]:
    """The environment of programs that have a home, and so a store, of their own."""
    with tempfile.TemporaryDirectory(prefix="hfs-pictures-") as home:
        yield {
            "HOME": home,
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
            "COLUMNS": str(COLUMNS),
            "TERM": "xterm-256color",
            "LANG": "C.UTF-8",
            "TZ": "UTC",
        }


def run(command: str, environment: dict[str, str]) -> str:
    """What a command shows in a terminal."""
    outer, inner = pty.openpty()
    with subprocess.Popen(
        command, shell=True, cwd=environment["HOME"], env=environment, stdout=inner, stderr=inner
    ) as process:
        os.close(inner)
        shown = b"".join(iter(lambda: read(outer), b""))
    os.close(outer)
    assert process.returncode == 0, shown
    return shown.decode()


def read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux reports the end of a terminal as an error.
        return b""


def tell(command: list[str], environment: dict[str, str]) -> str:
    return subprocess.run(
        command, env=environment, cwd=environment["HOME"], check=True, stdout=subprocess.PIPE
    ).stdout.decode()


def wait_for(expected: str, command: list[str], environment: dict[str, str]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while expected not in (shown := tell(command, environment)):
        assert time.monotonic() < deadline, shown
        time.sleep(0.05)


def svg(shown: str, title: str, name: str) -> str:
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), color_system="truecolor")
    console.print(Text.from_ansi(shown.replace("\r\n", "\n").strip() + "\n"))
    drawn = console.export_svg(title=title, unique_id=name)
    # Its fonts would be loaded from the network; the reader's own do as well.
    return re.sub(r"\s*@font-face \{[^}]*\}", "", drawn)


PROGRAMS = {terminal: ["grep"], neovim: ["nvim", "tmux"]}
"""What draws each picture, and the programs that it needs."""


def missing(draw: Callable[[], str]) -> list[str]:
    """The programs that a picture needs and that are not installed."""
    return [program for program in PROGRAMS[draw] if not shutil.which(program)]


if __name__ == "__main__":
    for draw in PROGRAMS:
        if missing(draw):
            print(f"{draw.__name__} NOT DRAWN: install", *missing(draw))
        else:
            (PICTURES / f"{draw.__name__}.svg").write_text(draw(), "utf-8")
