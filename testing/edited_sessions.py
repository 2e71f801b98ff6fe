"""Sessions whose tool calls edit files, as documents to import."""

from __future__ import annotations

from typing import Any

from testing.documents import MARKER, Document, document, message, text

LINE = "total = price * count"
"""A line that sessions put in; no session puts in ``BY_HAND``."""

BY_HAND = "written_by = 'a person'"


def session(
    name: str,
    directory: str,
    *calls: tuple[str, dict[str, Any]],
    day: int = 1,
    tool: str = "claude-code",
    failed: bool = False,
) -> str:
    """A session that makes these calls after a prompt, one message each, and their results."""
    messages: list[Document] = [message(f"Prompt of {name} {MARKER}\nand more")]
    for number, (tool_name, given) in enumerate(calls):
        call = {"id": f"call-{number}", "name": tool_name, "input": given}
        answer = message("", "assistant", model="model-1", tool_calls=[call])
        result = message("Done", "tool", tool_call_id=call["id"], is_error=failed)
        messages += [answer, result]
    for index, each in enumerate(messages):
        each["created_at"] = f"2026-03-{day:02}T10:{index:02}:00Z"
    facts = {
        "schema_version": "1.1.0",
        "source": {"tool": tool, "session_id": name},
        "working_directory": directory,
    }
    return text(document(name, *messages, metadata=facts, checkpoints=[], run_snapshot=None))


def write(path: str, *lines: str) -> tuple[str, dict[str, Any]]:
    """A call that writes a file."""
    return "Write", {"file_path": path, "content": "\n".join(lines)}


def read(path: str) -> tuple[str, dict[str, Any]]:
    """A call that reads a file."""
    return "Read", {"file_path": path}
