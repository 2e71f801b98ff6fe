"""Messages as the index reads them: their rows, checksums and edits."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple
from zlib import crc32

from hfs_server.store.edit_rows import message_with_edits
from hfs_server.store.rows import as_text
from hfs_server.store.sqlite.edit_index import EditedMessage

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


def digest_of(messages: Sequence[MessageText], checksums: Sequence[int]) -> int:
    """``DIGEST`` of these messages, which have these checksums."""
    # The remainder has the sign of the id, as in SQLite.
    return sum(
        checksum * (int(math.fmod(each.message, 997)) + 1000)
        for each, checksum in zip(messages, checksums, strict=True)
    )


def edited_messages(
    messages: Iterable[MessageText], first: int, count: int, tool: str
) -> Iterator[EditedMessage]:
    """The messages in which there may be edits, with their rows in the index, from ``first`` on,
    and their numbers, which follow ``count`` others."""
    for index, row in enumerate(messages):
        if message := message_with_edits(row.role, row.content, row.extra, tool):
            number, time = count + index + 1, as_text(row.created_at)
            yield EditedMessage(first + index, number, row.message, time, message)
