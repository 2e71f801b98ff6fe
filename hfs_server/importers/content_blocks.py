"""Content of messages as a list of typed blocks, in the spelling of Anthropic's API and of others.

The rule not to break: a block of another type or shape is skipped, and costs no other block.
"""

from __future__ import annotations

from hfs_server.importers.attachments import embedded, from_url
from hfs_server.importers.json_text import json_text
from hfs_server.importers.values import object_of, objects_of, text_of, tool_call
from hfs_server.session import JsonObject

_CALLS = ("tool_use", "toolCall")


def blocks_of(content: object) -> list[JsonObject]:
    """The blocks of a content, which is a text, a block, or a list of texts and blocks."""
    items = content if isinstance(content, list) else [content]
    return objects_of(
        [{"type": "text", "text": item} if isinstance(item, str) else item for item in items]
    )


def text_in(content: object) -> str:
    """The texts, with a blank line between them."""
    texts = (text_of(block.get("text")) for block in blocks_of(content) if _is(block, "text"))
    return "\n\n".join(text for text in texts if text.strip())


def thinking_in(content: object) -> str:
    """The readable thinking, with a blank line between its parts."""
    blocks = (block for block in blocks_of(content) if _is(block, "thinking", "think"))
    texts = (text_of(block.get("thinking")) or text_of(block.get("think")) for block in blocks)
    return "\n\n".join(text for text in texts if text.strip())


def calls_in(content: object) -> list[JsonObject]:
    """The tool calls."""
    return [
        tool_call(block.get("id"), block.get("name"), block.get("input", block.get("arguments")))
        for block in blocks_of(content)
        if _is(block, *_CALLS)
    ]


def results_in(content: object) -> list[JsonObject]:
    """The blocks with a tool's result."""
    return [block for block in blocks_of(content) if _is(block, "tool_result")]


def result_text(content: object) -> str:
    """What a tool returned, as text: that of its blocks, else its value as JSON."""
    if isinstance(content, dict) and "type" not in content:
        return json_text(content)
    return text_in(content) or ("" if isinstance(content, (list, dict)) else json_text(content))


def files_in(content: object) -> list[JsonObject]:
    """The images and documents, as attachments."""
    found = []
    for block in blocks_of(content):
        if _is(block, "image", "document"):
            source = object_of(block.get("source")) or block
            media_type = source.get("media_type", source.get("mediaType", source.get("mimeType")))
            name = block.get("title", block.get("name"))
            file = embedded(source.get("data"), media_type, name)
            found.append(file or from_url(source.get("url"), name))
    return [file for file in found if file]


def _is(block: JsonObject, *kinds: str) -> bool:
    return block.get("type") in kinds
