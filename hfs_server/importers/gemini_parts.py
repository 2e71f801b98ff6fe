"""The parts of Gemini's messages: texts, files, calls of functions and their responses."""

from __future__ import annotations

import json

from hfs_server.importers.attachments import embedded, linked
from hfs_server.importers.values import object_of, objects_of, text_of
from hfs_server.session import JsonObject

FILES = "--- Content from referenced files ---"
"""What stands before the contents of files that a prompt names with an @."""


def parts_of(content: object) -> list[JsonObject]:
    """The parts of a content, which is a text, a part, or a list of texts and parts."""
    items = content if isinstance(content, list) else [content]
    texts = ({"text": item} if isinstance(item, str) else item for item in items)
    return objects_of(list(texts))


def text_in(content: object) -> str:
    """The text of a content, without thoughts."""
    parts = parts_of(content)
    return "".join(text_of(part.get("text")) for part in parts if part.get("thought") is not True)


def thoughts_in(content: object) -> str:
    """The thoughts in a content."""
    thoughts = (part for part in parts_of(content) if part.get("thought") is True)
    return "\n\n".join(text for part in thoughts if (text := text_of(part.get("text"))))


def files_in(content: object) -> list[JsonObject]:
    """The files in a content, as attachments."""
    found: list[JsonObject | None] = []
    for part in parts_of(content):
        if data := object_of(part.get("inlineData")):
            found.append(embedded(data.get("data"), data.get("mimeType"), data.get("displayName")))
        if link := object_of(part.get("fileData")):
            found.append(linked(link.get("fileUri"), link.get("mimeType")))
    return [file for file in found if file]


def response_in(part: JsonObject) -> tuple[str, bool]:
    """The text of a function's response, and whether it is an error."""
    response = object_of(object_of(part.get("functionResponse")).get("response"))
    for key in ("output", "error", "content", "result"):
        if isinstance(response.get(key), str):
            return response[key], key == "error"
    if not response:
        return "", False
    try:
        return json.dumps(response, ensure_ascii=False), "error" in response
    except RecursionError:
        return "(nested too deep)", "error" in response
