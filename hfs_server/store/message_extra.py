"""A message with the keys that a column holds as JSON.

Loaded only for sessions that have any: messages of the terminal program need no pydantic.
"""

from __future__ import annotations

from hfs_server.session import MESSAGE_FACTS, UNKNOWN, JsonObject
from hfs_server.session_facts import in_order, refitted
from hfs_server.store.column_json import value_in
from hfs_server.store.extra_columns import unknown_of_message

_FACTS = frozenset(MESSAGE_FACTS)
_NAMES = _FACTS | {UNKNOWN}


def with_extra(message: JsonObject, text: object) -> JsonObject:
    """The message with its other keys; a key that another column holds is ignored."""
    extra = unknown_of_message(value_in(text))
    message = {**message, **extra}
    return message if _NAMES.isdisjoint(extra) else in_order(refitted(message))


def has_facts(text: object) -> bool:
    """Whether a message with these keys needs schema 1.1.0."""
    return not _FACTS.isdisjoint(with_extra({}, text))
