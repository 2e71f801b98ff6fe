"""The session that a store already has, and how it differs from the one that is staged.

The rule not to break: a message that only the store has is never given up.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from itertools import zip_longest
from typing import Any, Literal, NamedTuple

from hfs_server.session import SessionHeader
from hfs_server.store.sqlite.extra_columns import to_json
from hfs_server.store.sqlite.rows import SessionRow, as_text
from hfs_server.timestamps import store_text

Relation = Literal["same", "grown", "shrunk", "apart"]
"""What is staged, seen from the store: the same, more, less, or each has what the other lacks."""

_UNKNOWN_TIME = '"created_at":null'


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


class StoredSession(NamedTuple):
    """A session that the store has; ``version`` is that of the store's data when it was read."""

    id: int
    message_count: int
    checkpoint_count: int
    version: int
    row: SessionRow


def find_session(
    connection: sqlite3.Connection,
    identity: str,
    header: SessionHeader,
    first_message: tuple[str, str],
) -> StoredSession | None:
    """The session with this identity, which other programs do not record."""
    version = data_version(connection)
    rows = connection.execute(_BY_IDENTITY, (identity,)).fetchall()
    if not rows and "session_id" not in header.facts and header.created_at:
        begun = store_text(header.created_at)
        rows = connection.execute(_BY_BEGINNING, (begun, *first_message)).fetchall()
    if not rows:
        return None
    session_id, messages, checkpoints, *row = rows[0]
    return StoredSession(session_id, messages, checkpoints, version, SessionRow(*row))


def data_version(connection: sqlite3.Connection) -> int:
    """A number that differs after each change of the store by another connection."""
    ((version,),) = connection.execute("PRAGMA data_version").fetchall()
    return int(version)


def merged_row(stored: SessionRow, incoming: SessionRow, name: str | None) -> SessionRow:
    """The row of a stored session that is updated: what only the store has stays.

    A name that was changed in the store stays, unless ``name`` is given.
    """
    was_renamed = stored.name != (stored.hfs_imported_name or stored.name)
    was_imported = stored.hfs_imported_name is not None
    kept = stored.name if was_renamed or not was_imported else incoming.name
    both = zip(stored, incoming, strict=True)
    return SessionRow._make(old if new is None else new for old, new in both)._replace(
        name=name or kept,
        created_at=stored.created_at,
        updated_at=max(filter(None, (stored.updated_at, incoming.updated_at)), default=None),
        hfs_extra=_merged_extra(stored.hfs_extra, incoming.hfs_extra),
        hfs_original=stored.hfs_original,
        hfs_imported_name=incoming.hfs_imported_name if was_imported else None,
    )


def _merged_extra(stored: str | None, incoming: str | None) -> str | None:
    """The extra keys of both; where both have one, the incoming one but for where it lay."""
    if not stored or not incoming or stored == incoming:
        return incoming or stored
    old, new = json.loads(stored), json.loads(incoming)
    facts = new.get("facts", {})
    location = old.get("facts", {}).get("source", {}).get("location")
    if location and "source" in facts:
        facts["source"]["location"] = location
    merged = {**old, **new}
    for member, values in new.items():
        if isinstance(values, dict) and isinstance(old.get(member), dict):
            merged[member] = {**old[member], **values}
    return to_json(merged)


def compare(connection: sqlite3.Connection, session_id: int) -> Comparison:
    """Compares the staged session with a stored one."""
    return _combined(_messages(connection, session_id), _checkpoints(connection, session_id))


def _combined(messages: Comparison, checkpoints: Relation) -> Comparison:
    found = {messages.relation, checkpoints} - {"same"}
    relation = found.pop() if len(found) == 1 else "apart" if found else "same"
    return messages._replace(relation=relation, checkpoints_differ=checkpoints != "same")


