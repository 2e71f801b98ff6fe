"""The times in a document: those of its messages, and what an import loses of them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from hfs_server.session import JsonObject
from hfs_server.strict_json.errors import JsonPath

_BELOW_MICROSECOND = re.compile(r"[.,]\d{6}\d*[1-9]\d*")
_LONGEST_EXACT = len("2026-W05T103000.12345")
"""No time that is this short is more precise than a microsecond."""

NO_TIME = "The message has no timestamp and will be exported without one."
TRUNCATED = "The timestamp is truncated to microseconds."
"""What ``warnings`` says of all of them, of one."""

_MOST_PLACES = 200


class DocumentTimes:
    """What is known of a document's times while it is read."""

    def __init__(self) -> None:
        self.first: str | None = None
        self.last: str | None = None
        self.places: list[tuple[JsonPath, str]] = []
        """The first places that a warning is about, each with ``NO_TIME`` or ``TRUNCATED``."""
        self._missing = 0
        self._truncated = 0

    @property
    def count(self) -> int:
        """How many places the warnings are about."""
        return self._missing + self._truncated

    def add_message(
        self, message: JsonObject, created_at: str | None, path: JsonPath, index: int
    ) -> None:
        """Notes a message as it is in the document, and its time in UTC."""
        if created_at is None:
            self._missing += 1
            self._note((*path, index), NO_TIME)
            return
        if _is_truncated(message.get("created_at")):
            self._truncated += 1
            self._note((*path, index, "created_at"), TRUNCATED)
        self.first = self.first or created_at
        self.last = created_at

    def add_plain(self, times: Sequence[str]) -> None:
        """Notes the times of messages, which are in UTC and whole."""
        self.first = self.first or times[0]
        self.last = times[-1]

    def add(self, part: JsonObject, path: JsonPath, *keys: str) -> None:
        """Counts times that are more precise than a microsecond."""
        for key in keys:
            if _is_truncated(part.get(key)):
                self._truncated += 1
                self._note((*path, key), TRUNCATED)

    def _note(self, path: JsonPath, warning: str) -> None:
        if len(self.places) < _MOST_PLACES:
            self.places.append((path, warning))

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


def _is_truncated(time: object) -> bool:
    if not isinstance(time, str) or len(time) <= _LONGEST_EXACT:
        return False
    return _BELOW_MICROSECOND.search(time) is not None
