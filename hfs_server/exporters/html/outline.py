"""The outline of a page: what was asked, and the sections.

The rule not to break: it stays short in a session of any length, so of many prompts every second,
fourth and so on is left, and the outline says so.
"""

from __future__ import annotations

from collections.abc import Iterable

from hfs_server.exporters.formatting import brief
from hfs_server.exporters.html.escaping import escaped
from hfs_server.exporters.html.report import section_id
from hfs_server.session import JsonObject

_MOST_PROMPTS = 1_000
_LONGEST_TITLE = 80
_READ = 400


class Outline:
    """The prompts of a session, gathered while its messages are written."""

    def __init__(self) -> None:
        self._prompts: list[tuple[int, str]] = []
        self._count = 0
        self._step = 1

    def add(self, number: int, message: JsonObject) -> None:
        """Adds the message if a person wrote it."""
        if message["role"] != "user" or message.get("synthetic") is True:
            return
        if self._count % self._step == 0:
            self._prompts.append((number, message["content"][:_READ]))
        self._count += 1
        if len(self._prompts) > _MOST_PROMPTS:
            del self._prompts[1::2]
            self._step *= 2

    def html(self, titles: Iterable[str]) -> str:
        """The outline, with links to the sections of these titles."""
        sections = "".join(
            f'<li><a href="#{section_id(title)}">{escaped(title)}</a></li>\n' for title in titles
        )
        prompts = "".join(
            f'<li><a href="#message-{number}">{escaped(_title(text))}</a></li>\n'
            for number, text in self._prompts
        )
        every = f'<p class="muted">One in {self._step:,} prompts.</p>\n' if self._step > 1 else ""
        return (
            '<nav id="outline" aria-labelledby="outline-title">\n'
            f'<h2 id="outline-title">Outline</h2>\n<ul>\n{sections}</ul>\n'
            + (f"<h3>Prompts</h3>\n{every}<ol>\n{prompts}</ol>\n" if prompts else "")
            + "</nav>\n"
        )


def _title(text: str) -> str:
    """The first line that is not empty."""
    return brief(text.strip().partition("\n")[0], _LONGEST_TITLE) or "(empty)"
