"""Answers in Open WebUI: items of ``output``, or a text with details in HTML.

The rule not to break: ``output`` wins over the text, which shows the same things as HTML.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from hfs_server.importers.foreign import Draft
from hfs_server.importers.json_text import json_text, json_value
from hfs_server.importers.values import object_of, objects_of, text_of, tool_call
from hfs_server.session import JsonObject

_DETAILS = re.compile(r"<details\s([^<>]*)>")
_END = "</details>"
_ATTRIBUTE = re.compile(r'([\w-]+)="([^"<>]*)"')
_SUMMARY = re.compile(r"<summary>[^<>]*</summary>")
_QUOTED = re.compile(r"^> ?", re.MULTILINE)


class Answer:
    """An answer; what is not known in it is noted in the draft."""

    def __init__(self, item: JsonObject, draft: Draft) -> None:
        self.calls: list[JsonObject] = []
        self.results: list[JsonObject] = []
        self._texts: list[str] = []
        self._thoughts: list[str] = []
        self._names: dict[str, str] = {}
        """The name of each call's tool."""
        self._draft = draft
        for part in objects_of(item.get("output")):
            self._add(part)
        if not (self._texts or self.calls or self._thoughts):
            self._split(text_of(item.get("content")))

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
        if kind == "message":
            self._texts += _texts(part.get("content"))
        elif kind == "reasoning":
            self._thoughts += _texts(part.get("content")) or _texts(part.get("summary"))
        elif kind == "function_call":
            self._add_call(text_of(part.get("call_id")), part.get("name"), part.get("arguments"))
        elif kind == "function_call_output":
            self._add_result(text_of(part.get("call_id")), part.get("output"))
        elif kind == "open_webui:code_interpreter":
            self._add_call(text_of(part.get("id")), "code_interpreter", part.get("code"))
            self._add_result(text_of(part.get("id")), part.get("output"))
        else:
            self._draft.unknown_records[kind or "output"] += 1

    def _split(self, content: str) -> None:
        """The text around the details, and what these say."""
        position = end = 0
        for found in _DETAILS.finditer(content):
            if found.start() < position:
                continue
            if end < found.end():
                end = content.find(_END, found.end())
            if end < 0:
                break
            attributes = dict(_ATTRIBUTE.findall(found.group(1)))
            if self._add_details(attributes, content[found.end() : end]):
                self._texts += _filled(content[position : found.start()])
                position = end + len(_END)
        self._texts += _filled(content[position:])

    def _add_details(self, attributes: dict[str, str], body: str) -> bool:
        kind = attributes.get("type")
        if kind == "reasoning":
            self._thoughts += _filled(_QUOTED.sub("", _plain(_SUMMARY.sub("", body))))
        elif kind == "tool_calls":
            call_id = attributes.get("id", "")
            self._add_call(call_id, attributes.get("name"), _plain(attributes.get("arguments", "")))
            # Older versions have the result in the body.
            output = _plain(attributes.get("result", "")) or _plain(_SUMMARY.sub("", body))
            if output:
                self._add_result(call_id, _value(output, self._draft))
        return kind in ("reasoning", "tool_calls")

    def _add_call(self, call_id: str, name: object, given: object) -> None:
        call = tool_call(call_id, name, _value(given, self._draft))
        self.calls.append(call)
        self._names[call_id] = call["name"]

    def _add_result(self, call_id: str, output: object) -> None:
        if output is None:
            return
        texts = _texts(output) if isinstance(output, list) else []
        content = "\n\n".join(texts) or json_text(output)
        name = self._names.get(call_id)
        result = {"content": content, "tool_call_id": call_id, "tool_name": name}
        self.results.append(result)


def _value(given: object, draft: Draft) -> object:
    """The value of a JSON text; another value as it is."""
    value = json_value(given, draft) if isinstance(given, str) else None
    return given if value is None else value


def _plain(text: str) -> str:
    return html.unescape(text).strip()


def _texts(content: object) -> list[str]:
    return [text for part in _parts(content) if (text := text_of(part.get("text"))).strip()]


def _parts(content: object) -> Iterator[JsonObject]:
    if isinstance(content, str):
        yield {"text": content}
    yield from (object_of(part) for part in objects_of(content))


def _filled(text: str) -> list[str]:
    return [text.strip()] if text.strip() else []
