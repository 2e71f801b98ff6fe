"""The texts of documents that are open in the editor, as it changes them.

The rule not to break: a change costs what it changes, not what the document has; columns are in
UTF-16 code units. Only so much is held in memory, and a document that was closed is forgotten.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lsprotocol import types

from hfs_server.text import split_lines

DOCUMENT_NOTIFICATIONS = frozenset(
    (
        types.TEXT_DOCUMENT_DID_OPEN,
        types.TEXT_DOCUMENT_DID_CHANGE,
        types.TEXT_DOCUMENT_DID_CLOSE,
        types.TEXT_DOCUMENT_DID_SAVE,
    )
)

MOST_DOCUMENTS = 200
LARGEST_DOCUMENT = 4_000_000
"""In characters when it is opened; of a larger one, what is on the disk is read."""
_MOST_CHARACTERS = 64_000_000

LARGEST_SESSION = 32_000_000
LONGEST_LINE = 1_000_000
"""A change copies its line, so documents with a longer one are not followed."""


class OpenDocuments:
    """The lines of open documents; the newest ones, if there are many."""

    def __init__(self) -> None:
        self._lines: dict[str, list[str]] = {}
        self._sizes: dict[str, int] = {}
        self._most: dict[str, int] = {}
        self._lost: dict[str, None] = {}
        self.largest: Callable[[str], int] = lambda _: LARGEST_DOCUMENT
        """How large a document may be, by its text; nothing is held of a larger one."""

    def lines(self, uri: str) -> list[str] | None:
        """The lines of a document now; None if it is not known."""
        return self._lines.get(uri)

    def is_lost(self, uri: str) -> bool:
        """Whether it is open, but its text became too large or had a change of another shape."""
        return uri in self._lost

    def release(self, uri: str) -> None:
        """Forgets a document."""
        self._forget(uri)
        self._lost.pop(uri, None)

    def notify(self, method: str, params: dict[str, Any]) -> None:
        """Follows a notification of the editor.

        A change of another shape makes a document unknown, until a change has the whole text.
        """
        document = params.get("textDocument")
        uri = document.get("uri") if isinstance(document, dict) else None
        if not isinstance(uri, str):
            return
        if method == types.TEXT_DOCUMENT_DID_OPEN:
            self._open(uri, document.get("text") if isinstance(document, dict) else None)
        elif method == types.TEXT_DOCUMENT_DID_CLOSE:
            self.release(uri)
        elif method == types.TEXT_DOCUMENT_DID_CHANGE and (uri in self._lines or uri in self._lost):
            changes = params.get("contentChanges")
            for change in changes if isinstance(changes, list) else [None]:
                self._follow(uri, change)

    def _follow(self, uri: str, change: Any) -> None:
        try:
            if change.get("range") is None:
                self._open(uri, change["text"])
            elif uri in self._lines:
                self._change(uri, change)
        except (KeyError, TypeError, ValueError, IndexError, AttributeError):
            self._lose(uri)

    def _lose(self, uri: str) -> None:
        self._forget(uri)
        self._lost[uri] = None
        if len(self._lost) > MOST_DOCUMENTS:
            del self._lost[next(iter(self._lost))]

    def _open(self, uri: str, text: object) -> None:
        self._lose(uri)
        if not isinstance(text, str) or len(text) > self.largest(text):
            return
        lines = split_lines(text)
        if len(text) > LONGEST_LINE and max(map(len, lines)) > LONGEST_LINE:
            return
        del self._lost[uri]
        self._lines[uri] = lines
        self._sizes[uri] = len(text)
        self._most[uri] = 2 * max(LARGEST_DOCUMENT, self.largest(text))
        while len(self._lines) > MOST_DOCUMENTS or sum(self._sizes.values()) > _MOST_CHARACTERS:
            self._forget(next(iter(self._lines)))

    def _forget(self, uri: str) -> None:
        self._lines.pop(uri, None)
        self._sizes.pop(uri, None)
        self._most.pop(uri, None)

    def _change(self, uri: str, change: dict[str, Any]) -> None:
        text: str = change["text"]
        lines = self._lines[uri]
        start, end = change["range"]["start"], change["range"]["end"]
        first, column = _place(lines, start)
        last, end_column = _place(lines, end)
        if (last, end_column) < (first, column):
            raise ValueError("the range is reversed")
        before, after = lines[first][:column], lines[last][end_column:]
        removed = lines[first : last + 1]
        lines[first : last + 1] = added = split_lines(before + text + after)
        self._sizes[uri] += _size(added) - _size(removed)
        if self._sizes[uri] > self._most[uri] or len(max(added, key=len)) > LONGEST_LINE:
            self._lose(uri)


def _size(lines: list[str]) -> int:
    return sum(map(len, lines)) + len(lines)


def _place(lines: list[str], position: dict[str, int]) -> tuple[int, int]:
    """The index of a line, and that in the line; what is after the end is the end."""
    index, column = position["line"], position["character"]
    if index < 0 or column < 0:
        raise ValueError("the position is negative")
    if index >= len(lines):
        return len(lines) - 1, len(lines[-1])
    return index, min(_offset(lines[index], column), len(lines[index]))


def _offset(line: str, column: int) -> int:
    """The index of a column in UTF-16 code units."""
    if line.isascii():
        return column
    encoded = line[:column].encode("utf-16-le", "surrogatepass")[: 2 * column]
    return len(encoded.decode("utf-16-le", "replace"))
