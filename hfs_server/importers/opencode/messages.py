"""Messages of opencode: an info with role, model and tokens, and parts by type.

The rule not to break: text that is synthetic or ignored was typed by nobody, and the prompt of a
subagent was written by its parent.
"""

from __future__ import annotations

from collections.abc import Iterator

from hfs_server.importers.attachments import from_url, linked
from hfs_server.importers.foreign import Draft
from hfs_server.importers.json_text import json_text
from hfs_server.importers.opencode.layouts import Pairs
from hfs_server.importers.opencode.versions import usual
from hfs_server.importers.values import (
    message,
    object_of,
    objects_of,
    text_of,
    time_of,
    tool_call,
    usage_of,
)
from hfs_server.session import JsonObject

_READ = {"text", "reasoning", "tool", "file", "subtask"}
_IGNORED = {
    "step-start", "step-finish", "snapshot", "patch", "agent", "retry", "compaction", "source-url",
}  # fmt: skip
_IGNORED_TYPES = {"agent-switched", "model-switched", "location-switched", "idle"}

Parts = list[JsonObject]


def read_messages(pairs: Pairs, draft: Draft) -> Iterator[JsonObject]:
    """The messages of a session. Types that are not known are counted in the draft."""
    for found in pairs:
        info, parts = usual(*found)
        for part in parts:
            if (kind := text_of(part.get("type")) or "part") not in _READ | _IGNORED:
                draft.unknown_records[kind] += 1
        if info.get("role") == "user":
            yield from _user(info, parts, draft.parent_id is not None)
        elif info.get("role") == "assistant":
            yield from _assistant(info, parts)
        elif (kind := text_of(info.get("type")) or "message") not in _IGNORED_TYPES:
            draft.unknown_records[kind] += 1


def _user(info: JsonObject, parts: Parts, is_subagent: bool) -> Iterator[JsonObject]:
    created_at = time_of(object_of(info.get("time")).get("created"))
    typed, hidden = _texts(parts)
    keys = {"agent": text_of(info.get("agent")), "source_id": text_of(info.get("id"))}
    attachments = _attachments(parts)
    if typed or attachments:
        content = "\n\n".join(typed)
        yield message(
            "user", content, created_at, attachments=attachments, synthetic=is_subagent, **keys
        )
    if hidden:
        yield message("user", "\n\n".join(hidden), created_at, synthetic=True, **keys)


def _texts(parts: Parts) -> tuple[list[str], list[str]]:
    """What a person typed, and what the program added."""
    typed: list[str] = []
    hidden: list[str] = []
    for part in parts:
        text = text_of(part.get("text"))
        if part.get("type") == "text" and text.strip():
            (hidden if part.get("synthetic") or part.get("ignored") else typed).append(text)
        elif part.get("type") == "subtask":
            prompt = text_of(part.get("prompt"))
            if command := text_of(part.get("command")):
                typed.append(f"/{command.removeprefix('/')}")
                hidden += [prompt] if prompt else []
            elif prompt:
                typed.append(prompt)
    return typed, hidden


def _assistant(info: JsonObject, parts: Parts) -> Iterator[JsonObject]:
    created_at = time_of(object_of(info.get("time")).get("created"))
    typed, hidden = _texts(parts)
    thoughts = [text_of(part.get("text")) for part in parts if part.get("type") == "reasoning"]
    tools = [part for part in parts if part.get("type") == "tool"]
    attachments = _attachments(parts)
    agent = text_of(info.get("agent")) or text_of(info.get("mode"))
    # Thinking that is only signed is not shown, but it is a reply.
    if typed or thoughts or tools or attachments:
        yield message(
            "assistant",
            "\n\n".join(typed),
            created_at,
            model=_model(info),
            thinking="\n\n".join(text for text in thoughts if text.strip()),
            tool_calls=[_call(part) for part in tools],
            usage=_usage(info),
            attachments=attachments,
            synthetic=info.get("summary") is True,
            agent=agent,
            source_id=text_of(info.get("id")),
        )
    if hidden:
        yield message("assistant", "\n\n".join(hidden), created_at, synthetic=True, agent=agent)
    for part in tools:
        yield from _result(part, created_at)
    if error := _error(info):
        yield message("system", error, created_at, synthetic=True, is_error=True)


def _model(info: JsonObject) -> str:
    model = object_of(info.get("model"))
    provider = text_of(info.get("providerID")) or text_of(model.get("providerID"))
    name = text_of(info.get("modelID")) or text_of(model.get("modelID"))
    return f"{provider}/{name}" if provider and name else name


def _usage(info: JsonObject) -> JsonObject:
    tokens = object_of(info.get("tokens"))
    cache = object_of(tokens.get("cache"))
    return usage_of(
        input_tokens=tokens.get("input"),
        output_tokens=tokens.get("output"),
        reasoning_tokens=tokens.get("reasoning"),
        cache_read_tokens=cache.get("read"),
        cache_write_tokens=cache.get("write"),
        cost_usd=info.get("cost"),
    )


def _call_id(part: JsonObject) -> str:
    return text_of(part.get("callID")) or text_of(part.get("id"))


def _call(part: JsonObject) -> JsonObject:
    return tool_call(_call_id(part), part.get("tool"), object_of(part.get("state")).get("input"))


def _result(part: JsonObject, created_at: str | None) -> Iterator[JsonObject]:
    state = object_of(part.get("state"))
    if state.get("status") not in ("completed", "error"):
        return
    failed = state.get("status") == "error"
    times = object_of(state.get("time"))
    yield message(
        "tool",
        json_text(state.get("error") if failed else state.get("output")),
        time_of(times.get("end")) or time_of(times.get("start")) or created_at,
        tool_call_id=_call_id(part),
        tool_name=text_of(part.get("tool")),
        is_error=failed,
        attachments=_attachments(objects_of(state.get("attachments"))),
    )


def _attachments(parts: Parts) -> list[JsonObject]:
    files = (part for part in parts if part.get("type", "file") == "file")
    return [found for part in files if (found := _attachment(part))]


def _attachment(part: JsonObject) -> JsonObject | None:
    url = text_of(part.get("url"))
    if url[:5].lower() == "data:":
        return from_url(url, part.get("filename"))
    return linked(url, part.get("mime"), part.get("filename"))


def _error(info: JsonObject) -> str:
    error = object_of(info.get("error"))
    reason = text_of(object_of(error.get("data")).get("message")) or text_of(error.get("message"))
    name = text_of(error.get("name")) or text_of(error.get("type"))
    return ": ".join(filter(None, (name, reason)))
