"""Messages of other tools as Markdown: with thinking, tool calls, attachments and models.

The rule not to break: a message in which a part has another shape than schema 1.1.0 gives it is
written without that part, and nothing raises.
"""

from __future__ import annotations

from collections.abc import Iterator

from hfs_server.exporters import ExportOptions, SessionOverview
from hfs_server.exporters.attachments import attachment_facts
from hfs_server.exporters.formatting import point_in_time
from hfs_server.exporters.markdown.call_text import Result
from hfs_server.exporters.markdown.folding import folded, line_count
from hfs_server.exporters.markdown.report import facts_text
from hfs_server.exporters.markdown.sanitize import sanitize
from hfs_server.exporters.markdown.titles import Titles, role_text
from hfs_server.exporters.markdown.tool_calls import ToolCalls, calls_of
from hfs_server.session import JsonObject

SHOWN_KEYS = frozenset(
    (
        *("model", "thinking", "tool_calls", "tool_call_id", "tool_name", "is_error"),
        *("attachments", "synthetic", "agent"),
    )
)
"""The keys of schema 1.1.0 that change how a message is written."""

_RESULT_ROLES = frozenset(("tool", "function"))


class ToolMessages:
    """Messages that have one of ``SHOWN_KEYS``, written in the order of the session."""

    def __init__(self, session: SessionOverview, options: ExportOptions, titles: Titles) -> None:
        self._titles = titles
        self._shows_thinking = options.thinking
        self.calls = ToolCalls(session, options)

    def text(self, number: int, message: JsonObject) -> str:
        """The message with its heading; "" if it is left out, or waits for what follows."""
        is_result = message.get("tool_call_id") or message.get("tool_name")
        if is_result and message["role"] in _RESULT_ROLES:
            return self._result(number, message)
        parts = [*self._parts(message)]
        has_calls = bool(calls_of(message))
        if has_calls and not parts and self.calls.may_join:
            return self.calls.add(message)
        before = self.calls.written()
        if message.get("synthetic") is True:
            return before + self._synthetic(number, message)
        calls = self.calls.add(message)
        if not parts and not has_calls and not _thinking(message):
            parts = ["*(empty)*"]
        if not parts and not (has_calls and self.calls.are_shown):
            return before
        title = self._titles.detailed(message, message.get("agent"), message.get("model"))
        return before + _with_heading(number, title, parts) + calls

    def _parts(self, message: JsonObject) -> Iterator[str]:
        thinking = _thinking(message)
        if thinking and self._shows_thinking:
            yield folded("Thinking", sanitize(thinking))
        if content := sanitize(message["content"], message["role"]):
            yield content
        if attachments := facts_text(attachment_facts(message)):
            yield attachments.rstrip("\n")

    def _synthetic(self, number: int, message: JsonObject) -> str:
        """A message that a program added; it has no heading, since nobody wrote it."""
        if not self._shows_thinking:
            return ""
        time = point_in_time(message["created_at"])
        head = f"{number}. {role_text(message['role'])}, added by a program"
        summary = " - ".join(filter(None, (head, time, line_count(message["content"]))))
        parts = (sanitize(message["content"]), facts_text(attachment_facts(message)).rstrip("\n"))
        return f"\n{folded(summary, *parts)}\n"

    def _result(self, number: int, message: JsonObject) -> str:
        if not self.calls.are_shown:
            return ""
        with_call = self.calls.with_result(Result(number, message))
        if with_call is not None:
            return with_call
        before = self.calls.written()
        title = self._titles.detailed(message, self.calls.tool_of(message))
        return before + _with_heading(number, title, [self.calls.late_result(message)])


def _thinking(message: JsonObject) -> str:
    thinking = message.get("thinking")
    return thinking if isinstance(thinking, str) and not thinking.isspace() else ""


def _with_heading(number: int, title: str, parts: list[str]) -> str:
    heading = f"\n### {number}. {title}\n"
    return heading + "".join(f"\n{part}\n" for part in parts)
