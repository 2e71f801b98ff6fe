"""How a session that is staged differs from one that the store has.

The rule not to break: a message that only the store has is never given up.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import zip_longest
from typing import Any, Literal, NamedTuple

from hfs_server.store.rows import as_text, state_of
from hfs_server.timestamps import iso_from_store

Relation = Literal["same", "grown", "shrunk", "apart"]
"""What is staged, seen from the store: the same, more, less, or each has what the other lacks."""

_UNKNOWN_TIME = re.compile(r'"created_at": ?null')
_DIGITS = re.compile(r"[0-9.]+")


class Comparison(NamedTuple):
    """How the staged parts differ from the stored ones."""

    relation: Relation
    common: int = 0
    """How many staged messages stand in the store already, in the same order."""
    changed: tuple[tuple[int, int], ...] = ()
    """The ids of stored messages that differ, and of the staged ones that replace them."""
    is_ordered: bool = True
    """Whether the store has those messages at its beginning, and no others."""
    checkpoints_differ: bool = False


class Outline(NamedTuple):
    """What is compared of a message or a checkpoint."""

    id: int
    key: int
    """What makes two messages the same: their id in their tool, else all that they say."""
    value: int
    """All that it holds, however its JSON and its time are written."""
    size: int
    """How much it says; a number that changes makes it neither longer nor shorter."""


class Parts(NamedTuple):
    """The messages and the checkpoints of a session, each of which can be read several times."""

    messages: Callable[[], Iterator[Message | Outline]]
    checkpoints: Callable[[], Iterator[Outline]]


class Message(NamedTuple):
    """A message as its row has it, of which an outline is only made where it is needed."""

    id: int
    role: Any
    content: Any
    created_at: Any
    extra: Any

    def outline(self) -> Outline:
        """What is compared of it if its row differs."""
        extra = _json_of(self.extra)
        said = (as_text(self.role), as_text(self.content), _time(self.created_at, self.extra))
        source_id = extra.get("source_id") if isinstance(extra, dict) else None
        key = said if source_id is None else (said[0], _text(source_id))
        size = len(said[1]) + len(_DIGITS.sub("", _text(extra)))
        return Outline(self.id, hash(key), hash((*said, _text(extra))), size)


def outline_of(message: Message | Outline) -> Outline:
    """The outline of a message."""
    return message.outline() if isinstance(message, Message) else message


def place_of(message: Message) -> int:
    """What makes two messages the same even if other parts of them were redacted."""
    extra = _json_of(message.extra)
    source_id = extra.get("source_id") if isinstance(extra, dict) else None
    time = _time(message.created_at, message.extra)
    return hash((as_text(message.role), time, _text(source_id)))


def compare(stored: Parts, staged: Parts) -> Comparison:
    """Compares what is staged with what is stored."""
    messages, checkpoints = _messages(stored, staged), _checkpoints(stored, staged)
    found = {messages.relation, checkpoints} - {"same"}
    relation = found.pop() if len(found) == 1 else "apart" if found else "same"
    return messages._replace(relation=relation, checkpoints_differ=checkpoints != "same")


def _messages(stored: Parts, staged: Parts) -> Comparison:
    changed: list[tuple[int, int]] = []
    common = growth = 0
    pairs = zip_longest(stored.messages(), staged.messages())
    for old, new in pairs:
        if old is None:
            return Comparison("grown", common, tuple(changed))
        if new is None:
            return Comparison("shrunk")
        if old[1:] != new[1:]:
            before, after = outline_of(old), outline_of(new)
            if before.key != after.key:
                next_old, next_new = next(pairs, (None, None))
                if next_old is None and _goes_on(old, new):
                    changed.append((before.id, after.id))
                    return Comparison("grown", common + 1, tuple(changed))
                if next_new is None and _goes_on(new, old):
                    return Comparison("shrunk")
                return _unordered(stored, staged)
            if before.value != after.value:
                changed.append((before.id, after.id))
                growth += after.size - before.size
        common += 1
    if not changed:
        return Comparison("same", common)
    return Comparison("grown" if growth >= 0 else "shrunk", common, tuple(changed))


def _goes_on(last: Message | Outline, now: Message | Outline) -> bool:
    """Whether the last message of a session is now a longer one, which its tool has written on.

    Meanwhile it may get its time and its id. What is known of an outline is too little for this.
    """
    if not (isinstance(last, Message) and isinstance(now, Message)):
        return False
    if last.role != now.role or as_text(last.role) == "user":
        return False
    before, after = _facts(last), _facts(now)
    content, thinking = as_text(last.content), before.get("thinking") or ""
    names = ("tool_call_id", "source_id") if content else ("tool_call_id",)
    lists = ("tool_calls", "attachments")
    return (
        bool(content or thinking)
        and all(before.get(name) == after.get(name) for name in names)
        and all(_count(before.get(name)) <= _count(after.get(name)) for name in lists)
        and as_text(now.content).startswith(content)
        and as_text(after.get("thinking") or "").startswith(as_text(thinking))
    )


def _facts(message: Message) -> dict[str, Any]:
    extra = _json_of(message.extra)
    return extra if isinstance(extra, dict) else {}


def _count(value: object) -> int:
    return len(value) if isinstance(value, list) else 0


def _unordered(stored: Parts, staged: Parts) -> Comparison:
    """The messages are not the same from the beginning on, so they are compared as sets."""
    kept = Counter(outline_of(each).key for each in stored.messages())
    new = Counter(outline_of(each).key for each in staged.messages())
    if kept <= new:
        return Comparison("grown", is_ordered=False)
    return Comparison("shrunk" if new <= kept else "apart", is_ordered=False)


def _checkpoints(stored: Parts, staged: Parts) -> Relation:
    kept = Counter(each.value for each in stored.checkpoints())
    new = Counter(each.value for each in staged.checkpoints())
    if kept == new:
        return "same"
    return "grown" if kept <= new else "shrunk" if new <= kept else "apart"


def checkpoint_outline(row: Sequence[Any]) -> Outline:
    """What is compared of a checkpoint: a row of id, name, state, time and extra keys."""
    number, trigger, state, created_at, extra = row
    said = (trigger, _text(state_of(state)), _time(created_at, extra), _text(_json_of(extra)))
    return Outline(number, hash(said), hash(said), 0)


def _time(created_at: object, extra: object) -> str | None:
    """A time in the form of documents; None if it is not known."""
    is_known = extra is None or _UNKNOWN_TIME.search(as_text(extra)) is None
    return iso_from_store(created_at) if is_known else None


def _json_of(extra: object) -> Any:
    """Extra keys but the mark of an unknown time; None if there are none."""
    try:
        value = json.loads(as_text(extra)) if extra else None
    except (ValueError, RecursionError):
        return as_text(extra)
    if isinstance(value, dict):
        value.pop("created_at", None)
    return value or None


def _text(value: object) -> str:
    """JSON that is the same for the same value, also where another program wrote 2.0 as 2."""
    if value is None:
        return ""
    text = json.dumps(value, sort_keys=True)
    return json.dumps(_with_whole_numbers(value), sort_keys=True) if ".0" in text else text


def _with_whole_numbers(value: Any) -> Any:
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    if isinstance(value, list):
        return [_with_whole_numbers(each) for each in value]
    if isinstance(value, dict):
        return {key: _with_whole_numbers(each) for key, each in value.items()}
    return value
