"""The content of LibreChat's messages: a text, or parts by type.

The rule not to break: parts win over ``text``, in which newer versions repeat or omit them.
"""

from __future__ import annotations

import re

from hfs_server.importers.attachments import from_url, linked
from hfs_server.importers.foreign import Draft
from hfs_server.importers.json_text import json_text, json_value
from hfs_server.importers.values import object_of, objects_of, text_of, tool_call
from hfs_server.session import JsonObject

_IGNORED = {"agent_update", "summary"}
_THINKING = re.compile(r"\s*:::thinking\n(.*?)\n:::\s*", re.DOTALL)
"""How older versions put thinking in front of a text."""


class LibreChatParts:
    """The parts of one message; types that are not known are noted in the draft."""

    def __init__(self, item: JsonObject, draft: Draft) -> None:
        self.calls: list[JsonObject] = []
        self.results: list[JsonObject] = []
        files = [*objects_of(item.get("files")), *objects_of(item.get("attachments"))]
        self.attachments = [found for file in files if (found := _file(file))]
        self._texts: list[str] = []
        self._thoughts: list[str] = []
        self._draft = draft
        for part in objects_of(item.get("content")):
            self._add(part)
        if not (self._texts or self._thoughts or self.calls):
            self._add_text(text_of(item.get("text")) or text_of(item.get("content")))

    @property
    def text(self) -> str:
        """All text, that of different parts apart."""
        return "\n\n".join(self._texts)

    @property
    def thinking(self) -> str:
        """All thinking."""
        return "\n\n".join(self._thoughts)

    def _add(self, part: JsonObject) -> None:
        kind = text_of(part.get("type"))
        if kind in ("text", "error", "think"):
            text = _text(part.get(kind)) or _text(part.get("text"))
            (self._thoughts if kind == "think" else self._texts).extend(filter(str.strip, [text]))
        elif kind == "tool_call":
            self._add_call(object_of(part.get("tool_call")))
        elif kind in ("image_file", "image_url"):
            image = object_of(part.get(kind))
            found = from_url(image.get("url")) or _file(image)
            self.attachments += [found] if found else []
        elif kind not in _IGNORED:
            self._draft.unknown_records[kind or "part"] += 1

    def _add_call(self, call: JsonObject) -> None:
        """A call with its result, as agents, assistants or the code interpreter have them."""
        kind = text_of(call.get("type"))
        function = object_of(call.get("function")) or object_of(call.get(kind)) or call
        call_id = text_of(call.get("id"))
        name = text_of(function.get("name")) or kind
        keys = ("args", "arguments", "input")
        given = next((function[key] for key in keys if key in function), None)
        if isinstance(given, str) and (value := json_value(given, self._draft)) is not None:
            given = value
        self.calls.append(tool_call(call_id, name, given))
        output = function.get("output", function.get("outputs"))
        if output:
            content = json_text(output)
            result = {"content": content, "tool_call_id": call_id, "tool_name": name}
            self.results.append(result)

    def _add_text(self, text: str) -> None:
        if found := _THINKING.match(text):
            self._thoughts += filter(str.strip, [found.group(1)])
            text = text[found.end() :]
        self._texts += [text] if text else []


def _text(value: object) -> str:
    return text_of(value) or text_of(object_of(value).get("value"))


def _file(file: JsonObject) -> JsonObject | None:
    place = text_of(file.get("filepath")) or text_of(file.get("file_id"))
    return linked(place, file.get("type"), file.get("filename"), file.get("bytes"))
