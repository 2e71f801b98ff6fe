"""What llm's database stores of an attachment, with its content as base64."""

from __future__ import annotations

import base64
from collections.abc import Iterator

from hfs_server.importers.databases import ToolDatabase
from hfs_server.session import JsonObject

_ATTACHMENT = "SELECT type, path, url FROM attachments WHERE id = ?"
_CONTENT = "SELECT content FROM attachments WHERE id = ?"


def stored_attachments(database: ToolDatabase, key: object) -> Iterator[JsonObject]:
    """The attachment with this id, if there is one."""
    contents = database.values(_CONTENT, key)
    for row, (content,) in zip(database.rows(_ATTACHMENT, key), contents, strict=False):
        data = base64.b64encode(content).decode() if isinstance(content, bytes) else None
        yield {**row, "content": data}
