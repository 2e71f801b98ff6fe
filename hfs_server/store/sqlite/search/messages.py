"""The texts of messages that are searched, from their rows in the store."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple
from zlib import crc32

from hfs_server.edits.texts import TOOLS_WITH_EDITS_IN_TEXTS
from hfs_server.search.words import LONGEST_FIELD
from hfs_server.store.sqlite.edit_index import EditedMessage
from hfs_server.store.sqlite.rows import as_text, object_in

_TEXT_KEYS = ("thinking", "tool_name")
_DEEPEST = 40

DIGEST = """
    coalesce(sum((id % 997 + 1000)
        * hfs_checksum(CAST(content AS BLOB), CAST(hfs_extra AS BLOB))), 0)
"""
"""The checksums of many messages together, with the function ``hfs_checksum``."""

COLUMNS = """
    id, length(content) + coalesce(length(hfs_extra), 0), role, content, hfs_extra, created_at
"""
_CHECKSUM_BITS = 0x0FFFFFFF
"""So that the sum for millions of messages is an integer of SQLite."""


class MessageText(NamedTuple):
    """A message's row."""

    message: int
    """Its id."""
    size: int
    role: object
    content: object
    extra: object
    created_at: object

    @property
    def checksum(self) -> int:
        """By which the message is known to be the one that was indexed."""
        extra = None if self.extra is None else _bytes_of(self.extra)
        return checksum(_bytes_of(self.content), extra)


def checksum(content: bytes | None, extra: bytes | None) -> int:
    """The checksum of what is searched of a message."""
    return crc32(extra or b"", crc32(content or b"")) & _CHECKSUM_BITS


def _bytes_of(value: object) -> bytes:
    return as_text(value).encode("utf-8", "surrogatepass")


def digest_of(messages: Sequence[MessageText]) -> int:
    """``DIGEST`` of these messages."""
    # The remainder has the sign of the id, as in SQLite.
    return sum(each.checksum * (int(math.fmod(each.message, 997)) + 1000) for each in messages)


def edited_messages(
    messages: Iterable[MessageText], first: int, count: int, tool: str
) -> Iterator[EditedMessage]:
    """The messages in which there may be edits, with their rows in the index, from ``first`` on,
    and their numbers, which follow ``count`` others.

    These are messages with tool calls or failed results, and of some tools all of them.
    """
    has_edits_in_texts = tool in TOOLS_WITH_EDITS_IN_TEXTS
    for index, row in enumerate(messages):
        may_edit = _may_edit(row)
        if may_edit or has_edits_in_texts:
            keys = object_in(row.extra) if may_edit else {}
            message = {**keys, "role": row.role, "content": row.content}
            number, time = count + index + 1, as_text(row.created_at)
            yield EditedMessage(first + index, number, row.message, time, message)


def _may_edit(row: MessageText) -> bool:
    extra = row.extra
    return isinstance(extra, str) and ('"tool_calls"' in extra or '"is_error":true' in extra)


def texts_of(message: MessageText) -> list[str]:
    """What is searched of a message: content, thinking, tool calls, attachments."""
    texts = [as_text(message.content)[:LONGEST_FIELD]]
    if message.extra:
        texts += [text[:LONGEST_FIELD] for text in _texts_in(message.extra)]
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
