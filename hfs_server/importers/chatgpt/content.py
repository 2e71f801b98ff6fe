"""The content of ChatGPT's messages, of which there are many types, as text and attachments.

The rule not to break: a type that is not known costs nothing if it holds text in a usual place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from pydantic_core import from_json

from hfs_server.importers.attachments import linked
from hfs_server.importers.foreign import Draft
from hfs_server.importers.values import count_of, list_of, object_of, objects_of, text_of
from hfs_server.session import JsonObject

_CONTEXT = {"user_editable_context", "model_editable_context", "app_pairing_content"}
_TEXTS = (
    "text", "result", "content", "output_str", "summary", "user_profile", "user_instructions",
    "model_set_context", "repo_summary", "title", "url",
)  # fmt: skip
"""Where text stands in content that has no parts."""

_WITHOUT_TEXT = {"computer_output", "super_widget", "system_error"}
_MARK = re.compile("\ue200[^\ue200\ue201]*\ue201?|[\ue203\ue204]")
"""Marks of sources, links and names within an answer, in characters for private use."""


def is_hidden(found: JsonObject, kind: object) -> bool:
    """Whether a message was put in by ChatGPT and not shown to the user."""
    metadata = object_of(found.get("metadata"))
    return (
        metadata.get("is_visually_hidden_from_conversation") is True
        or metadata.get("is_user_system_message") is True
        or (isinstance(kind, str) and kind in _CONTEXT)
    )


def text_of_message(found: JsonObject, draft: Draft) -> str:
    """The text of a message; a type without text that is not known is noted in the draft."""
    content = found.get("content")
    if not isinstance(content, dict):
        return text_of(content)
    parts = content.get("parts")
    text = "\n".join(_parts(parts)) if isinstance(parts, list) and parts else _other(content)
    if not text:
        _note_unknown(content, draft)
    return _with_sources(text, found) if "\ue200" in text else text


def attachments_of(found: JsonObject) -> list[JsonObject]:
    """Files of the user, and images and sounds in the content, which the export has beside it."""
    stored = objects_of(object_of(found.get("metadata")).get("attachments"))
    parts = objects_of(object_of(found.get("content")).get("parts"))
    if not stored and not parts:
        return []
    files = {text_of(file.get("id")): file for file in stored}
    attachments = []
    for pointer, part in _pointers(parts):
        file = files.pop(re.split(r"[/#?]", pointer)[-1], {})
        attachments.append(_attachment(pointer, file or part))
    attachments += [_attachment("file-service://" + key, file) for key, file in files.items()]
    return [attachment for attachment in attachments if attachment]


def _attachment(pointer: str, file: JsonObject) -> JsonObject | None:
    media_type = text_of(file.get("mime_type")) or text_of(file.get("mimeType"))
    if not media_type and (spoken := text_of(file.get("format"))):
        media_type = f"audio/{spoken}"
    size = count_of(file.get("size_bytes")) or count_of(file.get("size"))
    return linked(pointer, media_type, file.get("name"), size)


def _pointers(parts: list[JsonObject]) -> Iterator[tuple[str, JsonObject]]:
    for part in parts:
        # Sound and video of a spoken session have their pointers one level deeper.
        for asset in (part, *objects_of([*part.values()])):
            if pointer := text_of(asset.get("asset_pointer")):
                yield pointer, asset


def _parts(parts: list[Any]) -> Iterator[str]:
    for part in parts:
        if isinstance(part, str):
            if part:
                yield part
        elif text := text_of(object_of(part).get("text")):
            yield text


def _other(content: JsonObject) -> str:
    kind = content.get("content_type")
    texts = [text for key in _TEXTS if (text := text_of(content.get(key)))]
    if kind == "tether_quote":
        return "\n".join(dict.fromkeys((*texts[1:], texts[0]))) if texts else ""
    if kind == "model_editable_context" or kind == "user_editable_context":
        return "\n\n".join(texts)
    if kind == "app_pairing_content":
        return "\n\n".join(
            text_of(part.get("text")) for part in objects_of(content.get("context_parts"))
        )
    return texts[0] if texts else ""


def _note_unknown(content: JsonObject, draft: Draft) -> None:
    kind = text_of(content.get("content_type"))
    places = ("parts", "thoughts", *_TEXTS)
    if kind not in _CONTEXT | _WITHOUT_TEXT and not any(place in content for place in places):
        draft.unknown_records[kind or "content"] += 1


def _with_sources(text: str, found: JsonObject) -> str:
    """The text with links and names in place of the marks."""
    references = objects_of(object_of(found.get("metadata")).get("content_references"))
    links = {text_of(item.get("matched_text")): text_of(item.get("alt")) for item in references}
    return _MARK.sub(lambda mark: links.get(mark[0]) or _shown(mark[0]), text)


def _shown(mark: str) -> str:
    """What a mark shows by itself: the words of a link, or the name of an entity."""
    kind, _, rest = mark.strip("\ue200\ue201").partition("\ue202")
    if kind == "url":
        words, _, address = rest.partition("\ue202")
        return f"[{words}]({address})" if address.startswith("http") else words
    if kind != "entity":
        return ""
    try:
        names = [text for each in list_of(from_json(rest)) if (text := text_of(each))]
    except ValueError:
        return ""
    # Its type, its name, and more about it.
    return names[1] if len(names) > 1 else ""
