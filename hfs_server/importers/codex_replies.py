"""The replies of Codex's model, each put together from its items.

The rule not to break: the usage of all replies adds up to what Codex counted. Versions until the
end of 2025-09 wrote the count of a reply before its items, later ones after them. Newer ones note
each response ("token_usage_record"), and may write the same count beside it.
"""

from __future__ import annotations

from hfs_server.importers.codex_items import (
    CALLS,
    call_of,
    generated_image,
    images_of,
    text_of_item,
    thinking_of,
)
from hfs_server.importers.values import add_usage, message, object_of, text_of, uncached, usage_of
from hfs_server.session import JsonObject

_MOST_HELD = 200
"""How many messages wait for the usage of their reply."""


class Replies:
    """Messages in their order; the newest reply is held back until the next one begins."""

    def __init__(self) -> None:
        self.model = ""
        self._held: list[JsonObject] = []
        self._reply: JsonObject | None = None
        self._is_open = False
        self._counts_first: bool | None = None
        self._usage: dict[str, int | float] = {}
        self._total: JsonObject = {}
        self._last: JsonObject = {}
        self._responses: set[str] | None = None
        """The ids of responses that are noted; None until the first one is."""

    def add(self, item: JsonObject, time: str | None) -> list[JsonObject]:
        """Adds an item of the model; returns the messages that are complete."""
        self._counts_first = bool(self._counts_first)
        kind = item.get("type")
        if kind == "reasoning":
            thinking = thinking_of(item)
            return self._add("thinking", thinking, item, time) if thinking else []
        if kind == "message":
            text, images = text_of_item(item.get("content")), images_of(item.get("content"))
            done = self._add("content", text, item, time) if text.strip() or images else []
            self._attach(images)
            return done
        if kind not in CALLS:
            return []
        done = [] if self._is_open else self._begin(time)
        if not self._open["content"] and "tool_calls" not in self._open:
            self._stamp(item, time)
        self._open.setdefault("tool_calls", []).append(call_of(item))
        if kind == "image_generation_call":
            self._attach(generated_image(item))
        return done

    def follow(self, made: JsonObject) -> list[JsonObject]:
        """Adds a message of the same turn, such as the result of a tool; the reply is complete."""
        self._is_open = False
        done: list[JsonObject] = []
        if len(self._held) >= _MOST_HELD:
            done, self._held, self._reply = self._held, [], None
        if self._reply is None:
            return [*done, made]
        self._held.append(made)
        return []

    def end(self) -> list[JsonObject]:
        """Ends a turn; returns the messages that are complete, which are all."""
        done, self._held = self._held, []
        self._reply, self._is_open, self._counts_first = None, False, None
        return done

    def count(self, info: JsonObject) -> None:
        """Notes the usage of a reply; the same count again is ignored, and so is one beside notes
        of responses.
        """
        total = object_of(info.get("total_token_usage"))
        if not info or (total and total == self._total) or self._responses is not None:
            return
        self._total, self._last = total, object_of(info.get("last_token_usage"))
        self._place(self._last)

    def note(self, response: JsonObject) -> None:
        """Notes the usage of a response of the model, once."""
        response_id, counts = text_of(response.get("response_id")), object_of(response.get("usage"))
        is_counted = self._responses is None and _is_same(counts, self._last)
        if self._responses is None:
            self._responses = set()
        if response_id and response_id in self._responses:
            return
        self._responses.add(response_id)
        if not is_counted:
            self._place(counts)

    def _place(self, counts: JsonObject) -> None:
        if self._counts_first is None:
            self._counts_first = True
        used = _usage(counts)
        if self._counts_first or self._reply is None:
            add_usage(self._usage, used)
        else:
            self._is_open = False
            add_usage(self._reply.setdefault("usage", {}), used)

    def finish(self) -> list[JsonObject]:
        """The messages that are left; usage that no reply took goes to the last one."""
        if self._usage and self._reply is not None:
            add_usage(self._reply.setdefault("usage", {}), self._usage)
        return self.end()

    @property
    def _open(self) -> JsonObject:
        assert self._reply is not None
        return self._reply

    def _add(self, key: str, text: str, item: JsonObject, time: str | None) -> list[JsonObject]:
        is_new = not self._is_open or bool(self._open["content"] or "tool_calls" in self._open)
        done = self._begin(time) if is_new else []
        earlier = text_of(self._open.get(key))
        self._open[key] = f"{earlier}\n\n{text}" if earlier else text
        self._stamp(item, time)
        return done

    def _begin(self, time: str | None) -> list[JsonObject]:
        done, self._held = self._held, []
        usage, self._usage = self._usage, {}
        self._reply = message("assistant", "", time, model=self.model, usage=usage)
        self._held.append(self._reply)
        self._is_open = True
        return done

    def _stamp(self, item: JsonObject, time: str | None) -> None:
        """The time and the id of a reply are those of its text, else of its first call."""
        self._open["created_at"] = time
        if source_id := text_of(item.get("id")):
            self._open["source_id"] = source_id

    def _attach(self, images: list[JsonObject]) -> None:
        if images:
            self._open.setdefault("attachments", []).extend(images)


def _is_same(counts: JsonObject, others: JsonObject) -> bool:
    names = ("input_tokens", "output_tokens")
    return bool(others) and all(counts.get(name) == others.get(name) for name in names)


def _usage(counts: JsonObject) -> dict[str, int | float]:
    """Codex's counts; its input contains what the cache read and wrote."""
    read, written = counts.get("cached_input_tokens"), counts.get("cache_write_input_tokens")
    return usage_of(
        input_tokens=uncached(counts.get("input_tokens"), read, written),
        output_tokens=counts.get("output_tokens"),
        cache_read_tokens=read,
        cache_write_tokens=written,
        reasoning_tokens=counts.get("reasoning_output_tokens"),
    )
