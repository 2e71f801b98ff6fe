"""A session that is staged, with what the store has of it besides its rows."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

from hfs_server.session import JsonObject
from hfs_server.store import staging
from hfs_server.store.message_extra import has_facts
from hfs_server.store.postgresql.texts import to_column
from hfs_server.store.staged_rows import MessageRow
from hfs_server.store.staging import Row
from hfs_server.store.summaries import PREVIEW_SOURCE_CHARACTERS, preview_of

_MESSAGE, _CHECKPOINT = 0, 1


class StagedSession(staging.StagedSession):
    """The parts of one session. It must be closed."""

    def __init__(self) -> None:
        super().__init__()
        self._hashes: tuple[Any, ...] = blake2b(digest_size=16), blake2b(digest_size=16)
        self._hashes_of_original, self._original_has_facts = self._hashes, False
        self.has_facts = False
        """Whether a message needs schema 1.1.0."""
        self.preview: str | None = None
        """The beginning of the first message that a person typed."""

    @property
    def digest(self) -> bytes:
        """What is the same for the same messages and checkpoints, written the same way."""
        return b"".join(each.digest() for each in self._hashes)

    def end_of_original(self) -> None:
        """Says that what is added from now on is not in the original."""
        super().end_of_original()
        self._hashes_of_original = tuple(each.copy() for each in self._hashes)
        self._original_has_facts = self.has_facts

    def remove_added(self) -> None:
        """Removes what was added since then."""
        super().remove_added()
        self._hashes = tuple(each.copy() for each in self._hashes_of_original)
        self.has_facts = self._original_has_facts

    def add_stored(self, messages: Sequence[Row], checkpoints: Sequence[Row]) -> None:
        """Adds rows that the store has."""
        super().add_stored(messages, checkpoints)
        for row in messages:
            *_, extra = row
            self.has_facts = self.has_facts or (extra is not None and has_facts(extra))
            _add(self._hashes[_MESSAGE], *row)
        for index, *texts in checkpoints:
            _add(self._hashes[_CHECKPOINT], str(index), *texts)

    def _note(self, messages: Sequence[JsonObject], rows: Sequence[MessageRow]) -> None:
        for message, (role, content, _, extra) in zip(messages, rows, strict=True):
            self.has_facts = self.has_facts or (extra is not None and has_facts(extra))
            is_typed = role == "user" and message.get("synthetic") is not True
            if self.preview is None and is_typed:
                self.preview = to_column(preview_of(content[:PREVIEW_SOURCE_CHARACTERS]))
            _add(self._hashes[_MESSAGE], role, content, message["created_at"], extra)

    def _checkpoint(self, checkpoint: JsonObject) -> Row:
        row = super()._checkpoint(checkpoint)
        index, *texts = row
        _add(self._hashes[_CHECKPOINT], str(index), *texts)
        return row


def _add(digest: Any, *texts: str | None) -> None:
    """Adds texts to a hash so that no other texts give the same."""
    lengths = ",".join(["-" if text is None else str(len(text)) for text in texts])
    digest.update(f"{lengths}:{''.join(filter(None, texts))}".encode(errors="surrogatepass"))
