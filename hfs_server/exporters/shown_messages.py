"""Messages of other tools as the parts that a reader sees: with thinking, tool calls and models.

The rule not to break: a message in which a part has another shape than schema 1.1.0 gives it is
shown without that part, and nothing raises. Nothing is escaped here.
"""

from __future__ import annotations

from typing import NamedTuple

from hfs_server.exporters import ExportOptions, SessionOverview
from hfs_server.exporters.calls import Call, Result, ToolCalls, calls_of
from hfs_server.exporters.formatting import brief
from hfs_server.exporters.snapshot_values import records
from hfs_server.session import JsonObject

SHOWN_KEYS = frozenset(
    (
        *("model", "thinking", "tool_calls", "tool_call_id", "tool_name", "is_error"),
        *("attachments", "synthetic", "agent"),
    )
)
"""The keys of schema 1.1.0 that change how a message is shown."""

_RESULT_ROLES = frozenset(("tool", "function"))
_LONGEST_DETAIL = 60


class Said(NamedTuple):
    """A message under a heading; its calls follow as parts of their own."""

    number: int
    message: JsonObject
    details: str
    """What is known of its author beside the role; on one line."""
    thinking: str
    """Its thinking, if that is to be shown."""
    is_empty: bool
    """Whether it holds nothing at all, which is then said."""


class Added(NamedTuple):
    """A message that a program added; it has no heading, since nobody wrote it."""

    number: int
    message: JsonObject


class LateResult(NamedTuple):
    """A result under a heading of its own, since its call stands further above."""

    number: int
    message: JsonObject
    details: str
    """The name of the tool, on one line; "" if it is not known."""


Shown = Said | Added | LateResult | Call


class ShownMessages:
    """Messages that have one of ``SHOWN_KEYS``, in the order of the session."""

    def __init__(self, session: SessionOverview, options: ExportOptions) -> None:
        self._shows_thinking = options.thinking
        self.calls = ToolCalls(session, options)

    def parts(self, number: int, message: JsonObject) -> list[Shown]:
        """What is shown now; nothing if the message is left out, or waits for what follows."""
        is_result = message.get("tool_call_id") or message.get("tool_name")
        if is_result and message["role"] in _RESULT_ROLES:
            return self._result(number, message)
        thinking = _thinking(message)
        shown_thinking = thinking if self._shows_thinking else ""
        has_parts = bool(shown_thinking) or _has_content(message)
        has_calls = bool(calls_of(message))
        if has_calls and not has_parts and self.calls.may_join:
            return [*self.calls.add(number, message)]
        before: list[Shown] = [*self.calls.take()]
        if message.get("synthetic") is True:
            return [*before, Added(number, message)] if self._shows_thinking else before
        calls = self.calls.add(number, message)
        is_empty = not (has_parts or has_calls or thinking)
        if not (has_parts or is_empty or (has_calls and self.calls.are_shown)):
            return before
        details = _details(message.get("agent"), message.get("model"))
        return [*before, Said(number, message, details, shown_thinking, is_empty), *calls]

    def _result(self, number: int, message: JsonObject) -> list[Shown]:
        if not self.calls.are_shown:
            return []
        with_call = self.calls.with_result(Result(number, message))
        if with_call is not None:
            return [*with_call]
        details = _details(self.calls.tool_of(message))
        return [*self.calls.take(), LateResult(number, message, details)]


def _details(*details: object) -> str:
    return ", ".join(filter(None, (brief(detail, _LONGEST_DETAIL) for detail in details)))


def _has_content(message: JsonObject) -> bool:
    content: str = message["content"]
    return bool(content.strip() or records(message, "attachments"))


def _thinking(message: JsonObject) -> str:
    thinking = message.get("thinking")
    return thinking if isinstance(thinking, str) and not thinking.isspace() else ""
