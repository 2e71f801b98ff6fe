"""Bubbles, of which Cursor's sessions in its editor consist.

One reply is several bubbles: its thinking, its text, and one for each tool call. The rule not to
break: they become one message again, and the results of its calls follow it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hfs_server.importers.attachments import embedded, linked
from hfs_server.importers.cursor.text import plain_text, typed_and_injected
from hfs_server.importers.foreign import Draft
from hfs_server.importers.json_text import json_text, json_value
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

_USER = {1, "1", "user"}
_REPLY = {2, "2", "ai", "assistant"}
_FINISHED = {"completed", "error", "failed", "cancelled", "canceled", "rejected"}
_FAILED = _FINISHED - {"completed"}
_NO_ANSWER = "<|eos|>"
_RESULT_TEXTS = ("output", "contents", "content", "markdown", "text")


class _Reply:
    """The bubbles of one reply, gathered."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.thoughts: list[str] = []
        self.calls: list[JsonObject] = []
        self.results: list[JsonObject] = []
        self.first: JsonObject = {}
        self.usage: JsonObject = {}
        self.model = ""
        self.created_at: str | None = None

    def is_complete(self, text: str, thought: str) -> bool:
        """Whether a bubble with this text or thought begins the next reply."""
        return bool(self.calls and (text or thought)) or bool(self.texts and thought)

    def messages(self) -> Iterator[JsonObject]:
        """The reply and the results of its calls; nothing if it is empty."""
        if self.texts or self.thoughts or self.calls:
            yield message(
                "assistant",
                "\n\n".join(self.texts),
                self.created_at,
                model=self.model,
                thinking="\n\n".join(self.thoughts),
                tool_calls=self.calls,
                usage=self.usage,
                source_id=_id(self.first),
            )
        yield from self.results


def read_bubbles(bubbles: Iterable[JsonObject], draft: Draft) -> Iterator[JsonObject]:
    """The messages of a session. Bubbles of types that are not known are counted."""
    reply = _Reply()
    for bubble in bubbles:
        kind = bubble.get("type")
        kind = kind if isinstance(kind, (int, str)) else ""
        if kind in _REPLY:
            text, thought = _reply_text(bubble), _thought(bubble)
            if reply.is_complete(text, thought):
                yield from reply.messages()
                reply = _Reply()
            _add(reply, bubble, text, thought, draft)
            continue
        yield from reply.messages()
        reply = _Reply()
        if kind in _USER:
            yield from _prompt(bubble, draft)
        else:
            draft.unknown_records[f"bubble {kind}".strip()] += 1
    yield from reply.messages()


def _add(reply: _Reply, bubble: JsonObject, text: str, thought: str, draft: Draft) -> None:
    reply.first = reply.first or bubble
    reply.created_at = reply.created_at or _time(bubble)
    reply.texts += [text] if text else []
    reply.thoughts += [thought] if thought else []
    model = text_of(object_of(bubble.get("modelInfo")).get("modelName"))
    reply.model = reply.model or model or text_of(bubble.get("modelType"))
    tokens = object_of(bubble.get("tokenCount"))
    counts = usage_of(
        input_tokens=tokens.get("inputTokens"), output_tokens=tokens.get("outputTokens")
    )
    if any(counts.values()):
        reply.usage = counts
    if tool := object_of(bubble.get("toolFormerData")):
        _add_call(reply, tool, bubble, draft)


def _add_call(reply: _Reply, tool: JsonObject, bubble: JsonObject, draft: Draft) -> None:
    call_id = text_of(tool.get("toolCallId")) or _id(bubble)
    name = text_of(tool.get("name")) or json_text(tool.get("tool"))
    given = _parsed(tool.get("rawArgs"), draft) or _parsed(tool.get("params"), draft)
    reply.calls.append(tool_call(call_id, name, given if given is not None else {}))
    status = json_text(tool.get("status"))
    failed = status in _FAILED or bool(tool.get("error"))
    result = _result_text(tool, draft)
    if result or status in _FINISHED:
        reply.results.append(
            message(
                "tool",
                result,
                _time(bubble, "completedAtMs") or _time(bubble),
                tool_call_id=call_id,
                tool_name=name,
                is_error=failed,
            )
        )


def _prompt(bubble: JsonObject, draft: Draft) -> Iterator[JsonObject]:
    text = text_of(bubble.get("text")) or text_of(bubble.get("rawText"))
    if not text.strip():
        text = plain_text(_parsed(bubble.get("richText"), draft))
    typed, injected = typed_and_injected(text)
    attachments = _images(bubble)
    is_subagent = draft.parent_id is not None
    if typed or attachments:
        yield message(
            "user",
            typed,
            _time(bubble),
            attachments=attachments,
            synthetic=is_subagent,
            source_id=_id(bubble),
        )
    if injected:
        yield message("user", injected, _time(bubble), synthetic=True)


def _reply_text(bubble: JsonObject) -> str:
    text = text_of(bubble.get("text")).strip() or text_of(bubble.get("rawText")).strip()
    is_thought = bubble.get("isThought") is True
    return "" if is_thought or text == _NO_ANSWER else text


def _thought(bubble: JsonObject) -> str:
    thinking = bubble.get("thinking")
    text = thinking if isinstance(thinking, str) else text_of(object_of(thinking).get("text"))
    if not text.strip() and bubble.get("isThought") is True:
        text = text_of(bubble.get("text"))
    return text.strip()


def _result_text(tool: JsonObject, draft: Draft) -> str:
    stored = tool.get("result")
    result = _parsed(stored, draft)
    if not result:
        error = _parsed(tool.get("error"), draft)
        reason = object_of(error).get("clientVisibleErrorMessage") or object_of(error).get(
            "message"
        )
        return text_of(reason) or json_text(error)
    texts = (text_of(object_of(result).get(key)) for key in _RESULT_TEXTS)
    return next(filter(None, texts), "") or json_text(stored)


def _images(bubble: JsonObject) -> list[JsonObject]:
    images = objects_of(bubble.get("images"))
    images += objects_of(object_of(bubble.get("context")).get("selectedImages"))
    found = (
        embedded(image.get("data"), image.get("mimeType") or "image/png")
        or linked(image.get("path") or image.get("uri"))
        for image in images
    )
    return [attachment for attachment in found if attachment]


def _parsed(value: object, draft: Draft) -> object:
    """A value that Cursor stores as JSON text; text that is no JSON as it is."""
    if not isinstance(value, str):
        return value
    parsed = json_value(value, draft)
    return parsed if isinstance(parsed, (dict, list)) else value


def _id(bubble: JsonObject) -> str:
    return text_of(bubble.get("bubbleId")) or text_of(bubble.get("id"))


def _time(bubble: JsonObject, key: str = "createdAt") -> str | None:
    timing = object_of(bubble.get("timingInfo"))
    return time_of(bubble.get(key)) or time_of(timing.get("clientRpcSendTime"))
