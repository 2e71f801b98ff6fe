"""The rows of sessions that are deleted, and that come back, in a transaction that has begun.

The rule not to break: a row comes back with all of its columns, also those that another program
has added to the table.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Container, Sequence
from datetime import datetime, timedelta

from hfs_server.store.rows import facts_in, object_in
from hfs_server.store.sqlite.changes import note_change
from hfs_server.store.sqlite.deletions import Deleted, identity_of_row
from hfs_server.store.sqlite.imported_files import forget_all_files, forget_file
from hfs_server.store.sqlite.parents import is_below
from hfs_server.store.sqlite.pending import END_OF_IDS
from hfs_server.timestamps import is_ahead, iso_from_store, now, store_text, to_iso


def subtree(connection: sqlite3.Connection, session_id: int) -> list[int]:
    """The session and those that are listed below it; none if the store does not have it.

    Sessions below another one that has the same identity stay where they are.
    """
    found: dict[int, None] = {}
    new = [number for (number,) in connection.execute(_EXISTS, (session_id,))]
    while new:
        found |= dict.fromkeys(new)
        children = [number for each in new for number in _children(connection, each, found)]
        new = [number for number in dict.fromkeys(children) if number not in found]
    return [*found]


def _children(
    connection: sqlite3.Connection, session_id: int, deleted: Container[int]
) -> list[int]:
    same = connection.execute(_SAME_IDENTITY, (session_id,)).fetchall()
    if any(number not in deleted for (number,) in same):
        return []
    return [number for (number,) in connection.execute(_CHILDREN, (session_id,))]


def vanish(connection: sqlite3.Connection, ids: Sequence[int], deleted_at: str) -> None:
    """Moves the rows of sessions, the first of which is the one that is deleted.

    Their messages and checkpoints are still to be moved.
    """
    columns = ", ".join(_shared_columns(connection))
    # Other machines keep a session that was changed later, by a clock that is ahead.
    changes = [row for each in ids for row in connection.execute(_LAST_CHANGE, (each,))]
    time = max([deleted_at, *filter(None, (_next(changed_at) for (changed_at,) in changes))])
    deletion: int | None = None
    for session_id in ids:
        identity = identity_of_row(connection, session_id)
        deleted_id = _free_id(connection, session_id)
        deletion = deleted_id if deletion is None else deletion
        ((last_message, last_checkpoint),) = connection.execute(_LAST_IDS, (session_id,)).fetchall()
        connection.execute(
            f"INSERT INTO hfs_deleted_sessions (id, {columns})"
            f" SELECT ?, {columns} FROM sessions WHERE id = ?",
            (deleted_id, session_id),
        )
        connection.execute("DELETE FROM sessions WHERE id = ?", (session_id,))
        deleted = Deleted(
            id=deleted_id,
            session_id=session_id,
            deletion=deletion,
            identity=identity,
            deleted_at=deleted_at,
            last_message_id=last_message,
            last_checkpoint_id=last_checkpoint,
            other_id=session_id,
        )
        connection.execute(_INSERT, deleted)
        if connection.execute(_HAS_IDENTITY, (identity,)).fetchall():
            # No deletion is noted of one of several versions, so the next import reads its file.
            forget_all_files(connection)
        else:
            note_state(connection, identity, time, is_deleted=True)
        note_change(connection, session_id, -1)


def reappear(connection: sqlite3.Connection, deleted: Deleted) -> None:
    """Moves a row back, after its messages and checkpoints."""
    columns = ", ".join(_shared_columns(connection))
    connection.execute(
        f"INSERT INTO sessions (id, {columns})"
        f" SELECT ?, {columns} FROM hfs_deleted_sessions WHERE id = ?",
        (deleted.other_id, deleted.id),
    )
    _forget_source(connection, deleted.id)
    connection.execute("DELETE FROM hfs_deleted_sessions WHERE id = ?", (deleted.id,))
    connection.execute("DELETE FROM hfs_deletions WHERE id = ?", (deleted.id,))
    note_state(connection, deleted.identity, store_text(now()), is_deleted=False)
    note_change(connection, deleted.other_id, 1)


def note_state(
    connection: sqlite3.Connection, identity: str, time: str, *, is_deleted: bool
) -> None:
    """Records that an identity was deleted, or came back, now; never before the last time."""
    for was_deleted, before in connection.execute(_STATE, (identity,)).fetchall():
        is_new = is_deleted and not was_deleted
        later = _next(before)
        time = time if later is None else max(time, later if is_new else before)
    set_state(connection, identity, time, is_deleted=is_deleted)


def set_state(
    connection: sqlite3.Connection, identity: str, time: str, *, is_deleted: bool
) -> None:
    """Records when an identity was deleted, or came back."""
    connection.execute("INSERT OR IGNORE INTO hfs_identities VALUES (?)", (identity,))
    connection.execute(_NOTE_STATE, (identity, is_deleted, time))


def _next(time: object) -> str | None:
    """The next microsecond after a time in the store's form; None for anything else, and for a
    time that only a wrong clock can have given.
    """
    iso = iso_from_store(time)
    if iso is None or is_ahead(iso):
        return None
    return store_text(to_iso(datetime.fromisoformat(iso) + timedelta(microseconds=1)))


def note_creation(connection: sqlite3.Connection, identity: str) -> None:
    """Records that a session was created, if one of its identity was deleted before."""
    connection.execute(_NOTE_CREATION, (store_text(now()), identity))


def _forget_source(connection: sqlite3.Connection, deleted_id: int) -> None:
    """What its file got while the session was deleted is read by the next import."""
    ((extra,),) = connection.execute(_EXTRA, (deleted_id,)).fetchall()
    location = object_in(facts_in(extra).get("source")).get("location")
    if isinstance(location, str):
        forget_file(connection, location)


def _shared_columns(connection: sqlite3.Connection) -> list[str]:
    """The columns of a session's row but its id; those that we lack are added to our table."""
    present, copied = (
        [name for (name,) in connection.execute(_COLUMNS, (table,))]
        for table in ("sessions", "hfs_deleted_sessions")
    )
    for name in sorted({each.lower() for each in present} - {each.lower() for each in copied}):
        connection.execute(f"ALTER TABLE hfs_deleted_sessions ADD COLUMN {_quoted(name)}")
    return [_quoted(name) for name in present]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _free_id(connection: sqlite3.Connection, session_id: int) -> int:
    """A negative id that no row has; one as long as the session's takes less writing."""
    same_length = -abs(session_id)
    if session_id > 0 and not connection.execute(_IS_USED, (same_length,)).fetchall():
        return same_length
    ((lowest,),) = connection.execute(_LOWEST_ID).fetchall()
    return int(lowest) - 1


