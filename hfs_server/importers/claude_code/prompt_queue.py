"""Prompts that were typed while the model worked, and that only the notes about the queue hold.

Most of them stand in a ``queued_command`` or in a record of the user as well. The rule not to
break: only a prompt that the turn took up ("absorbed_mid_turn") was sent; one that left the queue
for no known reason may have been withdrawn.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from hfs_server.importers.claude_code.prompts import prompt_of
from hfs_server.importers.claude_code.results import result_of
from hfs_server.importers.foreign import Draft
from hfs_server.importers.json_text import json_value
from hfs_server.importers.source_file import SourceFile
from hfs_server.importers.values import object_of
from hfs_server.session import JsonObject

QUEUE = "queue-operation"
_ABSORBED = "absorbed_mid_turn"
_MARKS = (b'"assistant"', b'"queue-operation"', b'"queued_command"')


def only_queued(file: SourceFile) -> Counter[int]:
    """The keys of the prompts that only the queue of a log holds, and how often each."""
    waiting: Counter[int] = Counter()
    absorbed: Counter[int] = Counter()
    found: Counter[int] = Counter()
    for record in _records(file):
        kind = record.get("type")
        if kind == "assistant":
            # The model has answered it: the same words are another prompt from here on.
            answered, absorbed = waiting & absorbed, Counter()
            found += answered
            waiting -= answered
            continue
        key = key_of(record)
        if not key:
            continue
        if kind == QUEUE and record.get("operation") == "enqueue":
            waiting[key] += 1
        elif is_absorbed(record):
            absorbed[key] += 1
        elif kind != QUEUE and waiting[key]:
            waiting[key] -= 1
        elif kind == "attachment" and found[key]:
            found[key] -= 1
    return found + (waiting & absorbed)


def is_absorbed(record: JsonObject) -> bool:
    """Whether a note about the queue says that the running turn took a prompt up."""
    return record.get("operation") == "remove" and record.get("reason") == _ABSORBED


def key_of(record: JsonObject) -> int:
    """What the same prompt has in all records that hold it; 0 if no person typed it."""
    held = object_of(record.get("attachment")) or object_of(record.get("message")) or record
    text, _ = result_of(held.get("prompt") or held.get("content"))
    prompt = prompt_of(text, record)
    return hash(" ".join(prompt.text.split())) if prompt.is_typed and prompt.text else 0


def _records(file: SourceFile) -> Iterator[JsonObject]:
    """The records that may hold a prompt or an answer; none if no turn took a prompt up."""
    if not file.has(_ABSORBED.encode()):
        return
    ignored = Draft("claude-code", file)
    with file.open() as lines:
        for line in lines:
            is_prompt = b'"user"' in line and b'"tool_result"' not in line
            if is_prompt or any(mark in line for mark in _MARKS):
                yield object_of(json_value(line, ignored))
