"""Messages of Goose: contents by type, in which requests and responses of tools are apart.

The rule not to break: a message that the user does not see was not typed by anyone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hfs_server.importers.attachments import embedded
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

_REQUESTS = ("toolRequest", "frontendToolRequest")
_NOTES = ("contextLengthExceeded", "summarizationRequested", "systemNotification")
_IGNORED = {"redactedThinking", "toolConfirmationRequest", "actionRequired"}
CONTENTS = {"text", "image", "thinking", "toolResponse", *_REQUESTS, *_NOTES, *_IGNORED}
"""All types of contents."""


def read_messages(found: Iterable[JsonObject], draft: Draft) -> Iterator[JsonObject]:
    """The messages of a session; types that are not known are counted in the draft."""
    names: dict[str, str] = {}
    for item in found:
        contents = objects_of(item.get("content"))
        for part in contents:
            if (kind := text_of(part.get("type")) or "content") not in CONTENTS:
                draft.unknown_records[kind] += 1
        role = text_of(item.get("role"))
        if role in ("user", "assistant"):
            yield from _results(item, contents, names)
            yield from _message(role, item, contents, names, draft.parent_id is not None)
            yield from _notes(item, contents)
        else:
            draft.unknown_records[f"role {role}"] += 1


def _message(
    role: str,
    item: JsonObject,
    contents: list[JsonObject],
    names: dict[str, str],
    is_subagent: bool,
) -> Iterator[JsonObject]:
    texts = _texts(contents, "text")
    calls = [_call(part) for part in contents if part.get("type") in _REQUESTS]
    names |= {call["id"]: call["name"] for call in calls}
    thinking = "\n\n".join(_texts(contents, "thinking"))
    images = (part for part in contents if part.get("type") == "image")
    attachments = _images(images)
    if not (texts or calls or thinking or attachments):
        return
    is_hidden = object_of(item.get("metadata")).get("userVisible") is False
    yield message(
        role,
        "\n\n".join(texts),
        time_of(item.get("created")),
        thinking=thinking,
        tool_calls=calls,
        attachments=attachments,
        synthetic=is_hidden or (role == "user" and is_subagent),
        source_id=text_of(item.get("id")),
    )


def _call(part: JsonObject) -> JsonObject:
    call = object_of(part.get("toolCall"))
    value = object_of(call.get("value")) or call
    return tool_call(part.get("id"), value.get("name"), value.get("arguments"))


def _results(
    item: JsonObject, contents: list[JsonObject], names: dict[str, str]
) -> Iterator[JsonObject]:
    for part in contents:
        if part.get("type") != "toolResponse":
            continue
        result = object_of(part.get("toolResult"))
        value = result.get("value")
        # Since the version 1.15 the value is an object, and says itself whether it failed.
        inner = value.get("content") if isinstance(value, dict) else value
        error = result.get("error")
        has_failed = object_of(value).get("isError") is True or result.get("status") == "error"
        call_id = text_of(part.get("id"))
        pieces = objects_of(inner)
        yield message(
            "tool",
            "\n\n".join(_pieces(pieces)) or json_text(error),
            time_of(item.get("created")),
            tool_call_id=call_id,
            tool_name=names.get(call_id),
            is_error=has_failed,
            attachments=_images(piece for piece in pieces if piece.get("type") == "image"),
        )


def _pieces(pieces: list[JsonObject]) -> Iterator[str]:
    """What the model got, without what only the user was shown."""
    for piece in pieces:
        audience = object_of(piece.get("annotations")).get("audience")
        text = text_of(piece.get("text")) or text_of(object_of(piece.get("resource")).get("text"))
        if text and audience != ["user"]:
            yield text


def _notes(item: JsonObject, contents: list[JsonObject]) -> Iterator[JsonObject]:
    for part in contents:
        text = text_of(part.get("msg"))
        if part.get("type") in _NOTES and text:
            yield message("system", text, time_of(item.get("created")), synthetic=True)


def _texts(contents: list[JsonObject], kind: str) -> list[str]:
    found = (text_of(part.get(kind)) for part in contents if part.get("type") == kind)
    return [text for text in found if text.strip()]


def _images(parts: Iterable[JsonObject]) -> list[JsonObject]:
    found = (embedded(part.get("data"), part.get("mimeType")) for part in parts)
    return [image for image in found if image]
