"""Sessions of VS Code's chat for tests, and what is read of them."""

from __future__ import annotations

import json
from typing import Any

from hfs_server.importers.copilot_chat import CopilotChat
from hfs_server.importers.source_file import SourceFile
from tests.unit.importers.files import file_with

Json = dict[str, Any]
LONG_INPUT = {"version": 3, "creationDate": 1, "inputState": {"inputText": "x" * 100_000}}
URI = {"$mid": 1, "scheme": "file", "path": "/home/x/a.py", "external": "file:///home/x/a.py"}


def request(*parts: Any, text: Any = "Hi", **keys: Any) -> Json:
    """A request that is answered with these parts."""
    made = {"requestId": "r1", "message": {"text": text, "parts": []}, "response": [*parts]}
    return {**made, "timestamp": 1760000000000, "modelId": "copilot/m", **keys}


def export(*requests: Json, **keys: Any) -> Json:
    return {
        "responderUsername": "GitHub Copilot",
        "initialLocation": "panel",
        "requests": [*requests],
        **keys,
    }


def call(call_id: str = "c1", **keys: Any) -> Json:
    made = {"kind": "toolInvocationSerialized", "toolCallId": call_id, "toolId": "copilot_readFile"}
    return {**made, "isComplete": True, "invocationMessage": {"value": "Reading a"}, **keys}


def rounds(*calls: Json, results: Json | None = None) -> Json:
    metadata = {"toolCallRounds": [{"response": "", "toolCalls": [one]} for one in calls]}
    return {"metadata": {**metadata, "toolCallResults": results or {}}}


def read_file(file: SourceFile) -> Json:
    (source,) = CopilotChat().sessions(file)
    messages = [message for batch in source.batches() for message in batch.messages]
    header = source.header
    made = {"name": header.name, "messages": messages, "facts": header.facts}
    return made | {
        "created": header.created_at,
        "updated": header.updated_at,
        "warnings": source.warnings,
    }


def read(session: Json) -> Json:
    return read_file(file_with(json.dumps(session).encode()))


def messages(*requests: Json) -> list[Json]:
    return list(read(export(*requests))["messages"])
