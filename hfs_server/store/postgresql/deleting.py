"""Deletes sessions so that they can be restored, and restores them; in a transaction.

A deleted session keeps its row, its messages and its id; ``deletion`` is the id of the session
with which it was deleted. The rule not to break: every query of sessions says which it means.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from hfs_server.errors import HfsError, SessionNotFound
from hfs_server.store.postgresql.access import MINE
from hfs_server.store.postgresql.connections import Raw, execute, fetch
from hfs_server.store.postgresql.deletion_states import (
    lock_identity,
    note_state,
    set_state,
    time_of_deletion,
)
from hfs_server.store.postgresql.imported_files import forget_all_files, forget_file
from hfs_server.store.postgresql.listing import session_not_found
from hfs_server.store.postgresql.parents import is_below
from hfs_server.store.postgresql.texts import from_column, to_column
from hfs_server.store.postgresql.times import stored, zoned
from hfs_server.store.rows import facts_in, object_in
from hfs_server.timestamps import now, store_text


class _Session(NamedTuple):
    """What is looked at of a session."""

    id: int
    identity: str
    parent_identity: str | None
    activity: str


def delete(raw: Raw, session_id: int, deleted_at: str) -> int:
    """Deletes a session and those below it; returns how many. Raises SessionNotFound."""
    found = _subtree(raw, session_id)
    if not found:
        raise session_not_found(raw, session_id)
    ids = [each.id for each in found]
    values = (zoned(deleted_at), session_id, ids)
    execute(raw, _DELETE, values)
    time = time_of_deletion(deleted_at, (each.activity for each in found))
    for each in found:
        if fetch(raw, _HAS_IDENTITY, (each.identity,)):
            # No deletion is noted of one of several versions, so the next import reads its file.
            forget_all_files(raw)
        else:
            note_state(raw, each.identity, time, deleted=True)
    return len(ids)


def delete_identity(raw: Raw, identity: str, deleted_at: str) -> int:
    """Deletes all sessions of an identity as of a time, which is noted even if there is none."""
    column, count = to_column(identity), 0
    lock_identity(raw, column)
    for (session_id,) in fetch(raw, _OF_IDENTITY, (column,)):
        # It may have been below another one.
        if fetch(raw, f"{_SELECT} AND s.id = %s", (session_id,)):
            count += delete(raw, session_id, deleted_at)
    set_state(raw, column, deleted_at, deleted=True)
    _join_deletions(raw, column, deleted_at)
    return count


def _join_deletions(raw: Raw, identity: str, deleted_at: str) -> None:
    """Makes a deletion one with those of the same time above and below the session.

    That is how the machine deleted them from which they come, so they are restored together.
    """
    time = zoned(deleted_at)
    for deletion, parent in fetch(raw, _DELETED_AT, (identity, time)):
        execute(raw, _JOIN_BELOW, {"deletion": deletion, "time": time})
        execute(raw, _JOIN_ABOVE, {"deletion": deletion, "time": time, "parent": parent})


def restore(raw: Raw, session_id: int) -> list[int]:
    """Restores a session and what was deleted with it from below it; returns their ids.

    Raises SessionNotFound.
    """
    together = fetch(raw, _IDENTITIES, (deleted_together(raw, session_id),))
    _lock_identities(raw, (identity for (identity,) in together))
    found = deleted_together(raw, session_id, locked=True)
    if not found:
        raise _not_deleted(raw, session_id)
    execute(raw, _RESTORE, (found,))
    time = store_text(now())
    for identity, extra in fetch(raw, _RESTORED, (found,)):
        note_state(raw, identity, time, deleted=False)
        _forget_source(raw, extra and from_column(extra))
    return found


def restore_identity(raw: Raw, identity: str, restored_at: str) -> int | None:
    """Restores the session of an identity that was deleted last, as of a time; returns its id.

    One that came back with another session gets the time only. None if there is none, as after a
    purge.
    """
    column = to_column(identity)
    lock_identity(raw, column)
    deleted = deleted_of_identity(raw, column)
    if deleted is None:
        ids = [number for (number,) in fetch(raw, _OF_IDENTITY, (column,))]
    else:
        ids = restore(raw, deleted)
    if ids:
        set_state(raw, column, restored_at, deleted=False)
    return ids[0] if ids else None


def deleted_of_identity(raw: Raw, identity: str) -> int | None:
    """The id of the session of this identity that was deleted last."""
    rows = fetch(raw, _DELETED_OF_IDENTITY, (identity,), is_prepared=True)
    return rows[0][0] if rows else None


def deleted_together(raw: Raw, session_id: int, *, locked: bool = False) -> list[int]:
    """The ids of a deleted session and those below it that were deleted with it."""
    rows = fetch(raw, f"{_OF_DELETION}{' FOR UPDATE' if locked else ''}", (session_id,))
    if not rows or rows[0][0] == session_id:
        return [number for number, *_ in rows]
    parents = {number: parent for number, _, parent, _ in rows}
    identities = {number: identity for number, identity, _, _ in rows}
    deletion = rows[0][3]
    found, new = [session_id], [session_id]
    while new:
        above = {identities[each] for each in new}
        new = [
            each
            for each, parent in parents.items()
            if parent in above and each not in found and each != deletion
        ]
        found += new
    return found


def _subtree(raw: Raw, session_id: int) -> list[_Session]:
    """A session and those that are listed below it, locked; none if the store does not have it.

    Sessions below another one that has the same identity stay where they are.
    """
    found: list[_Session] = []
    new = _select(raw, "s.id = %s", session_id)
    while new:
        found += new
        known = [each.id for each in found]
        children = [child for each in new for child in _children(raw, each, known)]
        new = [each for each in dict.fromkeys(children) if each.id not in known]
    return found


def _children(raw: Raw, session: _Session, deleted: Sequence[int]) -> list[_Session]:
    same = [number for (number,) in fetch(raw, _OF_IDENTITY, (session.identity,))]
    if set(same) - set(deleted):
        return []
    return _select(raw, _IS_BELOW, session.identity)


def _select(raw: Raw, condition: str, value: int | str) -> list[_Session]:
    sql = f"{_SELECT} AND {condition} ORDER BY s.id"
    known = _lock_identities(raw, (row[1] for row in fetch(raw, sql, (value,))))
    found = [_Session._make(row) for row in fetch(raw, f"{sql} FOR UPDATE OF s", (value,))]
    # What came meanwhile came after the deletion.
    return [each for each in found if each.identity in known]


def _lock_identities(raw: Raw, identities: Iterable[str]) -> Collection[str]:
    """Locks each before its rows, as an import does; returns them."""
    different = dict.fromkeys(identities)
    for identity in different:
        lock_identity(raw, identity)
    return different


def _forget_source(raw: Raw, extra: str | None) -> None:
    """What its file got while the session was deleted is read by the next import."""
    location = object_in(facts_in(extra).get("source")).get("location")
    if isinstance(location, str):
        forget_file(raw, location)


def _not_deleted(raw: Raw, session_id: int) -> HfsError:
    if fetch(raw, f"{_SELECT} AND s.id = %s AND NOT {MINE}", (session_id,)):
        return session_not_found(raw, session_id)
    if fetch(raw, f"{_SELECT} AND s.id = %s", (session_id,)):
        return SessionNotFound(f"Session {session_id} is not deleted.", sessionId=session_id)
    return SessionNotFound(
        f"The store has no deleted session {session_id}. List the deleted sessions to see them.",
        sessionId=session_id,
    )


_SELECT = f"""
    SELECT s.id, s.identity, s.parent_identity, {stored("s.activity")}
    FROM hfs.sessions AS s WHERE s.deleted_at IS NULL
