"""Tool calls that wait for their results: a result stands with its call if it follows directly.

The rule not to break: calls wait only until the next message that is no result, so that a session
of any size is written message by message.
"""

from __future__ import annotations

from typing import NamedTuple

from hfs_server.exporters import ExportOptions, SessionOverview
from hfs_server.exporters.formatting import brief
from hfs_server.exporters.origin import related_session
from hfs_server.exporters.report import Link
from hfs_server.exporters.tool_inputs import ToolInput, read_input
from hfs_server.session import JsonObject

_LONGEST_NAME = 80
_MOST_WAITING = 100
_MOST_CHARACTERS = 1 << 20
"""The length of the results that are kept until their calls can be written."""
_MOST_NAMES_KEPT = 1_000


class Result(NamedTuple):
    """The result of a call, and the number of its message."""

    number: int
    message: JsonObject

    @property
    def has_failed(self) -> bool:
        """Whether the tool says so."""
        return self.message.get("is_error") is True


class Call(NamedTuple):
    """A tool call, with its result if that follows directly."""

    number: int
    """The number of its message."""
    name: str
    """The name of the tool, on one line."""
    given: ToolInput
    """Its input, with paths relative to the folder where the session worked."""
    result: Result | None
    subagent: Link | None
    is_first: bool
    """Whether no other call stands directly above it."""


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
        self.waiting: list[tuple[int, JsonObject]] = []
        self._results: dict[str, Result] = {}
        self._size = 0
        self._names: dict[str, str] = {}
        self._is_first = True

    @property
    def may_join(self) -> bool:
        """Whether a message that has only calls is written with those that wait."""
        return 0 < len(self.waiting) < _MOST_WAITING

    def add(self, number: int, message: JsonObject) -> list[Call]:
        """Adds the calls of the message, to be written with what follows it.

        Returns all that wait if they are too many to be searched for each result.
        """
        calls = calls_of(message)
        for call in calls:
            self._keep_name(call)
        if self.are_shown:
            self._is_first = not self.waiting
            self.waiting += [(number, call) for call in calls]
        return self.take() if len(self.waiting) > _MOST_WAITING else []

    def take(self) -> list[Call]:
        """All that wait, with the results that are known; they wait no longer."""
        return self._next(len(self.waiting))

    def with_result(self, result: Result) -> list[Call] | None:
        """The calls that need not wait any longer; None if the result's call does not wait."""
        call_id = result.message.get("tool_call_id")
        is_expected = any(_id(call) == call_id for _, call in self.waiting)
        if not isinstance(call_id, str) or not is_expected or call_id in self._results:
            return None
        self._results[call_id] = result
        self._size += len(result.message["content"])
        # Results of parallel calls follow in any order.
        is_known = [_id(call) in self._results for _, call in self.waiting]
        count = is_known.index(False) if False in is_known else len(is_known)
        return self.take() if self._size > _MOST_CHARACTERS else self._next(count)

    def tool_of(self, message: JsonObject) -> str:
        """The name of the tool that a result is from; "" if it is not known."""
        name, call_id = message.get("tool_name"), message.get("tool_call_id")
        if name:
            return _tool_name(name)
        return self._names.get(call_id, "") if isinstance(call_id, str) else ""

    def _keep_name(self, call: JsonObject) -> None:
        if call_id := _id(call):
            self._names[call_id] = _tool_name(call.get("name"))
        if len(self._names) > _MOST_NAMES_KEPT:
            del self._names[next(iter(self._names))]

    def _next(self, count: int) -> list[Call]:
        """The first calls that wait."""
        calls, self.waiting = self.waiting[:count], self.waiting[count:]
        found = [self._call(*call, self._results.pop(_id(call[1]), None)) for call in calls]
        if not self._results:
            self._size = 0
        return found

    def _call(self, number: int, call: JsonObject, result: Result | None) -> Call:
        subagent = related_session(self._session, call.get("id")) or self._subagent_of(result)
        is_first, self._is_first = self._is_first, False
        given = self._in_folder(read_input(call.get("input")))
        return Call(number, _tool_name(call.get("name")), given, result, subagent, is_first)

    def _in_folder(self, given: ToolInput) -> ToolInput:
        if not self._folder:
            return given
        subject = given.subject.removeprefix(f"{self._folder}/")
        facts = tuple(fact for fact in given.facts if fact[1] != self._folder)
        return given._replace(subject=subject, facts=facts)

    def _subagent_of(self, result: Result | None) -> Link | None:
        """The session of the agent that the result is from."""
        agent = result.message.get("agent") if result else None
        identity = self._session.header.facts.get("session_id")
        return related_session(self._session, f"{identity}/{agent}") if agent else None


def _tool_name(name: object) -> str:
    return brief(name, _LONGEST_NAME) or "Tool"


def _id(call: JsonObject) -> str:
    call_id = call.get("id")
    return call_id if isinstance(call_id, str) else ""
