"""Sessions of Open WebUI, from its JSON exports.

A session is a tree of messages: the path from ``currentId`` to the root is what the user sees.
Source: Open WebUI's own export, and its middleware, which writes ``output`` and the details in a
text.

The rule not to break: what is not on that path is only counted, and kept in the original.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from hfs_server.importers.attachments import from_url, linked, with_text
from hfs_server.importers.branches import note_other_branches
from hfs_server.importers.chatgpt.tree import active_path
from hfs_server.importers.foreign import Draft, ForeignSession
from hfs_server.importers.json_items import Item, read_items
from hfs_server.importers.open_webui_answers import Answer
from hfs_server.importers.places import Places
from hfs_server.importers.source_file import SourceFile
from hfs_server.importers.values import (
    list_of,
    message,
    object_of,
    objects_of,
    text_of,
    time_of,
    usage_of,
)
from hfs_server.session import JsonObject


class OpenWebUi:
    """The importer of Open WebUI's exports."""

    tool = "open-webui"
    label = "Open WebUI"
    patterns: tuple[str, ...] = ()

    def folders(self, _: Places) -> Sequence[Path]:
        """None: Open WebUI keeps its sessions in a database of its server."""
        return ()

    def recognizes(self, file: SourceFile) -> str | None:
        """A session within its entry, with a history or with messages."""
        return "chat.history" if any(_is_session(record) for record in file.records) else None

    def sessions(self, file: SourceFile) -> Iterator[ForeignSession]:
        """The sessions, one at a time. Raises InvalidDocument if none can be read."""
        for item in read_items(file, _is_session):
            draft = _draft(file, item)
            yield ForeignSession(draft, _messages(object_of(item.value["chat"]), draft))


def _is_session(value: JsonObject) -> bool:
    inner = object_of(value.get("chat"))
    history = object_of(inner.get("history"))
    return "currentId" in history or "messages" in history or _has_list(inner)


def _has_list(inner: JsonObject) -> bool:
    return isinstance(inner.get("messages"), list) and ("models" in inner or "title" in inner)


def _draft(file: SourceFile, item: Item) -> Draft:
    entry, inner = item.value, object_of(item.value.get("chat"))
    draft = Draft("open-webui", file)
    draft.session_id = text_of(entry.get("id")) or text_of(inner.get("id")) or None
    title = text_of(entry.get("title")) or text_of(inner.get("title"))
    draft.title = title.strip() or None
    draft.created_at = time_of(entry.get("created_at")) or time_of(inner.get("timestamp"))
    draft.updated_at = time_of(entry.get("updated_at"))
    tags = (text_of(tag) or text_of(object_of(tag).get("name")) for tag in _tags(entry, inner))
    draft.tags = [tag for tag in tags if tag]
    draft.replaced_characters = item.replaced_characters
    draft.warnings += item.warnings
    return draft


def _tags(entry: JsonObject, inner: JsonObject) -> list[object]:
    return list_of(object_of(entry.get("meta")).get("tags")) or list_of(inner.get("tags"))


def _messages(inner: JsonObject, draft: Draft) -> Iterator[JsonObject]:
    system = text_of(inner.get("system")) or text_of(object_of(inner.get("params")).get("system"))
    if system:
        yield message("system", system, synthetic=True)
    for item in _on_path(inner, draft):
        yield from _message(item, draft)


def _on_path(inner: JsonObject, draft: Draft) -> list[JsonObject]:
    """The messages that the user sees; without a tree, those of the list."""
    history = object_of(inner.get("history"))
    nodes = object_of(history.get("messages"))
    if not nodes:
        return objects_of(inner.get("messages"))
    tree = {
        key: {"message": node, "parent": node.get("parentId"), "children": node.get("childrenIds")}
        for key, node in nodes.items()
        if isinstance(node, dict)
    }
    path = active_path({"current_node": history.get("currentId")}, tree)
    note_other_branches(len(tree) - len(path), draft)
    return [nodes[key] for key in path]


def _message(item: JsonObject, draft: Draft) -> Iterator[JsonObject]:
    role = text_of(item.get("role"))
    if role not in ("user", "assistant", "system"):
        draft.unknown_records[f"role {role}"] += 1
        return
    created_at = time_of(item.get("timestamp"))
    attachments = [found for file in objects_of(item.get("files")) if (found := _file(file))]
    if role != "assistant":
        text = text_of(item.get("content"))
        if text.strip() or attachments:
            yield _made(role, text, item, attachments=attachments, synthetic=role == "system")
        return
    answer = Answer(item, draft)
    if answer.text.strip() or answer.thinking or answer.calls or attachments:
        yield _made(
            role,
            answer.text,
            item,
            model=text_of(item.get("model")),
            thinking=answer.thinking,
            tool_calls=answer.calls,
            usage=_usage(item),
            attachments=attachments,
        )
    for result in answer.results:
        yield message("tool", result.pop("content"), created_at, **result)
    error = item.get("error")
    if text := text_of(error) or text_of(object_of(error).get("content")):
        yield message("system", text, created_at, synthetic=True, is_error=True)


def _made(role: str, text: str, item: JsonObject, **keys: object) -> JsonObject:
    created_at = time_of(item.get("timestamp"))
    return message(role, text, created_at, **keys, source_id=text_of(item.get("id")))


def _usage(item: JsonObject) -> dict[str, int | float]:
    """What the provider reported, in the words of OpenAI or of Ollama."""
    usage = object_of(item.get("usage")) or object_of(item.get("info"))
    details = object_of(usage.get("prompt_tokens_details"))
    cached = details.get("cached_tokens")
    given = usage.get("prompt_tokens", usage.get("prompt_eval_count"))
    if isinstance(given, int) and isinstance(cached, int):
        given -= cached
    return usage_of(
        input_tokens=given,
        output_tokens=usage.get("completion_tokens", usage.get("eval_count")),
        cache_read_tokens=cached,
    )


def _file(file: JsonObject) -> JsonObject | None:
    url = text_of(file.get("url"))
    stored = object_of(file.get("file"))
    about = object_of(stored.get("meta"))
    name = file.get("name") or stored.get("filename")
    if url.startswith("data:"):
        return from_url(url, name)
    given = (file.get("content_type"), file.get("type"), about.get("content_type"))
    media_type = next((kind for kind in given if "/" in text_of(kind)), "")
    place = url or file.get("id")
    extracted = with_text(object_of(stored.get("data")).get("content"), media_type, name, place)
    return extracted or linked(place, media_type, name, file.get("size") or about.get("size"))
