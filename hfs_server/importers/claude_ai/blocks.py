"""The blocks of a message of Claude.ai: text, thinking, calls of tools and their results."""

from __future__ import annotations

import re
from typing import Any

from hfs_server.importers.attachments import embedded, linked, with_text
from hfs_server.importers.foreign import Draft
from hfs_server.importers.values import (
    list_of,
    object_of,
    objects_of,
    text_of,
    tool_call,
)
from hfs_server.session import JsonObject

_IGNORED = {"token_budget", "flag", "redacted_thinking"}
_PLACEHOLDER = re.compile(r"```\nThis block is not supported on your current device yet\.\n```\s*")
"""What an export has in ``text`` in place of a block that is neither text nor thinking."""


class Blocks:
    """The parts of one message; types of blocks that are not known are noted in the draft."""

    def __init__(self, item: JsonObject, draft: Draft) -> None:
        self.calls: list[JsonObject] = []
        self.results: list[JsonObject] = []
        self.attachments: list[JsonObject] = []
        self._texts: list[str] = []
        self._thoughts: list[str] = []
        self._call_ids: dict[str, str] = {}
        content = item.get("content")
        for block in [content] if isinstance(content, str) else list_of(content):
            self._add(block, draft)
        if not self._texts and not self._thoughts:
            self._texts = [_PLACEHOLDER.sub("", text_of(item.get("text")))]

    @property
    def text(self) -> str:
        """All text, paragraphs of different blocks apart."""
        return "\n\n".join(self._texts)

    @property
    def thinking(self) -> str:
        """All thinking that is not empty."""
        return "\n\n".join(self._thoughts)

    def _add(self, block: object, draft: Draft) -> None:
        if isinstance(block, str):
            block = {"type": "text", "text": block}
        block = object_of(block)
        kind = text_of(block.get("type"))
        if kind in ("text", "voice_note"):
            self._texts += _filled(block.get("text"))
        elif kind == "thinking":
            self._thoughts += _filled(block.get("thinking"))
        elif kind == "tool_use":
            self._add_call(block)
        elif kind == "tool_result":
            self._add_result(block)
        elif kind in ("image", "document"):
            self.attachments += _embedded(block)
        elif kind not in _IGNORED:
            draft.unknown_records[kind or "block"] += 1

    def _add_call(self, block: JsonObject) -> None:
        call_id = text_of(block.get("id"))
        if not call_id or call_id not in self._call_ids:
            self.calls.append(tool_call(call_id, block.get("name"), block.get("input")))
            self._call_ids[call_id] = text_of(block.get("name"))

    def _add_result(self, block: JsonObject) -> None:
        call_id = text_of(block.get("tool_use_id"))
        content = block.get("content")
        self.results.append(
            {
                "content": _result_text(content),
                "tool_call_id": call_id,
                "tool_name": text_of(block.get("name")) or self._call_ids.get(call_id),
                "is_error": block.get("is_error") is True,
                "attachments": [
                    attachment for part in objects_of(content) for attachment in _embedded(part)
                ],
            }
        )


def compaction_of(item: JsonObject, draft: Draft) -> str:
    """What Claude.ai kept of the messages so far, to go on with; another shape is noted."""
    summary = item.get("compaction_summary")
    text = _result_text(summary)
    if summary and not text:
        draft.unknown_records["compaction_summary"] += 1
    return text


def attachments_of(item: JsonObject) -> list[JsonObject]:
    """The files of a message; of documents their text, if the export has it.

    A document is among the files too, in some exports by nothing but its name.
    """
    documents = [_document(document) for document in objects_of(item.get("attachments"))]
    files = {
        text_of(file.get("file_uuid")) or str(index): _file(file)
        for index, file in enumerate(
            (*objects_of(item.get("files")), *objects_of(item.get("files_v2")))
        )
    }
    names = {document["name"] for document in documents if document}
    others = (file for file in files.values() if file and file["uri"] not in names)
    return [*(document for document in documents if document), *others]


def _document(document: JsonObject) -> JsonObject | None:
    name = text_of(document.get("file_name")) or "attachment"
    kind = document.get("file_type")
    found = with_text(document.get("extracted_content"), kind, name)
    return found or linked(name, kind, name, document.get("file_size"))


def _file(file: JsonObject) -> JsonObject | None:
    uri = text_of(file.get("preview_url")) or text_of(file.get("file_uuid"))
    name = text_of(file.get("file_name"))
    return linked(uri or name, file.get("file_type"), name, file.get("size_bytes"))


def _embedded(block: JsonObject) -> list[JsonObject]:
    source = object_of(block.get("source"))
    found = embedded(source.get("data"), source.get("media_type"), block.get("title"))
    return [found] if found else []


def _result_text(content: Any) -> str:
    """The text of a result, whose content is text, a block, or blocks."""
    if isinstance(content, str):
        return content
    blocks = content if isinstance(content, list) else [content]
    return "\n\n".join(text for block in blocks if (text := _block_text(block)))


def _block_text(block: object) -> str:
    if isinstance(block, str):
        return block
    found = object_of(block)
    lines = [text_of(found.get(key)) for key in ("title", "url", "text", "name")]
    return "\n".join(dict.fromkeys(line for line in lines if line))


def _filled(value: object) -> list[str]:
    text = text_of(value)
    return [text] if text.strip() else []
