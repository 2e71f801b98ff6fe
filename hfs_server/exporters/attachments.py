"""The files of a message as facts: their names, types and sizes, without their data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hfs_server.exporters.formatting import brief, byte_size
from hfs_server.exporters.report import Facts
from hfs_server.exporters.snapshot_values import records
from hfs_server.session import JsonObject

MOST_ATTACHMENTS = 20
_LONGEST_NAME = 120


def attachment_facts(message: JsonObject) -> Facts:
    """A fact for each attachment; of many the first, and the number of the others."""
    found = records(message, "attachments")
    rest = len(found) - MOST_ATTACHMENTS
    return (
        *(("Attachment", described(each)) for each in found[:MOST_ATTACHMENTS]),
        ("Attachments", f"{rest:,} more" if rest > 0 else ""),
    )


def described(attachment: JsonObject) -> str:
    """The name, the type and the size, on one line."""
    name = brief(attachment.get("name"), _LONGEST_NAME) or "unnamed"
    details = ", ".join(filter(None, _details(attachment)))
    return f"{name} ({details})" if details else name


def _details(attachment: JsonObject) -> Iterator[Any]:
    yield brief(attachment.get("media_type"), _LONGEST_NAME)
    # Of content that the tool's file does not hold, the size is often unknown.
    if attachment.get("size") or attachment.get("sha256"):
        yield byte_size(attachment.get("size"))
