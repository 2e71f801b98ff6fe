"""What a stored session has besides what today's importer reads in its original.

The rule not to break: a message that another program may have added is one of these.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from hfs_server.store.rows import object_in


def additions(
    staged: Iterable[Sequence[Any]], stored: Iterable[Sequence[Any]], count: int
) -> list[int]:
    """The ids of the messages after the last one that the original has, but for those that an
    importer made of it in another way.

    Rows have a role, a content, a time and extra keys, those that are stored their id before.
    """
    source_ids: set[str] = set()
    contents: Counter[int] = Counter()
    times: Counter[int] = Counter()
    for message in map(_Said.of, staged):
        contents[message.content] += 1
        times[message.time] += message.is_timed
        if message.source_id is not None:
            source_ids.add(message.source_id)
    after: list[int] = []
    for index, (number, *columns) in enumerate(stored):
        message = _Said.of(columns)
        if message.source_id in source_ids or contents[message.content]:
            contents[message.content] -= 1
            times[message.time] -= 1
        elif times[message.time] > 0 and message.is_timed:
            times[message.time] -= 1
        else:
            # Other programs write no extra keys; a document may have more of the same tool.
            if not message.has_extra or message.source_id is not None or index >= count:
                after.append(number)
            continue
        after.clear()
    return after


class _Said(NamedTuple):
    """What identifies a message."""

    source_id: str | None
    content: int
    time: int
    is_timed: bool
    has_extra: bool

    @classmethod
    def of(cls, columns: Sequence[Any]) -> _Said:
        """Of a message's role, content, time and extra keys."""
        role, content, created_at, extra = columns
        keys = object_in(extra)
        source_id = keys.get("source_id")
        return cls(
            source_id if isinstance(source_id, str) else None,
            hash((role, content)),
            hash((role, created_at)),
            "created_at" not in keys,
            extra is not None,
        )
