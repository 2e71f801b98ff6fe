"""The pager: the program in which a terminal shows long text.

The rule not to break: a pager that ends early ends the work quietly, and Ctrl-C is the pager's.
"""

from __future__ import annotations

import io
import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import NamedTuple, TextIO

from hfs_server.cli.output import print_error
from hfs_server.errors import os_reason

_DEFAULT = ("less", "-FRX")
_NO_PAGERS = ("", "cat")


class Output(NamedTuple):
    """Where text for people goes."""

    file: TextIO
    is_paged: bool


@contextmanager
def paged(*, is_wanted: bool = True) -> Iterator[Output]:
    """The pager's input, or stdout; returns when the reader has ended the pager.

    A write raises OSError if the reader has ended it before.
    """
    process = _started(pager_command(os.environ) if is_wanted and sys.stdout.isatty() else None)
    if process is None:
        yield Output(sys.stdout, is_paged=False)
        return
    # Only from here on: a pager would inherit that it is ignored.
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        assert process.stdin is not None
        file = io.TextIOWrapper(process.stdin, sys.stdout.encoding, "backslashreplace", "\n")
        try:
            yield Output(file, is_paged=True)
        finally:
            with suppress(OSError):
                file.close()
            process.wait()
    finally:
        signal.signal(signal.SIGINT, before)


def pager_command(environment: Mapping[str, str]) -> Sequence[str] | None:
    """The words of the pager's command; None if there is none, or the terminal cannot have one."""
    chosen = environment.get("PAGER")
    if environment.get("TERM") == "dumb" or (chosen is not None and chosen.strip() in _NO_PAGERS):
        return None
    if chosen is None:
        return _DEFAULT if shutil.which(_DEFAULT[0]) else None
    words = [chosen] if shutil.which(chosen) else _split(chosen)
    name = os.path.basename(words[0]).removesuffix(".exe")
    # Without it, less shows colours as the characters that they are made of.
    return [*words, "-R"] if name == "less" else words


def _split(command: str) -> list[str]:
    try:
        return shlex.split(command, posix=os.name != "nt")
    except ValueError:
        return [command]


def _started(command: Sequence[str] | None) -> subprocess.Popen[bytes] | None:
    if command is None:
        return None
    environment = {"LESS": "FRX", "LV": "-c", **os.environ}
    try:
        return subprocess.Popen(command, stdin=subprocess.PIPE, env=environment)  # noqa: S603
    except (OSError, ValueError) as error:
        print_error(f"Cannot start the pager {command[0]}: {os_reason(error)}. Correct PAGER.")
        return None
