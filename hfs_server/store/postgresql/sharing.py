"""Shows sessions to the team, or to their owner alone; in a transaction."""

from __future__ import annotations

from hfs_server.store.postgresql.access import ALL_SCOPES, MINE, SCOPE
from hfs_server.store.postgresql.connections import Raw, execute, fetch
from hfs_server.store.postgresql.listing import session_not_found
from hfs_server.store.postgresql.texts import from_column
from hfs_server.store.postgresql.words import NAME
from hfs_server.store.shapes import SharedSession, Visibility


def share(raw: Raw, session_id: int, visibility: Visibility) -> int:
    """Gives a session and those below it a visibility; returns how many. Raises SessionNotFound.

    Their messages are indexed again, since the index has who may find them.
    """
    ids = [number for (number,) in fetch(raw, _BELOW, (session_id,))]
    if not ids:
        raise session_not_found(raw, session_id)
    changed = [number for (number,) in fetch(raw, _SHARE, (visibility, ids, visibility))]
    execute(raw, _FORGET_INDEX, {"ids": changed})
    execute(raw, _INDEX_NAMES, (changed,))
    return len(ids)


def shared(raw: Raw) -> list[SharedSession]:
    """The sessions that the team sees, last activity first."""
    rows = fetch(raw, _SHARED)
    return [SharedSession(number, owner, from_column(name)) for number, owner, name in rows]


def share_new(raw: Raw, visibility: Visibility | None) -> None:
    """Gives a visibility to the sessions that this transaction creates."""
    if visibility is not None:
        execute(raw, "SELECT set_config('hfs.visibility', %s, true)", (visibility,))


_BELOW = f"""
    WITH RECURSIVE below AS (
        SELECT id, identity FROM hfs.sessions WHERE id = %s AND deleted_at IS NULL AND {MINE}
        UNION
        SELECT s.id, s.identity FROM hfs.sessions AS s
        JOIN below AS p ON s.parent_identity = p.identity
        WHERE s.deleted_at IS NULL AND s.{MINE}
    )
    SELECT id FROM below
"""
_SHARED = """
    SELECT id, owner::text, name FROM hfs.sessions
    WHERE visibility = 'team' AND deleted_at IS NULL ORDER BY activity DESC, id DESC
"""
_SHARE = """
    UPDATE hfs.sessions SET visibility = %s, indexed_messages = 0
    WHERE id = ANY(%s) AND visibility <> %s RETURNING id
"""
_FORGET_INDEX = f"""
    WITH edit_lines AS (DELETE FROM hfs.edit_lines WHERE session_id = ANY(%(ids)s)),
        edits AS (DELETE FROM hfs.edits WHERE session_id = ANY(%(ids)s))
    DELETE FROM hfs.words WHERE session_id = ANY(%(ids)s) AND position > {NAME}
"""
_INDEX_NAMES = f"""
    UPDATE hfs.words AS w SET words = ts_delete(w.words, {ALL_SCOPES}) || ({SCOPE})::tsvector
    FROM hfs.sessions AS s WHERE s.id = w.session_id AND s.id = ANY(%s)
"""
