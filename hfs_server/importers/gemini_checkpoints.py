"""What "/chat save" of Gemini CLI writes: the contents that were sent to its API, without times.

They are a bare list, or stand in ``history`` or ``clientHistory`` of an object.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator
from typing import Any

from hfs_server.errors import InvalidDocument
from hfs_server.importers.foreign import Draft
from hfs_server.importers.gemini_parts import files_in, parts_of, response_in, text_in, thoughts_in
from hfs_server.importers.json_text import read_document
from hfs_server.importers.source_file import SourceFile
from hfs_server.importers.values import message, object_of, objects_of, text_of, tool_call
from hfs_server.session import JsonObject

_INJECTED = ("This is the Gemini CLI. We are setting up", "<session_context", "<state_snapshot")
_ACKNOWLEDGED = ("Got it. Thanks for the",)
"""How a context begins that the program sent, and the answer that it put into the model's mouth."""


def history_of(value: object) -> list[JsonObject]:
    """The contents in a checkpoint; empty if it is none."""
    if isinstance(value, dict):
        places = (value.get("clientHistory"), value.get("history"))
        return next((found for place in places if (found := history_of(place))), [])
    contents = objects_of(value)
    is_history = bool(contents) and all(
        content.get("role") in ("user", "model") and isinstance(content.get("parts"), list)
        for content in contents[:1]
    )
    return contents if is_history else []


def checkpoint_messages(file: SourceFile, draft: Draft) -> Iterator[JsonObject]:
    """The messages of a checkpoint. Raises InvalidDocument if it is none."""
    contents = history_of(read_document(file, draft))
    if not contents:
        raise InvalidDocument("The file holds no contents with roles and parts.")
    calls: dict[str, deque[str]] = defaultdict(deque)
    for number, content in enumerate(contents):
        parts = parts_of(content.get("parts"))
        if content.get("role") == "model":
            yield from _reply(parts, number, calls)
        else:
            yield from _user(parts, calls)


def _user(parts: list[JsonObject], calls: dict[str, deque[str]]) -> Iterator[JsonObject]:
    for part in parts:
        if response := object_of(part.get("functionResponse")):
            name = text_of(response.get("name"))
            call_id = calls[name].popleft() if calls[name] else text_of(response.get("id"))
            text, is_error = response_in(part)
            yield message("tool", text, tool_call_id=call_id, tool_name=name, is_error=is_error)
    text, files = text_in(parts), files_in(parts)
    if text.strip() or files:
        yield message("user", text, synthetic=text.startswith(_INJECTED), attachments=files)


def _reply(
    parts: list[JsonObject], number: int, calls: dict[str, deque[str]]
) -> Iterator[JsonObject]:
    made: list[Any] = []
    for place, part in enumerate(parts):
        if call := object_of(part.get("functionCall")):
            name = text_of(call.get("name"))
            call_id = text_of(call.get("id")) or f"call-{number}-{place}"
            calls[name].append(call_id)
            made.append(tool_call(call_id, name, call.get("args")))
    text, thinking, files = text_in(parts), thoughts_in(parts), files_in(parts)
    if text.strip() or thinking or made or files:
        is_injected = not made and text.startswith(_ACKNOWLEDGED)
        yield message(
            "assistant", text, synthetic=is_injected, thinking=thinking, tool_calls=made,
            attachments=files,
        )  # fmt: skip
