"""Sessions of Claude.ai: the file ``conversations.json`` of an export, or a single session.

The rule not to break: the blocks of ``content`` win over ``text``, which has thinking and answer
glued together.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from hfs_server.importers.branches import active_branch
from hfs_server.importers.claude_ai.blocks import Blocks, attachments_of, compaction_of
from hfs_server.importers.foreign import Draft, ForeignSession
from hfs_server.importers.json_items import Item, read_items
from hfs_server.importers.places import Places
from hfs_server.importers.source_file import SourceFile
from hfs_server.importers.values import message, objects_of, text_of, time_of
from hfs_server.session import JsonObject

_MARKS = ("uuid", "name", "created_at", "current_leaf_message_uuid")
_ROLES = {"human": "user", "user": "user", "assistant": "assistant"}


class ClaudeAi:
    """The importer of Claude.ai's exports."""

    tool = "claude-ai"
    label = "Claude.ai"
    patterns: tuple[str, ...] = ()

    def folders(self, _: Places) -> Sequence[Path]:
        """None: Claude.ai keeps no sessions on this machine."""
        return ()

    def recognizes(self, file: SourceFile) -> str | None:
        """A list of messages under the name that only Claude.ai uses."""
        for record in file.records:
            if _is_session(record) and any(mark in record for mark in _MARKS):
                return "chat_messages"
        return None

    def sessions(self, file: SourceFile) -> Iterator[ForeignSession]:
        """The sessions, one at a time. Raises InvalidDocument if none can be read."""
        for item in read_items(file, _is_session):
            draft = _draft(file, item)
            yield ForeignSession(draft, _messages(item.value, draft))


def _is_session(value: JsonObject) -> bool:
    return isinstance(value.get("chat_messages"), list)


def _draft(file: SourceFile, item: Item) -> Draft:
    session = item.value
    draft = Draft("claude-ai", file)
    draft.session_id = text_of(session.get("uuid")) or None
    draft.title = text_of(session.get("name")).strip() or None
    draft.summary = text_of(session.get("summary")).strip() or None
    draft.created_at = time_of(session.get("created_at"))
    draft.updated_at = time_of(session.get("updated_at"))
    draft.models = [model] if (model := text_of(session.get("model"))) else []
    draft.replaced_characters = item.replaced_characters
    draft.warnings += item.warnings
    return draft


def _messages(session: JsonObject, draft: Draft) -> Iterator[JsonObject]:
    found = objects_of(session.get("chat_messages"))
    active = active_branch(
        found,
        [_id(item) for item in found],
        [text_of(item.get("parent_message_uuid")) for item in found],
        text_of(session.get("current_leaf_message_uuid")),
        draft,
    )
    for item in active:
        yield from _message(item, draft)


def _message(item: JsonObject, draft: Draft) -> Iterator[JsonObject]:
    sender = text_of(item.get("sender"))
    role = _ROLES.get(sender)
    if role is None:
        draft.unknown_records[f"sender {sender}"] += 1
        return
    blocks = Blocks(item, draft)
    attachments = [*attachments_of(item), *blocks.attachments]
    created_at = time_of(item.get("created_at"))
    if blocks.text.strip() or attachments or blocks.thinking or blocks.calls:
        yield message(
            role,
            blocks.text,
            created_at,
            model=text_of(item.get("model")),
            thinking=blocks.thinking,
            tool_calls=blocks.calls,
            attachments=attachments,
            source_id=_id(item),
        )
    for result in blocks.results:
        yield message("tool", result.pop("content"), created_at, **result)
    if (summary := compaction_of(item, draft)).strip():
        yield message("system", summary, created_at, synthetic=True)


def _id(item: JsonObject) -> str:
    return text_of(item.get("uuid"))
