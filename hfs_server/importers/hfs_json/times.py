"""The times in a document: those of its messages, and what an import loses of them."""

from __future__ import annotations

import re

from hfs_server.session import JsonObject

_BELOW_MICROSECOND = re.compile(r"[.,]\d{6}\d*[1-9]\d*")
_LONGEST_EXACT = len("2026-W05T103000.12345")
"""No time that is this short is more precise than a microsecond."""


class DocumentTimes:
    """What is known of a document's times while it is read."""

    def __init__(self) -> None:
        self.first: str | None = None
        self.last: str | None = None
        self._missing = 0
        self._truncated = 0

    def add_message(self, message: JsonObject, created_at: str | None) -> None:
        """Notes a message as it is in the document, and its time in UTC."""
        self.add(message, "created_at")
        if created_at is None:
            self._missing += 1
        else:
            self.first = self.first or created_at
            self.last = created_at

    def add(self, part: JsonObject, *keys: str) -> None:
        """Counts times that are more precise than a microsecond."""
        for key in keys:
            time = part.get(key)
            if isinstance(time, str) and len(time) > _LONGEST_EXACT:
                self._truncated += _BELOW_MICROSECOND.search(time) is not None

    def warnings(self) -> list[str]:
        """Sentences for the user."""
        found = []
        if self._missing:
            have = "1 message has" if self._missing == 1 else f"{self._missing} messages have"
            found.append(f"{have} no timestamp and will be exported without one.")
        if self._truncated:
            were = (
                "1 timestamp was" if self._truncated == 1 else f"{self._truncated} timestamps were"
            )
            found.append(f"{were} truncated to microseconds.")
        return found
