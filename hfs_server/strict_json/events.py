"""A JSON text read as a stream of events, strictly: what JSON cannot hold is refused.

Numbers are finite and integers have 64 bits, text is well-formed Unicode, an object
has a key once, and nothing is nested deeper than ``MAX_DEPTH``. An error says where
by path; the line is found by reading the text again, which only a failure costs.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from typing import Any, BinaryIO

import ijson

from hfs_server.strict_json.source import JsonSource, UnreadableText

MAX_DEPTH = 100
_PARSER = ijson.get_backend("yajl2_c")
"""The one parser that these rules were tried with; others take more, and fail otherwise."""

_LONGEST_KEY = 60
_PIECE = 1 << 16
_CONTAINERS: dict[str, type[dict[str, Any]] | type[list[Any]]] = {
    "start_map": dict,
    "start_array": list,
}

_REASONS = (
    ("premature EOF", "the text ends too early"),
    ("trailing garbage", "there is more text after the end of the document"),
    ("integer overflow", "a whole number does not fit into 64 bits"),
    ("numeric (floating point) overflow", "a number is too large"),
    ("invalid bytes in UTF8", "it is not UTF-8 text"),
    ("codec can't decode", "it is not UTF-8 text"),
    ("probable comment", "it has a comment, which JSON has not"),
    ("invalid character inside string", "a control character in a string is not escaped"),
)
"""What the parser says, and what we say; looked for in this order."""

_PARSER_ERRORS = (ijson.JSONError, UnicodeDecodeError)
"""The parser takes some bytes for UTF-8 that are none, and then fails to decode them."""

_ENDS = frozenset(("end_map", "end_array"))

Event = tuple[str, Any]
Path = tuple[str | int, ...]


class JsonError(ValueError):
    """The text is not JSON as this module takes it.

    ``path`` leads to the value where that is known; ``occurrence`` is 2 for the
    second of two equal keys. The reason quotes nothing of the text.
    """

    def __init__(self, reason: str, path: Path = (), occurrence: int = 1) -> None:
        super().__init__(reason)
        self.reason = reason
        self.path = path
        self.occurrence = occurrence


def path_text(path: Path) -> str:
    """``("messages", 3, "role")`` as ``messages[3].role``; of a long key the beginning."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{_short(part)}" for part in path)
    return text.removeprefix(".")


def _short(key: str) -> str:
    return key if len(key) <= _LONGEST_KEY else key[:_LONGEST_KEY] + "…"


class JsonEvents:
    """The events of the one JSON value in ``file``, and values built from them."""

    def __init__(self, file: BinaryIO, on_read: Callable[[int], None] | None = None) -> None:
        source = JsonSource(file, on_read)
        self._events: Iterator[Event] = _PARSER.basic_parse(source, buf_size=_PIECE, use_float=True)

    def next(self) -> Event:
        """The next event. Raises JsonError for text that is not JSON, or ends too early."""
        try:
            return next(self._events)
        except _PARSER_ERRORS as error:
            raise JsonError(_reason(error)) from None
        except UnreadableText as error:
            raise JsonError(str(error)) from None

    def end(self) -> None:
        """Reads to the end of the text. Raises JsonError where more than white space follows."""
        try:
            self.next()
        except StopIteration:
            return
        raise JsonError("there is more text after the end of the document")

    def members(self, path: Path = ()) -> Iterator[str]:
        """The keys of the object whose start was just read; each value is the caller's to take."""
        seen = set()
        while True:
            event, key = self.next()
            if event == "end_map":
                return
            if key in seen:
                raise JsonError("the key stands there twice", (*path, key), occurrence=2)
            seen.add(key)
            yield key

    def items(self, path: Path) -> Iterator[Any]:
        """The values of the array whose start was just read, one at a time."""
        index = 0
        while (event := self.next())[0] != "end_array":
            yield self.value(event, (*path, index))
            index += 1

    def skip(self, first: Event) -> None:
        """Passes over the value that begins with the event ``first``."""
        depth = 0
        event = first[0]
        while True:
            if event in _CONTAINERS:
                depth += 1
            elif event in _ENDS:
                depth -= 1
            if not depth:
                return
            event = self.next()[0]

    def value(self, first: Event, path: Path, deepest: int | None = None) -> Any:
        """The whole value that begins with the event ``first``."""
        event, scalar = first
        if event not in _CONTAINERS:
            return scalar
        root: Any = _CONTAINERS[event]()
        parents: list[tuple[Any, Any]] = []
        container, key = root, None
        deepest = MAX_DEPTH - len(path) if deepest is None else deepest
        try:
            for event, scalar in self._events:
                if event == "map_key":
                    if scalar in container:
                        where = (*path, *(k for _, k in parents), scalar)
                        raise JsonError("the key stands there twice", where, occurrence=2)
                    key = scalar
                elif event in _ENDS:
                    if not parents:
                        return root
                    container, key = parents.pop()
                else:
                    opens = _CONTAINERS.get(event)
                    item = scalar if opens is None else opens()
                    if type(container) is dict:
                        container[key] = item
                    else:
                        key = len(container)
                        container.append(item)
                    if opens is not None:
                        parents.append((container, key))
                        container = item
                        if len(parents) >= deepest:
                            raise JsonError(f"it is nested deeper than {MAX_DEPTH} levels", path)
        except _PARSER_ERRORS as error:
            raise JsonError(_reason(error)) from None
        except UnreadableText as error:
            raise JsonError(str(error)) from None
        raise JsonError("the text ends too early")


def parse_json(text: str, depth: int = 0) -> Any:
    """The value of a whole JSON text, by the same strict rules. Raises JsonError.

    ``depth`` is how deep the value will lie in a document.
    """
    try:
        events = JsonEvents(io.BytesIO(text.encode()))
    except UnicodeEncodeError:
        raise JsonError("it has half of a surrogate pair, which is no text") from None
    try:
        value = events.value(events.next(), (), MAX_DEPTH - depth)
    except StopIteration:
        raise JsonError("the text is empty") from None
    events.end()
    return value


def _reason(error: Exception) -> str:
    """What the parser found, in our words: its own message quotes the text."""
    said = str(error)
    return next((words for sign, words in _REASONS if sign in said), "it is not valid JSON")


def lines_of(file: BinaryIO, errors: Sequence[JsonError]) -> list[int]:
    """The line, from 1, of each error in ``file``: where its path begins, or parsing fails."""
    file.seek(0)
    events: Any = ijson.sendable_list()
    parser = _PARSER.basic_parse_coro(events, use_float=True)
    source = JsonSource(_Lines(file))
    wanted = {error.path: error.occurrence for error in errors if error.path}
    longest = max(map(len, wanted), default=0)
    found: dict[Path, int] = {}
    walk: list[str | int] = []
    line = 1
    try:
        while (len(found) < len(wanted) or not wanted) and (piece := source.read(_PIECE)):
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
    except (*_PARSER_ERRORS, UnreadableText):
        return [found.get(error.path, line) for error in errors]
    return [found.get(error.path, 1) for error in errors]


class _Lines:
    """A file that is read a line at a time, and a long line in pieces."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def read(self, size: int) -> bytes:
        return self._file.readline(size)


def _paths(events: list[Event], walk: list[str | int], longest: int) -> Iterator[Path]:
    """The paths of the keys and elements that begin in ``events``, up to ``longest`` parts.

    ``walk`` is where we are.
    """
    for event, value in events:
        if event in _ENDS:
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
