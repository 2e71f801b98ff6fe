"""The steps of Kimi's model, each of which is one reply, and the results of its calls.

The rule not to break: a reply ends where its step ends. Results may stand between its calls,
since a tool is run as soon as its call is complete; they follow the reply.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hfs_server.importers.attachments import from_url
from hfs_server.importers.content_blocks import blocks_of, result_text, text_in, thinking_in
from hfs_server.importers.foreign import Draft
from hfs_server.importers.json_text import json_value
from hfs_server.importers.source_file import source_of
from hfs_server.importers.values import (
    message,
    object_of,
    objects_of,
    text_of,
    tool_call,
    usage_of,
)
from hfs_server.session import JsonObject

_BEGINS = ("step.begin", "StepBegin")
_LINKS = ("image_url", "audio_url", "video_url")


class Steps:
    """Gathers the parts of a reply, of which the log has one record each."""

    def __init__(self) -> None:
        self.model = ""
        """The model of the next reply."""
        self._parts: list[Any] = []
        self._calls: list[JsonObject] = []
        self._usage: dict[str, int | float] = {}
        self._time: str | None = None
        self._called: dict[str, str] = {}
        self._results: list[JsonObject] = []

    def end(self) -> Iterator[JsonObject]:
        """The reply so far, if it holds anything, and the results."""
        text, thinking = _joined(self._parts, "text"), _joined(self._parts, "think")
        if text.strip() or thinking.strip() or self._calls:
            calls = [tool_call(call["id"], call["name"], _given(call)) for call in self._calls]
            yield message(
                "assistant", text, self._time, model=self.model, thinking=thinking,
                tool_calls=calls, usage=self._usage,
            )  # fmt: skip
        yield from self._results
        self._parts, self._calls, self._usage, self._time = [], [], {}, None
        self._results = []

    def read_event(self, event: JsonObject, time: str | None) -> Iterator[JsonObject]:
        """Reads an event of Kimi Code."""
        kind = text_of(event.get("type"))
        if kind in _BEGINS:
            yield from self.end()
        elif kind == "content.part":
            self._note(object_of(event.get("part")), time)
        elif kind == "tool.call":
            call_id = text_of(event.get("toolCallId")) or text_of(event.get("uuid"))
            self._call(call_id, event.get("name"), event.get("args"), time)
        elif kind == "tool.result":
            result = event.get("result")
            call_id = text_of(event.get("toolCallId")) or text_of(event.get("parentUuid"))
            self._result(call_id, result, time)
        elif kind == "step.end":
            self._count(object_of(event.get("usage")))
            yield from self.end()

    def read_wire(
        self, kind: str, record: JsonObject, time: str | None
    ) -> Iterator[JsonObject] | None:
        """Reads a message of Kimi CLI; None if it is of another type."""
        if kind in _BEGINS:
            return self.end()
        if kind == "ToolResult":
            self._result(text_of(record.get("tool_call_id")), record.get("return_value"), time)
        elif kind == "ContentPart":
            self._note(record, time)
        elif kind == "ToolCall":
            function = object_of(record.get("function"))
            self._call(record.get("id"), function.get("name"), function.get("arguments"), time)
        elif kind == "ToolCallPart":
            self._continue_call(text_of(record.get("arguments_part")))
        elif kind == "StatusUpdate":
            self._count(object_of(record.get("token_usage")))
        else:
            return None
        return iter(())

    def add(self, said: JsonObject, time: str | None) -> Iterator[JsonObject]:
        """Reads a message with a role, the model's or a tool's, as the API has it."""
        content = said.get("content")
        if said.get("role") == "tool":
            call_id = text_of(said.get("toolCallId")) or text_of(said.get("tool_call_id"))
            self._result(call_id, {"output": content, "isError": said.get("isError")}, time)
            return
        yield from self.end()
        for part in blocks_of(content):
            self._note(part, time)
        for call in objects_of(said.get("toolCalls", said.get("tool_calls"))):
            function = object_of(call.get("function")) or call
            self._call(call.get("id"), function.get("name"), function.get("arguments"), time)

    def _note(self, part: JsonObject, time: str | None) -> None:
        self._parts.append(part)
        self._time = self._time or time

    def _call(self, call_id: object, name: object, given: object, time: str | None) -> None:
        call: JsonObject = {"id": text_of(call_id), "name": text_of(name), "given": given}
        self._called[call["id"]] = call["name"]
        self._calls.append(call)
        self._time = self._time or time

    def _continue_call(self, piece: str) -> None:
        if self._calls:
            call = self._calls[-1]
            call.setdefault("pieces", [text_of(call["given"])]).append(piece)

    def _result(self, call_id: str, result: object, time: str | None) -> None:
        found = object_of(result)
        output = found.get("output") or found.get("message") if found else result
        is_error = found.get("is_error", found.get("isError")) is True
        made = message(
            "tool", result_text(output), time, tool_call_id=call_id,
            tool_name=self._called.pop(call_id, ""), is_error=is_error,
            attachments=files_in(output),
        )  # fmt: skip
        self._results.append(made)

    def _count(self, counts: JsonObject) -> None:
        self._usage = self._usage or usage_of(
            input_tokens=counts.get("input_other", counts.get("inputOther")),
            output_tokens=counts.get("output"),
            cache_read_tokens=counts.get("input_cache_read", counts.get("inputCacheRead")),
            cache_write_tokens=counts.get("input_cache_creation", counts.get("inputCacheCreation")),
        )


def files_in(content: object) -> list[JsonObject]:
    """The images, sounds and films in a content, as attachments."""
    found = []
    for part in blocks_of(content):
        for key in _LINKS:
            link = part.get(key, part.get("imageUrl") if key == "image_url" else None)
            found.append(from_url(object_of(link).get("url")))
    return [file for file in found if file]


def _joined(parts: list[Any], kind: str) -> str:
    """The texts of one kind: pieces of a stream follow each other without a gap."""
    pieces: list[str] = []
    last = ""
    for part in parts:
        text = text_in(part) if kind == "text" else thinking_in(part)
        if text:
            pieces.append(text if last == kind or not pieces else f"\n\n{text}")
        last = text_of(part.get("type"))
    return "".join(pieces)


def _given(call: JsonObject) -> object:
    """The input of a call, which is an object, or JSON in one or more pieces."""
    given = "".join(call["pieces"]) if "pieces" in call else call["given"]
    if not isinstance(given, str):
        return given
    value = json_value(given, Draft("kimi", source_of(b"")))
    return given if value is None else value
