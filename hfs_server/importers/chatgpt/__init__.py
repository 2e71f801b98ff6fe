"""Sessions of ChatGPT, from the file ``conversations.json`` of an export of one's data.

A session is a tree of messages: the path from ``current_node`` to the root is what the user sees.
The rule not to break: what is not on that path is only counted, and kept in the original.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from hfs_server.importers.branches import note_other_branches
from hfs_server.importers.chatgpt.content import attachments_of, is_hidden, text_of_message
from hfs_server.importers.chatgpt.tree import active_path
from hfs_server.importers.foreign import Draft, ForeignSession
from hfs_server.importers.json_items import Item, read_items
from hfs_server.importers.places import Places
from hfs_server.importers.source_file import SourceFile
from hfs_server.importers.values import (
    list_of,
    message,
    object_of,
    objects_of,
    text_of,
    time_of,
    tool_call,
)
from hfs_server.session import JsonObject

_MARKS = ("current_node", "conversation_id", "default_model_slug", "moderation_results")
_NODE = {"message", "parent", "children"}
_OTHERS = {"user", "system", "tool"}
"""The roles besides the assistant's."""


class ChatGpt:
    """The importer of ChatGPT's exports."""

    tool = "chatgpt"
    label = "ChatGPT"
    patterns: tuple[str, ...] = ()

    def folders(self, _: Places) -> Sequence[Path]:
        """None: ChatGPT keeps no sessions on this machine."""
        return ()

    def recognizes(self, file: SourceFile) -> str | None:
        """A mapping of nodes that have a message, a parent and children."""
        for record in file.records:
            mapping = record.get("mapping")
            if not isinstance(mapping, dict):
                continue
            if any(mark in record for mark in _MARKS) or _has_nodes(mapping):
                return "mapping"
        return None

    def sessions(self, file: SourceFile) -> Iterator[ForeignSession]:
        """The sessions, one at a time. Raises InvalidDocument if none can be read."""
        for item in read_items(file, _is_session):
            draft = _draft(file, item)
            yield ForeignSession(draft, _Messages(item.value, draft).read())


