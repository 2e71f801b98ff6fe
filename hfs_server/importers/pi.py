"""Sessions of pi: JSON Lines, a heading and entries, which since version 2 form a tree.

Source: ``docs/session.md`` of pi's coding agent. The rule not to break: the session is the path
from the last entry to the root, and what lies beside it is only counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from hfs_server.errors import InvalidDocument
from hfs_server.importers.content_blocks import calls_in, files_in, text_in, thinking_in
from hfs_server.importers.foreign import Draft, ForeignSession
from hfs_server.importers.json_lines import read_lines
from hfs_server.importers.places import Places
from hfs_server.importers.record_tree import RecordTree
from hfs_server.importers.source_file import SourceFile
from hfs_server.importers.values import message, object_of, text_of, time_of, usage_of
from hfs_server.session import JsonObject

IGNORED = {"model_change", "thinking_level_change", "custom", "label"}
"""Known entries without anything to read in them."""
_INJECTED = {"custom": "content", "hookMessage": "content", "branchSummary": "summary"}
_INJECTED |= {"compactionSummary": "summary"}
"""Roles of messages that the program wrote, and where their text stands."""
_SUMMARIES = {"compaction": "summary", "branch_summary": "summary", "custom_message": "content"}
"""Entries that the program wrote, and where their text stands."""


class Pi:
    """The importer of the files that pi keeps of its sessions."""

    tool = "pi"
    label = "pi"
    patterns: tuple[str, ...] = ("**/*.jsonl",)

    def folders(self, places: Places) -> Sequence[Path]:
        """Its folder of sessions, the same on every system."""
        return (places.of_variable("PI_CODING_AGENT_DIR", ".pi", "agent") / "sessions",)

    def recognizes(self, file: SourceFile) -> str | None:
        """The heading of a session."""
        heading = file.record
        is_heading = heading.get("type") == "session" and not file.is_list
        has_facts = all(isinstance(heading.get(key), str) for key in ("id", "timestamp", "cwd"))
        return "a heading of the type session" if is_heading and has_facts else None

    def sessions(self, file: SourceFile) -> Iterator[ForeignSession]:
        """The one session of the file."""
        draft = Draft(self.tool, file)
        yield ForeignSession(draft, _messages(file, draft))


def _messages(file: SourceFile, draft: Draft) -> Iterator[JsonObject]:
    tree = RecordTree(file, "id", "parentId", _is_prompt)
    has_records = False
    for _, entry in read_lines(file, draft):
        kind = text_of(entry.get("type"))
        has_records |= bool(kind)
        if kind == "session":
            _describe(entry, draft)
        elif kind == "session_info":
            draft.title = text_of(entry.get("name")).strip() or draft.title
        elif not tree.is_on_path(entry):
            continue
        elif kind == "message":
            yield from _message(entry, draft)
        elif kind in _SUMMARIES:
            yield from _injected(entry, _SUMMARIES[kind], time_of(entry.get("timestamp")))
        elif kind not in IGNORED:
            draft.unknown_records[kind or "(none)"] += 1
    if not has_records:
        raise InvalidDocument("No line of the file is an entry of a pi session.")
    draft.warnings += tree.warnings


def _is_prompt(entry: JsonObject) -> bool:
    return object_of(entry.get("message")).get("role") == "user"


def _describe(heading: JsonObject, draft: Draft) -> None:
    draft.session_id = draft.session_id or text_of(heading.get("id")) or None
    draft.created_at = draft.created_at or time_of(heading.get("timestamp"))
    draft.working_directory = draft.working_directory or text_of(heading.get("cwd")) or None
    draft.title = draft.title or text_of(heading.get("title")) or None
    origin = text_of(heading.get("parentSession")) or text_of(heading.get("branchedFrom"))
    parent = PurePosixPath(origin.replace("\\", "/")).stem.rpartition("_")[2]
    if parent != draft.session_id:
        draft.parent_id = draft.parent_id or parent or None


def _message(entry: JsonObject, draft: Draft) -> Iterator[JsonObject]:
    said = object_of(entry.get("message"))
    role, content = text_of(said.get("role")), said.get("content")
    time = time_of(entry.get("timestamp")) or time_of(said.get("timestamp"))
    source_id = text_of(entry.get("id"))
    if role == "user":
        text, files = text_in(content), files_in(content)
        if text or files:
            yield message("user", text, time, attachments=files, source_id=source_id)
    elif role == "assistant":
        yield from _reply(said, time, source_id)
    elif role == "toolResult":
        yield message(
            "tool", text_in(content), time, tool_call_id=text_of(said.get("toolCallId")),
            tool_name=text_of(said.get("toolName")), is_error=said.get("isError") is True,
            attachments=files_in(content), source_id=source_id,
        )  # fmt: skip
    elif role == "bashExecution":
        shown = f"!{text_of(said.get('command'))}\n\n{text_of(said.get('output'))}".strip()
        yield message("user", shown, time, synthetic=True, source_id=source_id)
    elif role in _INJECTED:
        yield from _injected(said, _INJECTED[role], time)
    else:
        draft.unknown_records[f"message/{role or '(none)'}"] += 1


def _reply(said: JsonObject, time: str | None, source_id: str) -> Iterator[JsonObject]:
    content, counts = said.get("content"), object_of(said.get("usage"))
    text, thinking, calls = text_in(content), thinking_in(content), calls_in(content)
    if text or thinking or calls:
        model = "/".join(filter(None, map(text_of, (said.get("provider"), said.get("model")))))
        usage = usage_of(
            input_tokens=counts.get("input"), output_tokens=counts.get("output"),
            cache_read_tokens=counts.get("cacheRead"), cache_write_tokens=counts.get("cacheWrite"),
            cost_usd=object_of(counts.get("cost")).get("total"),
        )  # fmt: skip
        yield message(
            "assistant", text, time, model=model, thinking=thinking, tool_calls=calls,
            usage=usage, source_id=source_id,
        )  # fmt: skip
    if error := text_of(said.get("errorMessage")).strip():
        yield message("system", error, time, synthetic=True)


def _injected(holder: JsonObject, key: str, time: str | None) -> Iterator[JsonObject]:
    if text := text_in(holder.get(key)):
        yield message("user", text, time, synthetic=True)
