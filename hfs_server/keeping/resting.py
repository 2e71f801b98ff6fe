"""Files that changed, until they rest: a tool may still be writing to them.

The rule not to break: a file that ends in the middle of a record is not imported.
"""

from __future__ import annotations

import os
from codecs import BOM_UTF8
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pydantic_core import from_json

from hfs_server.errors import SourceNotReadable
from hfs_server.files.sources import open_source
from hfs_server.import_sources import Found, found_file
from hfs_server.store.shapes import FileStamp

REST_SECONDS = 1.5
"""How long a file must not change before it is imported."""

HALF_LINE_SECONDS = 60.0
"""After how long a last line that is not complete will remain so."""

_PARSED_BYTES = 4 << 20
"""The longest JSON that is read just to see whether it is complete."""
_PIECE_BYTES = 1 << 16
_UNFINISHED = "EOF while parsing"


@dataclass(slots=True)
class _Waiting:
    stamp: FileStamp | None
    since: float
    """When it was first seen with this stamp."""
    lacks_end: bool = False


class RestingFiles:
    """Files that changed and were not imported yet. Times are of the monotonic clock."""

    def __init__(self) -> None:
        self._waiting: dict[Path, _Waiting] = {}
        self._not_before: dict[Path, float] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, paths: Iterable[Path], now: float) -> None:
        """Adds files that changed, also while ``take`` looks at them in a thread."""
        for path in paths:
            self._waiting[path] = _Waiting(None, now)

    def postpone(self, path: Path, until: float) -> None:
        """Does not return a file before then, however long it rests."""
        self._not_before[path] = until

    def take(self, now: float, most: int) -> list[Found]:
        """Files that rest, at most so many, which are then no longer waiting. Blocks."""
        self._not_before = {path: time for path, time in self._not_before.items() if time > now}
        taken: list[Found] = []
        for path, waiting in [*self._waiting.items()]:
            found = found_file(path)
            if found is not None and not self._is_due(found, waiting, now):
                continue
            if self._waiting[path] is waiting:
                del self._waiting[path]
            if found is not None and not (waiting.lacks_end and path.suffix == ".json"):
                taken.append(found)
            if len(taken) == most:
                break
        return taken

    def _is_due(self, found: Found, waiting: _Waiting, now: float) -> bool:
        """Whether a file need not wait: JSON without its end is of no use before it changes."""
        if found.stamp != waiting.stamp:
            waiting.stamp, waiting.since, waiting.lacks_end = found.stamp, now, False
        rested = now - waiting.since
        if rested < REST_SECONDS or found.path in self._not_before:
            return False
        waiting.lacks_end = waiting.lacks_end or not is_complete(found.path)
        is_json = found.path.suffix == ".json"
        return not waiting.lacks_end or is_json or rested >= HALF_LINE_SECONDS


def is_complete(path: Path) -> bool:
    """Whether a JSON file, or the last line of a JSON Lines file, does not lack its end."""
    is_lines = path.suffix == ".jsonl"
    if not is_lines and path.suffix != ".json":
        return True
    try:
        with open_source(path) as file:
            is_cut = file.seek(0, os.SEEK_END) > _PARSED_BYTES
            file.seek(-_PARSED_BYTES if is_cut else 0, os.SEEK_END if is_cut else os.SEEK_SET)
            end = b"".join(iter(lambda: file.read(_PIECE_BYTES), b""))
    except (SourceNotReadable, OSError):
        return True  # The import reports it.
    if is_lines:
        _, newline, end = end.rpartition(b"\n")
        is_cut = is_cut and not newline
    if is_lines and not end.strip():
        return True
    if is_cut:
        return end.rstrip()[-1:] in (b"}", b"]")
    return not _lacks_its_end(end.removeprefix(BOM_UTF8))


def _lacks_its_end(text: bytes) -> bool:
    try:
        from_json(text)
    except ValueError as error:
        return _UNFINISHED in str(error)
    return False
