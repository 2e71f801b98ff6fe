"""Messages with keys that schema 1.1.0 added, as plain objects.

The rule not to break: a message without any of these keys costs nothing here.
"""

from __future__ import annotations

from typing import Any

from hfs_server.importers.hfs_json.models import PlainMessage
from hfs_server.session import MESSAGE_FACTS, UNKNOWN, JsonObject, Refitted
from hfs_server.session_facts import MessageFacts, in_order, misfits

_PLAIN = ("role", "content", "created_at")
_FACTS = frozenset(MESSAGE_FACTS)
_NAMES = _FACTS | {UNKNOWN}


def needs_facts(message: JsonObject) -> bool:
    """Whether only schema 1.1.0 can hold the message, whose values fit."""
    return not _FACTS.isdisjoint(message)


def with_facts(message: PlainMessage) -> JsonObject | None:
    """The message in a stable order; None if it has no key that schema 1.1.0 added.

    Raises ValidationError for a value that does not fit.
    """
    extra = message.__pydantic_extra__ or {}
    return None if _NAMES.isdisjoint(extra) else checked_facts(message.as_object())


def checked_facts(message: JsonObject) -> JsonObject:
    """The message in a stable order. Raises ValidationError for a value that does not fit."""
    if misfits(message, MessageFacts):
        MessageFacts.model_validate(message)
    return in_order(message)


def refitted_like(message: JsonObject, before: JsonObject) -> Refitted:
    """The valid message, which can be written with the keys that ``before`` has.

    Known keys of schema 1.0.0 come first, as they are in the message.
    """
    plain = {name: message[name] for name in _PLAIN}
    return Refitted(message, {**plain, **before, **plain})


def characters_in(value: Any) -> int:
    """About how many characters the value has as JSON."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, dict):
        return sum(len(key) + characters_in(item) for key, item in value.items())
    return sum(map(characters_in, value)) if isinstance(value, list) else 1