class _Messages:
    """The messages on the active path of a session."""

    def __init__(self, session: JsonObject, draft: Draft) -> None:
        self._session = session
        self._draft = draft
        self._nodes = object_of(session.get("mapping"))
        self._names_model = False
        self._thinking: list[str] = []
        """Thoughts that belong to the next message of the assistant."""
        self._thought_at: str | None = None
        self._calls: dict[str, str] = {}
        """The id of the last call of each tool, since results do not name their call."""

    def read(self) -> Iterator[JsonObject]:
        """The messages from the first to the last; the draft gets the models and warnings."""
        path = active_path(self._session, self._nodes)
        for node_id in path:
            found = object_of(object_of(self._nodes[node_id]).get("message"))
            role = text_of(object_of(found.get("author")).get("role"))
            made = self._message(role, found) if found else None
            if made is None:
                continue
            if self._thinking and role in _OTHERS and "synthetic" not in made:
                yield self._thought_alone()
            yield made
        if self._thinking:
            yield self._thought_alone()
        self._note_other_branches(set(path))

    def _message(self, role: str, found: JsonObject) -> JsonObject | None:
        kind = object_of(found.get("content")).get("content_type")
        if kind == "reasoning_recap" or is_hidden(found, kind):
            return self._injected(role, found)
        if kind == "thoughts":
            self._note_thoughts(found)
            return None
        if role == "assistant":
            return self._reply(found)
        if role == "tool":
            return self._result(found)
        if role in _OTHERS:
            return self._plain(role, found)
        self._draft.unknown_records[f"role {role}"] += 1
        return None

    def _injected(self, role: str, found: JsonObject) -> JsonObject | None:
        """What the user never saw; of a tool, it instructs the model, and is no result."""
        text = text_of_message(found, self._draft)
        if not text:
            return None
        role = role if role in ("user", "assistant") else "system"
        return message(role, text, _time(found), synthetic=True, source_id=_id(found))

    def _note_thoughts(self, found: JsonObject) -> None:
        for thought in objects_of(object_of(found.get("content")).get("thoughts")):
            parts = text_of(thought.get("summary")), text_of(thought.get("content"))
            if text := "\n\n".join(part for part in parts if part.strip()):
                self._thinking.append(text)
                self._thought_at = _time(found)

    def _reply(self, found: JsonObject) -> JsonObject | None:
        """An answer, or the call of a tool, with the thoughts before it."""
        text = text_of_message(found, self._draft)
        recipient = text_of(found.get("recipient")) or "all"
        attachments = attachments_of(found)
        calls = []
        if recipient != "all":
            call_id = self._calls[recipient.partition(".")[0]] = _id(found)
            calls, text = [tool_call(call_id, recipient, text)], ""
        elif not text.strip() and not attachments:
            return None
        thinking = "\n\n".join(self._thinking)
        self._thinking.clear()
        return message(
            "assistant",
            text,
            _time(found),
            model=self._model(found),
            thinking=thinking,
            tool_calls=calls,
            attachments=attachments,
            source_id=_id(found),
        )

    def _thought_alone(self) -> JsonObject:
        thinking = "\n\n".join(self._thinking)
        self._thinking.clear()
        return message("assistant", "", self._thought_at, thinking=thinking)

    def _result(self, found: JsonObject) -> JsonObject:
        name = text_of(object_of(found.get("author")).get("name"))
        return message(
            "tool",
            text_of_message(found, self._draft),
            _time(found),
            tool_name=name,
            tool_call_id=self._calls.get(name.partition(".")[0]),
            is_error=object_of(found.get("content")).get("content_type") == "system_error",
            attachments=attachments_of(found),
            source_id=_id(found),
        )

    def _plain(self, role: str, found: JsonObject) -> JsonObject | None:
        text = text_of_message(found, self._draft)
        attachments = attachments_of(found)
        if not text.strip() and not attachments:
            return None
        return message(
            role,
            text,
            _time(found),
            attachments=attachments,
            synthetic=role == "system",
            source_id=_id(found),
        )

    def _model(self, found: JsonObject) -> str:
        """The model that wrote the message; that of the session counts if no message names one."""
        model = text_of(object_of(found.get("metadata")).get("model_slug"))
        default = text_of(self._session.get("default_model_slug"))
        self._names_model = self._names_model or bool(model)
        self._draft.models = [default] if default and not self._names_model else []
        return model

    def _note_other_branches(self, path: set[str]) -> None:
        if len(path) == len(self._nodes):
            return
        others = (node for node_id, node in self._nodes.items() if node_id not in path)
        note_other_branches(
            sum(_is_talk(object_of(object_of(node).get("message"))) for node in others), self._draft
        )


def _is_session(value: JsonObject) -> bool:
    return isinstance(value.get("mapping"), dict)


def _has_nodes(mapping: JsonObject) -> bool:
    node = next(iter(mapping.values()), None)
    return isinstance(node, dict) and len(_NODE & node.keys()) > 1


def _draft(file: SourceFile, item: Item) -> Draft:
    session = item.value
    draft = Draft("chatgpt", file)
    draft.session_id = text_of(session.get("conversation_id")) or text_of(session.get("id")) or None
    draft.title = text_of(session.get("title")).strip() or None
    draft.created_at = time_of(session.get("create_time"))
    draft.updated_at = time_of(session.get("update_time"))
    draft.replaced_characters = item.replaced_characters
    draft.warnings += item.warnings
    return draft


def _is_talk(found: JsonObject) -> bool:
    """Whether a person or the assistant says something in the message."""
    role = object_of(found.get("author")).get("role")
    content = object_of(found.get("content"))
    if role not in ("user", "assistant") or is_hidden(found, content.get("content_type")):
        return False
    parts = list_of(content.get("parts"))
    return any(part.strip() if isinstance(part, str) else part for part in parts)


def _id(found: JsonObject) -> str:
    return text_of(found.get("id"))


def _time(found: JsonObject) -> str | None:
    return time_of(found.get("create_time"))
