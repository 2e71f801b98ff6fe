"""Sessions of Cline's command line since version 3: a document of messages, and a manifest.

The rule not to break: what a person typed stands in an element of its own where the session has
such elements; all else in a message of the role user is a result, or was put in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from hfs_server.errors import InvalidDocument
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
from hfs_server.importers.json_text import json_text, read_document
from hfs_server.importers.side_file import json_beside
from hfs_server.importers.source_file import SourceFile
from hfs_server.importers.values import (
    message,
    object_of,
    objects_of,
    text_of,
    time_of,
    uncached,
    usage_of,
)
from hfs_server.session import JsonObject

PATTERN = "sessions/*/*.messages.json"
_SUFFIX = ".messages.json"
_HEADING = frozenset(("sessionId", "updated_at"))
_OPENING = re.compile(r"<(user_input|user_command)\b[^<>\n]*>")
_NOTICE_END = "</mode_notice>"
_PUT_IN = ("<file_content", "<mode_notice")


def is_session(record: JsonObject) -> bool:
    """Whether a document is a session: it names its id, its time, and its agent or origin."""
    has_writer = isinstance(record.get("origin"), dict) or isinstance(record.get("agent"), str)
    return has_writer and _HEADING.issubset(record) and isinstance(record.get("messages"), list)


def session_messages(file: SourceFile, draft: Draft) -> Iterator[JsonObject]:
    """The messages of a session. Raises InvalidDocument if it has none."""
    document = object_of(read_document(file, draft))
    if not isinstance(document.get("messages"), list):
        raise InvalidDocument("The file holds no messages of a task.")
    _describe(document, file, draft)
    sent = objects_of(document["messages"])
    prompts = (each.get("content") for each in sent if each.get("role") == "user")
    is_marked = any(_typed_in(text_in(block)) for each in prompts for block in blocks_of(each))
    called: dict[str, str] = {}
    for each in sent:
        role = text_of(each.get("role"))
        if role == "assistant":
            yield from _reply(each, called)
        elif role == "user":
            yield from _results(each, called)
            yield from _prompt(each, is_marked=is_marked, is_sent=draft.parent_id is not None)
        else:
            draft.unknown_records[f"role {role or '(none)'}"] += 1


def _describe(document: JsonObject, file: SourceFile, draft: Draft) -> None:
    draft.session_id = text_of(document.get("sessionId")) or None
    draft.updated_at = time_of(document.get("updated_at"))
    draft.tool_version = text_of(object_of(document.get("origin")).get("version")) or None
    if file.path is None or not file.path.name.endswith(_SUFFIX):
        return
    name, folder = file.path.name.removesuffix(_SUFFIX), file.path.parent.name
    if name != folder and draft.session_id in (folder, None):
        # A subagent's lies in the folder of the session that started it.
        draft.session_id, draft.parent_id = name, draft.session_id
    manifest = json_beside(file, f"{name}.json")
    draft.title = text_of(object_of(manifest.get("metadata")).get("title")) or None
    draft.created_at = time_of(manifest.get("started_at"))
    draft.working_directory = text_of(manifest.get("cwd")) or None
    if not any(each.get("modelInfo") for each in objects_of(document["messages"])):
        draft.models = [model for model in [text_of(manifest.get("model"))] if model]


def _reply(sent: JsonObject, called: dict[str, str]) -> Iterator[JsonObject]:
    content, counts = sent.get("content"), object_of(sent.get("metrics"))
    text, thinking, calls = text_in(content), thinking_in(content), calls_in(content)
    called |= {call["id"]: call["name"] for call in calls}
    if text or thinking or calls:
        yield message(
            "assistant", text, time_of(sent.get("ts")), thinking=thinking, tool_calls=calls,
            model=text_of(object_of(sent.get("modelInfo")).get("id")), usage=_usage(counts),
            source_id=text_of(sent.get("id")),
        )  # fmt: skip


def _usage(counts: JsonObject) -> dict[str, int | float]:
    """Its counts; the input contains what was read from the cache and written to it."""
    read, written = counts.get("cacheReadTokens"), counts.get("cacheWriteTokens")
    return usage_of(
        input_tokens=uncached(counts.get("inputTokens"), read, written),
        output_tokens=counts.get("outputTokens"), cache_read_tokens=read,
        cache_write_tokens=written, cost_usd=counts.get("cost"),
    )  # fmt: skip


def _results(sent: JsonObject, called: dict[str, str]) -> Iterator[JsonObject]:
    for result in results_in(sent.get("content")):
        call_id, returned = text_of(result.get("tool_use_id")), result.get("content")
        parts = objects_of(returned)
        texts = [json_text(part.get(key)) for part in parts for key in ("result", "error")]
        has_failed = any(part.get("success") is False for part in parts)
        yield message(
            "tool", result_text(returned) or "\n".join(filter(None, texts)),
            time_of(sent.get("ts")), tool_call_id=call_id, attachments=files_in(returned),
            tool_name=called.pop(call_id, "") or text_of(result.get("name")),
            is_error=result.get("is_error") is True or has_failed,
        )  # fmt: skip


def _prompt(sent: JsonObject, *, is_marked: bool, is_sent: bool) -> Iterator[JsonObject]:
    """What a person typed, or for a subagent its caller sent, and what was put in."""
    typed, put_in = _sorted(sent.get("content"), is_marked=is_marked)
    if object_of(sent.get("metadata")).get("displayRole") == "system":
        typed, put_in = [], typed + put_in
    time, files = time_of(sent.get("ts")), files_in(sent.get("content"))
    if typed or files:
        yield message(
            "user", "\n\n".join(typed), time, attachments=files, synthetic=is_sent,
            source_id=text_of(sent.get("id")),
        )  # fmt: skip
    if put_in:
        yield message("user", "\n\n".join(put_in), time, synthetic=True)


def _sorted(content: object, *, is_marked: bool) -> tuple[list[str], list[str]]:
    """The texts that a person typed, and those that were put in."""
    typed: list[str] = []
    put_in: list[str] = []
    for block in blocks_of(content):
        text = text_in(block).strip()
        if found := _typed_in(text):
            before, inner, after = found
            notice, mark, said = inner.rpartition(_NOTICE_END)
            typed.append(said.strip())
            put_in += [before, notice + mark, after]
        else:
            (put_in if is_marked or text.startswith(_PUT_IN) else typed).append(text)
    return [each for each in typed if each], [each.strip() for each in put_in if each.strip()]


def _typed_in(text: str) -> tuple[str, str, str] | None:
    """What is before, in and after the element of what a person typed; None if there is none."""
    opening = _OPENING.search(text)
    if opening is None or (end := text.rfind(f"</{opening[1]}>")) < opening.end():
        return None
    return text[: opening.start()], text[opening.end() : end], text[end + len(opening[1]) + 3 :]
