"""Records of Claude Code, and what is read from a log of them."""

from __future__ import annotations

import itertools
import json
from typing import Any

from hfs_server.importers.claude_code import ClaudeCode
from hfs_server.importers.source_file import SourceFile
from hfs_server.session import SessionHeader
from tests.unit.importers.files import file_with

SESSION = "0a1b2c3d-4e5f-4061-8071-2a3b4c5d6e7f"
JsonObject = dict[str, Any]
_numbers = itertools.count(1)


def record(kind: str, **members: Any) -> JsonObject:
    """A record with what all of them have; None leaves a member out, but not a parent."""
    number = next(_numbers)
    common: JsonObject = {
        "parentUuid": None,
        "isSidechain": False,
        "cwd": "/home/ada/web",
        "sessionId": SESSION,
        "version": "2.1.207",
        "gitBranch": "main",
        "type": kind,
        "uuid": f"uuid-{number}",
        "timestamp": f"2026-02-01T10:{number // 60 % 60:02}:{number % 60:02}.123Z",
    }
    return {
        key: value
        for key, value in {**common, **members}.items()
        if value is not None or key == "parentUuid"
    }


def user(content: Any, **members: Any) -> JsonObject:
    return record("user", message={"role": "user", "content": content}, **members)


def assistant(
    *blocks: Any, id: str | None = "msg_1", usage: Any = None, **members: Any
) -> JsonObject:
    said = {"id": id, "role": "assistant", "model": "claude-opus-4-7", "content": list(blocks)}
    said |= {"usage": usage} if usage else {}
    said |= members.pop("message", {})
    return record("assistant", message=said, **members)


def text(value: str) -> JsonObject:
    return {"type": "text", "text": value}


def call(call_id: str, name: str = "Bash", **given: Any) -> JsonObject:
    return {"type": "tool_use", "id": call_id, "name": name, "input": given}


def result(call_id: str, content: Any, **members: Any) -> JsonObject:
    block = {"type": "tool_result", "tool_use_id": call_id, "content": content}
    return user([block | members.pop("block", {})], **members)


def lines(*records: Any) -> bytes:
    return b"".join(json.dumps(item).encode() + b"\n" for item in records)


class Read:
    """What an importer reads of a file."""

    def __init__(self, file: SourceFile) -> None:
        self.sessions: list[tuple[SessionHeader, list[JsonObject], list[str]]] = []
        for session in ClaudeCode().sessions(file):
            messages = [message for batch in session.batches() for message in batch.messages]
            self.sessions.append((session.header, messages, session.warnings))
        self.header, self.messages, self.warnings = (
            self.sessions[0] if self.sessions else (SessionHeader("", None, None), [], [])
        )

    @property
    def prompts(self) -> list[str]:
        return [
            message["content"]
            for message in self.messages
            if message["role"] == "user" and not message.get("synthetic")
        ]

    @property
    def synthetic(self) -> list[str]:
        return [message["content"] for message in self.messages if message.get("synthetic")]


def read(*records: Any, name: str = "session.jsonl") -> Read:
    return Read(file_with(lines(*records), name))
