"""A session as Markdown, written piece by piece.

The rule not to break: headings of level 1-3 are written here and in ``trace`` only;
everything that a user or a model wrote passes ``sanitize`` or ``one_line`` first. What is
written here is ASCII, since editors mark other characters in a file that is not trusted.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from hfs_server.exporters import SessionOverview
from hfs_server.exporters.markdown.formatting import one_line, point_in_time
from hfs_server.exporters.markdown.sanitize import encoded, sanitize
from hfs_server.exporters.markdown.tables import table
from hfs_server.exporters.run_trace import total_duration, total_tokens, trace_sections
from hfs_server.session import JsonObject

_LONGEST_NAME = 300
_LONGEST_ROLE = 60
_MOST_ROLES_KEPT = 1_000
_CHECKPOINT_COLUMNS = ("#", "After", "Why", "When")
_SECTION_HEADING = re.compile(r"^## (.+)$", re.MULTILINE)


class MarkdownWriter:
    """Writes one session: its head once, its messages batch by batch, its tail once.

    A checkpoint's ``message_index`` of N means after N messages. The pieces together end with
    one newline.
    """

    def __init__(self, session: SessionOverview, exported_at: str) -> None:
        self._session = session
        self._exported_at = exported_at
        self._written = 0
        self._titles: dict[str, str] = {}
        self._marks: defaultdict[int, str] = defaultdict(str)
        for checkpoint in session.checkpoints:
            self._marks[_place(checkpoint)] += _mark(checkpoint)
        self._trace = trace_sections(session.run_trace) + self._checkpoint_section()

    def head(self) -> bytes:
        """Everything before the conversation."""
        title = one_line(self._session.header.name, longest=_LONGEST_NAME) or "Untitled session"
        return encoded(f"# {title}\n\n{self._facts()}")

    def messages(self, batch: Iterable[JsonObject]) -> bytes:
        """The next messages, in order, and the marks of the checkpoints among them."""
        pieces: list[bytes] = []
        number = self._written
        marks = self._marks
        for message in batch:
            if not number:
                pieces.append(b"\n## Conversation\n")
            if number in marks:
                pieces.append(encoded(marks.pop(number)))
            number += 1
            content = sanitize(message["content"], message["role"]) or "*(empty)*"
            # One by one: text all of which is ASCII is encoded ten times as fast as other text.
            pieces.append(encoded(f"\n### {number}. {self._title(message)}\n\n{content}\n"))
        self._written = number
        return b"".join(pieces)

    def checkpoints(self, _: Iterable[JsonObject]) -> bytes:
        """Nothing: the checkpoints are written as marks and as a table."""
        return b""

    def tail(self) -> bytes:
        """The marks of the checkpoints after the last message, and the trace of the run."""
        marks = sorted(self._marks) if self._written else []
        return encoded("".join(self._marks[index] for index in marks) + self._trace)

    def _title(self, message: JsonObject) -> str:
        role, created_at = message["role"], message["created_at"]
        title = self._titles.get(role)
        if title is None:
            title = _role(role)
            if len(self._titles) < _MOST_ROLES_KEPT:
                self._titles[role] = title
        return title if created_at is None else f"{title} - {point_in_time(created_at)}"

    def _facts(self) -> str:
        session = self._session
        facts = {
            "Exported": point_in_time(self._exported_at),
            "Created": point_in_time(session.header.created_at),
            "Last activity": point_in_time(session.header.updated_at),
            "Messages": f"{session.message_count:,}",
            "Checkpoints": f"{len(session.checkpoints):,}" if session.checkpoints else "",
            "Tokens": total_tokens(session.run_trace),
            "Duration": total_duration(session.run_trace),
            "Sections": self._links(),
        }
        return "".join(f"- **{name}:** {value}\n" for name, value in facts.items() if value)

    def _links(self) -> str:
        """Links to the sections, where the trace would not be seen below the conversation."""
        titles = ["Conversation", *_SECTION_HEADING.findall(self._trace)]
        links = [f"[{title}](#{title.lower().replace(' ', '-')})" for title in titles]
        return ", ".join(links) if self._session.message_count and self._trace else ""

    def _checkpoint_section(self) -> str:
        rows = [
            (
                str(number),
                f"message {place:,}" if (place := _place(checkpoint)) else "the beginning",
                one_line(checkpoint.get("trigger")),
                point_in_time(checkpoint.get("created_at")),
            )
            for number, checkpoint in enumerate(self._session.checkpoints, start=1)
        ]
        return f"\n## Checkpoints\n\n{table(_CHECKPOINT_COLUMNS, rows)}" if rows else ""


def _place(checkpoint: JsonObject) -> int:
    index: Any = checkpoint.get("message_index")
    return max(0, index) if isinstance(index, int) else 0


def _mark(checkpoint: JsonObject) -> str:
    facts = one_line(checkpoint.get("trigger")), point_in_time(checkpoint.get("created_at"))
    return f"\n> **Checkpoint** {' - '.join(filter(None, facts))}".rstrip() + "\n"


def _role(role: str) -> str:
    shown = one_line(role, longest=_LONGEST_ROLE) or "Unknown"
    return shown[:1].upper() + shown[1:]
