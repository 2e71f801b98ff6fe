"""Sessions of Continue, in VS Code, in JetBrains and in the terminal, as it stores them.

Each is a JSON document whose ``history`` has items around messages. Source: Continue's own
``core/index.d.ts`` and ``core/util/history.ts``.

The rule not to break: a result stands in a message of the tool or in the state of its call, and
is read once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import unquote

from hfs_server.errors import InvalidDocument
from hfs_server.importers.attachments import linked, with_text
from hfs_server.importers.foreign import Draft, ForeignSession
from hfs_server.importers.json_text import json_text, json_value, read_document
from hfs_server.importers.openai_messages.messages import Parts, call_of
from hfs_server.importers.places import Places
from hfs_server.importers.source_file import SourceFile
from hfs_server.importers.values import (
    message,
    object_of,
    objects_of,
    text_of,
    time_of,
    usage_of,
)
from hfs_server.session import JsonObject

_FAILED = ("errored", "canceled")


class Continue:
    """The importer of Continue's sessions."""

    tool = "continue"
    label = "Continue"
    patterns: tuple[str, ...] = ("????????-????-????-????-????????????.json",)

    def folders(self, places: Places) -> Sequence[Path]:
        """The same below home on every system."""
        return (places.of_variable("CONTINUE_GLOBAL_DIR", ".continue") / "sessions",)

    def recognizes(self, file: SourceFile) -> str | None:
        """A session's id, and items of a history that hold messages."""
        record = file.record
        if file.is_list or not isinstance(record.get("history"), list):
            return None
        if not isinstance(record.get("sessionId"), str):
            return None
        first = next(iter(objects_of(record["history"])), None)
        is_empty = first is None and "workspaceDirectory" in record
        return "sessionId and history" if is_empty or "message" in (first or {}) else None

    def sessions(self, file: SourceFile) -> Iterator[ForeignSession]:
        """The one session. Raises InvalidDocument."""
        draft = Draft(self.tool, file)
        found = object_of(read_document(file, draft))
        if not isinstance(found.get("history"), list):
            raise InvalidDocument("The file has no session of Continue: its history is missing.")
        draft.session_id = text_of(found.get("sessionId")) or None
        draft.title = text_of(found.get("title")).strip() or None
        draft.working_directory = _path(text_of(found.get("workspaceDirectory"))) or None
        draft.created_at = _created_at(file, draft.session_id)
        yield ForeignSession(draft, _messages(objects_of(found["history"]), draft))


def _messages(history: list[JsonObject], draft: Draft) -> Iterator[JsonObject]:
    answered = {
        text_of(inner.get("toolCallId"))
        for item in history
        if (inner := object_of(item.get("message"))).get("role") == "tool"
    }
    thinking: list[str] = []
    for item in history:
        inner = object_of(item.get("message"))
        role = text_of(inner.get("role"))
        parts = Parts(inner.get("content"), draft)
        if role == "thinking":
            thinking += filter(str.strip, [parts.text])
        elif role == "assistant":
            yield from _answer(item, parts, thinking, draft)
            yield from _results(item, answered)
            thinking = []
        elif role == "tool":
            call_id = inner.get("toolCallId")
            yield message("tool", parts.text, tool_call_id=text_of(call_id))
        elif role in ("user", "system"):
            yield from _plain(role, item, parts)
        else:
            draft.unknown_records[f"role {role}"] += 1
        if summary := text_of(item.get("conversationSummary")):
            yield message("system", summary, synthetic=True)
    if thinking:
        yield message("assistant", "", thinking="\n\n".join(thinking))


def _plain(role: str, item: JsonObject, parts: Parts) -> Iterator[JsonObject]:
    attachments = [*parts.attachments, *_context(item)]
    if parts.text.strip() or attachments:
        yield message(
            role,
            parts.text,
            attachments=attachments,
            synthetic=role == "system",
            source_id=text_of(object_of(item.get("message")).get("id")),
        )


def _answer(
    item: JsonObject, parts: Parts, thinking: list[str], draft: Draft
) -> Iterator[JsonObject]:
    inner = object_of(item.get("message"))
    reasoning = object_of(item.get("reasoning"))
    thoughts = [*thinking, *filter(str.strip, [text_of(reasoning.get("text"))])]
    calls = [call_of(call, draft) for call in objects_of(inner.get("toolCalls"))]
    calls = calls or [call_of(state.get("toolCall"), draft) for state in _states(item)]
    if not (parts.text.strip() or thoughts or calls or parts.attachments):
        return
    yield message(
        "assistant",
        parts.text,
        time_of(reasoning.get("endAt")),
        model=_model(item),
        thinking="\n\n".join(thoughts),
        tool_calls=calls,
        usage=_usage(object_of(inner.get("usage"))),
        attachments=parts.attachments,
        source_id=text_of(inner.get("id")),
    )


def _states(item: JsonObject) -> list[JsonObject]:
    """The states of an answer's calls, of which older versions had one."""
    states = objects_of(item.get("toolCallStates"))
    return states or objects_of([item.get("toolCallState")])


def _results(item: JsonObject, answered: set[str]) -> Iterator[JsonObject]:
    for state in _states(item):
        call_id = text_of(state.get("toolCallId"))
        output = state.get("output")
        if call_id in answered or not isinstance(output, list):
            continue
        texts = (json_text(part.get("content")) for part in objects_of(output))
        function = object_of(object_of(state.get("toolCall")).get("function"))
        yield message(
            "tool",
            "\n\n".join(filter(None, texts)),
            tool_call_id=call_id,
            tool_name=text_of(function.get("name")),
            is_error=state.get("status") in _FAILED,
        )


def _context(item: JsonObject) -> Iterator[JsonObject]:
    """Files and other things that the user gave with a prompt."""
    for context in objects_of(item.get("contextItems")):
        uri = text_of(object_of(context.get("uri")).get("value"))
        name = text_of(context.get("name"))
        made = with_text(context.get("content"), "", name or "context", uri)
        if found := made or linked(uri or name, "", name):
            yield found


def _model(item: JsonObject) -> str:
    logs = objects_of(item.get("promptLogs"))
    return text_of(logs[-1].get("modelTitle")) if logs else ""


def _usage(usage: JsonObject) -> dict[str, int | float]:
    details = object_of(usage.get("promptTokensDetails"))
    cached, given = details.get("cachedTokens"), usage.get("promptTokens")
    if isinstance(cached, int) and isinstance(given, int):
        given -= cached
    return usage_of(
        input_tokens=given,
        output_tokens=usage.get("completionTokens"),
        cache_read_tokens=cached,
        cache_write_tokens=details.get("cacheWriteTokens"),
    )


def _path(place: str) -> str:
    """The folder, which newer versions write as a URI."""
    if not place.startswith("file:///"):
        return place
    path = unquote(place.removeprefix("file://"))
    return path[1:] if path[2:3] == ":" else path


def _created_at(file: SourceFile, session_id: str | None) -> str | None:
    """When the session was created, which only the list of sessions beside it says."""
    if file.path is None or not session_id:
        return None
    try:
        listed = json_value((file.path.parent / "sessions.json").read_bytes(), Draft("", file))
    except OSError:
        return None
    found = (each for each in objects_of(listed) if each.get("sessionId") == session_id)
    created: object = next(found, {}).get("dateCreated")
    if isinstance(created, str) and re.fullmatch(r"[0-9]{1,15}", created):
        return time_of(int(created))
    return time_of(created)
