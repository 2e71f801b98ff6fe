"""Sessions of LibreChat, from its JSON exports, and those of Chatbot UI, which it imports.

An export of LibreChat is one session: a list of messages, of one branch or of all, or a tree of
them in ``messagesTree``. Source: LibreChat's own export and import.

The rule not to break: of a tree, the last child of each message is what the user sees.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from hfs_server.errors import InvalidDocument
from hfs_server.importers.branches import active_branch
from hfs_server.importers.foreign import Draft, ForeignSession
from hfs_server.importers.json_text import read_deep_document
from hfs_server.importers.librechat_parts import LibreChatParts
from hfs_server.importers.openai_messages.messages import Messages
from hfs_server.importers.places import Places
from hfs_server.importers.source_file import SourceFile
from hfs_server.importers.values import (
    message,
    object_of,
    objects_of,
    text_of,
    time_of,
    usage_of,
)
from hfs_server.session import JsonObject

_OF_MESSAGE = ("isCreatedByUser", "parentMessageId", "messageId")


class LibreChat:
    """The importer of these exports."""

    tool = "librechat"
    label = "LibreChat"
    patterns: tuple[str, ...] = ()

    def folders(self, _: Places) -> Sequence[Path]:
        """None: LibreChat keeps its sessions in a database of its server."""
        return ()

    def recognizes(self, file: SourceFile) -> str | None:
        """Messages that name their parents, or Chatbot UI's history."""
        if file.is_list:
            return None
        record = file.record
        if "conversationId" in record and objects_of(record.get("messagesTree")):
            return "messagesTree"
        found = next(iter(_messages(record)), {})
        if "conversationId" in record and any(key in found for key in _OF_MESSAGE):
            return "messages with messageId"
        first = next(iter(objects_of(record.get("history"))), {})
        return "history" if "version" in record and "messages" in first else None

    def sessions(self, file: SourceFile) -> Iterator[ForeignSession]:
        """The session of LibreChat, or those of Chatbot UI."""
        draft = Draft(self.tool, file)
        found = object_of(read_deep_document(file, draft))
        if isinstance(found.get("history"), list):
            for item in objects_of(found["history"]):
                yield _of_chatbot_ui(Draft(self.tool, file), item)
            return
        tree = objects_of(found.get("messagesTree")) or _messages(found)
        if not tree and "conversationId" not in found:
            raise InvalidDocument("The file has no session of LibreChat: its messages are missing.")
        draft.session_id = text_of(found.get("conversationId")) or None
        draft.title = text_of(found.get("title")).strip() or None
        yield ForeignSession(draft, _read(_flat(tree), draft))


def _messages(record: JsonObject) -> list[JsonObject]:
    """A list of them, or the only one."""
    found = record.get("messages")
    return [found] if isinstance(found, dict) else objects_of(found)


def _flat(tree: list[JsonObject]) -> list[tuple[JsonObject, str]]:
    """The messages with the ids of their parents, each before its children."""
    found = []
    left = [(item, text_of(item.get("parentMessageId"))) for item in reversed(tree)]
    while left:
        item, parent = left.pop()
        found.append((item, parent))
        children = reversed(objects_of(item.get("children")))
        left += [(child, _id(item)) for child in children]
    return found


def _read(found: list[tuple[JsonObject, str]], draft: Draft) -> Iterator[JsonObject]:
    items = [item for item, _ in found]
    parents = [parent for _, parent in found]
    for item in active_branch(items, [_id(item) for item in items], parents, "", draft):
        yield from _message(item, draft)


def _message(item: JsonObject, draft: Draft) -> Iterator[JsonObject]:
    created_at = time_of(item.get("createdAt"))
    is_user = item.get("isCreatedByUser") is True or text_of(item.get("sender")).lower() == "user"
    parts = LibreChatParts(item, draft)
    if item.get("error") is True:
        yield message("system", parts.text, created_at, synthetic=True, is_error=True)
    elif parts.text.strip() or parts.thinking or parts.calls or parts.attachments:
        output = usage_of(output_tokens=item.get("tokenCount"))
        yield message(
            "user" if is_user else "assistant",
            parts.text,
            created_at,
            model="" if is_user else text_of(item.get("model")),
            thinking=parts.thinking,
            tool_calls=parts.calls,
            usage={} if is_user else output,
            attachments=parts.attachments,
            source_id=_id(item),
        )
    for result in parts.results:
        yield message("tool", result.pop("content"), created_at, **result)


def _of_chatbot_ui(draft: Draft, item: JsonObject) -> ForeignSession:
    draft.session_id = text_of(item.get("id")) or None
    draft.title = text_of(item.get("name")).strip() or None
    model = text_of(object_of(item.get("model")).get("id"))
    draft.models = [model] if model else []
    prompt = {"role": "system", "content": item.get("prompt")}
    return ForeignSession(draft, Messages(draft).read([prompt, *_messages(item)]))


def _id(item: JsonObject) -> str:
    return text_of(item.get("messageId"))
