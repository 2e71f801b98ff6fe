"""Messages of Cursor's agent: records with a role, and a content of blocks.

In an agent's database they have the blocks of its library, in transcripts of JSON Lines those of
Anthropic. The rule not to break: a block that is not known is counted, and costs nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hfs_server.importers.attachments import embedded, from_url, linked
from hfs_server.importers.cursor.text import typed_and_injected
from hfs_server.importers.foreign import Draft
from hfs_server.importers.json_text import json_text
from hfs_server.importers.values import (
    message,
    object_of,
    objects_of,
    text_of,
    time_of,
    tool_call,
)
from hfs_server.session import JsonObject

_CALLS = {"tool-call", "tool_use"}
_RESULTS = {"tool-result", "tool_result"}
_THOUGHTS = {"reasoning", "thinking"}
_IGNORED = {"redacted-reasoning", "redacted_thinking"}
_FILES = {"image", "file"}
_TURN_ENDED = "turn_ended"
_ROLES = {"user", "assistant", "system", "tool"}
_KNOWN = {"text"} | _CALLS | _RESULTS | _THOUGHTS | _IGNORED | _FILES


def read_agent_messages(records: Iterable[JsonObject], draft: Draft) -> Iterator[JsonObject]:
    """The messages of records with a role and content, of both layouts."""
    for number, record in enumerate(records, start=1):
        role = text_of(record.get("role"))
        inner = record.get("message", record)
        content = object_of(inner).get("content")
        created_at = time_of(record.get("timestamp"))
        blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
        _count_unknown(record, objects_of(blocks), draft)
        if role == "user":
            yield from _user(objects_of(blocks), created_at, draft)
        elif role == "assistant":
            yield from _assistant(objects_of(blocks), created_at, str(number))
        elif role == "system":
            yield from _system(objects_of(blocks), created_at)
        yield from _results(objects_of(blocks), created_at)


def _user(blocks: list[JsonObject], created_at: str | None, draft: Draft) -> Iterator[JsonObject]:
    typed, injected = typed_and_injected(_text(blocks))
    attachments = _attachments(blocks)
    if typed or attachments:
        is_subagent = draft.parent_id is not None
        yield message("user", typed, created_at, attachments=attachments, synthetic=is_subagent)
    if injected:
        yield message("user", injected, created_at, synthetic=True)


def _assistant(
    blocks: list[JsonObject], created_at: str | None, number: str
) -> Iterator[JsonObject]:
    thoughts = [_thought(block) for block in blocks if _kind(block) in _THOUGHTS]
    calls = [
        _call(block, f"{number}-{place}")
        for place, block in enumerate(blocks)
        if _kind(block) in _CALLS
    ]
    text = _text(blocks)
    thinking = "\n\n".join(filter(str.strip, thoughts))
    if text or thinking or calls:
        yield message("assistant", text, created_at, thinking=thinking, tool_calls=calls)


def _system(blocks: list[JsonObject], created_at: str | None) -> Iterator[JsonObject]:
    if text := _text(blocks):
        yield message("system", text, created_at, synthetic=True)


def _results(blocks: list[JsonObject], created_at: str | None) -> Iterator[JsonObject]:
    for block in blocks:
        if _kind(block) in _RESULTS:
            yield message(
                "tool",
                _result(block),
                created_at,
                tool_call_id=text_of(block.get("toolCallId")) or text_of(block.get("tool_use_id")),
                tool_name=text_of(block.get("toolName")),
                is_error=block.get("isError") is True or block.get("is_error") is True,
            )


def _result(block: JsonObject) -> str:
    for key in ("result", "output", "content", "experimental_content"):
        value = block.get(key)
        if isinstance(value, list):
            value = "\n".join(text_of(item.get("text")) for item in objects_of(value)) or value
        elif isinstance(value, dict) and "value" in value:
            value = value["value"]
        if value not in (None, "", [], {}):
            return json_text(value)
    return ""


def _call(block: JsonObject, place: str) -> JsonObject:
    call_id = text_of(block.get("toolCallId")) or text_of(block.get("id")) or f"call-{place}"
    given = block["args"] if "args" in block else block.get("input", {})
    return tool_call(call_id, block.get("toolName") or block.get("name"), given)


def _thought(block: JsonObject) -> str:
    return text_of(block.get("text")) or text_of(block.get("thinking"))


def _kind(block: JsonObject) -> str:
    return text_of(block.get("type"))


def _text(blocks: list[JsonObject]) -> str:
    texts = (text_of(block.get("text")) for block in blocks if block.get("type") == "text")
    return "\n\n".join(text.strip() for text in texts if text.strip())


def _attachments(blocks: list[JsonObject]) -> list[JsonObject]:
    files = (block for block in blocks if _kind(block) in _FILES)
    return [found for block in files if (found := _attachment(block))]


def _attachment(block: JsonObject) -> JsonObject | None:
    data = text_of(block.get("image")) or text_of(block.get("data"))
    kind = block.get("mimeType") or block.get("mediaType") or "image/png"
    name = block.get("filename")
    return from_url(data, name) or embedded(data, kind, name) or linked(block.get("path"))


def _count_unknown(record: JsonObject, blocks: list[JsonObject], draft: Draft) -> None:
    kind = text_of(record.get("type")) or text_of(record.get("role")) or "message"
    if text_of(record.get("role")) not in _ROLES and kind != _TURN_ENDED:
        draft.unknown_records[kind] += 1
    for block in blocks:
        if (kind := _kind(block) or "block") not in _KNOWN:
            draft.unknown_records[kind] += 1
