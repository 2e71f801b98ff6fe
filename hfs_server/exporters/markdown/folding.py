"""Parts of a message that a reader can fold, and code of bounded length.

The rule not to break: this is the only HTML in an export. Its lines are written here, text in
them passes ``html_text``, and text between them is Markdown that stays in its place.
"""

from __future__ import annotations

import re

from hfs_server.exporters.excerpts import excerpt
from hfs_server.exporters.markdown.fences import fence

# The second slash of an address too, so that no viewer makes a link of it.
_NOT_IN_HTML = re.compile(r"[!\"#$%&*;<>?@\[\\\]^`{|}~]|(?<=/)/")


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
    shown, rest = excerpt(text)
    line, _, below = fence(shown).partition("\n")
    return f"{line}{language}\n{below}" + (f"\n\n*... {rest}*" if rest else "")
