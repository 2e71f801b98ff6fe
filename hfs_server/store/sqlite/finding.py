"""Finds one session, by its id or by its identity.

The terminal program records no identity: those of its sessions follow from how they begin.
"""

from __future__ import annotations

import sqlite3

from hfs_server.identity import HFS_TOOL, derived_identity
from hfs_server.store.missing import no_identity
from hfs_server.store.results import FoundSession
from hfs_server.store.rows import as_text, facts_in, object_in
from hfs_server.store.sqlite.deletions import (
    deleted_of_identity,
    identity_of_row,
    session_not_found,
)
from hfs_server.store.sqlite.listing import summary
from hfs_server.timestamps import iso_from_store


def found_session(connection: sqlite3.Connection, session: int | str) -> FoundSession:
    """The session of an id or of an identity. Raises SessionNotFound."""
    session_id = session if isinstance(session, int) else _id_of(connection, session)
    found = summary(connection, session_id)
    ((extra,),) = connection.execute(_EXTRA, (session_id,)).fetchall()
    tool_id = object_in(facts_in(extra).get("source")).get("session_id")
    return FoundSession(
        found,
        identity_of_row(connection, session_id),
        tool_id if isinstance(tool_id, str) else None,
    )


def _id_of(connection: sqlite3.Connection, identity: str) -> int:
    rows = connection.execute(_BY_IDENTITY, (identity,)).fetchall()
    if not rows and identity.startswith(f"{HFS_TOOL}:"):
        rows = [
            (number,) for number, *begun in connection.execute(_UNNAMED) if _is(identity, *begun)
        ]
    if rows:
        return int(rows[0][0])
    deleted = deleted_of_identity(connection, identity)
    if deleted is not None:
        raise session_not_found(connection, deleted.session_id)
    raise no_identity()


def _is(identity: str, created_at: object, role: object, content: object) -> bool:
    time = iso_from_store(created_at)
    return derived_identity(HFS_TOOL, time, as_text(role), as_text(content)) == identity


_EXTRA = "SELECT hfs_extra FROM sessions WHERE id = ?"
_BY_IDENTITY = "SELECT id FROM sessions WHERE hfs_identity = ? ORDER BY id LIMIT 1"
_UNNAMED = """
    SELECT sessions.id, sessions.created_at, role, content FROM sessions
    LEFT JOIN messages ON messages.id = (
        SELECT min(id) FROM messages WHERE session_id = sessions.id)
    WHERE hfs_identity IS NULL ORDER BY sessions.id
"""
