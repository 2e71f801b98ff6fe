"""The counts of one session's messages, and the text in which they are kept in its row.

The rule not to break: what is kept says which messages it is about, by their number and the
highest id, so that counts of other messages are never taken for those of these.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated, Any, NamedTuple

from pydantic import Field, TypeAdapter

from hfs_server.statistics import UNNAMED, USAGE, CountedSession, Sums, Tally, quarter_of
from hfs_server.store.extra_columns import to_json
from hfs_server.store.rows import lenient_text, object_in
from hfs_server.timestamps import iso_from_store

_FORM = 1
"""The form of the kept text; another one is computed again."""

_COUNTED_KEYS = (b'"usage"', b'"model"', b'"tool_calls"', b'"synthetic"')
_TOKENS = USAGE[:-1]
_ISO_SECONDS = len("2026-02-01T10:30:00")
_LARGEST = 2**63
_Kept = Annotated[list[int | float | None], Field(min_length=3, max_length=3 + len(USAGE))]
_KEPT: TypeAdapter[
    tuple[int, int, int, _Kept, list[tuple[str, _Kept]], list[tuple[int, _Kept]]]
] = TypeAdapter(tuple[int, int, int, _Kept, list[tuple[str, _Kept]], list[tuple[int, _Kept]]])
"""Validated, since any program may have written the column."""


class Counts(NamedTuple):
    """What a session amounts to, and which messages were counted."""

    messages: int
    last_id: int
    session: CountedSession

    def kept_text(self) -> str:
        """The text in which they are kept."""
        return to_json([_FORM, self.messages, self.last_id, *self.session])


def kept_counts(text: object, messages: int, last_id: int | None) -> CountedSession | None:
    """What a kept text says; None if it is not about these messages."""
    if not isinstance(text, str) or not text.startswith(f"[{_FORM},{messages},{last_id or 0},"):
        return None
    try:
        _, _, _, whole, by_model, by_quarter = _KEPT.validate_json(text)
    except ValueError:
        return None
    return CountedSession(whole, by_model, by_quarter)


def count_messages(rows: Iterable[Sequence[Any]], begun: int | None) -> Counts:
    """The counts of a session that began in the quarter ``begun``, as messages without a time
    did, from rows of id, role, time and extra keys; all but the id are bytes or None.
    """
    found: dict[tuple[str | None, int | None], Tally] = {}
    last_id = 0
    for number, role, created_at, extra in rows:
        last_id = max(last_id, number)
        facts = _facts(extra)
        quarter = quarter_of_text(created_at)
        key = (_model(role, facts), begun if quarter is None else quarter)
        if key not in found:
            found[key] = Tally()
        found[key].add(_sums(role, facts))
    return _summed(found, last_id)


def _summed(found: dict[tuple[str | None, int | None], Tally], last_id: int) -> Counts:
    whole, by_model, by_quarter = Tally(), dict[str, Tally](), dict[int, Tally]()
    for (model, quarter), tally in found.items():
        whole.add(tally.sums)
        if model is not None:
            by_model.setdefault(model, Tally()).add(tally.sums)
        if quarter is not None:
            by_quarter.setdefault(quarter, Tally()).add(tally.sums)
    session = CountedSession(_short(whole), _shorts(by_model), _shorts(by_quarter))
    return Counts(whole.messages, last_id, session)


def quarter_of_text(created_at: bytes | None) -> int | None:
    """The quarter of a time as it is in the store; None if it is none."""
    iso = iso_from_store(lenient_text(created_at)) if created_at else None
    return None if iso is None else quarter_of(datetime.fromisoformat(iso[:_ISO_SECONDS]))


def _facts(extra: bytes | None) -> dict[str, Any]:
    """The keys of a message; most have none that is counted."""
    if not extra or not any(key in extra for key in _COUNTED_KEYS):
        return {}
    return object_in(lenient_text(extra))


def _model(role: bytes | None, facts: dict[str, Any]) -> str | None:
    model = facts.get("model")
    if isinstance(model, str) and model:
        return model
    return UNNAMED if role == b"assistant" else None


def _sums(role: bytes | None, facts: dict[str, Any]) -> list[float | None]:
    """What one message adds."""
    calls, usage = facts.get("tool_calls"), facts.get("usage")
    is_prompt = role == b"user" and facts.get("synthetic") is not True
    count = sum(isinstance(call, dict) for call in calls) if isinstance(calls, list) else 0
    return [1, int(is_prompt), count, *(_usage(usage) if isinstance(usage, dict) else ())]


def _usage(usage: dict[str, Any]) -> list[float | None]:
    """The usage by kind; what no message can have is unknown."""
    values = [usage.get(name) for name in USAGE]
    return [
        value if _is_usage(value, is_cost=name not in _TOKENS) else None
        for name, value in zip(USAGE, values, strict=True)
    ]


def _is_usage(value: object, *, is_cost: bool) -> bool:
    if type(value) is int:
        return 0 <= value < _LARGEST
    return is_cost and type(value) is float and 0 <= value < math.inf


def _shorts(tallies: dict[Any, Tally]) -> list[tuple[Any, Sums]]:
    return [(key, _short(tally)) for key, tally in tallies.items()]


def _short(tally: Tally) -> Sums:
    """The sums up to the last one that is known."""
    sums = tally.sums
    while sums[-1] is None:
        sums.pop()
    return sums
