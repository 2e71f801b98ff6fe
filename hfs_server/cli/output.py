"""The output of commands: lines, JSON, messages on stderr, a progress bar.

In a terminal, lines are shortened to fit; in a pipe, they are complete. Nothing printed can
control the terminal.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from hfs_server.graphemes import clipped, width
from hfs_server.identity import HFS_TOOL
from hfs_server.text import printable

if TYPE_CHECKING:
    from hfs_server.store.results import SessionSummary

_HEADER = ("ID", "LAST ACTIVITY", "MESSAGES")
_TOOL_HEADER = ("TOOL", "PROJECT")
_NUMBERS = (0, 2)
"""The columns that end at the same place."""
_NARROWEST_NAME = 10
_WIDEST_PROJECT = 20
_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60))
_WEEK = 7 * 86_400
_QUIET: list[bool] = []
"""Empty unless the user wants quiet."""


@contextmanager
def progress(title: str) -> Iterator[Callable[[float, str], None]]:
    """A bar on stderr, if that is a terminal and the work takes more than half a second."""
    if _QUIET or sys.stderr is None or not sys.stderr.isatty():
        yield lambda *_: None
        return
    from tqdm import tqdm

    form = "{desc}: {percentage:3.0f} %|{bar}| {elapsed}"
    with tqdm(total=100, desc=title, delay=0.5, leave=False, bar_format=form) as bar:

        def show(share: float, _: str) -> None:
            bar.update(share * 100 - bar.n)

        yield show


def print_sessions(sessions: Sequence[SessionSummary]) -> None:
    """Prints a line for each session, for people in a terminal and for scripts in a pipe."""
    if not sys.stdout.isatty():
        print(*map(_line, sessions), sep="\n")
        return
    import shutil

    now = datetime.now(UTC)
    columns = shutil.get_terminal_size().columns - 1  # Some terminals wrap after the last one.
    # The columns that distinguish tools are only shown if there is more than one.
    has_tools = any(summary.tool != HFS_TOOL for summary in sessions)
    header = (*_HEADER, *_TOOL_HEADER) if has_tools else _HEADER
    rows = [
        (
            str(summary.id),
            ago(_activity(summary), now),
            f"{summary.message_count:,}",
            *((_tool(summary), _project(summary)) if has_tools else ()),
        )
        for summary in sessions
    ]
    lines = aligned([header, *rows], _NUMBERS)
    room = max(_NARROWEST_NAME, columns - width(lines[0]) - len("  "))
    names = [clipped(encodable(one_line(summary.name)), room, ellipsis()) for summary in sessions]
    for line, name in zip(lines, ("NAME", *names), strict=True):
        print(f"{line}  {name}")


def _tool(summary: SessionSummary) -> str:
    return clipped(encodable(one_line(summary.tool)), _WIDEST_PROJECT, ellipsis())


def _project(summary: SessionSummary) -> str:
    """The last part of the working directory."""
    directory = one_line(summary.working_directory) if summary.working_directory else ""
    last = directory.replace("\\", "/").rstrip("/").rpartition("/")[2]
    return clipped(encodable(last), _WIDEST_PROJECT, ellipsis())


def _line(summary: SessionSummary) -> str:
    """A session with its complete name, and its last activity in UTC."""
    activity = (_activity(summary) or "-")[:16].replace("T", " ")
    return f"{summary.id:>6}  {activity:16}  {summary.message_count:>6}  {one_line(summary.name)}"


def _activity(summary: SessionSummary) -> str:
    return summary.updated_at or summary.created_at


def ago(time: str, now: datetime) -> str:
    """How long ago a time was, in words; the date in UTC after a week."""
    if not time:
        return "unknown"
    seconds = (now - datetime.fromisoformat(time)).total_seconds()
    if not 0 <= seconds < _WEEK:
        return time[:10]
    for unit, length in _UNITS:
        if count := int(seconds // length):
            return f"{count} {unit}{'s' if count > 1 else ''} ago"
    return "just now"


def one_line(name: str) -> str:
    """A session's name on one line."""
    return " ".join(printable(name).split()) or "(no name)"


def encodable(text: str) -> str:
    """The text as the terminal shows it, with escapes for what its encoding lacks."""
    encoding = sys.stdout.encoding or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)


def ellipsis() -> str:
    """What stands for the rest of a text."""
    return "…" if encodable("…") == "…" else "..."


def camel_case(value: dict[str, Any]) -> dict[str, Any]:
    """The value with the protocol's camelCase keys."""
    return {
        first + "".join(word.title() for word in rest): member
        for key, member in value.items()
        for first, *rest in [key.split("_")]
    }


def print_table(rows: Sequence[Sequence[str]], numbers: Collection[int] = ()) -> None:
    """Prints rows in columns; those of ``numbers`` end at the same place, the others begin there.

    In a terminal, the last column is shortened to fit.
    """
    import shutil

    columns = shutil.get_terminal_size().columns - 1 if sys.stdout.isatty() else None
    for line in map(str.rstrip, aligned(rows, numbers)):
        print(line if columns is None else clipped(encodable(line), columns, ellipsis()))


def aligned(rows: Sequence[Sequence[str]], numbers: Collection[int]) -> list[str]:
    """A line for each row, with all columns as wide as their widest cell.

    No cell can control the terminal.
    """
    rows = [[printable(cell) for cell in row] for row in rows]
    widths = [max(map(width, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            " " * (size - width(cell)) + cell
            if index in numbers
            else cell + " " * (size - width(cell))
            for index, (cell, size) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]


def print_json(value: object) -> None:
    """Prints JSON in the encoding of stdout, with control characters escaped."""
    is_unicode = (sys.stdout.encoding or "").lower().startswith("utf")
    text = json.dumps(value, ensure_ascii=not is_unicode, indent=2)
    print("".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in text))


def print_line(text: str) -> None:
    """Prints a result on stdout."""
    print(printable(text))


def be_quiet() -> None:
    """From now on, prints neither notices nor progress."""
    _QUIET.append(True)


def print_notice(message: str) -> None:
    """Prints a warning or a hint on stderr, which ``--quiet`` omits."""
    if not _QUIET:
        print_error(message)


def print_error(message: str) -> None:
    """Prints on stderr what must be known."""
    # Without stderr, print would write to stdout, which is for results.
    if sys.stderr is not None:
        # A closed stderr must not make the work fail.
        with suppress(OSError):
            print(printable(f"hfs-server: {message}"), file=sys.stderr)
