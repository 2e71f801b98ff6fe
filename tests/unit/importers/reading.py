"""Sessions that an importer finds in a file made of Python values."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from hfs_server.importers import Importer
from tests.unit.importers.files import file_with

JsonObject = dict[str, Any]


class Found(NamedTuple):
    """One session."""

    name: str
    facts: JsonObject
    messages: list[JsonObject]
    warnings: list[str]
    is_inline: bool
    created_at: str | None

    def shown(self) -> list[tuple[str, str]]:
        """The role and the content of each message, the role with "*" if it is synthetic."""
        return [
            (item["role"] + "*" * bool(item.get("synthetic")), item["content"])
            for item in self.messages
        ]


def lines_of(*records: JsonObject) -> bytes:
    """JSON Lines."""
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


def sessions_in(importer: Importer, content: bytes, name: str = "session.jsonl") -> list[Found]:
    """All sessions of a file, which the importer must recognize."""
    assert importer.recognizes(file_with(content, name))
    return [_found(session) for session in importer.sessions(file_with(content, name))]


def _found(session: Any) -> Found:
    messages = [message for batch in session.batches() for message in batch.messages]
    header = session.header
    facts = dict(header.facts)
    return Found(
        header.name, facts, messages, session.warnings, header.is_inline, header.created_at
    )
