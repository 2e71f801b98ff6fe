"""The texts of messages that are searched, from the columns of their rows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from hfs_server.search.words import LONGEST_FIELD
from hfs_server.store.rows import as_text

_TEXT_KEYS = ("thinking", "tool_name")
_DEEPEST = 40


def texts_of(content: object, extra: object) -> list[str]:
    """What is searched of a message: content, thinking, tool calls, attachments."""
    texts = [as_text(content)[:LONGEST_FIELD]]
    if extra:
        texts += [text[:LONGEST_FIELD] for text in _texts_in(extra)]
    return texts


def _texts_in(extra: object) -> Iterator[str]:
    try:
        keys = json.loads(extra) if isinstance(extra, str) else None
    except (ValueError, RecursionError):
        return
    if not isinstance(keys, dict):
        return
    yield from (keys[key] for key in _TEXT_KEYS if isinstance(keys.get(key), str))
    for call in _objects(keys.get("tool_calls")):
        yield "\n".join(_leaves([call.get("name"), call.get("input")]))
    for attachment in _objects(keys.get("attachments")):
        yield "\n".join(_leaves([attachment.get("name"), attachment.get("text")]))


def _objects(value: object) -> Iterator[dict[str, Any]]:
    if isinstance(value, list):
        yield from (item for item in value if isinstance(item, dict))


def _leaves(value: object, depth: int = 0) -> Iterator[str]:
    """All texts in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list) and depth < _DEEPEST:
        for item in value.values() if isinstance(value, dict) else value:
            yield from _leaves(item, depth + 1)
