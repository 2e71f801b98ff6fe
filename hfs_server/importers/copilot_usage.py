"""The usage of the replies of one agent of GitHub Copilot, whichever events have it.

Versions before 1.0.78 note only the output, in the reply; later ones note each request to the
model, before its reply. The rule not to break: a request is counted once.
"""

from __future__ import annotations

from hfs_server.importers.values import add_usage, count_of, object_of, text_of, uncached, usage_of
from hfs_server.session import JsonObject


class Usage:
    """What was used and no reply has yet; it goes to the next one."""

    def __init__(self) -> None:
        self.waiting: dict[str, int | float] = {}
        self._request = ""
        """The request of the reply that began last."""
        self._is_complete = False
        """Whether that reply has more than its output."""
        self._noted: set[str] = set()
        self._said: dict[str, int] = {}
        """The output that replies name, by request, until their request is noted."""

    def begin(self) -> None:
        """Begins a reply."""
        self._request, self._is_complete = "", False
        self._said.pop("", None)

    def say(self, reply: JsonObject, data: JsonObject) -> None:
        """Adds the usage of a reply, of which the event may name the output."""
        request, said = text_of(data.get("apiCallId")), count_of(data.get("outputTokens"))
        self._request = request or self._request
        if self.waiting:
            add_usage(reply.setdefault("usage", {}), self.waiting)
            self.waiting, self._is_complete = {}, True
        if said is not None and not self._is_complete and request not in self._noted:
            reply.setdefault("usage", {})["output_tokens"] = self._said[request] = said

    def note(self, data: JsonObject, reply: JsonObject | None) -> None:
        """Adds the usage of a request; ``reply`` is the one that is not complete yet."""
        request = text_of(data.get("apiCallId"))
        if request in self._noted:
            return
        self._noted |= {request} - {""}
        used = _usage(data)
        is_of_reply = reply is not None and request == self._request
        if not request and self._is_complete:
            is_of_reply = False
        said = self._said.pop(request, 0) if request or is_of_reply else 0
        if said:
            used["output_tokens"] = used.get("output_tokens", 0) - said
        if reply is None or not is_of_reply:
            add_usage(self.waiting, used)
            return
        add_usage(reply.setdefault("usage", {}), used)
        self._is_complete = True


def request_of(data: JsonObject) -> JsonObject:
    """What the event of a request says of it."""
    return object_of(data.get("usage")) or data


def _usage(counts: JsonObject) -> dict[str, int | float]:
    """Copilot's counts; its input contains what the cache read and wrote."""
    read, written = counts.get("cacheReadTokens"), counts.get("cacheWriteTokens")
    return usage_of(
        input_tokens=uncached(counts.get("inputTokens"), read, written),
        output_tokens=counts.get("outputTokens"),
        cache_read_tokens=read,
        cache_write_tokens=written,
        reasoning_tokens=counts.get("reasoningTokens"),
    )
