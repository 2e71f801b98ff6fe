"""Sessions of Factory's Droid: JSON Lines, a heading and messages in the shape of Anthropic's API.

The model of a session stands in the file ``<id>.settings.json`` beside it. The rule
not to break: what Droid puts into a prompt, in blocks of their own, is synthetic.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from hfs_server.errors import InvalidDocument
from hfs_server.importers.content_blocks import (
    calls_in,
    files_in,
    result_text,
    results_in,
    text_in,
    thinking_in,
)
from hfs_server.importers.foreign import Draft, ForeignSession
from hfs_server.importers.injected import split_injected
from hfs_server.importers.json_lines import read_lines
from hfs_server.importers.places import Places
from hfs_server.importers.side_file import json_beside
from hfs_server.importers.source_file import SourceFile
from hfs_server.importers.values import message, object_of, text_of, time_of
from hfs_server.session import JsonObject

IGNORED = {"todo_state", "session_end", "session_settings", "agent_turn_outcome"}
"""Known records without anything to read in them."""
_TASK = "# Task Tool Invocation"
"""How the prompt begins that a Droid writes for another one."""


class Droid:
    """The importer of the files that Droid keeps of its sessions."""

    tool = "droid"
    label = "Droid"
    patterns: tuple[str, ...] = ("**/*.jsonl",)

    def folders(self, places: Places) -> Sequence[Path]:
        """Its folder of sessions, the same on every system."""
        return (places.home / ".factory" / "sessions",)

    def recognizes(self, file: SourceFile) -> str | None:
        """The heading of a session, or messages in envelopes of the type "message"."""
        if file.is_list:
            return None
        if file.record.get("type") == "session_start" and isinstance(file.record.get("id"), str):
            return "a heading of the type session_start"
        types = {text_of(record.get("type")) for record in file.records}
        is_droid = types & {"session_start", "todo_state", "compaction_state"}
        said = any(object_of(record.get("message")).get("role") for record in file.records)
        return "messages beside the state of Droid" if is_droid and said else None

    def sessions(self, file: SourceFile) -> Iterator[ForeignSession]:
        """The one session of the file."""
        draft = Draft(self.tool, file)
        yield ForeignSession(draft, _messages(file, draft))


def _messages(file: SourceFile, draft: Draft) -> Iterator[JsonObject]:
    has_records = False
    called: dict[str, str] = {}
    for _, record in read_lines(file, draft):
        kind, time = text_of(record.get("type")), time_of(record.get("timestamp"))
        has_records |= bool(kind)
        if kind == "session_start":
            _describe(record, draft)
        elif kind == "message":
            said = object_of(record.get("message"))
            yield from _message(said, time, text_of(record.get("id")), called, draft)
        elif kind == "compaction_state":
            text = text_of(record.get("summaryText")) or text_of(record.get("summary"))
            if text.strip():
                yield message("system", text, time, synthetic=True)
        elif kind not in IGNORED:
            draft.unknown_records[kind or "(none)"] += 1
    if not has_records:
        raise InvalidDocument("No line of the file is a record of a Droid session.")
    model = text_of(json_beside(file, f"{file.stem}.settings.json").get("model"))
    draft.models = [model] if model else []


def _describe(heading: JsonObject, draft: Draft) -> None:
    draft.session_id = draft.session_id or text_of(heading.get("id")) or None
    title = text_of(heading.get("sessionTitle")) or text_of(heading.get("title"))
    draft.title = title.strip() or draft.title
    draft.working_directory = text_of(heading.get("cwd")) or draft.working_directory
    version = heading.get("version")
    draft.tool_version = version if isinstance(version, str) and "." in version else None
    parents = (heading.get("parent"), heading.get("callingSessionId"), heading.get("parentId"))
    draft.parent_id = next((text for each in parents if (text := text_of(each))), None)


def _message(
    said: JsonObject, time: str | None, source_id: str, called: dict[str, str], draft: Draft
) -> Iterator[JsonObject]:
    role, content = text_of(said.get("role")), said.get("content")
    for result in results_in(content):
        call_id = text_of(result.get("tool_use_id"))
        returned = result.get("content")
        yield message(
            "tool", result_text(returned), time, tool_call_id=call_id,
            tool_name=called.pop(call_id, ""), is_error=result.get("is_error") is True,
            attachments=files_in(returned),
        )  # fmt: skip
    if role == "assistant":
        text, thinking, calls = text_in(content), thinking_in(content), calls_in(content)
        called |= {call["id"]: call["name"] for call in calls}
        if text or thinking or calls:
            yield message(
                "assistant", text, time, model=text_of(said.get("model")), thinking=thinking,
                tool_calls=calls, source_id=source_id,
            )  # fmt: skip
    elif role == "user":
        yield from _prompt(content, time, source_id, draft)
    elif text := text_in(content):
        yield message("system", text, time, synthetic=True)


def _prompt(
    content: object, time: str | None, source_id: str, draft: Draft
) -> Iterator[JsonObject]:
    typed, injected = split_injected(content)
    files = files_in(content)
    if injected:
        yield message("user", injected, time, synthetic=True)
    if typed or files:
        is_task = bool(draft.parent_id) or typed.startswith(_TASK)
        yield message(
            "user", typed, time, synthetic=is_task, attachments=files, source_id=source_id
        )
