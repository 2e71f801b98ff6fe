"""Messages of opencode's first and next version, in the shape of the one between them.

The first version has parts and metadata within a message; the next one has a table of messages
by type. The rule not to break: a message of the usual shape is returned as it is.
"""

from __future__ import annotations

from hfs_server.importers.json_text import json_text
from hfs_server.importers.values import list_of, object_of, objects_of, text_of
from hfs_server.session import JsonObject

Pair = tuple[JsonObject, list[JsonObject]]


def usual(info: JsonObject, parts: list[JsonObject]) -> Pair:
    """The message's info and parts as most versions write them."""
    if "role" not in info and "type" in info:
        return _of_type(info)
    if isinstance(info.get("metadata"), dict) and isinstance(info.get("parts"), list):
        return _of_first_version(info)
    return info, parts or objects_of(info.get("parts"))


def _of_first_version(info: JsonObject) -> Pair:
    metadata = object_of(info.get("metadata"))
    usual_info = {
        **object_of(metadata.get("assistant")),
        **{key: info.get(key) for key in ("id", "role")},
        "time": metadata.get("time"),
        "error": metadata.get("error"),
    }
    tools = object_of(metadata.get("tool"))
    parts = (_first_part(part, tools) for part in objects_of(info.get("parts")))
    return usual_info, list(parts)


def _first_part(part: JsonObject, tools: JsonObject) -> JsonObject:
    if part.get("type") == "file":
        return {**part, "mime": part.get("mediaType")}
    if part.get("type") != "tool-invocation":
        return part
    call = object_of(part.get("toolInvocation"))
    call_id = text_of(call.get("toolCallId"))
    about = object_of(tools.get(call_id))
    state = {
        "status": "completed" if call.get("state") == "result" else "pending",
        "input": call.get("args"),
        "output": call.get("result"),
        "time": about.get("time"),
    }
    if about.get("error") is True:
        state |= {"status": "error", "error": call.get("result")}
    return {"type": "tool", "callID": call_id, "tool": call.get("toolName"), "state": state}


def _of_type(info: JsonObject) -> Pair:
    kind = text_of(info.get("type"))
    text = {"type": "text", "text": info.get("text")}
    if kind == "user":
        files = [_file(item) for item in objects_of(info.get("files"))]
        return {**info, "role": "user"}, [text, *files]
    if kind in ("synthetic", "system", "skill"):
        return {**info, "role": "user"}, [{**text, "synthetic": True}]
    model = object_of(info.get("model"))
    info = {**info, "providerID": model.get("providerID"), "modelID": model.get("id")}
    if kind == "compaction":
        summary = {**info, "role": "assistant", "summary": True}
        return summary, [{"type": "text", "text": info.get("summary")}]
    if kind == "shell":
        return {**info, "role": "assistant"}, [_shell(info)]
    if kind == "assistant":
        parts = [_content(item) for item in objects_of(info.get("content"))]
        return {**info, "role": "assistant"}, parts
    return info, []


def _file(item: JsonObject) -> JsonObject:
    place = text_of(item.get("uri")) or text_of(object_of(item.get("source")).get("uri"))
    if data := text_of(item.get("data")):
        place = f"data:{text_of(item.get('mime'))};base64,{data}"
    return {"url": place, "filename": item.get("name"), **item, "type": "file"}


def _shell(info: JsonObject) -> JsonObject:
    output = info.get("output")
    output = object_of(output).get("output") if isinstance(output, dict) else output
    status = text_of(info.get("status"))
    failed = status in ("timeout", "killed") or info.get("exit") not in (None, 0)
    state = {
        "status": "running" if status == "running" else "error" if failed else "completed",
        "input": {"command": info.get("command")},
        "output": output,
        "error": output,
        "time": {"end": object_of(info.get("time")).get("completed")},
    }
    call_id = info.get("callID") or info.get("shellID")
    return {"type": "tool", "callID": call_id, "tool": "shell", "state": state}


def _content(item: JsonObject) -> JsonObject:
    if item.get("type") != "tool":
        return item
    state = object_of(item.get("state"))
    times = object_of(item.get("time"))
    pieces = objects_of(state.get("content"))
    texts = [text_of(piece.get("text")) for piece in pieces]
    files = [_file(piece) for piece in pieces if piece.get("type") == "file"]
    output = "\n".join(filter(None, texts)) or json_text(state.get("result"))
    error = text_of(object_of(state.get("error")).get("message")) or json_text(state.get("error"))
    return {
        "type": "tool",
        "callID": item.get("id"),
        "tool": item.get("name"),
        "state": {
            "status": state.get("status"),
            "input": state.get("input"),
            "output": output,
            "error": "\n".join(filter(None, (error, output))),
            "attachments": [*list_of(state.get("attachments")), *files],
            "time": {"start": times.get("ran"), "end": times.get("completed")},
        },
    }
