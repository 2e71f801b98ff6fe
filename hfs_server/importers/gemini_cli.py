"""Sessions of Gemini CLI: a document of messages, or since 2026 a log of them.

The rule not to break: what the user saw (``displayContent``) is the prompt; what was sent instead
is synthetic. ``gemini_checkpoints`` reads what "/chat save" writes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from pydantic_core import from_json

from hfs_server.errors import InvalidDocument
from hfs_server.importers.foreign import Draft, ForeignSession
from hfs_server.importers.gemini_checkpoints import checkpoint_messages, history_of
from hfs_server.importers.gemini_log import GeminiLog
from hfs_server.importers.gemini_parts import (
    FILES,
    files_in,
    parts_of,
    response_in,
    text_in,
    thoughts_in,
)
from hfs_server.importers.json_text import read_document
from hfs_server.importers.places import Places
from hfs_server.importers.source_file import SourceFile
from hfs_server.importers.values import (
    count_of,
    list_of,
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

NOTICES = ("info", "error", "warning")
FORKS_REPLY = "qwen"
"""The type of replies in documents of Qwen Code, a fork, which are the same otherwise."""
_HEADING = frozenset(("sessionId", "startTime", "lastUpdated"))
_TYPES = ("user", "gemini", *NOTICES)
_ENDED = ("success", "error", "cancelled")
_INJECTED = ("System: ", "<session_context", "<hook_context", "<state_snapshot", "<system-reminder")
_ROOT_BYTES = 4_096


class GeminiCli:
    """The importer of the files that Gemini CLI keeps of its sessions."""

    tool = "gemini-cli"
    label = "Gemini CLI"
    patterns: tuple[str, ...] = ("*/chats/**/*.json", "*/chats/**/*.jsonl", "*/checkpoint-*.json")

    def folders(self, places: Places) -> Sequence[Path]:
        """Its folder of temporary files, in which each project has a folder."""
        return (places.of_variable("GEMINI_CLI_HOME") / ".gemini" / "tmp",)

    def recognizes(self, file: SourceFile) -> str | None:
        """The heading of a session, messages of the type "gemini", or contents of its API."""
        if file.is_list:
            return "contents with roles and parts" if history_of(file.records) else None
        if is_of_fork(file):
            return None
        for record in file.records:
            if isinstance(record.get("sessionId"), str) and "projectHash" in record:
                return "sessionId and projectHash"
            if _HEADING.issubset(record) and _are_typed(record.get("messages")):
                return "sessionId, times and messages of its types"
            messages = [record, *objects_of(record.get("messages"))]
            if any(item.get("type") == "gemini" and "content" in item for item in messages):
                return "messages of the type gemini"
        return "a history of contents" if history_of(file.record) else None

    def sessions(self, file: SourceFile) -> Iterator[ForeignSession]:
        """The one session of the file."""
        draft = Draft(self.tool, file)
        if file.is_list or history_of(file.record):
            yield ForeignSession(draft, checkpoint_messages(file, draft))
        else:
            yield ForeignSession(draft, _messages(file, draft))


def _are_typed(messages: object) -> bool:
    """Whether they are of its types; the last one that was read may lack its own."""
    types = {item["type"] for item in objects_of(messages) if isinstance(item.get("type"), str)}
    return bool(types) and types.issubset(_TYPES)


def is_of_fork(file: SourceFile) -> bool:
    """Whether Qwen Code wrote a document of this format."""
    types = (item.get("type") for item in objects_of(file.record.get("messages")))
    return "projectHash" in file.record and FORKS_REPLY in types


def fork_messages(file: SourceFile, draft: Draft) -> Iterator[JsonObject]:
    """The messages of such a document."""
    yield from _messages(file, draft)


def _messages(file: SourceFile, draft: Draft) -> Iterator[JsonObject]:
    if isinstance(file.record.get("messages"), list) and not _is_log(file):
        document = object_of(read_document(file, draft))
        _describe(document, file, draft)
        yield from _read(_replaced(objects_of(document.get("messages"))), draft)
        return
    log = GeminiLog(file, draft)
    if not log.has_records:
        raise InvalidDocument("The file holds no record of a Gemini CLI session.")
    _describe(log.facts, file, draft)
    yield from _read(log.messages(), draft)
    if log.taken_back:
        draft.warnings.append(
            f"{log.taken_back:,} messages that were taken back (/rewind) are kept only in the "
            "original."
        )


def _is_log(file: SourceFile) -> bool:
    first, _, more = file.head.lstrip().partition(b"\n")
    try:
        return bool(more.strip()) and isinstance(from_json(first), dict)
    except ValueError:
        return False


def _describe(facts: JsonObject, file: SourceFile, draft: Draft) -> None:
    draft.session_id = text_of(facts.get("sessionId")) or None
    draft.created_at = time_of(facts.get("startTime"))
    draft.updated_at = time_of(facts.get("lastUpdated"))
    draft.title = draft.summary = text_of(facts.get("summary")) or None
    draft.working_directory = _project(file, text_of(facts.get("projectHash")))
    folder = file.path.parent.name if file.path else ""
    if facts.get("kind") == "subagent" and folder not in ("", "chats"):
        draft.parent_id = folder


def _project(file: SourceFile, project: str) -> str | None:
    """The folder of the project, if the file that names it lies where Gemini CLI puts it."""
    for folder in list(file.path.parents)[:3] if file.path and project else ():
        try:
            with (folder / ".project_root").open("rb") as opened:
                root = opened.read(_ROOT_BYTES).decode(errors="replace").strip()
        except OSError:
            continue
        if project in (hashlib.sha256(root.encode()).hexdigest(), folder.name):
            return root
    return None


def _replaced(messages: list[JsonObject]) -> Iterable[JsonObject]:
    """Each message once, where its id stood first, as it was written last."""
    keys = (text_of(item.get("id")) or number for number, item in enumerate(messages))
    return dict(zip(keys, messages, strict=True)).values()


def _read(records: Iterable[JsonObject], draft: Draft) -> Iterator[JsonObject]:
    for record in records:
        kind = text_of(record.get("type"))
        if kind == "user":
            yield from _user(record, draft)
        elif kind in ("gemini", FORKS_REPLY):
            yield from _reply(record)
        elif kind in NOTICES:
            if text := text_in(record.get("content")):
                yield message("system", text, time_of(record.get("timestamp")), synthetic=True)
        else:
            draft.unknown_records[kind or "(none)"] += 1


def _user(record: JsonObject, draft: Draft) -> Iterator[JsonObject]:
    time, sent = time_of(record.get("timestamp")), text_in(record.get("content"))
    shown = text_in(record.get("displayContent"))
    typed, marker, added = (shown or sent).partition(f"\n{FILES}")
    files = files_in(record.get("content"))
    if typed.strip() or files:
        is_injected = draft.parent_id is not None or typed.startswith(_INJECTED)
        yield message(
            "user", typed, time, synthetic=is_injected, attachments=files,
            source_id=text_of(record.get("id")),
        )  # fmt: skip
    hidden = sent if shown and shown != sent else marker.strip() + added
    if hidden.strip():
        yield message("user", hidden, time, synthetic=True)


def _reply(record: JsonObject) -> Iterator[JsonObject]:
    time, content = time_of(record.get("timestamp")), record.get("content")
    calls = objects_of(record.get("toolCalls"))
    made = [tool_call(call.get("id"), call.get("name"), call.get("args")) for call in calls]
    text, thinking = text_in(content), _thinking(record) or thoughts_in(content)
    if text.strip() or thinking or calls:
        yield message(
            "assistant", text, time, model=text_of(record.get("model")), thinking=thinking,
            tool_calls=made, usage=_usage(object_of(record.get("tokens"))),
            attachments=files_in(content),
            source_id=text_of(record.get("id")),
        )  # fmt: skip
    for call in calls:
        if call.get("result") or call.get("status") in _ENDED:
            yield _result(call, time_of(call.get("timestamp")) or time)


def _thinking(record: JsonObject) -> str:
    found = []
    for thought in list_of(record.get("thoughts")):
        said = object_of(thought)
        subject, description = text_of(said.get("subject")), text_of(said.get("description"))
        found.append("\n\n".join(filter(None, (subject and f"**{subject}**", description))))
    return "\n\n".join(filter(None, found))


def _result(call: JsonObject, time: str | None) -> JsonObject:
    parts = parts_of(call.get("result"))
    responses = [response_in(part) for part in parts if "functionResponse" in part]
    texts = [text for text, _ in responses] + [text_in(parts)]
    shown = call.get("resultDisplay")
    return message(
        "tool", "\n".join(filter(None, texts)) or text_of(shown), time,
        tool_call_id=text_of(call.get("id")), tool_name=text_of(call.get("name")),
        is_error=call.get("status") in ("error", "cancelled") or any(bad for _, bad in responses),
        attachments=files_in(parts),
    )  # fmt: skip


def _usage(tokens: JsonObject) -> dict[str, int | float]:
    """Gemini's counts; its input contains what the cache read, its output no thoughts."""
    given = uncached(tokens.get("input"), tokens.get("cached"))
    said, thought = count_of(tokens.get("output")), count_of(tokens.get("thoughts"))
    used = count_of(tokens.get("tool"))
    return usage_of(
        input_tokens=None if given is None else given + (used or 0),
        output_tokens=None if said is None else said + (thought or 0),
        cache_read_tokens=tokens.get("cached"),
        reasoning_tokens=thought,
    )
