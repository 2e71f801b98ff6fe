"""A session as one HTML page, written piece by piece.

The rule not to break: elements are written in this package only, and everything from a session
is escaped or sanitized before it stands in one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from hfs_server.exporters import DEFAULT_OPTIONS, ExportOptions, SessionOverview
from hfs_server.exporters.formatting import brief
from hfs_server.exporters.html.escaping import escaped
from hfs_server.exporters.html.messages import Messages
from hfs_server.exporters.html.outline import Outline
from hfs_server.exporters.html.page import page_end, page_head
from hfs_server.exporters.html.report import facts_html, section_id, sections_html, value_html
from hfs_server.exporters.overview import checkpoint_facts, facts_of, position_of, sections_of
from hfs_server.exporters.shown_messages import SHOWN_KEYS, ShownMessages
from hfs_server.session import JsonObject
from hfs_server.text import encode

_LONGEST_NAME = 300
_MESSAGES = "Conversation"
"""The title of the section that holds the messages, as in Markdown."""
_TOOLBAR = """\
<div class="toolbar" id="toolbar" hidden>
<input type="search" id="search" placeholder="Search" aria-label="Search the messages">
<output id="found" for="search"></output>
<button type="button" id="fold">Unfold all</button>
<button type="button" id="theme">Theme</button>
</div>
"""


class HtmlWriter:
    """Writes one session: its head once, its messages batch by batch, its tail once."""

    def __init__(
        self,
        session: SessionOverview,
        exported_at: str,
        options: ExportOptions = DEFAULT_OPTIONS,
    ) -> None:
        self._session = session
        self._facts = facts_of(session, exported_at, options)
        self._sections = sections_of(session)
        self._written = 0
        self._outline = Outline()
        self._shown = ShownMessages(session, options)
        self._messages = Messages(options)
        self._marks: defaultdict[int, str] = defaultdict(str)
        for checkpoint in session.checkpoints:
            self._marks[position_of(checkpoint)] += _mark(checkpoint)

    def head(self) -> bytes:
        """Everything before the messages."""
        name = brief(self._session.header.name, longest=_LONGEST_NAME) or "Untitled session"
        return encode(
            f'{page_head(name)}<a class="skip" href="#outline">Outline</a>\n{_TOOLBAR}'
            f'<main>\n<header>\n<h1 dir="auto">{escaped(name)}</h1>\n{facts_html(self._facts)}'
            "</header>\n"
        )

    def messages(self, batch: Iterable[JsonObject]) -> bytes:
        """The next messages, in order, and the marks of the checkpoints between them."""
        pieces: list[str] = []
        number = self._written
        marks, calls, written = self._marks, self._shown.calls, self._messages
        for message in batch:
            if not number:
                pieces.append(f'<h2 id="{section_id(_MESSAGES)}">{_MESSAGES}</h2>\n')
            if number in marks:
                pieces += (written.parts(calls.take()), marks.pop(number))
            number += 1
            self._outline.add(number, message)
            if not SHOWN_KEYS.isdisjoint(message):
                pieces.append(written.parts(self._shown.parts(number, message)))
                continue
            if calls.waiting:
                pieces.append(written.parts(calls.take()))
            pieces.append(written.plain(number, message))
        self._written = number
        return b"".join(map(encode, pieces))

    def checkpoints(self, _: Iterable[JsonObject]) -> bytes:
        """Nothing: checkpoints are written as marks and as a table."""
        return b""

    def tail(self) -> bytes:
        """The marks of the checkpoints after the last message, the sections, and the outline."""
        marks = sorted(self._marks) if self._written else []
        titles = [section.title for section in self._sections]
        if self._written:
            titles.insert(0, _MESSAGES)
        return encode(
            self._messages.parts(self._shown.calls.take())
            + "".join(self._marks[index] for index in marks)
            + sections_html(self._sections)
            + "</main>\n"
            + self._outline.html(titles)
            + page_end()
        )


def _mark(checkpoint: JsonObject) -> str:
    facts = [value_html(fact) for fact in checkpoint_facts(checkpoint) if fact]
    return f'<p class="checkpoint"><b>Checkpoint</b> {" - ".join(facts)}</p>\n'
