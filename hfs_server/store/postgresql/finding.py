"""Finds one session, by its id or by its identity."""

from __future__ import annotations

from hfs_server.store.missing import no_identity
from hfs_server.store.postgresql.access import MINE
from hfs_server.store.postgresql.connections import Raw, fetch
from hfs_server.store.postgresql.listing import session_not_found, summary
from hfs_server.store.postgresql.texts import from_column, to_column
from hfs_server.store.results import FoundSession
from hfs_server.store.rows import facts_in, object_in


def found_session(raw: Raw, session: int | str) -> FoundSession:
    """The session of an id or of an identity. Raises SessionNotFound."""
    session_id = session if isinstance(session, int) else _id_of(raw, session)
    found = summary(raw, session_id)
    ((identity, extra),) = fetch(raw, _FACTS, (session_id,))
    tool_id = object_in(facts_in(extra and from_column(extra)).get("source")).get("session_id")
    return FoundSession(found, from_column(identity), tool_id if isinstance(tool_id, str) else None)


def _id_of(raw: Raw, identity: str) -> int:
    """The id of the session of an identity, or of a deleted one. Raises SessionNotFound."""
    rows = fetch(raw, _BY_IDENTITY, {"identity": to_column(identity)})
    if not rows:
        raise no_identity()
    if rows[0][1]:
        raise session_not_found(raw, rows[0][0])
    return int(rows[0][0])


_FACTS = "SELECT identity, extra FROM hfs.sessions WHERE id = %s"
_BY_IDENTITY = f"""
    SELECT id, deleted_at IS NOT NULL AS deleted FROM hfs.sessions
    WHERE (identity = %(identity)s AND deleted_at IS NULL)
        OR (identity = %(identity)s AND deleted_at IS NOT NULL)
    ORDER BY deleted, {MINE} DESC, id LIMIT 1
"""
