"""A session as Markdown, written piece by piece.

The rule not to break: headings of level 1-3 are written here, in ``tool_messages`` and in
``report`` only, HTML in ``folding`` only, and everything from a session passes ``sanitize``,
``escaped``, ``html_text`` or ``code`` first. Our own text is ASCII, since editors warn about other
characters in a file that is not trusted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from hfs_server.exporters import DEFAULT_OPTIONS, ExportOptions, SessionOverview
from hfs_server.exporters.formatting import brief
from hfs_server.exporters.markdown.escaping import escaped
from hfs_server.exporters.markdown.report import facts_text, sections_text
from hfs_server.exporters.markdown.sanitize import sanitize
from hfs_server.exporters.markdown.titles import Titles
from hfs_server.exporters.markdown.tool_messages import ToolMessages
from hfs_server.exporters.overview import checkpoint_facts, facts_of, position_of, sections_of
from hfs_server.exporters.shown_messages import SHOWN_KEYS, ShownMessages
from hfs_server.session import JsonObject
from hfs_server.text import encode

_LONGEST_NAME = 300
_PLAIN_KEYS = 3
"""How many keys every message has."""


class MarkdownWriter:
    """Writes one session: its head once, its messages batch by batch, its tail once.

    The pieces together end with one newline.
    """

    def __init__(
        self,
        session: SessionOverview,
        exported_at: str,
        options: ExportOptions = DEFAULT_OPTIONS,
    ) -> None:
        self._session = session
        self._facts = facts_of(session, exported_at, options)
        self._sections = sections_of(session)
        self._written = self._left_out = options.first_message - 1
        self._titles = Titles()
        self._shown = ShownMessages(session, options)
        self._of_tools = ToolMessages(options, self._titles)
        self._marks: defaultdict[int, str] = defaultdict(str)
        for checkpoint in session.checkpoints:
            if position_of(checkpoint) >= self._left_out:
                self._marks[position_of(checkpoint)] += _mark(checkpoint)

    def head(self) -> bytes:
        """Everything before the messages."""
        name = brief(self._session.header.name, longest=_LONGEST_NAME) or "Untitled session"
        return encode(f"# {escaped(name)}\n\n{facts_text(self._facts)}{self._links()}")

    def messages(self, batch: Iterable[JsonObject]) -> bytes:
        """The next messages, in order, and the marks of the checkpoints between them."""
        pieces: list[bytes] = []
        number = self._written
        marks, calls = self._marks, self._shown.calls
        title = self._titles.title
        for message in batch:
            if number == self._left_out:
                pieces.append(b"\n## Conversation\n")
            if number in marks:
                pieces.append(encode(self._waiting_calls() + marks.pop(number)))
            number += 1
            if len(message) > _PLAIN_KEYS and not SHOWN_KEYS.isdisjoint(message):
                parts = self._shown.parts(number, message)
                pieces.append(encode(self._of_tools.text(parts)))
                continue
            if calls.waiting:
                pieces.append(encode(self._waiting_calls()))
            content = sanitize(message["content"], message["role"]) or "*(empty)*"
            # Encoded one by one, since ASCII is encoded ten times as fast (benchmark row 4).
            pieces += (encode(f"\n### {number}. {title(message)}\n\n"), encode(content), b"\n")
        self._written = number
        return b"".join(pieces)

    def checkpoints(self, _: Iterable[JsonObject]) -> bytes:
        """Nothing: checkpoints are written as marks and as a table."""
        return b""

    def tail(self) -> bytes:
        """The marks of the checkpoints after the last message, and the sections after that."""
        marks = sorted(self._marks) if self._written else []
        return encode(
            self._waiting_calls()
            + "".join(self._marks[index] for index in marks)
            + sections_text(self._sections)
        )

    def _waiting_calls(self) -> str:
        return self._of_tools.text(self._shown.calls.take())

    def _links(self) -> str:
        """Links to the sections, since those after the messages would not be noticed."""
        titles = ["Conversation", *(section.title for section in self._sections)]
        links = [f"[{title}](#{title.lower().replace(' ', '-')})" for title in titles]
        has_both = self._session.message_count and self._sections
        return f"- **Sections:** {', '.join(links)}\n" if has_both else ""


def _mark(checkpoint: JsonObject) -> str:
    facts = [escaped(fact) for fact in checkpoint_facts(checkpoint) if fact]
    return f"\n> **Checkpoint** {' - '.join(facts)}".rstrip() + "\n"
