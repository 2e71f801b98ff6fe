"""Sessions of Qwen Code: JSON Lines whose messages are contents of Gemini's API.

Versions before 2025-12 wrote Gemini CLI's documents, with replies of the type "qwen". Source:
``chatRecordingService`` of Qwen Code. The rule not to break: what the user saw (``displayText``)
or typed (``userText``) is the prompt; what was sent instead, or beside it, is synthetic.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from hfs_server.errors import InvalidDocument
from hfs_server.importers.foreign import Draft, ForeignSession
from hfs_server.importers.gemini_cli import FORKS_REPLY, fork_messages, is_of_fork
from hfs_server.importers.gemini_parts import (
    FILES,
    files_in,
    parts_of,
    response_in,
    text_in,
    thoughts_in,
)
from hfs_server.importers.injected import split_injected
from hfs_server.importers.json_lines import read_lines
from hfs_server.importers.places import Places
from hfs_server.importers.record_tree import RecordTree
from hfs_server.importers.source_file import SourceFile
from hfs_server.importers.values import (
    count_of,
    message,
    object_of,
    objects_of,
    text_of,
    time_of,
    tool_call,
    uncached,
    usage_of,
)
from hfs_server.session import JsonObject

_BY_PROGRAM = re.compile(r"notification|cron|hook|reminder|retry|agent_|goal|continu|bootstrap")
"""Subtypes of prompts that no person typed."""
_TITLE, _COMPRESSION, _COMMAND = "custom_title", "chat_compression", "slash_command"
_AT_COMMAND = "at_command"
"""What was typed with an @ before the name of a file; the next prompt is what was sent."""
IGNORED = re.compile(
    r"ui_telemetry|attribution|file_history|session_|rewind|branch_|goal_|turn_result"
    r"|agent_|user_text_elements|parent_session|managed_session_|notification|loop_detected"
)
"""Known subtypes of the system without anything to read in them."""


class Qwen:
    """The importer of the files that Qwen Code keeps of its sessions."""

    tool = "qwen"
    label = "Qwen Code"
    patterns: tuple[str, ...] = ("projects/*/chats/**/*.jsonl", "tmp/*/chats/*.json")

    def folders(self, places: Places) -> Sequence[Path]:
        """Its folder, the same on every system."""
        return (places.of_variable("QWEN_HOME", ".qwen"),)

    def recognizes(self, file: SourceFile) -> str | None:
        """Records with an id and parts, or a document of Gemini CLI with replies of Qwen."""
        if is_of_fork(file):
            return f"messages of the type {FORKS_REPLY}"
        for record in file.records if not file.is_list else ():
            parts = object_of(record.get("message")).get("parts")
            has_ids = isinstance(record.get("uuid"), str) and "sessionId" in record
            if has_ids and (isinstance(parts, list) or "systemPayload" in record):
                return "records with a uuid and parts"
        return None

    def sessions(self, file: SourceFile) -> Iterator[ForeignSession]:
        """The one session of the file."""
        draft = Draft(self.tool, file)
        messages = fork_messages if is_of_fork(file) else _messages
        yield ForeignSession(draft, messages(file, draft))


def _messages(file: SourceFile, draft: Draft) -> Iterator[JsonObject]:
    tree = RecordTree(file, "uuid", "parentUuid", lambda record: record.get("type") == "user")
    has_records = False
    at_command: JsonObject = {}
    for _, record in read_lines(file, draft):
        kind, subtype = text_of(record.get("type")), text_of(record.get("subtype"))
        has_records |= bool(kind)
        _describe(record, draft)
        if subtype == _TITLE:
            title = text_of(object_of(record.get("systemPayload")).get("customTitle"))
            draft.title = title.strip() or draft.title
        elif not tree.is_on_path(record):
            continue
        elif kind == "user":
            is_of_command = record.get("parentUuid") == at_command.get("uuid")
            yield from _prompt(record, at_command if is_of_command else {}, draft)
        elif kind == "assistant":
            yield from _reply(record)
        elif kind == "tool_result":
            yield _result(record)
        elif kind == "system" and subtype == _AT_COMMAND:
            at_command = record
        elif kind == "system" and subtype in (_COMMAND, _COMPRESSION):
            yield from _system(record, subtype)
        elif kind != "system" or not IGNORED.match(subtype):
            draft.unknown_records["/".join(filter(None, (kind, subtype))) or "(none)"] += 1
    if not has_records:
        raise InvalidDocument("No line of the file is a record of a Qwen Code session.")
    draft.warnings += tree.warnings


def _describe(record: JsonObject, draft: Draft) -> None:
    session, agent = text_of(record.get("sessionId")), text_of(record.get("agentId"))
    if session and not draft.session_id:
        is_subagent = bool(agent) and record.get("isSidechain") is True
        origin = text_of(object_of(record.get("forkedFrom")).get("sessionId"))
        draft.session_id = f"{session}/{agent}" if is_subagent else session
        draft.parent_id = session if is_subagent else origin or None
    draft.working_directory = draft.working_directory or text_of(record.get("cwd")) or None
    draft.tool_version = text_of(record.get("version")) or draft.tool_version
    if branch := text_of(record.get("gitBranch")):
        draft.git = {"branch": branch}


def _prompt(record: JsonObject, command: JsonObject, draft: Draft) -> Iterator[JsonObject]:
    time, content = time_of(record.get("timestamp")), _content(record)
    texts = [text_in([part]) for part in parts_of(content)]
    named = next((at for at, text in enumerate(texts) if text.lstrip().startswith(FILES)), None)
    typed, injected = split_injected(texts[:named])
    if named is not None:
        injected = "\n\n".join(filter(None, (injected, "".join(texts[named:]).strip())))
    shown = text_of(object_of(record.get("systemPayload")).get("displayText")).strip()
    shown = shown or text_of(object_of(command.get("systemPayload")).get("userText")).strip()
    if shown and shown != typed:
        typed, injected = shown, "\n\n".join(filter(None, (typed, injected)))
    files = files_in(content)
    is_synthetic = draft.parent_id is not None and "/" in (draft.session_id or "")
    is_synthetic |= bool(_BY_PROGRAM.search(text_of(record.get("subtype"))))
    if typed or files:
        yield message(
            "user", typed, time, synthetic=is_synthetic, attachments=files,
            source_id=text_of(record.get("uuid")),
        )  # fmt: skip
    if injected:
        yield message("user", injected, time, synthetic=True)


def _reply(record: JsonObject) -> Iterator[JsonObject]:
    content = _content(record)
    calls = [object_of(part.get("functionCall")) for part in parts_of(content)]
    made = [tool_call(call.get("id"), call.get("name"), call.get("args")) for call in calls if call]
    text, thinking = text_in(content), thoughts_in(content)
    if text.strip() or thinking.strip() or made:
        yield message(
            "assistant", text, time_of(record.get("timestamp")), model=text_of(record.get("model")),
            thinking=thinking, tool_calls=made, attachments=files_in(content),
            usage=_usage(object_of(record.get("usageMetadata"))),
            source_id=text_of(record.get("uuid")),
        )  # fmt: skip


def _result(record: JsonObject) -> JsonObject:
    parts, outcome = parts_of(_content(record)), object_of(record.get("toolCallResult"))
    responses = [part for part in parts if object_of(part.get("functionResponse"))]
    answered = object_of(responses[0].get("functionResponse")) if responses else {}
    texts = [response_in(part)[0] for part in responses] + [text_in(parts)]
    shown = text_of(outcome.get("resultDisplay")) or text_of(outcome.get("result"))
    return message(
        "tool", "\n".join(filter(None, texts)) or shown, time_of(record.get("timestamp")),
        tool_call_id=text_of(answered.get("id")) or text_of(outcome.get("callId")),
        tool_name=text_of(answered.get("name")) or text_of(outcome.get("name")),
        is_error=outcome.get("status") in ("error", "cancelled")
        or any(response_in(part)[1] for part in responses),
        attachments=files_in(parts), source_id=text_of(record.get("uuid")),
    )  # fmt: skip


def _system(record: JsonObject, subtype: str) -> Iterator[JsonObject]:
    time, payload = time_of(record.get("timestamp")), object_of(record.get("systemPayload"))
    if subtype == _COMPRESSION:
        history = objects_of(payload.get("compressedHistory"))
        text = text_in(history[0].get("parts")) if history else ""
        if text.strip():
            yield message("user", text, time, synthetic=True)
    elif payload.get("phase") == "invocation":
        if command := text_of(payload.get("rawCommand")).strip():
            yield message("user", command, time, source_id=text_of(record.get("uuid")))
    else:
        items = objects_of(payload.get("outputHistoryItems"))
        if text := "\n".join(filter(None, (text_of(item.get("text")) for item in items))).strip():
            yield message("system", text, time, synthetic=True)


def _content(record: JsonObject) -> object:
    return object_of(record.get("message")).get("parts")


def _usage(counts: JsonObject) -> dict[str, int | float]:
    """Gemini's counts; its input contains what the cache read, its output no thoughts."""
    cached = counts.get("cachedContentTokenCount")
    said = count_of(counts.get("candidatesTokenCount"))
    thought = count_of(counts.get("thoughtsTokenCount"))
    return usage_of(
        input_tokens=uncached(counts.get("promptTokenCount"), cached),
        output_tokens=None if said is None else said + (thought or 0),
        cache_read_tokens=cached,
        reasoning_tokens=thought,
    )
