"""Parts of a message that a reader can fold, and code of bounded length.

The rule not to break: this is the only HTML in an export. Its lines are written here, text in
them passes ``html_text``, and text between them is Markdown that stays in its place.
"""

from __future__ import annotations

import re

from hfs_server.exporters.markdown.fences import fence
from hfs_server.text import show_controls, unify_line_ends

MOST_LINES = 200
MOST_CHARACTERS = 20_000

# The second slash of an address too, so that no viewer makes a link of it.
_NOT_IN_HTML = re.compile(r"[!\"#$%&*;<>?@\[\\\]^`{|}~]|(?<=/)/")
_ESCAPE_SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b\n]*(?:\x07|\x1b\\))")


def folded(summary: str, *parts: str, name: str = "", is_open: bool = False) -> str:
    """Blocks of Markdown that are shown when the reader opens them.

    Name and summary are plain text on one line; the name stands first and stands out.
    """
    tag = "<details open>" if is_open else "<details>"
    title = f"<strong>{html_text(name)}</strong>" if name else ""
    words = " ".join(filter(None, (title, html_text(summary))))
    head = f"{tag}\n<summary>{words}</summary>"
    return "\n\n".join([head, *filter(None, parts), "</details>"])


def html_text(line: str) -> str:
    """Plain text on one line as HTML that shows it literally, also if it is read as Markdown."""
    return _NOT_IN_HTML.sub(lambda found: f"&#{ord(found[0])};", line)


def code(text: str, language: str = "") -> str:
    """The text as a code block; of a long one the beginning, and how much was left out."""
    text = unify_line_ends(text).strip("\n")
    shown = _beginning(text)
    block = fence(show_controls(without_escape_sequences(shown)))
    line, _, below = block.partition("\n")
    rest = text[len(shown) :]
    return f"{line}{language}\n{below}" + (f"\n\n*... {_amount(rest)}*" if rest else "")


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
    position = -1
    for _ in range(MOST_LINES):
        position = text.find("\n", position + 1, end)
        if position < 0:
            break
    else:
        return text[:position]
    if end == len(text):
        return text
    last_line = text.rfind("\n", 0, end)
    return text[:last_line] if last_line > end // 2 else text[:end]
