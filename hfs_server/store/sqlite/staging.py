"""A session that is staged, divided into slices if it is large.

Each slice is committed under one lock, so that other programs get their turn between them.
"""

from __future__ import annotations

from collections.abc import Sequence

from hfs_server.session import JsonObject
from hfs_server.store import staging
from hfs_server.store.staged_rows import MessageRow

SLICE_CHARACTERS = 16 << 20
"""How much text is committed under one lock; it takes some 0.15 seconds."""

_ROW_CHARACTERS = 64
"""What a row costs by itself, as characters: a million rows take their time too."""


class StagedSession(staging.StagedSession):
    """The parts of one session. It must be closed."""

    def __init__(self) -> None:
        super().__init__()
        self._slice_characters = 0
        self._ends: list[int] = []

    @property
    def slice_ends(self) -> list[int]:
        """How many messages precede the end of each slice; there is always one."""
        return [*(end for end in self._ends if end < self.message_count), self.message_count]

    def _note(self, _: Sequence[JsonObject], rows: Sequence[MessageRow]) -> None:
        before = self.message_count - len(rows)
        sizes = (_ROW_CHARACTERS + len(row[1]) + len(row[3] or "") for row in rows)
        for number, size in enumerate(sizes, start=before + 1):
            self._slice_characters += size
            if self._slice_characters >= SLICE_CHARACTERS:
                self._ends.append(number)
                self._slice_characters = 0
