"""Code and results of tools in bounded length, without what controls a terminal.

The rule not to break: what is left out is counted, so that no reader takes a part for the whole.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from hfs_server.text import show_controls, unify_line_ends

MOST_LINES = 200
MOST_CHARACTERS = 20_000

_ESCAPE_SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b\n]*(?:\x07|\x1b\\))")


class Excerpt(NamedTuple):
    """The beginning of a text, and how much was left out."""

    text: str
    rest: str
    """The rest in words, "312 more lines"; "" if it is the whole text."""


def excerpt(text: str) -> Excerpt:
    """The text, or the beginning of a long one, with pictures for control characters."""
    text = unify_line_ends(text).strip("\n")
    shown = _beginning(text)
    rest = text[len(shown) :]
    return Excerpt(show_controls(without_escape_sequences(shown)), _amount(rest) if rest else "")


def without_escape_sequences(text: str) -> str:
    """The text without what colours it in a terminal."""
    return _ESCAPE_SEQUENCE.sub("", text) if "\x1b" in text else text


def line_count(text: str) -> str:
    """The number of lines in words."""
    lines = text.rstrip("\n").count("\n") + 1
    return "1 line" if lines == 1 else f"{lines:,} lines"


def _amount(rest: str) -> str:
    if not rest.startswith("\n"):
        return f"{len(rest):,} more characters"
    lines = rest.count("\n")
    return "1 more line" if lines == 1 else f"{lines:,} more lines"


def _beginning(text: str) -> str:
    """At most so many lines and characters; whole lines if they are not very long."""
    end = min(len(text), MOST_CHARACTERS)
    if text.count("\n", 0, end) >= MOST_LINES:
        position = -1
        for _ in range(MOST_LINES):
            position = text.find("\n", position + 1)
        return text[:position]
    if end == len(text):
        return text
    last_line = text.rfind("\n", 0, end)
    return text[:last_line] if last_line > end // 2 else text[:end]
