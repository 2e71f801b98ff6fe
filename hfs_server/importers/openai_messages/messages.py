"""Messages in the form of OpenAI's API and its relatives, of which other tools store some, too.

The rule not to break: a part of an unknown type costs only itself, and is counted.
"""

from __future__ import annotations

from collections.abc import Iterator

from hfs_server.importers.attachments import embedded, from_url, linked
from hfs_server.importers.foreign import Draft
from hfs_server.importers.json_text import json_text, json_value
from hfs_server.importers.values import (
    message,
    object_of,
    objects_of,
    text_of,
    time_of,
    tool_call,
)
from hfs_server.session import JsonObject

ROLES = {
    "user": "user", "human": "user",
    "assistant": "assistant", "gpt": "assistant", "chatgpt": "assistant", "bot": "assistant",
    "model": "assistant", "ai": "assistant",
    "function_call": "assistant", "tool_call": "assistant",
    "system": "system", "developer": "system",
    "tool": "tool", "function": "tool", "observation": "tool", "function_response": "tool",
    "ipython": "tool",
}  # fmt: skip
_CALLS = ("function_call", "tool_call")
"""Roles of ShareGPT whose value is a call."""

_TEXTS = {"text", "input_text", "output_text"}


class Messages:
    """Reads messages of one session; what is not known is noted in the draft."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._names: dict[str, str] = {}
        """The name of each call's tool."""

    def read(self, found: list[JsonObject]) -> Iterator[JsonObject]:
        """The messages in their order."""
        for item in found:
            name = text_of(item.get("role")) or text_of(item.get("from"))
            role = ROLES.get(name)
            if role is None:
                self._draft.unknown_records[f"role {name}"] += 1
            else:
                yield from self._message(role, name, item)

    def _message(self, role: str, name: str, item: JsonObject) -> Iterator[JsonObject]:
        content = item["content"] if "content" in item else item.get("value")
        parts = Parts(content, self._draft)
        calls = [*parts.calls, *calls_of(item, self._draft)]
        if name in _CALLS:
            calls, parts.texts = [call_of(json_value(parts.text, self._draft), self._draft)], []
        self._names |= {call["id"]: call["name"] for call in calls if call["id"]}
        created_at = time_of(item.get("created_at")) or time_of(item.get("timestamp"))
        for result in parts.results:
            yield self._result(result, created_at)
        if role == "tool":
            yield self._result(item, created_at)
            return
        reasoning = text_of(item.get("reasoning_content")) or text_of(item.get("reasoning"))
        thinking = "\n\n".join(filter(str.strip, (*parts.thoughts, reasoning)))
        text = parts.text or text_of(item.get("refusal"))
        if text.strip() or calls or thinking or parts.attachments:
            yield message(
                role,
                text,
                created_at,
                model=text_of(item.get("model")) if role == "assistant" else "",
                thinking=thinking,
                tool_calls=calls,
                attachments=parts.attachments,
                synthetic=role == "system",
                agent=text_of(item.get("name")) if role == "assistant" else "",
                source_id=text_of(item.get("id")),
            )

    def _result(self, item: JsonObject, created_at: str | None) -> JsonObject:
        content = item["content"] if "content" in item else item.get("value")
        parts = Parts(content, self._draft)
        call_id = text_of(item.get("tool_call_id")) or text_of(item.get("tool_use_id"))
        return message(
            "tool",
            parts.text if isinstance(content, (str, list)) else json_text(content),
            created_at,
            tool_call_id=call_id,
            tool_name=text_of(item.get("name")) or self._names.get(call_id),
            is_error=item.get("is_error") is True,
            attachments=parts.attachments,
        )


class Parts:
    """The content of a message: text, or parts by type."""

    def __init__(self, content: object, draft: Draft) -> None:
        self.texts: list[str] = []
        self.thoughts: list[str] = []
        self.calls: list[JsonObject] = []
        self.results: list[JsonObject] = []
        """Results of tools within a message of the user, as Anthropic's API has them."""
        self.attachments: list[JsonObject] = []
        self._draft = draft
        for part in content if isinstance(content, list) else [content]:
            if isinstance(part, str):
                self.texts += [part] if part else []
            elif isinstance(part, dict):
                self._add(part)

    @property
    def text(self) -> str:
        """All text, that of different parts apart."""
        return "\n\n".join(self.texts)

    def _add(self, part: JsonObject) -> None:
        kind = text_of(part.get("type"))
        value = text_of(part.get("text")) or text_of(part.get("value"))
        if kind in _TEXTS or kind == "refusal":
            self.texts += filter(None, [value or text_of(part.get("refusal"))])
        elif kind in ("thinking", "reasoning"):
            self.thoughts += filter(None, [text_of(part.get("thinking")) or value])
        elif kind in ("tool_use", "tool_call"):
            found = json_value(value, self._draft) if value else part
            self.calls.append(call_of(found, self._draft))
        elif kind == "tool_result":
            self.results.append(part)
        elif attachment := attachment_of(kind, part):
            self.attachments.append(attachment)
        elif kind != "redacted_thinking":
            self._draft.unknown_records[kind or "part"] += 1


def calls_of(item: JsonObject, draft: Draft) -> list[JsonObject]:
    """The calls of tools in a message, also the one of the older kind."""
    found = objects_of(item.get("tool_calls"))
    if isinstance(item.get("function_call"), dict):
        found = [*found, item["function_call"]]
    return [call_of(call, draft) for call in found]


def call_of(call: object, draft: Draft) -> JsonObject:
    """A call, whose input is JSON in a text, or a value."""
    found = object_of(call)
    function = object_of(found.get("function")) or object_of(found.get("custom")) or found
    keys = ("arguments", "input", "parameters")
    given = next((function[key] for key in keys if key in function), None)
    if isinstance(given, str) and (value := json_value(given, draft)) is not None:
        given = value
    return tool_call(found.get("id"), function.get("name"), given)


def attachment_of(kind: str, part: JsonObject) -> JsonObject | None:
    """An image, a sound or a file."""
    if kind in ("image_url", "input_image", "imageUrl"):
        image = part.get("imageUrl" if kind == "imageUrl" else "image_url")
        url = text_of(image) or text_of(object_of(image).get("url")) or part.get("value")
        return from_url(url) or linked(url)
    if kind == "input_audio":
        audio = object_of(part.get("input_audio"))
        return embedded(audio.get("data"), f"audio/{text_of(audio.get('format')) or 'wav'}")
    if kind in ("file", "input_file"):
        file = object_of(part.get("file")) or part
        name = file.get("filename")
        place = file.get("file_id") or name
        return from_url(file.get("file_data"), name) or linked(place, "", name)
    if kind in ("image", "document"):
        source = object_of(part.get("source"))
        return embedded(source.get("data"), source.get("media_type")) or from_url(source.get("url"))
    return None
