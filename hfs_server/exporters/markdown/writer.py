"""A session as Markdown, written piece by piece.

The rule not to break: headings of level 1-3 are written here and in ``report`` only, and
everything from a session passes ``sanitize`` or ``escaped`` first. Our own text is ASCII, since
editors warn about other characters in a file that is not trusted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from hfs_server.exporters import SessionOverview
from hfs_server.exporters.formatting import brief, point_in_time, usual_time
from hfs_server.exporters.markdown.escaping import escaped
from hfs_server.exporters.markdown.report import facts_text, sections_text
from hfs_server.exporters.markdown.sanitize import sanitize
from hfs_server.exporters.overview import checkpoint_facts, facts_of, position_of, sections_of
from hfs_server.session import JsonObject
from hfs_server.text import encode

_LONGEST_NAME = 300
_LONGEST_ROLE = 60
_MOST_ROLES_KEPT = 1_000


class MarkdownWriter:
    """Writes one session: its head once, its messages batch by batch, its tail once.

    The pieces together end with one newline.
    """

    def __init__(self, session: SessionOverview, exported_at: str) -> None:
        self._session = session
        self._exported_at = exported_at
        self._sections = sections_of(session)
        self._written = 0
        self._titles: dict[str, str] = {}
        self._marks: defaultdict[int, str] = defaultdict(str)
        for checkpoint in session.checkpoints:
            self._marks[position_of(checkpoint)] += _mark(checkpoint)

    def head(self) -> bytes:
        """Everything before the messages."""
        name = brief(self._session.header.name, longest=_LONGEST_NAME) or "Untitled session"
        facts = facts_text(facts_of(self._session, self._exported_at))
        return encode(f"# {escaped(name)}\n\n{facts}{self._links()}")

    def messages(self, batch: Iterable[JsonObject]) -> bytes:
        """The next messages, in order, and the marks of the checkpoints between them."""
        pieces: list[bytes] = []
        number = self._written
        marks = self._marks
        for message in batch:
            if not number:
                pieces.append(b"\n## Conversation\n")
            if number in marks:
                pieces.append(encode(marks.pop(number)))
            number += 1
            content = sanitize(message["content"], message["role"]) or "*(empty)*"
            # Encoded one by one, since ASCII is encoded ten times as fast (benchmark row 4).
            pieces.append(encode(f"\n### {number}. {self._title(message)}\n\n{content}\n"))
        self._written = number
        return b"".join(pieces)

    def checkpoints(self, _: Iterable[JsonObject]) -> bytes:
        """Nothing: checkpoints are written as marks and as a table."""
        return b""

    def tail(self) -> bytes:
        """The marks of the checkpoints after the last message, and the sections after that."""
        marks = sorted(self._marks) if self._written else []
        return encode(
            "".join(self._marks[index] for index in marks) + sections_text(self._sections)
        )

    def _title(self, message: JsonObject) -> str:
        role, created_at = message["role"], message["created_at"]
        title = self._titles.get(role)
        if title is None:
            title = _role_text(role)
            if len(self._titles) < _MOST_ROLES_KEPT:
                self._titles[role] = title
        if created_at is None:
            return title
        # A usual time needs no escape.
        return f"{title} - {usual_time(created_at) or escaped(point_in_time(created_at))}"

    def _links(self) -> str:
        """Links to the sections, since those after the messages would not be noticed."""
        titles = ["Conversation", *(section.title for section in self._sections)]
        links = [f"[{title}](#{title.lower().replace(' ', '-')})" for title in titles]
        has_both = self._session.message_count and self._sections
        return f"- **Sections:** {', '.join(links)}\n" if has_both else ""


def _mark(checkpoint: JsonObject) -> str:
    facts = [escaped(fact) for fact in checkpoint_facts(checkpoint) if fact]
    return f"\n> **Checkpoint** {' - '.join(facts)}".rstrip() + "\n"


def _role_text(role: str) -> str:
    name = brief(role, longest=_LONGEST_ROLE) or "Unknown"
    return escaped(name[:1].upper() + name[1:])