_EXISTS = "SELECT id FROM sessions WHERE id = ?"
_SAME_IDENTITY = """
    SELECT other.id FROM sessions AS this, sessions AS other
    WHERE this.id = ? AND other.hfs_identity = this.hfs_identity
"""
_CHILDREN = f"""
    SELECT child.id FROM sessions AS this, sessions AS child
    WHERE this.id = ? AND {is_below("child", "this.hfs_identity")} ORDER BY child.id
"""
_EXTRA = "SELECT hfs_extra FROM hfs_deleted_sessions WHERE id = ?"
_HAS_IDENTITY = "SELECT 1 FROM sessions WHERE hfs_identity = ? LIMIT 1"
_LAST_IDS = """
    SELECT (SELECT coalesce(max(id), 0) FROM messages WHERE session_id = ?1),
        (SELECT coalesce(max(id), 0) FROM checkpoints WHERE session_id = ?1)
"""
_COLUMNS = """
    SELECT name FROM pragma_table_info(?) WHERE lower(name) <> 'id' ORDER BY cid
"""
_INSERT = f"""
    INSERT INTO hfs_deletions ({", ".join(Deleted._fields)})
    VALUES ({", ".join("?" * len(Deleted._fields))})
"""
_LAST_CHANGE = "SELECT coalesce(updated_at, created_at) FROM sessions WHERE id = ?"
_STATE = "SELECT is_deleted, changed_at FROM hfs_deletion_states WHERE identity = ?"
_NOTE_STATE = """
    INSERT OR REPLACE INTO hfs_deletion_states (identity, is_deleted, changed_at) VALUES (?, ?, ?)
"""
_NOTE_CREATION = """
    UPDATE hfs_deletion_states SET is_deleted = 0, changed_at = ? WHERE identity = ? AND is_deleted
"""
_IS_USED = """
    SELECT 1 FROM sessions WHERE id = ?1
    UNION ALL SELECT 1 FROM messages WHERE session_id = ?1
    UNION ALL SELECT 1 FROM checkpoints WHERE session_id = ?1
    UNION ALL SELECT 1 FROM hfs_deletions WHERE id = ?1 OR session_id = ?1 LIMIT 1
"""
_LOWEST_ID = f"""
    SELECT min((SELECT coalesce(min(id), 0) FROM sessions WHERE id > -{END_OF_IDS}),
        (SELECT coalesce(min(session_id), 0) FROM messages WHERE session_id > -{END_OF_IDS}),
        (SELECT coalesce(min(session_id), 0) FROM checkpoints WHERE session_id > -{END_OF_IDS}),
        (SELECT coalesce(min(id), 0) FROM hfs_deletions WHERE id > -{END_OF_IDS}),
        (SELECT coalesce(min(session_id), 0) FROM hfs_deletions WHERE session_id > -{END_OF_IDS}),
        0)
"""
