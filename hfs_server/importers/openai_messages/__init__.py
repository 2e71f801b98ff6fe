"""Lists of messages as the APIs of OpenAI and others take them, and rows of training data.

A file holds one session (``{"messages": […]}``, or the list alone), or one in each line or item:
fine-tuning files, ShareGPT, pairs of answers for DPO, Alpaca. Source: OpenAI's reference of its
API, and the dataset formats of TRL and LLaMA-Factory.

The rule not to break: messages with nothing but a role and a text are legacy documents of HFS.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from hfs_server.errors import InvalidDocument
from hfs_server.importers.foreign import Draft, ForeignSession
from hfs_server.importers.json_items import Item, read_items
from hfs_server.importers.json_text import json_text, read_document
from hfs_server.importers.openai_messages.evidence import evidence_of
from hfs_server.importers.openai_messages.messages import Messages
from hfs_server.importers.openai_messages.rows import is_row, messages_of, model_of, rejected_in
from hfs_server.importers.places import Places
from hfs_server.importers.source_file import SourceFile
from hfs_server.importers.values import objects_of, text_of
from hfs_server.session import JsonObject

_ID_LENGTH = 32


class OpenAiMessages:
    """The importer of such lists and rows."""

    tool = "openai-messages"
    label = "OpenAI messages"
    patterns: tuple[str, ...] = ()

    def folders(self, _: Places) -> Sequence[Path]:
        """None: no tool keeps such files at a place of its own."""
        return ()

    def recognizes(self, file: SourceFile) -> str | None:
        """Messages with more than a role and a text, or several rows with messages."""
        return evidence_of(file.records, file.is_list)

    def sessions(self, file: SourceFile) -> Iterator[ForeignSession]:
        """The sessions, one at a time. Raises InvalidDocument if none can be read."""
        if "role" in file.record or "from" in file.record:
            yield self._of_list(file)
            return
        rows = read_items(file, is_row)
        first = next(rows, None)
        if first is None:
            raise InvalidDocument("The file has no list of messages.")
        second = next(rows, None)
        yield self._of_row(file, first, is_alone=second is None)
        if second is not None:
            yield self._of_row(file, second)
            for row in rows:
                yield self._of_row(file, row)

    def _of_list(self, file: SourceFile) -> ForeignSession:
        draft = Draft(self.tool, file)
        if file.is_list:
            found = objects_of(read_document(file, draft))
        else:
            found = [item.value for item in read_items(file, lambda _: True)]
        return _session(draft, found, _up_to_reply(found))

    def _of_row(self, file: SourceFile, item: Item, is_alone: bool = False) -> ForeignSession:
        row = item.value
        draft = Draft(self.tool, file)
        draft.replaced_characters = item.replaced_characters
        draft.warnings += item.warnings
        if model := model_of(row):
            draft.models = [model]
        if count := rejected_in(row):
            what = "1 rejected answer is" if count == 1 else f"{count:,} rejected answers are"
            draft.warnings.append(f"{what} only in the original.")
        found = objects_of(messages_of(row))
        return _session(draft, found, _up_to_reply(found) if is_alone else row)


def _session(draft: Draft, found: list[JsonObject], identifying: Any) -> ForeignSession:
    """A session with an id that follows from its content, since it has no other.

    Rows differ anywhere, and many begin alike, so that all of a row counts.
    """
    content = json_text(identifying).encode(errors="replace")
    draft.session_id = hashlib.sha256(content).hexdigest()[:_ID_LENGTH]
    return ForeignSession(draft, Messages(draft).read(found))


def _up_to_reply(found: list[JsonObject]) -> list[JsonObject]:
    """The messages to the first answer: a session that goes on later keeps its id."""
    roles = [text_of(item.get("role")) for item in found]
    return found[: roles.index("assistant") + 1] if "assistant" in roles else found
