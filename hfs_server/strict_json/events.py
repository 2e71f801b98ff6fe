"""A JSON text read strictly as a stream of events.

The rule not to break: numbers are finite, integers have 64 bits, text is valid Unicode, keys are
unique, and nothing is nested deeper than ``MAX_DEPTH``; anything else raises JsonError.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

import ijson

from hfs_server.strict_json.errors import JsonError, JsonPath
from hfs_server.strict_json.source import JsonSource, UnreadableText

MAX_DEPTH = 100
PARSER = ijson.get_backend("yajl2_c")
"""The only backend that these rules were tested with; others accept more and fail differently."""

PARSER_ERRORS = (ijson.JSONError, UnicodeDecodeError)
"""The parser accepts some invalid UTF-8, and then fails to decode it."""

PIECE_BYTES = 1 << 16
ENDS = frozenset(("end_map", "end_array"))
_CONTAINERS: dict[str, type[dict[str, Any]] | type[list[Any]]] = {
    "start_map": dict,
    "start_array": list,
}

_END_OF_TEXT = "unexpected end of the text"
_TRAILING_TEXT = "unexpected text after the end of the document"
_DUPLICATE_KEY = "duplicate key"

_REASONS = (
    ("premature EOF", _END_OF_TEXT),
    ("trailing garbage", _TRAILING_TEXT),
    ("integer overflow", "integer larger than 64 bits"),
    ("numeric (floating point) overflow", "number too large"),
    ("invalid bytes in UTF8", "invalid UTF-8"),
    ("codec can't decode", "invalid UTF-8"),
    ("probable comment", "comments are not allowed in JSON"),
    ("invalid character inside string", "unescaped control character in a string"),
)
"""Parts of the parser's messages, and our reasons; the first match counts."""

Event = tuple[str, Any]


class JsonEvents:
    """The events of the one JSON value in ``file``, and values built from them."""

    def __init__(self, file: BinaryIO, on_read: Callable[[int], None] | None = None) -> None:
        self._source = JsonSource(file, on_read)
        self._events: Iterator[Event] = PARSER.basic_parse(
            self._source, buf_size=PIECE_BYTES, use_float=True
        )

    def next(self) -> Event:
        """The next event. Raises JsonError for invalid or truncated JSON."""
        try:
            return next(self._events)
        except PARSER_ERRORS as error:
            raise JsonError(_reason(error)) from None
        except UnreadableText as error:
            raise JsonError(str(error)) from None

    def end(self) -> None:
        """Reads to the end of the text. Raises JsonError if more than white space follows."""
        try:
            self.next()
        except StopIteration:
            return
        raise JsonError(_TRAILING_TEXT)

    def members(self, path: JsonPath = ()) -> Iterator[str]:
        """The keys of the object that has just begun; the caller must read each value."""
        seen = set()
        while True:
            event, key = self.next()
            if event == "end_map":
                return
            if key in seen:
                raise JsonError(_DUPLICATE_KEY, (*path, key), occurrence=2)
            seen.add(key)
            yield key

    def items(self, path: JsonPath) -> Iterator[Any]:
        """The values of the array that has just begun, one at a time."""
        index = 0
        while (event := self.next())[0] != "end_array":
            yield self.value(event, (*path, index))
            index += 1

    def item_lists(self, path: JsonPath) -> Iterator[list[Any]]:
        """The values of the array that has just begun, in lists of those that end in one piece.

        What precedes an error is returned before it is raised.
        """
        items: list[Any] = []
        read = self._source.bytes_read
        try:
            for value in self.items(path):
                items.append(value)
                if self._source.bytes_read != read:
                    yield items
                    items, read = [], self._source.bytes_read
        except JsonError:
            yield items
            raise
        yield items

    def skip(self, first: Event) -> None:
        """Skips the value that begins with the event ``first``."""
        depth = 0
        event = first[0]
        while True:
            if event in _CONTAINERS:
                depth += 1
            elif event in ENDS:
                depth -= 1
            if not depth:
                return
            event = self.next()[0]

    def value(self, first: Event, path: JsonPath, deepest: int | None = None) -> Any:
        """The whole value that begins with the event ``first``.

        One loop without calls, since every value of an import passes here (benchmark row 1).
        """
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
                        raise JsonError(_DUPLICATE_KEY, where, occurrence=2)
                    key = scalar
                elif event in ENDS:
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
                            raise JsonError(f"nested deeper than {MAX_DEPTH} levels", path)
        except PARSER_ERRORS as error:
            raise JsonError(_reason(error)) from None
        except UnreadableText as error:
            raise JsonError(str(error)) from None
        raise JsonError(_END_OF_TEXT)


def _reason(error: Exception) -> str:
    """The reason in our words, since the parser's message quotes the text."""
    message = str(error)
    return next((reason for part, reason in _REASONS if part in message), "invalid JSON")
