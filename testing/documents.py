"""Documents to import, small and large, every one of which holds the marked text."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zlib import crc32

MARKER = "zq-marked-chat-text"
"""Stands in the sessions of the tests, and must never stand in a log."""

Document = dict[str, Any]

HOUR = 3_600_000_000
"""In microseconds."""

LARGE_MESSAGES = 4500
LARGE_MESSAGE_CHARACTERS = 8000


def message(content: str = MARKER, role: str = "user", **more: Any) -> Document:
    """One message, with a time unless another one is given."""
    return {"role": role, "content": content, "created_at": "2026-02-01T10:00:00Z", **more}


def document(name: str = "Imported", *messages: Document, **more: Any) -> Document:
    """A document of schema 1.0.0; those of different names are different sessions.

    What makes them so is when they were begun, in the minutes before their messages.
    """
    begun = datetime(2026, 2, 1, 9) + timedelta(microseconds=crc32(repr(name).encode()) % HOUR)
    metadata = {
        "schema_version": "1.0.0",
        "exported_at": "2026-02-01T10:30:00Z",
        "hfs_version": "0.1.0",
        "session_name": name,
        "session_created_at": f"{begun.isoformat(timespec='microseconds')}Z",
        **more.pop("metadata", {}),
    }
    said = list(messages) or [message(), message("An answer.", "assistant")]
    return {"metadata": metadata, "messages": said, **more}


def text(value: Any) -> str:
    """A document as the text of a file."""
    return json.dumps(value, ensure_ascii=False, indent=2)


def write_large(path: Path, messages: int = LARGE_MESSAGES) -> None:
    """Writes a document that takes a second or more to import, and is committed in slices."""
    words = MARKER + " lorem ipsum "
    one = json.dumps(message(words * (LARGE_MESSAGE_CHARACTERS // len(words))))
    metadata = json.dumps(document("A large one")["metadata"])
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(f'{{"metadata": {metadata}, "messages": [\n')
        for _ in range(messages - 1):
            file.write(one + ",\n")
        file.write(one + "]}\n")


def is_whole_large(path: Path) -> bool:
    """Whether a file is a whole JSON export of such a session."""
    return len(json.loads(path.read_text(encoding="utf-8"))["messages"]) == LARGE_MESSAGES


def same_but_for_export_time(text_of_export: str) -> Document:
    """The document that an export holds, without the time at which it was written."""
    found: Document = json.loads(text_of_export)
    assert next(iter(found)) == "metadata"
    del found["metadata"]["exported_at"]
    return found
