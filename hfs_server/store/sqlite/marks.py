"""What shows that a session has changed, without reading its messages.

The rule not to break: a mark differs after each change that hfs-server or the terminal program
makes. It is about this store alone: the same session has another one in another store.
"""

from __future__ import annotations

import hashlib
import sqlite3

from hfs_server.filters import Filters
from hfs_server.identity import HFS_TOOL, derived_identity
from hfs_server.store.rows import as_text
from hfs_server.store.shapes import SessionMark
from hfs_server.store.sqlite.filtering import condition
from hfs_server.timestamps import iso_from_store

_MARK_BYTES = 12
_UNKNOWN_TIME = "1970-01-01T00:00:00Z"


def session_marks(connection: sqlite3.Connection, filters: Filters) -> list[SessionMark]:
    """The sessions that ``filters`` select, in the order of their ids.

    One of the terminal program has no identity before its first message, so it is none of them.
    """
    selected, values = condition(filters)
    # A store that can only be read may lack the column.
    columns = {name for (name,) in connection.execute(_COLUMNS)}
    statistics = "hfs_statistics" if "hfs_statistics" in columns else "NULL"
    sql = _MARKS.format(statistics=statistics, condition=selected)
    found = []
    for row in connection.execute(sql, values):
        session_id, identity, created_at, updated_at, *_ = row
        changed_at = iso_from_store(updated_at) or iso_from_store(created_at) or _UNKNOWN_TIME
        mark = hashlib.blake2b(repr(row).encode(errors="replace"), digest_size=_MARK_BYTES)
        known = as_text(identity) if identity is not None else None
        found.append((session_id, known, created_at, changed_at, mark.hexdigest()))
    return [
        SessionMark(number, identity or _identity_of(connection, number, created_at), *state)
        for number, identity, created_at, *state in found
    ]


def _identity_of(connection: sqlite3.Connection, session_id: int, created_at: object) -> str:
    """The identity of a session for which the terminal program has recorded none."""
    first = ("", "")
    for role, content in connection.execute(_FIRST_MESSAGE, (session_id,)):
        first = (as_text(role), as_text(content))
    return derived_identity(HFS_TOOL, iso_from_store(created_at), *first)


_COLUMNS = "SELECT name FROM pragma_table_info('sessions')"
_MARKS = """
    SELECT id, hfs_identity, created_at, updated_at, name, hfs_run_snapshot, hfs_extra, hfs_parent,
        hfs_usage, hfs_original, {statistics},
        (SELECT count(*) FROM messages WHERE session_id = sessions.id),
        (SELECT min(id) FROM messages WHERE session_id = sessions.id),
        (SELECT max(id) FROM messages WHERE session_id = sessions.id),
        (SELECT count(*) FROM checkpoints WHERE session_id = sessions.id),
        (SELECT max(id) FROM checkpoints WHERE session_id = sessions.id),
        (SELECT group_concat(hfs_identity || ' ' || name) FROM sessions AS child
            WHERE child.hfs_parent = sessions.hfs_identity),
        (SELECT name FROM sessions AS parent WHERE parent.hfs_identity = sessions.hfs_parent
            LIMIT 1)
    FROM sessions WHERE (hfs_identity IS NOT NULL
        OR EXISTS (SELECT 1 FROM messages WHERE session_id = sessions.id)
        OR EXISTS (SELECT 1 FROM checkpoints WHERE session_id = sessions.id))
        {condition} ORDER BY id
"""
_FIRST_MESSAGE = "SELECT role, content FROM messages WHERE session_id = ? ORDER BY id LIMIT 1"
