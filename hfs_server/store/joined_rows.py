"""The row of a session on several machines that share a folder, joined with that of another one.

The rule not to break: the result is the same on all of them, but for what is each machine's own:
the name, and the place where the session lay.
"""

from __future__ import annotations

import json

from hfs_server.session import JsonObject
from hfs_server.store.extra_columns import to_json
from hfs_server.store.joining import greater, is_same, joined
from hfs_server.store.merging import lacks_facts
from hfs_server.store.rows import SessionRow, facts_in, object_in

_BEGINNING = "session_created_at"
"""The key of the metadata that says that the beginning of a session is not known."""


def joined_row(row: SessionRow, other: SessionRow) -> SessionRow:
    """A row with what the same session has on another machine. Its name and its place stay."""
    begun = [each.created_at for each in (row, other) if _knows_beginning(each)]
    extra = _joined_extra(row.hfs_extra, other.hfs_extra, knows_beginning=bool(begun))
    facts = facts_in(extra)
    return row._replace(
        created_at=min(begun, default=row.created_at),
        updated_at=max(filter(None, (row.updated_at, other.updated_at)), default=None),
        hfs_run_snapshot=_greater_json(row.hfs_run_snapshot, other.hfs_run_snapshot),
        hfs_extra=extra,
        hfs_parent=_text_in(facts, "parent_session_id") or row.hfs_parent,
        hfs_tool=_text_in(object_in(facts.get("source")), "tool") or row.hfs_tool,
        hfs_directory=_text_in(facts, "working_directory") or row.hfs_directory,
    )


def is_less(row: SessionRow, stored: SessionRow, *, is_exchanged: bool) -> bool:
    """Whether the store has facts of the same session that an imported row lacks."""
    return joined_row(row, stored) != row if is_exchanged else lacks_facts(row, stored)


def _text_in(facts: JsonObject, key: str) -> str | None:
    value = facts.get(key)
    return value if isinstance(value, str) else None


def _knows_beginning(row: SessionRow) -> bool:
    return _BEGINNING not in object_in(object_in(row.hfs_extra).get("metadata"))


def _joined_extra(extra: str | None, other: str | None, *, knows_beginning: bool) -> str | None:
    old, new = _without_place(object_in(extra)), _without_place(object_in(other))
    members = {
        member: joined(object_in(old.get(member)), object_in(new.get(member)))
        for member in {**old, **new}
    }
    if knows_beginning:
        members.get("metadata", {}).pop(_BEGINNING, None)
    kept, before = (
        {member: values for member, values in each.items() if values} for each in (members, old)
    )
    return extra if is_same(kept, before) else to_json(_with_place(kept, extra, other))


def _without_place(extra: JsonObject) -> JsonObject:
    """The extra keys without the place where the session lay, which differs on each machine."""
    facts = facts_in(extra)
    source = facts.get("source")
    if not isinstance(source, dict) or "location" not in source:
        return extra
    placeless = {key: value for key, value in source.items() if key != "location"}
    return {**extra, "facts": {**facts, "source": placeless}}


def _with_place(extra: JsonObject, *before: str | None) -> JsonObject:
    """The extra keys with the place of the first that has a source."""
    sources = [facts_in(each).get("source") for each in before]
    place = next((each.get("location") for each in sources if isinstance(each, dict)), None)
    source = facts_in(extra).get("source")
    if place is None or not isinstance(source, dict):
        return extra
    return {**extra, "facts": {**extra["facts"], "source": {**source, "location": place}}}


def _greater_json(one: str | None, other: str | None) -> str | None:
    """The greater of two values in JSON, or the one that there is."""
    if one is None or other is None:
        return other if one is None else one
    try:
        values = json.loads(one), json.loads(other)
        return one if is_same(values[0], greater(*values)) else other
    except (ValueError, RecursionError):
        return max(one, other)
