"""What shows that records are messages or rows with messages of no certain tool.

The rule not to break: it looks only for what HFS's own legacy documents do not have, and not at
what other tools' files have besides.
"""

from __future__ import annotations

from hfs_server.importers.values import list_of, object_of, objects_of, text_of
from hfs_server.session import JsonObject

_ROLES = {"system", "developer", "user", "assistant", "tool", "function"}
_OF_MESSAGE = (
    "tool_calls", "tool_call_id", "function_call", "name", "model", "refusal", "audio",
    "annotations", "reasoning_content", "weight", "loss_weight",
)  # fmt: skip
_OF_REQUEST = (
    "model", "tools", "functions", "tool_choice", "function_call", "temperature", "max_tokens",
    "top_p", "stream", "response_format", "parallel_tool_calls", "choices",
)  # fmt: skip
_OF_HFS = ("metadata", "session_name")
_OF_EXPORT = ("schema_version", "session_name", "exported_at")
_OF_OTHERS = ("sessionId", "session_id", "sessionID", "conversationId", "info", "zed", "v", "ts")
"""What files of other tools have beside their messages."""

_OF_CLINE = ("<task>", "<user_message>", "<feedback>", "<environment_details>")
"""What Cline, and those that follow it, put into the first prompt of a list."""

_PARTS = {
    "text", "image_url", "input_audio", "file", "refusal", "input_text", "output_text",
    "input_image", "tool_call", "reasoning",
}  # fmt: skip


def evidence_of(records: list[JsonObject], is_list: bool) -> str | None:
    """What shows it, in a few words; None if nothing does."""
    first = records[0] if records else {}
    if _is_of_other(first) or _is_export(first):
        return None
    if is_list and "from" in first and "value" in first:
        return "messages with from and value"
    if is_list and _is_message(first):
        shown = (_shown_by_message(record) for record in records)
        return next((f"messages with {what}" for what in shown if what), None)
    if (found := _row(first)) is not None:
        return found
    messages = objects_of(first.get("messages"))
    if not messages or not all(_is_message(item) for item in messages[:-1] or messages):
        return None
    return _shown_by_request(first, messages) or _several(records)


def _row(record: JsonObject) -> str | None:
    """Rows that are shown by the names of their members alone."""
    turns = objects_of(record.get("conversations"))
    if turns and ("from" in turns[0] and "value" in turns[0]):
        return "conversations with from and value"
    if turns and _is_message(turns[0]):
        return "conversations with role and content"
    if isinstance(record.get("instruction"), str) and isinstance(record.get("output"), str):
        return "instruction and output"
    for key in ("chosen_messages", "preferred_output"):
        if objects_of(record.get(key)):
            return key
    if record.keys() >= {"prompt", "chosen", "rejected"}:
        return "prompt, chosen and rejected"
    body = object_of(record.get("body"))
    return "body.messages" if "custom_id" in record and list_of(body.get("messages")) else None


def _shown_by_request(record: JsonObject, messages: list[JsonObject]) -> str | None:
    if any(key in record for key in _OF_HFS):
        return None
    found = next((key for key in _OF_REQUEST if key in record), None)
    if found is not None:
        return f"messages and {found}"
    shown = (_shown_by_message(item) for item in messages)
    return next((f"messages with {what}" for what in shown if what), None)


def _several(records: list[JsonObject]) -> str | None:
    rows = sum(isinstance(record.get("messages"), list) for record in records)
    return "several lists of messages" if rows > 1 else None


def _shown_by_message(item: JsonObject) -> str | None:
    if not _is_message(item):
        return None
    content = item.get("content")
    if isinstance(content, list):
        kinds = {text_of(part.get("type")) for part in objects_of(content)}
        return "content in parts" if kinds and kinds <= _PARTS else None
    return next((key for key in _OF_MESSAGE if item.get(key) is not None), None)


def _is_message(item: JsonObject) -> bool:
    """Whether it has a role and a content, as a call of tools without text need not have."""
    role = text_of(item.get("role"))
    return role in _ROLES and ("content" in item or "tool_calls" in item)


def _is_of_other(record: JsonObject) -> bool:
    """Whether another tool wrote the record, whose messages look alike."""
    if any(key in record for key in _OF_OTHERS) or "agentId" in object_of(record.get("meta")):
        return True
    content = record.get("content")
    parts = objects_of(content) if isinstance(content, list) else [{"text": content}]
    return any(mark in text_of(part.get("text")) for part in parts for mark in _OF_CLINE)


def _is_export(record: JsonObject) -> bool:
    metadata = record.get("metadata")
    return isinstance(metadata, dict) and any(mark in metadata for mark in _OF_EXPORT)
