"""What an update makes of the row of a session that a store has.

The rule not to break: what only the store has stays.
"""

from __future__ import annotations

import json
from typing import Any

from hfs_server.store.extra_columns import to_json
from hfs_server.store.rows import SessionRow, is_marked_redacted, object_in


def merged_row(stored: SessionRow, incoming: SessionRow, name: str | None) -> SessionRow:
    """The row of a stored session that is updated: what only the store has stays.

    A name that was changed in the store stays, unless ``name`` is given.
    """
    was_renamed = stored.name != (stored.hfs_imported_name or stored.name)
    was_imported = stored.hfs_imported_name is not None
    kept = stored.name if was_renamed or not was_imported else incoming.name
    both = zip(stored, incoming, strict=True)
    return SessionRow._make(_newer(old, new) for old, new in both)._replace(
        name=name or kept,
        created_at=stored.created_at,
        updated_at=max(filter(None, (stored.updated_at, incoming.updated_at)), default=None),
        hfs_extra=_merged_extra(stored.hfs_extra, incoming.hfs_extra),
        hfs_identity=stored.hfs_identity,
        hfs_original=stored.hfs_original,
        hfs_imported_name=incoming.hfs_imported_name if was_imported else None,
    )


def is_same_but_for_name(row: SessionRow, stored: SessionRow) -> bool:
    """Whether two rows differ in nothing, or in the name that the source gives the session."""
    imported_name = stored.hfs_imported_name
    return row._replace(name=stored.name, hfs_imported_name=imported_name) == stored


def lacks_facts(incoming: SessionRow, stored: SessionRow) -> bool:
    """Whether the store has keys of a session that the imported one lacks; an update keeps them."""
    old, new = object_in(stored.hfs_extra), object_in(incoming.hfs_extra)
    return any(_lacks_keys(new.get(member), values) for member, values in old.items())


def _lacks_keys(new: Any, old: Any) -> bool:
    if not isinstance(old, dict) or not isinstance(new, dict):
        return new is None
    return bool(old.keys() - new.keys())


def _newer(old: str | None, new: str | None) -> str | None:
    """What came later; the stored text if it is the same JSON."""
    return old if new is None or _is_same_json(old, new) else new


def _is_same_json(one: str | None, other: str | None) -> bool:
    if not one or not other or one[0] not in "{[" or other[0] not in "{[":
        return one == other
    try:
        return one == other or bool(json.loads(one) == json.loads(other))
    except (ValueError, RecursionError):
        return False


def _merged_extra(stored: str | None, incoming: str | None) -> str | None:
    """The extra keys of both; where both have one, the incoming one but for where it lay."""
    stored = _without_mark(stored, incoming)
    if not stored or not incoming:
        return stored or incoming
    old, new = object_in(stored), object_in(incoming)
    merged = {**old, **new}
    for member, values in new.items():
        if isinstance(values, dict) and isinstance(old.get(member), dict):
            merged[member] = {**old[member], **values}
    _keep_location(old, merged)
    return stored if merged == old else to_json(merged)


def _without_mark(stored: str | None, incoming: str | None) -> str | None:
    """The stored keys; without the mark of a redaction if the imported session has none."""
    if not stored or not is_marked_redacted(stored) or is_marked_redacted(incoming):
        return stored
    old = object_in(stored)
    old["metadata"] = {key: value for key, value in old["metadata"].items() if key != "redacted"}
    kept = {member: values for member, values in old.items() if values}
    return to_json(kept) if kept else None


def _keep_location(old: dict[str, Any], merged: dict[str, Any]) -> None:
    """The same session may lie in several places, of which the store names the first."""
    facts = old.get("facts")
    before = facts.get("source") if isinstance(facts, dict) else None
    if isinstance(before, dict) and isinstance(merged["facts"].get("source"), dict):
        source = {**merged["facts"]["source"], "location": before.get("location")}
        kept = {name: value for name, value in source.items() if value is not None}
        merged["facts"] = {**merged["facts"], "source": kept}
