"""The lines of errors in a JSON text, found by reading it again, which only failures cost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

import ijson

from hfs_server.strict_json.errors import JsonError, JsonPath
from hfs_server.strict_json.events import ENDS, PARSER, PARSER_ERRORS, PIECE_BYTES, Event
from hfs_server.strict_json.source import JsonSource, UnreadableText


def lines_of(file: BinaryIO, errors: Sequence[JsonError]) -> list[int]:
    """The line, from 1, of each error in ``file``: where its path begins, or parsing fails."""
    file.seek(0)
    events: Any = ijson.sendable_list()
    parser = PARSER.basic_parse_coro(events, use_float=True)
    source = JsonSource(_Lines(file))
    wanted = {error.path: error.occurrence for error in errors if error.path}
    longest = max(map(len, wanted), default=0)
    found: dict[JsonPath, int] = {}
    walk: list[str | int] = []
    line = 1
    try:
        while (len(found) < len(wanted) or not wanted) and (piece := source.read(PIECE_BYTES)):
            parser.send(piece)
            for path in _paths(events, walk, longest):
                if path in wanted and path not in found:
                    wanted[path] -= 1
                    if not wanted[path]:
                        found[path] = line
            del events[:]
            line += piece.count(b"\n")
        if len(found) < len(wanted) or not wanted:
            parser.close()
    except (*PARSER_ERRORS, UnreadableText):
        return [found.get(error.path, line) for error in errors]
    return [found.get(error.path, 1) for error in errors]


class _Lines:
    """Reads a file a line at a time, and long lines in pieces."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def read(self, size: int) -> bytes:
        return self._file.readline(size)


def _paths(events: list[Event], walk: list[str | int], longest: int) -> Iterator[JsonPath]:
    """The paths, up to ``longest`` parts, of the keys and elements that begin in ``events``.

    ``walk`` is the current path, and is updated.
    """
    for event, value in events:
        if event in ENDS:
            walk.pop()
            continue
        is_element = bool(walk) and isinstance(walk[-1], int)
        if event == "map_key":
            walk[-1] = value
        elif is_element:
            walk[-1] += 1  # type: ignore[operator]
        if len(walk) <= longest and (is_element or event == "map_key"):
            yield tuple(walk)
        if event == "start_map":
            walk.append("")
        elif event == "start_array":
            walk.append(-1)
