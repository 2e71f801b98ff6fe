"""The inline part of a message, with what could act escaped so that it shows as text.

It works on source lines as they stand, quote and list marks included, since these
hold none of the characters that it looks for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from hfs_server.exporters.markdown.extensions import INLINE
from hfs_server.exporters.markdown.links import AUTOLINK, normalized_label

# Some viewers end a bare address at none of the white space beyond ASCII.
_RUN = re.compile(r"[^ \t\n]+")
_SWALLOWED = "`\\$<![]"
_ADDRESS_START = re.compile(r"//|\bwww(?=\.)", re.IGNORECASE)
_CELL_BORDER = re.compile(r"((?<!\\)\|)")
_SAFE_TARGET = re.compile(
    r"\(<?(?!//)(?:https?:\\?//|mailto:|#|/?[\w.-]*(?:/[\w.-]+)*(?:/[\w.:-]*)?[)#?\s>])"
)
_PIECE = re.compile(
    r"(?P<escaped>\\[\s\S])"
    r"|(?P<ticks>`+)"
    rf"|(?P<autolink><(?:{AUTOLINK}))"
    rf"|{INLINE}"
    r"|(?P<tag><)(?=[A-Za-z/!?])"
    r"|(?P<image>!)(?=\[)"
    r"|(?P<target>\]\()"
    r"|(?P<reference>\[(?P<text>[^\[\]\\`<\n]+)\](?:\[(?P<label>[^\[\]\\`<\n]*)\])?(?!\())"
    r"|(?P<mark>[$~^=+|])"
    r"|(?P<web>(?<=http:)//|(?<=https:)//)"
    r"|(?P<host>//+(?=\S))"
    r"|(?P<www>\bwww(?=\.))"
)
# Most sources hold no mark that shifts, and many that could.
_PIECE_WITHOUT_MARKS = re.compile(_PIECE.pattern.replace(r"|(?P<mark>[$~^=+|])", ""))
_ESCAPED = ("tag", "image", "brace", "note", "embed", "spoiler", "directive")
# Without a backslash these are no marks of LaTeX, and none of code in any viewer.
_PLAIN_BRACKETS = {"\\(": "(", "\\[": "&#91;", "\\`": "&#96;"}


def neutralise_row(
    row: str, *, references: Mapping[str, str], breaks_links: bool, shifting: str
) -> str:
    """A line of a table, whose code spans end with their cells."""
    return "".join(
        piece
        if piece == "|"
        else neutralise_spans(
            piece,
            references=references,
            breaks_links=breaks_links,
            shifting=shifting,
        )
        for piece in _CELL_BORDER.split(row)
    )


def neutralise_spans(
    source: str, *, references: Mapping[str, str], breaks_links: bool, shifting: str
) -> str:
    """The source with tags and images escaped, and each known reference put in its place.

    ``breaks_links`` turns links to anything but the web and neighbouring files into text.
    ``shifting`` are the marks that are escaped since a viewer could pair them across code.
    """
    edit = _Edit(source, references, breaks_links, shifting)
    return edit.result()


class _Edit:
    """A walk from left to right, stepping over code spans and escaped characters."""

    def __init__(
        self,
        source: str,
        references: Mapping[str, str],
        breaks_links: bool,
        shifting: str,
    ) -> None:
        self._source = source
        self._references = references
        self._breaks_links = breaks_links
        self._shifting = shifting
        self._runs: dict[int, list[int]] = {}
        for run in re.finditer("`+", source):
            self._runs.setdefault(len(run[0]), []).append(run.start())
        for starts in self._runs.values():
            starts.reverse()
        self._swallowing = _swallowing_addresses(source)
        self._last_wiki = source.rfind("]]")

    def result(self) -> str:
        pieces: list[str] = []
        position = 0
        pattern = _PIECE if self._shifting else _PIECE_WITHOUT_MARKS
        while found := pattern.search(self._source, position):
            pieces.append(self._source[position : found.start()])
            if found["ticks"]:
                position = self._end_of_code(found)
                code = self._source[found.start() : position]
                is_open = "`" in self._shifting and position == found.end()
                pieces.append(code.replace("`", "&#96;") if is_open else code)
            elif found["reference"] and self._place(found) is None:
                pieces.append("[")
                position = found.start() + 1
            else:
                pieces.append(self._replace(found))
                position = found.end()
        return "".join([*pieces, self._source[position:]])

    def _end_of_code(self, ticks: re.Match[str]) -> int:
        length = len(ticks[0])
        # What an escape leaves of a run may have a length that no whole run has.
        starts = self._runs.get(length, [])
        while starts and starts[-1] < ticks.end():
            starts.pop()
        return starts[-1] + length if starts else ticks.end()

    def _replace(self, found: re.Match[str]) -> str:
        if found["escaped"]:
            return _PLAIN_BRACKETS.get(found[0], found[0]) if "\\" in self._shifting else found[0]
        if found["wiki"]:
            return "[\\[" if found.start() < self._last_wiki else "[["
        if found["comment"]:
            return "\\%" * len(found[0])
        if found["host"]:
            return found[0].replace("/", "\\/", len(found[0]) - 1)
        if any(map(found.group, _ESCAPED)):
            return "\\" + found[0]
        if found["target"] and self._breaks_links:
            is_safe = _SAFE_TARGET.match(self._source, found.end() - 1)
            return found[0] if is_safe else "]\\("
        if found["web"] and found.start() in self._swallowing:
            return "\\//"
        if found["www"] and found.start() in self._swallowing:
            return "www\\"
        if self._shifting and found["mark"] and found["mark"] in self._shifting:
            return "\\" + found[0]
        return self._place(found) or found[0]

    def _place(self, found: re.Match[str]) -> str | None:
        if not found["reference"]:
            return None
        href = self._references.get(normalized_label(found["label"] or found["text"]))
        # The definition itself stays, as text.
        if href is None or self._source[found.end() : found.end() + 1] == ":":
            return None
        return f"[{found['text']}](<{href}>)"


def _swallowing_addresses(source: str) -> set[int]:
    """Where the slashes are of addresses that hold marks, or marks that will be escaped.

    Some viewers link a bare address before all else: it swallows the mark, or what escapes it.
    """
    return {
        run.start() + slashes.start()
        for run in _RUN.finditer(source)
        if "://" in run[0] or "www." in run[0].lower()
        for slashes in _ADDRESS_START.finditer(run[0][: _end_of_marks(run[0])])
    }


def _end_of_marks(run: str) -> int:
    return max(map(run.rfind, _SWALLOWED)) + 1
