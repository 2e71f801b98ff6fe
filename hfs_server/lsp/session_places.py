"""Where the messages of another tool's session stand in its file, as far as that can be found.

No format says it, and importers join records; so a message is looked up by its first words, or by
its id there. The rule not to break: a search is bounded, and one that fails costs one message.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import NamedTuple

from hfs_server.errors import HfsError
from hfs_server.importers import Importer
from hfs_server.lsp.session_text import SessionText
from hfs_server.session import JsonObject
from hfs_server.strict_json.outline import Span

MOST_MESSAGES = 10_000
_MOST_CHARACTERS = 500_000_000
"""How many characters of a text are searched in all, which takes about a second."""
_LONGEST_CONTENT = 10_001
_FIRST_WORDS = 40
_FEWEST = 8
_LONGEST_LINE = 100_000
"""In a longer line, only the words that were found are marked."""


class Located(NamedTuple):
    """A message, of which a long content is cut, with its number, from 1, and its place."""

    number: int
    message: JsonObject
    span: Span


def located_messages(text: SessionText, importer: Importer) -> list[Located]:
    """The messages whose places were found. Raises Stale."""
    search = _Search(text)
    found = []
    for number, message in enumerate(_messages(text, importer), start=1):
        if not number % 100:
            text.check()
        if number > MOST_MESSAGES:
            break
        span = search.span_of(message)
        if span is not None:
            found.append(Located(number, _cut(message), span))
    return found


def _messages(text: SessionText, importer: Importer) -> Iterator[JsonObject]:
    try:
        for source in importer.sessions(text.file()):
            for batch in source.batches():
                yield from batch.messages
    except HfsError:
        # The diagnostics say so.
        return


def _cut(message: JsonObject) -> JsonObject:
    return {**message, "content": message["content"][:_LONGEST_CONTENT]}


class _Search:
    def __init__(self, text: SessionText) -> None:
        self._text = text
        self._place = 0
        self._left = _MOST_CHARACTERS

    def span_of(self, message: JsonObject) -> Span | None:
        """The line of a message, from the line of the one before it on, else anywhere."""
        for start in dict.fromkeys((self._place, 0)):
            for words in _marks(message):
                found = self._find(words, start)
                if found >= 0:
                    return self._span(found, len(words))
        return None

    def _find(self, words: str, start: int) -> int:
        if self._left <= 0:
            return -1
        found = self._text.text.find(words, start)
        self._left -= (found if found >= 0 else len(self._text.text)) - start
        return found

    def _span(self, found: int, length: int) -> Span:
        positions = self._text.positions
        line = positions.line_of(found)
        start, size = positions.start_of(line), len(self._text.lines[line])
        if size > _LONGEST_LINE:
            self._place = found
            return Span(found, found + length)
        self._place = start
        return Span(start, start + size)


def _marks(message: JsonObject) -> Iterator[str]:
    """What shows a message in its file: its first words as JSON may have them, else its id."""
    words = message["content"][:_FIRST_WORDS]
    if len(words) >= _FEWEST:
        for is_ascii in (False, True):
            yield json.dumps(words, ensure_ascii=is_ascii)[1:-1]
    for key in ("source_id", "tool_call_id"):
        if isinstance(value := message.get(key), str) and value:
            yield json.dumps(value)