def _messages(connection: sqlite3.Connection, session_id: int) -> Comparison:
    changed: list[tuple[int, int]] = []
    common = growth = 0
    stored = _rows(connection, _STORED_MESSAGES, session_id)
    staged = _rows(connection, _STAGED_MESSAGES)
    for old, new in zip_longest(stored, staged):
        if old is None:
            return Comparison("grown", common, tuple(changed))
        if new is None:
            return Comparison("shrunk")
        if old[1:] != new[1:]:
            if _key(old) != _key(new):
                return _unordered(connection, session_id)
            changed.append((old[0], new[0]))
            growth += _size(new) - _size(old)
        common += 1
    if not changed:
        return Comparison("same", common)
    return Comparison("grown" if growth >= 0 else "shrunk", common, tuple(changed))


def _unordered(connection: sqlite3.Connection, session_id: int) -> Comparison:
    """The messages are not the same from the beginning on, so they are compared as sets."""
    stored = Counter(map(_key, _rows(connection, _STORED_MESSAGES, session_id)))
    staged = Counter(map(_key, _rows(connection, _STAGED_MESSAGES)))
    if stored <= staged:
        return Comparison("grown", is_ordered=False)
    return Comparison("shrunk" if staged <= stored else "apart", is_ordered=False)


def _checkpoints(connection: sqlite3.Connection, session_id: int) -> Relation:
    stored = Counter(row[1:] for row in _rows(connection, _STORED_CHECKPOINTS, session_id))
    staged = Counter(row[1:] for row in _rows(connection, _STAGED_CHECKPOINTS))
    if stored == staged:
        return "same"
    return "grown" if stored <= staged else "shrunk" if staged <= stored else "apart"


def _rows(connection: sqlite3.Connection, sql: str, *values: object) -> Iterator[Any]:
    """Rows of an id, three values and extra keys; a time that is not known is None."""
    for number, first, second, created_at, extra in connection.execute(sql, values):
        is_known = extra is None or _UNKNOWN_TIME not in as_text(extra)
        yield number, first, second, created_at if is_known else None, extra


def _size(row: tuple[Any, ...]) -> int:
    return len(as_text(row[2])) + len(as_text(row[4]))


def _key(row: tuple[Any, ...]) -> object:
    """What makes two messages the same: their id in their tool, else all that they say."""
    extra = row[4]
    if extra is not None and '"source_id"' in as_text(extra):
        try:
            return json.loads(extra)["source_id"], row[1]
        except (ValueError, KeyError, TypeError):
            pass
    return row[1:4]


_STORED = f"""
    SELECT id, (SELECT count(*) FROM messages WHERE session_id = sessions.id),
        (SELECT count(*) FROM checkpoints WHERE session_id = sessions.id),
        {", ".join(SessionRow._fields)}
    FROM sessions
"""
_BY_IDENTITY = f"{_STORED} WHERE hfs_identity = ? ORDER BY id LIMIT 1"
_BY_BEGINNING = f"""
    {_STORED} WHERE hfs_identity IS NULL AND created_at = ?
        AND EXISTS (SELECT 1 FROM messages WHERE id = (
                SELECT min(id) FROM messages WHERE session_id = sessions.id)
            AND role = ? AND content = ?)
    ORDER BY id LIMIT 1
"""
_STORED_MESSAGES = """
    SELECT id, role, content, created_at, hfs_extra FROM messages WHERE session_id = ? ORDER BY id
"""
_STAGED_MESSAGES = """
    SELECT id, role, content, created_at, hfs_extra FROM staged_messages ORDER BY id
"""
_STORED_CHECKPOINTS = """
    SELECT id, trigger_event || ' ' || message_index, state_json, created_at, hfs_extra
    FROM checkpoints WHERE session_id = ? ORDER BY id
"""
_STAGED_CHECKPOINTS = """
    SELECT id, trigger_event || ' ' || message_index, state_json, created_at, hfs_extra
    FROM staged_checkpoints ORDER BY id
"""
