"""Tool calls that wait for their results: a result stands with its call if it follows directly.

The rule not to break: calls wait only until the next message that is no result, so that a session
of any size is written message by message.
"""

from __future__ import annotations

from hfs_server.exporters import ExportOptions, SessionOverview
from hfs_server.exporters.formatting import brief
from hfs_server.exporters.markdown.call_text import (
    Result,
    brief_call,
    full_call,
    outcome,
    result_text,
    tool_name,
)
from hfs_server.exporters.origin import related_session
from hfs_server.exporters.report import Link
from hfs_server.session import JsonObject

_MOST_WAITING = 100
_MOST_CHARACTERS = 1 << 20
"""The length of the results that are kept until their calls can be written."""
_MOST_NAMES_KEPT = 1_000


def calls_of(message: JsonObject) -> list[JsonObject]:
    """The tool calls of a message."""
    calls = message.get("tool_calls")
    return [call for call in calls if isinstance(call, dict)] if isinstance(calls, list) else []


class ToolCalls:
    """The calls that are not written yet, in order."""

    def __init__(self, session: SessionOverview, options: ExportOptions) -> None:
        self._session = session
        self._folder = brief(session.header.facts.get("working_directory"))
        self.are_shown = options.tool_calls != "none"
        self._is_brief = options.tool_calls == "brief"
        self.waiting: list[JsonObject] = []
        self._results: dict[str, Result] = {}
        self._size = 0
        self._names: dict[str, str] = {}
        self._is_in_list = False

    @property
    def may_join(self) -> bool:
        """Whether a message that has only calls is written with those that wait."""
        return 0 < len(self.waiting) < _MOST_WAITING

    def add(self, message: JsonObject) -> str:
        """Adds the calls of the message, to be written with what follows it.

        Returns all that wait if they are too many to be searched for each result.
        """
        calls = calls_of(message)
        for call in calls:
            self._keep_name(call)
        if self.are_shown:
            self._is_in_list = bool(self.waiting)
            self.waiting += calls
        return self.written() if len(self.waiting) > _MOST_WAITING else ""

    def written(self) -> str:
        """All that wait, with the results that are known."""
        return self._next(len(self.waiting))

    def with_result(self, result: Result) -> str | None:
        """The calls that need not wait any longer; None if the result's call does not wait."""
        call_id = result.message.get("tool_call_id")
        is_expected = any(_id(call) == call_id for call in self.waiting)
        if not isinstance(call_id, str) or not is_expected or call_id in self._results:
            return None
        self._results[call_id] = result
        self._size += len(result.message["content"])
        # Results of parallel calls follow in any order.
        is_known = [_id(call) in self._results for call in self.waiting]
        count = is_known.index(False) if False in is_known else len(is_known)
        return self.written() if self._size > _MOST_CHARACTERS else self._next(count)

    def late_result(self, message: JsonObject) -> str:
        """A result alone, to stand under a heading of its own."""
        label = f"*Result - {outcome(message)}*"
        text = "" if self._is_brief else result_text(message)
        return "\n\n".join(filter(None, (label, text)))

    def tool_of(self, message: JsonObject) -> str:
        """The name of the tool that a result is from; "" if it is not known."""
        name, call_id = message.get("tool_name"), message.get("tool_call_id")
        if name:
            return tool_name(name)
        return self._names.get(call_id, "") if isinstance(call_id, str) else ""

    def _keep_name(self, call: JsonObject) -> None:
        if call_id := _id(call):
            self._names[call_id] = tool_name(call.get("name"))
        if len(self._names) > _MOST_NAMES_KEPT:
            del self._names[next(iter(self._names))]

    def _next(self, count: int) -> str:
        """The first calls that wait."""
        calls, self.waiting = self.waiting[:count], self.waiting[count:]
        texts = [self._text(call, self._results.pop(_id(call), None)) for call in calls]
        if not self._results:
            self._size = 0
        return "".join(texts)

    def _text(self, call: JsonObject, result: Result | None) -> str:
        subagent = related_session(self._session, call.get("id")) or self._subagent_of(result)
        if not self._is_brief:
            return f"\n{full_call(call, result, subagent, self._folder)}\n"
        blank_line = "" if self._is_in_list else "\n"
        self._is_in_list = True
        return f"{blank_line}{brief_call(call, result, subagent, self._folder)}\n"

    def _subagent_of(self, result: Result | None) -> Link | None:
        """The session of the agent that the result is from."""
        agent = result.message.get("agent") if result else None
        identity = self._session.header.facts.get("session_id")
        return related_session(self._session, f"{identity}/{agent}") if agent else None


def _id(call: JsonObject) -> str:
    call_id = call.get("id")
    return call_id if isinstance(call_id, str) else ""
