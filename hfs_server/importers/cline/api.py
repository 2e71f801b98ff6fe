"""What Cline or Roo Code sent to an API: messages with roles, and contents of blocks.

The rule not to break: what a person typed stands in elements of their own; all else in a message
of the role user is what a tool returned, or what the program put in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from hfs_server.importers.cline.request import describe
from hfs_server.importers.content_blocks import (
    blocks_of,
    calls_in,
    files_in,
    result_text,
    results_in,
    text_in,
    thinking_in,
)
from hfs_server.importers.foreign import Draft
from hfs_server.importers.json_items import read_items
from hfs_server.importers.source_file import SourceFile
from hfs_server.importers.values import message, object_of, text_of, time_of
from hfs_server.session import JsonObject

_TYPED = ("task", "feedback", "user_message", "answer")
_OPENING = re.compile(rf"<({'|'.join(_TYPED)})>")
_MARKS = ("<task>", "<environment_details>")
_RESULT = re.compile(r"\[[a-z_]{1,40}(?: for [^\n]{0,2000})?\] Result:")


def is_history(records: Sequence[JsonObject]) -> bool:
    """Whether the records begin with a task as it was sent."""
    first = records[0] if records else {}
    is_user = first.get("role") == "user"
    return is_user and any(mark in text_in(first.get("content")) for mark in _MARKS)


def api_messages(file: SourceFile, draft: Draft) -> Iterator[JsonObject]:
    """The messages of a task."""
    called: dict[str, str] = {}
    model = ""
    for item in read_items(file, lambda value: "role" in value):
        sent = item.value
        draft.replaced_characters += item.replaced_characters
        if item.skipped:
            draft.warnings.append(f"{item.skipped:,} damaged messages were skipped.")
        role, content, time = (
            text_of(sent.get("role")),
            sent.get("content"),
            time_of(sent.get("ts")),
        )
        model = text_of(object_of(sent.get("modelInfo")).get("modelId")) or model
        if role == "user":
            model = describe(text_in(content), draft) or model
            yield from _user(content, time, called)
        elif role == "assistant":
            text, thinking, calls = text_in(content), thinking_in(content), calls_in(content)
            called |= {call["id"]: call["name"] for call in calls}
            if text or thinking or calls:
                yield message(
                    "assistant", text, time, model=model, thinking=thinking, tool_calls=calls
                )
        else:
            draft.unknown_records[f"role {role or '(none)'}"] += 1


def _user(content: object, time: str | None, called: dict[str, str]) -> Iterator[JsonObject]:
    for result in results_in(content):
        call_id, returned = text_of(result.get("tool_use_id")), result.get("content")
        yield message(
            "tool", result_text(returned), time, tool_call_id=call_id,
            tool_name=called.pop(call_id, ""), is_error=result.get("is_error") is True,
            attachments=files_in(returned),
        )  # fmt: skip
    typed, injected, returned_texts = _sorted(content)
    if returned_texts:
        yield message("tool", "\n\n".join(returned_texts), time)
    files = files_in(content)
    if typed or files:
        yield message("user", "\n\n".join(typed), time, attachments=files)
    if injected:
        yield message("user", "\n\n".join(injected), time, synthetic=True)


def _sorted(content: object) -> tuple[list[str], list[str], list[str]]:
    """The texts that a person typed, that the program put in, and that a tool returned."""
    typed: list[str] = []
    injected: list[str] = []
    returned: list[str] = []
    is_result = False
    for block in blocks_of(content):
        text = text_in(block).strip()
        opening = _OPENING.search(text)
        if text.startswith("<environment_details>"):
            injected.append(text)
        elif opening and (end := text.rfind(f"</{opening[1]}>")) > opening.end():
            typed.append(text[opening.end() : end].strip())
        elif is_result or _RESULT.match(text):
            returned.append(text)
        elif text:
            injected.append(text)
        is_result = bool(_RESULT.fullmatch(text))
    return typed, injected, returned
