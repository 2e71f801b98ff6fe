"""Sessions of Copilot in Visual Studio, from the traces that it writes.

A trace is JSON Lines of OpenTelemetry: each line has spans: calls of a model, of tools and of
the agent. Source: OpenTelemetry's conventions for generative AI, and what other
importers of these traces describe.

The rule not to break: a prompt is in every call of its turn, and is read once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from hfs_server.errors import InvalidDocument
from hfs_server.importers.foreign import Draft, ForeignSession
from hfs_server.importers.json_lines import read_lines
from hfs_server.importers.json_text import json_text, json_value
from hfs_server.importers.places import Places
from hfs_server.importers.source_file import SourceFile
from hfs_server.importers.values import (
    message,
    object_of,
    objects_of,
    text_of,
    time_of,
    tool_call,
    usage_of,
)
from hfs_server.session import JsonObject

_SERVICE = "vs-copilot"
_LONGEST_NUMBER = 19
_SESSION = "gen_ai.conversation.id"
_VERSION = "service.version"
_OPERATION = "gen_ai.operation.name"
_CALL_ID = "gen_ai.tool.call.id"
_USAGE = {
    "input_tokens": "input_tokens",
    "output_tokens": "output_tokens",
    "cache_read_tokens": "cache_read.input_tokens",
}


class VsCopilot:
    """The importer of these traces."""

    tool = "vs-copilot"
    label = "Copilot in Visual Studio"
    patterns: tuple[str, ...] = ("*_VSGitHubCopilot_traces.jsonl",)

    def folders(self, places: Places) -> Sequence[Path]:
        """A folder for temporary files on Windows, where alone there is Visual Studio."""
        temporary = places.of_variable("LOCALAPPDATA", "AppData", "Local") / "Temp"
        return (temporary / "VSGitHubCopilotLogs" / "traces",)

    def recognizes(self, file: SourceFile) -> str | None:
        """Spans of the service that Copilot in Visual Studio is."""
        found = (_service(item) for item in objects_of(file.record.get("resourceSpans")))
        return f"service.name {_SERVICE}" if _SERVICE in found else None

    def sessions(self, file: SourceFile) -> Iterator[ForeignSession]:
        """The part of each session that is in the file. Raises InvalidDocument if it has none."""
        lines = Draft(self.tool, file)
        version = ""
        sessions: dict[str, list[JsonObject]] = {}
        for _, line in read_lines(file, lines):
            for item in objects_of(line.get("resourceSpans")):
                version = version or text_of(_attributes(item.get("resource")).get(_VERSION))
                for span in _spans(item):
                    sessions.setdefault(text_of(span.get(_SESSION)), []).append(span)
        sessions.pop("", None)
        if not sessions:
            raise InvalidDocument("The file has no session of Copilot in Visual Studio.")
        for session_id, spans in sessions.items():
            draft = Draft(self.tool, file)
            # Traces are split by time, and a session goes on in the next one.
            draft.session_id = f"{session_id}/{file.stem}" if file.stem else session_id
            draft.tool_version = version or None
            draft.unreadable_lines = lines.unreadable_lines
            draft.replaced_characters = lines.replaced_characters
            yield ForeignSession(draft, _messages(sorted(spans, key=_start), draft))


def _messages(spans: list[JsonObject], draft: Draft) -> Iterator[JsonObject]:
    replies = [span for span in spans if span.get(_OPERATION) == "chat"]
    called = {text_of(part.get("id")) for span in replies for part in _parts(span, "output", draft)}
    prompts: set[str] = set()
    for span in spans:
        operation = text_of(span.get(_OPERATION))
        if operation == "chat":
            yield from _prompt(span, prompts, draft)
            yield from _reply(span, draft)
        elif operation == "execute_tool":
            yield from _tool(span, called, draft)
        elif operation == "invoke_agent":
            draft.models += filter(None, [text_of(span.get("gen_ai.request.model"))])
        else:
            draft.unknown_records[operation or "span"] += 1


def _prompt(span: JsonObject, prompts: set[str], draft: Draft) -> Iterator[JsonObject]:
    text = "\n\n".join(_texts(_parts(span, "input", draft)))
    key = text_of(span.get("copilot_chat.root_request_id")) or text
    if text.strip() and key not in prompts:
        prompts.add(key)
        yield message("user", text, _time(span, "startTimeUnixNano"))


def _reply(span: JsonObject, draft: Draft) -> Iterator[JsonObject]:
    parts = _parts(span, "output", draft)
    texts = _texts(parts)
    calls = [_call(part, draft) for part in parts if part.get("type") == "tool_call"]
    thoughts = _texts(parts, "reasoning")
    if not (texts or calls or thoughts):
        return
    counts = {name: _number(span.get(f"gen_ai.usage.{key}")) for name, key in _USAGE.items()}
    yield message(
        "assistant",
        "\n\n".join(texts),
        _time(span, "endTimeUnixNano"),
        model=_model(span),
        thinking="\n\n".join(thoughts),
        tool_calls=calls,
        usage=usage_of(**counts),
    )


def _tool(span: JsonObject, called: set[str], draft: Draft) -> Iterator[JsonObject]:
    """The result of a call, and the call itself if no reply in the file has it."""
    call_id, name = text_of(span.get(_CALL_ID)), text_of(span.get("gen_ai.tool.name"))
    if not call_id or call_id not in called:
        part = {"id": call_id, "name": name, "arguments": span.get("gen_ai.tool.call.arguments")}
        started = _time(span, "startTimeUnixNano")
        yield message("assistant", "", started, tool_calls=[_call(part, draft)])
    result = span.get("gen_ai.tool.call.result")
    failed = object_of(span.get("status")).get("code") in (2, "STATUS_CODE_ERROR")
    if result is not None or failed:
        ended = _time(span, "endTimeUnixNano")
        keys = {"tool_call_id": call_id, "tool_name": name, "is_error": failed}
        yield message("tool", json_text(result), ended, **keys)


def _parts(span: JsonObject, side: str, draft: Draft) -> list[JsonObject]:
    """The parts of what the model wrote, or of the last prompt of the user that it got."""
    stored = span.get(f"gen_ai.{side}.messages")
    found = objects_of(json_value(stored, draft) if isinstance(stored, str) else stored)
    if side == "input":
        found = [item for item in found if item.get("role") == "user"][-1:]
    return [part for item in found for part in objects_of(item.get("parts"))]


def _texts(parts: list[JsonObject], kind: str = "text") -> list[str]:
    found = (text_of(part.get("content")) for part in parts if part.get("type") == kind)
    return [text for text in found if text.strip()]


def _call(part: JsonObject, draft: Draft) -> JsonObject:
    given = part.get("arguments")
    if isinstance(given, str) and (value := json_value(given, draft)) is not None:
        given = value
    return tool_call(part.get("id"), part.get("name"), given)


def _model(span: JsonObject) -> str:
    names = (text_of(span.get(f"gen_ai.{side}.model")) for side in ("response", "request"))
    return next(filter(None, names), "")


def _spans(item: JsonObject) -> Iterator[JsonObject]:
    """Each span as one object with its attributes."""
    for scope in objects_of(item.get("scopeSpans")):
        for span in objects_of(scope.get("spans")):
            yield {**span, **_attributes(span)}


def _service(item: JsonObject) -> object:
    return _attributes(item.get("resource")).get("service.name")


def _attributes(value: object) -> JsonObject:
    """The attributes, of which each value is wrapped in its type."""
    found = objects_of(object_of(value).get("attributes"))
    return {text_of(item.get("key")): _plain(object_of(item.get("value"))) for item in found}


def _plain(value: JsonObject) -> object:
    return next(iter(value.values()), None)


def _start(span: JsonObject) -> int:
    return _number(span.get("startTimeUnixNano")) or 0


def _time(span: JsonObject, key: str) -> str | None:
    return time_of(_number(span.get(key)))


def _number(value: object) -> int | None:
    """A number, which these traces have as text, too."""
    text = str(value) if isinstance(value, (str, int)) else ""
    is_number = text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER
    return int(text) if is_number else None
