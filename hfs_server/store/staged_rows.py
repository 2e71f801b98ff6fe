"""The rows of a session's messages while it is staged, and what they amount to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import repeat
from operator import itemgetter

from hfs_server.session import JsonObject
from hfs_server.store.extra_columns import message_extra
from hfs_server.timestamps import store_text, store_texts

_ROLE, _CONTENT, _TIME = map(itemgetter, ("role", "content", "created_at"))
_PLAIN_KEYS = 3
"""How many keys a message has that fits into a row but for what these cannot hold."""

MessageRow = tuple[str, str, str | None, str | None]
"""A message as engines store it: role, content, time, and what these cannot hold as JSON.

The time is that of the message before it if it has none; None before the first one that has.
"""


class StagedRows:
    """The messages of one session, converted one after the other."""

    def __init__(self) -> None:
        self._last_time: str | None = None
        self.first_time: str | None = None
        """That of the first message that has one."""
        self.leading_untimed = 0
        """How many messages precede that one."""
        self.message_count = 0
        self.checkpoint_count = 0
        self.first_message = ("", "")
        """Role and content."""
        self.usage: Counter[str] = Counter()
        """The usage of all messages."""

    def message_rows(self, messages: Sequence[JsonObject]) -> list[MessageRow]:
        """The rows of the next messages."""
        times = [*map(_TIME, messages)]
        if None in times or set(map(len, messages)) != {_PLAIN_KEYS}:
            return [*map(self._message_row, messages)]
        # One after the other takes five times as long (benchmark row 1).
        self._last_time = times[-1]
        self.first_time = self.first_time or times[0]
        if not self.message_count:
            self.first_message = messages[0]["role"], messages[0]["content"]
        self.message_count += len(messages)
        roles, contents = map(_ROLE, messages), map(_CONTENT, messages)
        return [*zip(roles, contents, store_texts(times), repeat(None))]

    def _message_row(self, message: JsonObject) -> MessageRow:
        created_at = message["created_at"]
        if created_at is not None:
            self.first_time = self.first_time or created_at
            self._last_time = created_at
        self.leading_untimed += self.first_time is None
        if not self.message_count:
            self.first_message = message["role"], message["content"]
        self.message_count += 1
        if "usage" in message:
            self.add_usage(message["usage"])
        sort_time = store_text(self._last_time) if self._last_time else None
        return message["role"], message["content"], sort_time, message_extra(message)

    def add_usage(self, usage: object) -> None:
        """Adds the usage of a message, which may be anything."""
        if isinstance(usage, dict):
            for name, count in usage.items():
                if isinstance(count, (int, float)):
                    self.usage[name] += count  # type: ignore[assignment]

    def begun(self, created_at: str) -> str:
        """The time of what precedes the first message with a time, of a session of that time."""
        return min(store_text(time) for time in (created_at, self.first_time) if time)
