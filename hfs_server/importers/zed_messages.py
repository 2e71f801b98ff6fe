"""Messages of Zed's threads, of both generations, and of its text threads.

The rule not to break: places in a text thread are counted in bytes of UTF-8.
"""

from __future__ import annotations

from collections.abc import Iterator

from hfs_server.importers.attachments import embedded, linked, with_text
from hfs_server.importers.foreign import Draft
from hfs_server.importers.json_text import json_text
from hfs_server.importers.values import (
    count_of,
    list_of,
    message,
    object_of,
    objects_of,
    text_of,
    tool_call,
)
from hfs_server.session import JsonObject

_ROLES = ("user", "assistant", "system")


def read_thread(thread: JsonObject, draft: Draft) -> Iterator[JsonObject]:
    """The messages of a thread; what is not known is counted in the draft."""
    for item in list_of(thread.get("messages")):
        found = object_of(item)
        if isinstance(found.get("User"), dict):
            yield from _user(found["User"], draft)
        elif isinstance(found.get("Agent"), dict):
            yield from _agent(found["Agent"], draft)
        elif "role" in found:
            yield from _older(found, draft)
        elif item != "Resume":
            draft.unknown_records[next(iter(found), "message")] += 1


def read_text_thread(thread: JsonObject, draft: Draft) -> Iterator[JsonObject]:
    """The messages of a text thread, each from its place to the next one's."""
    text = text_of(thread.get("text")).encode(errors="replace")
    older = object_of(thread.get("message_metadata"))
    places = []
    for item in objects_of(thread.get("messages")):
        start = count_of(item.get("start"))
        about = object_of(item.get("metadata")) or object_of(older.get(str(item.get("id"))))
        if start is not None:
            places.append((start, text_of(about.get("role"))))
    places.sort(key=lambda place: place[0])
    ends = [start for start, _ in places[1:]]
    for (start, role), end in zip(places, [*ends, len(text)], strict=False):
        content = text[start:end].decode(errors="replace").strip()
        if role not in _ROLES:
            draft.unknown_records[f"role {role}"] += 1
        elif content:
            yield message(role, content, synthetic=role == "system")


def _user(item: JsonObject, draft: Draft) -> Iterator[JsonObject]:
    texts = []
    attachments = []
    for kind, value in _contents(item.get("content")):
        if kind == "Text":
            texts += _filled(value)
        elif kind == "Mention":
            attachments += _mention(object_of(value))
        elif kind == "Image":
            attachments += _image(value)
        else:
            draft.unknown_records[kind] += 1
    if texts or attachments:
        content = "\n\n".join(texts)
        is_synthetic = draft.parent_id is not None
        source_id = text_of(item.get("id"))
        yield message(
            "user", content, attachments=attachments, synthetic=is_synthetic, source_id=source_id
        )


def _agent(item: JsonObject, draft: Draft) -> Iterator[JsonObject]:
    texts = []
    thoughts = []
    calls = []
    for kind, value in _contents(item.get("content")):
        if kind == "Text":
            texts += _filled(value)
        elif kind == "Thinking":
            thoughts += _filled(object_of(value).get("text"))
        elif kind == "ToolUse":
            calls.append(_call(object_of(value)))
        elif kind != "RedactedThinking":
            draft.unknown_records[kind] += 1
    yield from _reply(texts, thoughts, calls)
    for call_id, result in object_of(item.get("tool_results")).items():
        yield _result({"tool_use_id": call_id, **object_of(result)}, {})


def _older(item: JsonObject, draft: Draft) -> Iterator[JsonObject]:
    """A message of versions before 0.3.0, or before 0.2.0, which had only a text."""
    role = text_of(item.get("role"))
    segments = objects_of(item.get("segments"))
    texts = [text for part in segments if part.get("type") == "text" for text in _of(part)]
    texts = texts or _filled(item.get("text"))
    thoughts = [text for part in segments if part.get("type") == "thinking" for text in _of(part)]
    calls = [_call(use) for use in objects_of(item.get("tool_uses"))]
    if role == "assistant":
        yield from _reply(texts, thoughts, calls)
    elif role not in _ROLES:
        draft.unknown_records[f"role {role}"] += 1
    elif texts:
        yield message(role, "\n\n".join(texts), synthetic=role == "system")
    if context := text_of(item.get("context")).strip():
        yield message("user", context, synthetic=True)
    names = {call["id"]: call["name"] for call in calls}
    for result in objects_of(item.get("tool_results")):
        yield _result(result, names)


def _reply(texts: list[str], thoughts: list[str], calls: list[JsonObject]) -> Iterator[JsonObject]:
    if texts or thoughts or calls:
        thinking = "\n\n".join(thoughts)
        yield message("assistant", "\n\n".join(texts), thinking=thinking, tool_calls=calls)


def _call(use: JsonObject) -> JsonObject:
    given = use.get("input")
    return tool_call(
        use.get("id"), use.get("name"), use.get("raw_input") if given is None else given
    )


def _result(result: JsonObject, names: dict[str, str]) -> JsonObject:
    """What a tool returned: a text, an image, or several of both."""
    content = result.get("content")
    texts = []
    attachments = []
    for part in content if isinstance(content, list) else [content]:
        found = object_of(part)
        texts += _filled(part) or _filled(found.get("Text")) or _of(found)
        attachments += _image(found.get("Image", found))
    call_id = text_of(result.get("tool_use_id"))
    return message(
        "tool",
        "\n\n".join(texts) or json_text(result.get("output")),
        tool_call_id=call_id,
        tool_name=text_of(result.get("tool_name")) or names.get(call_id),
        is_error=result.get("is_error") is True,
        attachments=attachments,
    )


def _contents(content: object) -> Iterator[tuple[str, object]]:
    """The type and the value of each content, such as ``{"Text": "…"}``."""
    for part in list_of(content):
        if isinstance(part, dict):
            yield next(iter(part.items()), ("content", None))


def _mention(value: JsonObject) -> list[JsonObject]:
    """What the user referred to, with the text that the model got of it."""
    uri = value.get("uri")
    about = next((item for item in object_of(uri).values() if isinstance(item, dict)), {})
    place = text_of(uri)
    for key in ("abs_path", "path", "url"):
        place = place or text_of(about.get(key))
    name = text_of(about.get("name")) or place.replace("\\", "/").rpartition("/")[2]
    name = name or "mention"
    found = with_text(value.get("content"), "", name, place) or linked(place or name, "", name)
    return [found] if found else []


def _image(value: object) -> list[JsonObject]:
    found = embedded(object_of(value).get("source"), "image/png")
    return [found] if found else []


def _of(part: JsonObject) -> list[str]:
    return _filled(part.get("text"))


def _filled(value: object) -> list[str]:
    text = text_of(value)
    return [text] if text.strip() else []
