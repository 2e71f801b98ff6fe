"""What tools return: texts, images and documents in blocks."""

from __future__ import annotations

from hfs_server.importers.attachments import embedded, linked, with_text
from hfs_server.importers.values import object_of, objects_of, text_of
from hfs_server.session import JsonObject


def result_of(content: object, detailed: object = None) -> tuple[str, list[JsonObject]]:
    """The text and the attachments of content.

    ``detailed`` is what the program knows of the result, for content without any of both.
    """
    texts: list[str] = []
    attachments: list[JsonObject] = []
    if isinstance(content, str):
        texts.append(content)
    elif isinstance(content, dict):
        texts.append(text_of(content.get("content")) or text_of(content.get("text")))
    elif isinstance(content, list):
        for block in content:
            if (found := attachment_of(object_of(block))) is not None:
                attachments.append(found)
            else:
                texts.append(_text(block))
    text = "\n".join(filter(None, texts))
    if not text and not attachments and detailed is not None:
        text = _text_of_details(detailed)
    return text, attachments


def attachment_of(block: JsonObject) -> JsonObject | None:
    """An image or a document as an attachment; None for other blocks."""
    if block.get("type") not in ("image", "document"):
        return None
    source = object_of(block.get("source"))
    name = text_of(block.get("title"))
    text = source.get("data") if source.get("type") == "text" else ""
    if found := with_text(text, "text/plain", name or "document"):
        return found
    if found := embedded(source.get("data"), source.get("media_type"), name):
        return found
    return linked(source.get("url"), source.get("media_type"), name)


def _text(block: object) -> str:
    if isinstance(block, str):
        return block
    found = object_of(block)
    return text_of(found.get("text")) or text_of(found.get("tool_name"))


def _text_of_details(details: object) -> str:
    if isinstance(details, str):
        return details
    found = object_of(details)
    outputs = [text_of(found.get("stdout")), text_of(found.get("stderr"))]
    return "\n".join(filter(None, outputs)) or "\n".join(
        filter(None, (_text(block) for block in objects_of(found.get("content"))))
    )
