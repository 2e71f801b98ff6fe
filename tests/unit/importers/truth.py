"""What importers find in real files of other tools, held against what must be found in them.

The files lie in HFS_REAL_DATA, in ``foreign``, and what they hold in ``foreign/truth``.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from hfs_server.sources import read_sessions

JsonObject = dict[str, Any]

KEYS = (
    "first_user_text", "user_messages", "tool_calls", "tool_results", "first_time", "last_time",
    "models", "thinking",
)  # fmt: skip

ALL = {*KEYS, "title", "assistant_messages"}
FREE = {
    "aider": {"assistant_messages", "tool_results"},
    "cline": {"tool_results"},
    "cursor": ALL,
    "openai-messages": ALL,
    "sharegpt": ALL,
    "specstory": ALL,
}
"""Numbers that depend on choices which an importer may make otherwise."""


def differences(format_name: str) -> list[str]:
    """Each number that an importer finds otherwise in the files of a format, as a sentence."""
    truths = [truth for truth in _truths() if truth["format"] == format_name]
    assert truths, f"there is no truth for {format_name}"
    return [line for truth in truths for line in _of_file(truth, FREE.get(format_name, set()))]


def foreign_files() -> list[Path]:
    """All real files of other tools."""
    return sorted(
        path
        for path in foreign_folder().rglob("*")
        if path.is_file() and path.parent != foreign_folder() and path.parent.name != "truth"
    )


def foreign_folder() -> Path:
    """The folder with the real files of other tools."""
    folder = os.environ.get("HFS_REAL_DATA")
    if not folder:
        pytest.skip("NOT TESTED ON REAL DATA: set HFS_REAL_DATA to the folder that holds foreign/")
    return Path(folder) / "foreign"


def _truths() -> Iterator[JsonObject]:
    for path in sorted((foreign_folder() / "truth").glob("*.json")):
        truth = json.loads(path.read_text("utf-8"))
        if (foreign_folder() / truth["file"]).exists():
            yield truth


def _of_file(truth: JsonObject, free: set[str]) -> Iterator[str]:
    found = [_facts(document) for document in read_sessions(foreign_folder() / truth["file"])]
    if len(found) != truth.get("sessions", len(found)):
        yield f"{truth['file']}: {len(found)} sessions, not {truth['sessions']}"
    for number, expected in enumerate(truth.get("session", [])):
        facts = _matching(found, number, expected)
        for key in _different(facts, expected, free):
            wanted = expected.get("thinking_blocks" if key == "thinking" else key)
            yield f"{truth['file']}: {key} of session {number} {facts.get(key)!r}, not {wanted!r}"


def _matching(found: list[JsonObject], number: int, expected: JsonObject) -> JsonObject:
    text = expected.get("first_user_text")
    same = [facts for facts in found if text and facts["first_user_text"] == text]
    return same[0] if same else found[number] if number < len(found) else {}


def _different(facts: JsonObject, expected: JsonObject, free: set[str]) -> Iterator[str]:
    wanted = {key: expected[key] for key in KEYS if key in expected and key not in free}
    for key in wanted.keys() & {"first_time", "last_time"}:
        wanted[key] = _second(wanted[key])
    if "thinking_blocks" in expected and "thinking" not in free:
        wanted["thinking"] = expected["thinking_blocks"] > 0
    if expected.get("title") is not None and "title" not in free:
        wanted["title"] = expected["title"]
    yield from (key for key, value in wanted.items() if facts.get(key) != value)
    replies = expected.get("assistant_messages")
    is_counted = "assistant_messages" not in free and replies is not None
    if is_counted and replies not in facts.get("assistant_messages", ()):
        yield "assistant_messages"


def _facts(document: JsonObject) -> JsonObject:
    messages = document["messages"]
    typed = [item for item in messages if item["role"] == "user" and not item.get("synthetic")]
    written = [
        item for item in messages if item["role"] == "assistant" and not item.get("synthetic")
    ]
    times = sorted(
        item["created_at"] for item in messages if item["created_at"] and not item.get("synthetic")
    )
    return {
        "title": document["metadata"]["session_name"],
        "first_user_text": typed[0]["content"].strip()[:80] if typed else None,
        "user_messages": len(typed),
        "assistant_messages": _replies(written),
        "tool_calls": sum(len(item.get("tool_calls", ())) for item in messages),
        "tool_results": sum(item["role"] == "tool" for item in messages),
        "thinking": any(item.get("thinking") for item in messages),
        "first_time": _second(times[0]) if times else None,
        "last_time": _second(times[-1]) if times else None,
        "models": sorted(document["metadata"].get("models", ())),
    }


def _replies(written: list[JsonObject]) -> set[int]:
    """The number of replies: all, those with a text, those with a text or thinking."""
    texts = [bool(item["content"].strip()) for item in written]
    thoughts = [bool(item.get("thinking")) for item in written]
    return {len(written), sum(texts), sum(a or b for a, b in zip(texts, thoughts, strict=True))}


def _second(time: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(time or "").replace(microsecond=0)
    except ValueError:
        return None
