"""The context of a session of Kimi CLI, ``context.jsonl``, which has no times.

The rule not to break: it is read only where the log of the session (``wire.jsonl``) is missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hfs_server.importers.content_blocks import text_in
from hfs_server.importers.foreign import Draft
from hfs_server.importers.injected import split_injected
from hfs_server.importers.json_lines import read_lines
from hfs_server.importers.kimi_steps import Steps, files_in
from hfs_server.importers.source_file import SourceFile
from hfs_server.importers.values import message, text_of
from hfs_server.session import JsonObject

_MARKS = ("_checkpoint", "_usage", "_system_prompt")


def is_context(records: Sequence[JsonObject]) -> bool:
    """Whether there are marks among the records that only Kimi CLI writes."""
    return any(record.get("role") in _MARKS for record in records)


def context_messages(file: SourceFile, draft: Draft) -> Iterator[JsonObject]:
    """The messages of the context."""
    steps = Steps()
    for _, record in read_lines(file, draft):
        role = text_of(record.get("role"))
        if role in ("assistant", "tool"):
            yield from steps.add(record, None)
            continue
        yield from steps.end()
        typed, injected = split_injected(record.get("content"))
        if role == "user":
            if injected:
                yield message("user", injected, synthetic=True)
            files = files_in(record.get("content"))
            if typed or files:
                yield message("user", typed, attachments=files)
        elif role == "system" and (text := text_in(record.get("content"))):
            yield message("system", text, synthetic=True)
        elif role not in _MARKS:
            draft.unknown_records[role or "(none)"] += 1
    yield from steps.end()
