"""Messages of other tools as Markdown: with thinking, tool calls, attachments and models."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hfs_server.exporters import ExportOptions
from hfs_server.exporters.attachments import attachment_facts
from hfs_server.exporters.calls import Call
from hfs_server.exporters.excerpts import line_count
from hfs_server.exporters.formatting import point_in_time, role_text
from hfs_server.exporters.markdown.call_text import brief_call, full_call, late_result
from hfs_server.exporters.markdown.folding import folded
from hfs_server.exporters.markdown.report import facts_text
from hfs_server.exporters.markdown.sanitize import sanitize
from hfs_server.exporters.markdown.titles import Titles
from hfs_server.exporters.shown_messages import Added, LateResult, Said, Shown


class ToolMessages:
    """Writes the parts of messages."""

    def __init__(self, options: ExportOptions, titles: Titles) -> None:
        self._is_brief = options.tool_calls == "brief"
        self._titles = titles

    def text(self, parts: Iterable[Shown]) -> str:
        """The parts, each after a blank line."""
        return "".join(map(self._part, parts))

    def _part(self, part: Shown) -> str:
        match part:
            case Call():
                return self._call(part)
            case Added():
                return _added(part)
            case LateResult():
                result = late_result(part.message, is_brief=self._is_brief)
                return self._with_heading(part, [result])
            case Said():
                return self._with_heading(part, _parts_of(part))

    def _call(self, call: Call) -> str:
        if not self._is_brief:
            return f"\n{full_call(call)}\n"
        blank_line = "\n" if call.is_first else ""
        return f"{blank_line}{brief_call(call)}\n"

    def _with_heading(self, part: Said | LateResult, texts: Iterable[str]) -> str:
        heading = f"\n### {part.number}. {self._titles.title(part.message, part.details)}\n"
        return heading + "".join(f"\n{text}\n" for text in texts)


def _parts_of(said: Said) -> Iterator[str]:
    message = said.message
    if said.thinking:
        yield folded("Thinking", sanitize(said.thinking))
    if content := sanitize(message["content"], message["role"]):
        yield content
    if attachments := facts_text(attachment_facts(message)):
        yield attachments.rstrip("\n")
    if said.is_empty:
        yield "*(empty)*"


def _added(added: Added) -> str:
    message = added.message
    head = f"{added.number}. {role_text(message['role'])}, added by a program"
    time = point_in_time(message["created_at"])
    summary = " - ".join(filter(None, (head, time, line_count(message["content"]))))
    parts = (sanitize(message["content"]), facts_text(attachment_facts(message)).rstrip("\n"))
    return f"\n{folded(summary, *parts)}\n"
