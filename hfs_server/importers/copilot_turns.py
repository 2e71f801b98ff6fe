"""The messages in the events of one agent of GitHub Copilot.

The rule not to break: what a person typed is ``content``; ``transformedContent`` has what Copilot
put around it.
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic_core import from_json

from hfs_server.importers.attachments import embedded, linked, with_text
from hfs_server.importers.copilot_usage import Usage, request_of
from hfs_server.importers.values import (
    message,
    object_of,
    objects_of,
    text_of,
    time_of,
    tool_call,
)
from hfs_server.session import JsonObject

NOTES = {
    "system.message": "content",
    "system.notification": "content",
    "session.info": "message",
    "session.warning": "message",
    "session.error": "message",
    "session.compaction_complete": "summaryContent",
    "skill.invoked": "content",
}
"""Events whose text a program put into the session, and the key of the text."""

_INJECTED_SOURCES = ("system", "agent-", "skill-", "autopilot")
_FAILURES = ("failure", "error", "rejected", "denied", "timeout")


class Turns:
    """Reads events in their order; a reply is held back while it can still get more pieces."""

    def __init__(self, *, is_subagent: bool = False) -> None:
        self.agent = ""
        self.usage = Usage()
        self._is_subagent = is_subagent
        self._model = ""
        self._thinking: list[str] = []
        self._reply: JsonObject | None = None
        self._called: dict[str, str] = {}
        """The names of the tools that were called, by the ids of the calls."""

    def select_model(self, model: object) -> None:
        """Notes the model of the replies that name none."""
        if isinstance(model, str) and model != "auto":
            self._model = model

    def read(self, event: JsonObject) -> Iterator[JsonObject]:
        """The messages that an event completes."""
        kind, data = text_of(event.get("type")), object_of(event.get("data"))
        time = time_of(event.get("timestamp"))
        if kind == "assistant.message":
            yield from self._add_reply(data, time)
        elif kind == "assistant.reasoning":
            self._thinking.append(text_of(data.get("content")))
        elif kind in ("assistant.usage", "session.usage_record"):
            self.usage.note(request_of(data), self._reply)
        elif kind == "user.message":
            yield from self.end()
            yield from self._user(data, time, text_of(event.get("id")))
        elif kind in ("tool.execution_start", "tool.user_requested"):
            yield from self._add_call(data, time)
        elif kind == "tool.execution_complete":
            yield from self.end()
            yield self._result(data, time)
        elif kind in NOTES and (text := text_of(data.get(NOTES[kind]))).strip():
            yield from self.end()
            yield message("system", text, time, synthetic=True)

    def end(self) -> list[JsonObject]:
        """The reply that was held back."""
        reply, self._reply = self._reply, None
        return [reply] if reply else []

    def _user(self, data: JsonObject, time: str | None, event_id: str) -> Iterator[JsonObject]:
        text = text_of(data.get("content"))
        files = [file for item in objects_of(data.get("attachments")) if (file := _file(item))]
        is_injected = (
            self._is_subagent
            or data.get("isAutopilotContinuation") is True
            or text_of(data.get("source")).startswith(_INJECTED_SOURCES)
            or text.lstrip().startswith("<system_reminder>")
        )
        if text.strip() or files:
            yield message(
                "user", text, time, synthetic=is_injected, attachments=files, source_id=event_id
            )

    def _add_reply(self, data: JsonObject, time: str | None) -> Iterator[JsonObject]:
        reply_id = text_of(data.get("messageId"))
        if self._reply is None or not reply_id or self._reply.get("source_id") != reply_id:
            yield from self.end()
            self._begin(time, text_of(data.get("model")), reply_id)
        reply = self._held
        self._thinking.append(text_of(data.get("reasoningText")))
        reply["content"] = _joined([reply["content"], text_of(data.get("content"))])
        if thinking := _joined([reply.get("thinking", ""), *self._thinking]):
            reply["thinking"] = thinking
        self._thinking = []
        for request in objects_of(data.get("toolRequests")):
            self._note_call(request, request.get("name"))
        if reply["content"].strip() or "thinking" in reply or "tool_calls" in reply:
            self.usage.say(reply, data)
        else:
            self._reply = None

    def _add_call(self, data: JsonObject, time: str | None) -> Iterator[JsonObject]:
        """A call that no reply asked for."""
        if text_of(data.get("toolCallId")) in self._called:
            return
        if self._reply is None:
            self._begin(time, text_of(data.get("model")), "")
        self._note_call(data, data.get("toolName"))
        yield from ()

    def _begin(self, time: str | None, model: str, reply_id: str) -> None:
        self.usage.begin()
        self._reply = message(
            "assistant", "", time, model=model or self._model, agent=self.agent, source_id=reply_id
        )

    def _note_call(self, request: JsonObject, name: object) -> None:
        call_id = text_of(request.get("toolCallId"))
        if call_id and call_id in self._called:
            return
        self._called[call_id] = text_of(name)
        call = tool_call(call_id, name, arguments_of(request))
        self._held.setdefault("tool_calls", []).append(call)

    @property
    def _held(self) -> JsonObject:
        assert self._reply is not None
        return self._reply

    def _result(self, data: JsonObject, time: str | None) -> JsonObject:
        call_id = text_of(data.get("toolCallId"))
        text, files, kind = _output(data)
        return message(
            "tool", text, time, tool_call_id=call_id,
            tool_name=self._called.get(call_id) or text_of(data.get("toolName")),
            is_error=data.get("success") is False or kind in _FAILURES, attachments=files,
        )  # fmt: skip


def arguments_of(request: JsonObject) -> object:
    """The arguments of a call, which may be written as JSON in a text."""
    given = request.get("arguments")
    if not isinstance(given, str):
        return given
    try:
        parsed = from_json(given, allow_inf_nan=False)
    except ValueError:
        return given
    return parsed if isinstance(parsed, (dict, list)) else given


def _output(data: JsonObject) -> tuple[str, list[JsonObject], str]:
    """The text of a result, its files, and the kind of the result."""
    result, error = data.get("result"), data.get("error")
    found = object_of(result)
    keys = ("content", "textResultForLlm", "text_result_for_llm", "detailedContent")
    texts = [result, *(found.get(key) for key in keys)]
    problems = [error, object_of(error).get("message")]
    text = next((item for item in (*texts, *problems) if isinstance(item, str) and item), "")
    blocks = objects_of(found.get("contents"))
    images = [embedded(block.get("data"), block.get("mimeType")) for block in blocks]
    kind = text_of(found.get("resultType")) or text_of(found.get("result_type"))
    return text, [image for image in images if image], kind


def _file(item: JsonObject) -> JsonObject | None:
    name = text_of(item.get("displayName"))
    if item.get("type") == "blob":
        return embedded(item.get("data"), item.get("mimeType"), name)
    place = next((item[key] for key in ("path", "filePath", "url", "uri") if item.get(key)), None)
    kind = item.get("mimeType")
    return with_text(item.get("text"), kind, name, place) or linked(place, kind, name)


def _joined(texts: list[str]) -> str:
    """The texts without repetitions, joined by blank lines."""
    return "\n\n".join(dict.fromkeys(text for text in texts if text.strip()))
