"""What people and scripts see of a command: lines, JSON, complaints, a bar."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hfs_server.exchange import Imported
    from hfs_server.store.pages import SessionSummary

_NAME_WIDTH = 60


@contextmanager
def progress(title: str) -> Iterator[Callable[[float, str], None]]:
    """A bar on stderr, where that is a terminal and the work takes longer than a moment."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield lambda *_: None
        return
    from tqdm import tqdm

    form = "{desc}: {percentage:3.0f} %|{bar}| {elapsed}"
    with tqdm(total=100, desc=title, delay=0.5, leave=False, bar_format=form) as bar:

        def show(share: float, _: str) -> None:
            bar.update(share * 100 - bar.n)

        yield show


def session_line(summary: SessionSummary) -> str:
    """A session as a line of the list."""
    activity = (summary.updated_at or summary.created_at or "-")[:16].replace("T", " ")
    return f"{summary.id:>6}  {activity:16}  {summary.message_count:>6}  {_one_line(summary.name)}"


def _one_line(name: str) -> str:
    words = " ".join(plain(name).split()) or "(no name)"
    return words if len(words) <= _NAME_WIDTH else words[: _NAME_WIDTH - 1] + "…"


def imported_words(imported: Imported) -> str:
    """What came in, in words."""
    migrated = f", migrated from version {imported.original_version}" if imported.migrated else ""
    return (
        f"imported as session {imported.session_id} ({_one_line(imported.name)}; "
        f"messages: {imported.message_count}, checkpoints: {imported.checkpoint_count}{migrated})"
    )


def camel_case(value: dict[str, Any]) -> dict[str, Any]:
    """The keys as the protocol has them."""
    return {
        first + "".join(word.title() for word in rest): member
        for key, member in value.items()
        for first, *rest in [key.split("_")]
    }


def print_json(value: object) -> None:
    """Prints JSON that cannot steer the terminal, in an encoding that stdout has."""
    is_unicode = (sys.stdout.encoding or "").lower().startswith("utf")
    text = json.dumps(value, ensure_ascii=not is_unicode, indent=2)
    print("".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in text))


def complain(message: str) -> None:
    """Says on stderr what a person should know."""
    # Without stderr, print would write to stdout, which is for results.
    if sys.stderr is not None:
        # That nobody can be told is no reason for the work to fail.
        with suppress(OSError):
            print(plain(f"hfs-server: {message}"), file=sys.stderr)


def plain(text: str) -> str:
    """Text that cannot steer the terminal."""
    return "".join(c if c.isprintable() else " " for c in text)
