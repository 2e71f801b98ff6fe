"""What the user of Cline or Roo Code saw of a task: messages that say or ask something.

The rule not to break: a message that was still being written (``partial``) may be followed by the
same one, complete, and counts once; a question whether a tool may run is its call.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from hfs_server.errors import InvalidDocument
from hfs_server.importers.attachments import from_url
from hfs_server.importers.cline.request import describe, usage_in
from hfs_server.importers.cline.tools import split_call
from hfs_server.importers.foreign import Draft
from hfs_server.importers.json_items import read_items
from hfs_server.importers.json_text import json_value
from hfs_server.importers.source_file import SourceFile
from hfs_server.importers.values import (
    list_of,
    message,
    object_of,
    text_of,
    time_of,
    tool_call,
)
from hfs_server.session import JsonObject

_TEXTS = ("text", "completion_result", "followup", "plan_mode_respond", "plan_mode_response")
_SPOKEN = ("question", "response")
"""Where the text stands in a question, or in a plan."""
_CALLS = {
    "tool": "tool",
    "command": "execute_command",
    "use_mcp_server": "use_mcp_tool",
    "browser_action_launch": "browser_action",
    "browser_action": "browser_action",
}
_RESULTS = ("command_output", "mcp_server_response", "browser_action_result")
_NOTES = {"error", "api_req_failed", "diff_error", "mistake_limit_reached", "mistake"}
_NOTES |= {"clineignore_error", "rooignore_error", "condense_context_error"}
_INJECTED = ("subtask_result", "user_feedback_diff", "user_edit_todos")
IGNORED = {"api_req_finished", "api_req_retried", "api_req_retry_delayed", "api_req_deleted"}
IGNORED |= {"deleted_api_reqs", "checkpoint_created", "checkpoint_saved", "resume_task", "info"}
IGNORED |= {"resume_completed_task", "shell_integration_warning", "mcp_server_request_started"}
IGNORED |= {"task_progress", "load_mcp_documentation", "codebase_search_result", "new_task"}
IGNORED |= {"auto_approval_max_req_reached", "condense", "summarize_task", "mcp_notification"}
IGNORED |= {"browser_session_status", "sliding_window_truncation", "hook", "hook_output"}
IGNORED |= {"api_req_rate_limit_wait", "error_retry", "generate_explanation", "report_bug"}
"""Known messages without anything to read in them."""
_FLAGS = re.compile(r"(?:REQ_APP|HAS_CHANGES)$")
"""What Cline appends to a text for its own use."""


def is_screen(records: Sequence[JsonObject]) -> bool:
    """Whether the records are messages that say or ask something."""
    first = records[0] if records else {}
    return "ts" in first and first.get("type") in ("say", "ask") and _kind(first) != ""


def screen_messages(file: SourceFile, draft: Draft) -> Iterator[JsonObject]:
    """The messages of a task. Raises InvalidDocument if there is none."""
    reader = _Reader(draft)
    has_records = False
    for item in read_items(file, lambda value: "type" in value):
        draft.replaced_characters += item.replaced_characters
        if item.skipped:
            draft.warnings.append(f"{item.skipped:,} damaged messages were skipped.")
        has_records |= bool(_kind(item.value))
        yield from reader.read(item.value)
    yield from reader.end()
    if not has_records:
        raise InvalidDocument("The file holds no messages of a task.")


class _Reader:
    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._is_begun = False
        self._model = ""
        self._usage: dict[str, int | float] = {}
        self._thinking: list[str] = []
        self._reply: JsonObject | None = None
        """A reply that calls may still be added to."""
        self._is_partial = False
        self._result: JsonObject | None = None
        """A result that more of an output may follow."""
        self._call = ("", "")
        """The id and the name of the last call."""
        self._calls = 0

    def read(self, shown: JsonObject) -> Iterator[JsonObject]:
        """The messages that are complete now."""
        kind, time = _kind(shown), time_of(shown.get("ts"))
        text = _FLAGS.sub("", text_of(shown.get("text"))).strip()
        info = object_of(shown.get("modelInfo"))
        self._model = text_of(info.get("modelId")) or self._model
        if not self._is_begun and kind in ("text", "task"):
            self._is_begun = True
            yield from self._user(shown, text, time)
        elif kind in ("user_feedback", "task"):
            yield from self._user(shown, text, time)
        elif kind == "api_req_started":
            yield from self.end()
            self._start(object_of(json_value(text, self._draft)))
        elif kind == "reasoning":
            yield from self._think(text, shown)
        elif kind in _TEXTS:
            yield from self._say(_spoken(text, self._draft), shown, time)
        elif kind in _CALLS:
            yield from self._call_tool(kind, text, shown, time)
        elif kind in _RESULTS:
            yield from self._return(kind, text, time)
        elif kind in _NOTES or kind in _INJECTED or kind == "condense_context":
            yield from self._note(kind, text, shown, time)
        elif kind not in IGNORED:
            self._draft.unknown_records[kind or "(none)"] += 1

    def end(self) -> Iterator[JsonObject]:
        """What is held, complete, and thinking that nothing followed."""
        yield from self._settle()
        if self._thinking:
            self._begin("", None)
            yield from self._settle()

    def _settle(self) -> Iterator[JsonObject]:
        held, self._reply, self._is_partial = self._reply, None, False
        if held is not None:
            yield held
        result, self._result = self._result, None
        if result is not None:
            yield result

    def _user(self, shown: JsonObject, text: str, time: str | None) -> Iterator[JsonObject]:
        yield from self.end()
        images = (from_url(image) for image in list_of(shown.get("images")))
        files = [image for image in images if image]
        if text or files:
            yield message("user", text, time, attachments=files)

    def _start(self, request: JsonObject) -> None:
        self._usage = usage_in(request)
        self._model = describe(text_of(request.get("request")), self._draft) or self._model

    def _think(self, text: str, shown: JsonObject) -> Iterator[JsonObject]:
        text = text or text_of(shown.get("reasoning"))
        if self._thinking and text.startswith(self._thinking[-1]):
            self._thinking.pop()
        else:
            yield from self._settle()
        if text:
            self._thinking.append(text)

    def _say(self, text: str, shown: JsonObject, time: str | None) -> Iterator[JsonObject]:
        held = self._reply
        if not text:
            return
        if held is not None and held["content"] == text:
            self._is_partial = shown.get("partial") is True
            return
        if held is not None and self._is_partial and text.startswith(held["content"]):
            held["content"] = text
        else:
            yield from self._settle()
            self._begin(text, time)
        self._is_partial = shown.get("partial") is True

    def _begin(self, text: str, time: str | None) -> None:
        self._reply = message(
            "assistant", text, time, model=self._model, thinking="\n\n".join(self._thinking),
            usage=self._usage,
        )  # fmt: skip
        self._thinking, self._usage = [], {}

    def _call_tool(
        self, kind: str, text: str, shown: JsonObject, time: str | None
    ) -> Iterator[JsonObject]:
        if shown.get("partial") is True or not text:
            return
        if self._result is not None:
            yield from self._settle()
        if self._reply is None:
            self._begin("", time)
        name, given = _called(kind, text, self._draft)
        returned = split_call(name, given) if kind == "tool" else ""
        self._calls += 1
        self._call = f"call-{self._calls}", name
        if self._reply is not None:
            self._reply.setdefault("tool_calls", []).append(tool_call(*self._call, given))
        if returned:
            yield from self._return(kind, returned, time)

    def _return(self, kind: str, text: str, time: str | None) -> Iterator[JsonObject]:
        found = object_of(json_value(text, self._draft)) if kind == _RESULTS[-1] else {}
        image = from_url(found.get("screenshot"))
        text = text_of(found.get("logs")) if found else text
        if not text and not image:
            return
        call_id, name = self._call
        if self._result is not None and self._result.get("tool_call_id") == call_id:
            self._result["content"] += f"\n{text}"
            return
        yield from self._settle()
        self._result = message(
            "tool", text, time, tool_call_id=call_id, tool_name=name,
            attachments=[image] if image else [],
        )  # fmt: skip

    def _note(
        self, kind: str, text: str, shown: JsonObject, time: str | None
    ) -> Iterator[JsonObject]:
        text = text or text_of(object_of(shown.get("contextCondense")).get("summary"))
        if text:
            yield from self.end()
            role = "system" if kind in _NOTES else "user"
            yield message(role, text, time, synthetic=True)


def _kind(shown: JsonObject) -> str:
    kind = text_of(shown.get("type"))
    return text_of(shown.get(kind)) if kind in ("say", "ask") else ""


def _spoken(text: str, draft: Draft) -> str:
    """The text of a question or a plan, which may stand in an object."""
    found = object_of(json_value(text, draft)) if text.startswith("{") else {}
    spoken = next((text_of(found.get(key)) for key in _SPOKEN if found.get(key)), "")
    return spoken.strip() or text


def _called(kind: str, text: str, draft: Draft) -> tuple[str, JsonObject]:
    """The name of a tool, and what it was given."""
    value = json_value(text, draft) if text.startswith("{") else None
    if not isinstance(value, dict):
        key = {"command": "command", "browser_action_launch": "url"}.get(kind, "text")
        return _CALLS[kind], {key: text}
    names = {"tool": ("tool",), "use_mcp_server": ("toolName", "type")}.get(kind, ())
    name = next((found for key in names if (found := text_of(value.pop(key, None)))), _CALLS[kind])
    if isinstance(given := value.get("arguments"), str):
        inner = json_value(given, draft)
        value["arguments"] = given if inner is None else inner
    return name, value
