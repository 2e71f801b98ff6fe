"""Gives sessions another name; a session keeps its place in the list."""

from __future__ import annotations

from hfs_server.store.postgresql.connections import Raw, fetch
from hfs_server.store.postgresql.filtering import folded
from hfs_server.store.postgresql.listing import session_not_found, summary
from hfs_server.store.postgresql.texts import from_column, to_column
from hfs_server.store.postgresql.words import index_name
from hfs_server.store.results import SessionSummary


def rename(raw: Raw, session_id: int, name: str) -> SessionSummary:
    """Gives a session another name, in a transaction that has begun. Raises SessionNotFound."""
    renamed = fetch(raw, _RENAME, (to_column(name), folded(name), session_id))
    if not renamed:
        raise session_not_found(raw, session_id)
    ((extra,),) = renamed
    index_name(raw, session_id, name, extra and from_column(extra))
    return summary(raw, session_id)


_RENAME = """
    UPDATE hfs.sessions SET name = %s, folded_name = %s, revision = revision + 1
    WHERE id = %s AND deleted_at IS NULL RETURNING extra
"""
