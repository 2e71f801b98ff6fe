"""Values in sessions of VS Code's chat: Markdown, places, and what is attached to a question."""

from __future__ import annotations

import base64
import re
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote

from hfs_server.importers.attachments import embedded, linked, with_text
from hfs_server.importers.values import list_of, object_of, objects_of, text_of
from hfs_server.session import JsonObject
from hfs_server.text import replace_surrogates

_URI = re.compile(r"[a-z][a-z0-9+.-]+://[^/?#]*(/[^?#]*)", re.IGNORECASE)
_DRIVE = re.compile(r"/[a-z]:(?=/|$)", re.IGNORECASE)
_IMAGE_TYPES = ((b"\x89PNG", "image/png"), (b"\xff\xd8", "image/jpeg"), (b"GIF8", "image/gif"))


def markdown_of(value: object) -> str:
    """The text of Markdown, which is text or an object with a value."""
    return value if isinstance(value, str) else text_of(object_of(value).get("value"))


def path_of(place: object) -> str | None:
    """The path of a URI, which is text or an object; that of another machine is as it is there."""
    if isinstance(place, str):
        found = _URI.match(place)
        path = replace_surrogates(unquote(found.group(1))) if found else ""
    else:
        parts = object_of(place)
        path = text_of(parts.get("path"))
        if text_of(parts.get("scheme")).startswith("http"):
            path = text_of(parts.get("external")) or text_of(parts.get("authority")) + path
    if _DRIVE.match(path):
        path = path[1:].replace("/", "\\")
    return (path.rstrip("/\\") or path) if path else None


def base_folder(state: JsonObject) -> str | None:
    """The folder that links in answers start from, which is that of the workspace."""
    for request in objects_of(state.get("requests")):
        for part in objects_of(request.get("response")):
            base = object_of(part.get("baseUri"))
            if base.get("scheme") in ("file", "vscode-remote") and (path := path_of(base)):
                return path
    return None


def reference_name(part: JsonObject) -> str:
    """How a reference within a text reads: by its name, else as the name of a file."""
    reference = object_of(part.get("inlineReference"))
    name = text_of(part.get("name")) or text_of(reference.get("name"))
    path = path_of(_place(reference)) or ""
    name = name or PurePosixPath(path.replace("\\", "/")).name
    return f"`{name}`" if name else ""


def attachment_of(variable: JsonObject) -> JsonObject | None:
    """A file, an image or a text that is attached to a question; None for others."""
    name = text_of(variable.get("name"))
    value = variable.get("value")
    if content := _bytes_of(value):
        kind = next((kind for mark, kind in _IMAGE_TYPES if content.startswith(mark)), "")
        kind = text_of(variable.get("mimeType")) or kind
        return embedded(base64.b64encode(content).decode(), kind, name)
    if isinstance(value, str) and not _URI.match(value):
        return with_text(value, "", name)
    uri = value if isinstance(value, str) else _uri_of(_place(object_of(value)))
    return linked(uri, "", name)


def _place(value: JsonObject) -> Any:
    """The URI in a URI itself, in a location, or in a symbol with its location."""
    for _ in range(3):
        inner = value.get("uri") or value.get("location")
        if not isinstance(inner, dict):
            return inner or value
        value = inner
    return value


def _uri_of(place: Any) -> str:
    parts = object_of(place)
    scheme, path = text_of(parts.get("scheme")), text_of(parts.get("path"))
    made = f"{scheme}://{text_of(parts.get('authority'))}{path}" if scheme and path else ""
    return text_of(place) or text_of(parts.get("external")) or made


def _bytes_of(value: object) -> bytes:
    """Bytes as VS Code stores them: an object of indexes, a list of numbers; else none."""
    found = object_of(value)
    if isinstance(found.get("$base64"), str):
        return _decoded(found["$base64"])
    numbers = [*found.values()] if found.keys() >= {"0", "1"} else list_of(value)
    try:
        return bytes(numbers)
    except (TypeError, ValueError):
        return b""


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text)
    except ValueError:
        return b""