"""
_IS_BELOW = is_below("s", "%s")
_HAS_IDENTITY = f"""
    SELECT 1 FROM hfs.sessions WHERE identity = %s AND deleted_at IS NULL AND {MINE} LIMIT 1
"""
_OF_IDENTITY = f"""
    SELECT id FROM hfs.sessions WHERE identity = %s AND deleted_at IS NULL AND {MINE} ORDER BY id
"""
_DELETE = """
    UPDATE hfs.sessions SET deleted_at = %s, deletion = %s, revision = revision + 1
    WHERE id = ANY(%s)
"""
_RESTORE = """
    UPDATE hfs.sessions SET deleted_at = NULL, deletion = NULL, revision = revision + 1
    WHERE id = ANY(%s)
"""
_RESTORED = "SELECT identity, extra FROM hfs.sessions WHERE id = ANY(%s) ORDER BY id"
_IDENTITIES = """
    SELECT identity FROM hfs.sessions WHERE id = ANY(%s) ORDER BY id <> deletion, id
"""
_DELETED_OF_IDENTITY = f"""
    SELECT id FROM hfs.sessions WHERE identity = %s AND deleted_at IS NOT NULL AND {MINE}
    ORDER BY deleted_at DESC, id DESC LIMIT 1
"""
_OF_DELETION = """
    SELECT id, identity, parent_identity, deletion FROM hfs.sessions
    WHERE deletion = (SELECT deletion FROM hfs.sessions WHERE id = %s) ORDER BY id <> deletion, id
"""
_DELETED_AT = """
    SELECT deletion, parent_identity FROM hfs.sessions
    WHERE identity = %s AND deleted_at = %s AND deletion = id
"""
_JOIN_BELOW = """
    UPDATE hfs.sessions SET deletion = %(deletion)s WHERE deletion IN (
        SELECT b.id FROM hfs.sessions AS b
        WHERE b.deleted_at = %(time)s AND b.deletion = b.id AND b.parent_identity IN (
            SELECT d.identity FROM hfs.sessions AS d WHERE d.deletion = %(deletion)s))
"""
_JOIN_ABOVE = """
    UPDATE hfs.sessions AS s SET deletion = a.deletion FROM (
        SELECT deletion FROM hfs.sessions WHERE identity = %(parent)s AND deleted_at = %(time)s
        ORDER BY id LIMIT 1) AS a
    WHERE s.deletion = %(deletion)s
"""
