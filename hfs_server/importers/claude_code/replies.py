"""Replies of a model, of which the log has one line for each piece.

The rule not to break: the pieces of a reply repeat its usage, so the largest counts, not the sum.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from hfs_server.importers.values import count_of, message, time_of, usage_of
from hfs_server.session import JsonObject

_HELD = 64
"""How many messages may lie between two pieces of a reply, as results of tools do."""
_HELD_BYTES = 8 << 20
_USAGE = {
    "input_tokens": "input_tokens",
    "output_tokens": "output_tokens",
    "cache_read_tokens": "cache_read_input_tokens",
    "cache_write_tokens": "cache_creation_input_tokens",
}


class Reply:
    """One reply, as long as pieces of it may follow."""

    def __init__(self, reply_id: str) -> None:
        self.id = reply_id
        self.time: object = None
        """When its last piece was written that no other message precedes: times stay in order."""
        self.model = ""
        self.is_synthetic = False
        self.texts: list[str] = []
        self.thoughts: list[str] = []
        self.calls: dict[str, JsonObject] = {}
        self.cost: object = None
        self._usages: list[JsonObject] = []

    def add_usage(self, usage: JsonObject) -> None:
        """Adds what a piece says of the usage."""
        if usage and usage not in self._usages[-1:]:
            self._usages.append(usage)

    def message(self) -> JsonObject | None:
        """The reply as a message; None if it has nothing that can be read."""
        if not (self.texts or self.thoughts or self.calls):
            return None
        return message(
            "assistant",
            "\n\n".join(self.texts),
            time_of(self.time),
            model=self.model,
            thinking="\n\n".join(self.thoughts),
            tool_calls=list(self.calls.values()),
            usage=self._usage(),
            synthetic=self.is_synthetic,
            source_id=self.id,
        )

    def _usage(self) -> dict[str, int | float]:
        used: dict[str, int] = {}
        for usage in self._usages:
            for name, key in _USAGE.items():
                count = count_of(usage.get(key))
                if count and count > used.get(name, 0):
                    used[name] = count
        return usage_of(**used, cost_usd=self.cost) if self.cost else {**used}


class Window:
    """The last messages, in their order: replies in it may still grow."""

    def __init__(self) -> None:
        self._held: deque[JsonObject | Reply] = deque()
        self._replies: dict[str, Reply] = {}
        self._start = 0

    def reply(self, reply_id: str) -> Reply | None:
        """The reply with this id, if pieces can be added to it."""
        return self._replies.get(reply_id)

    def add(self, item: JsonObject | Reply) -> None:
        """Adds the next message."""
        self._held.append(item)
        if isinstance(item, Reply) and item.id:
            self._replies[item.id] = item

    def is_full(self, bytes_read: int) -> bool:
        """Whether messages should be released."""
        return len(self._held) > 2 * _HELD or bytes_read - self._start > _HELD_BYTES

    def is_last(self, reply: Reply) -> bool:
        """Whether no message follows the reply."""
        return self._held[-1] is reply

    def release(self, bytes_read: int) -> Iterator[JsonObject]:
        """The messages that pieces can no longer follow in a log of which so much was read."""
        self._start = bytes_read
        yield from self._release(min(_HELD, self._since_last_reply()))

    def release_all(self) -> Iterator[JsonObject]:
        """All messages."""
        yield from self._release(0)

    def _since_last_reply(self) -> int:
        items = enumerate(reversed(self._held), start=1)
        return next((count for count, item in items if isinstance(item, Reply)), 0)

    def _release(self, remaining: int) -> Iterator[JsonObject]:
        held = self._held
        while len(held) > remaining:
            item = held.popleft()
            if isinstance(item, Reply):
                self._replies.pop(item.id, None)
                if (written := item.message()) is not None:
                    yield written
            else:
                yield item
