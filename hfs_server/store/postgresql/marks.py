"""What shows that a session has changed, without reading its messages."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from hfs_server.filters import Filters
from hfs_server.store.postgresql.connections import Raw, fetch
from hfs_server.store.postgresql.filtering import condition
from hfs_server.store.postgresql.texts import from_column
from hfs_server.store.postgresql.times import stored
from hfs_server.store.shapes import SessionMark
from hfs_server.timestamps import iso_from_store

_MARK_BYTES = 12
_UNKNOWN_TIME = "1970-01-01T00:00:00Z"


def session_ids(raw: Raw) -> Sequence[int]:
    """The ids of all sessions."""
    sql = "SELECT id FROM hfs.sessions WHERE deleted_at IS NULL ORDER BY id"
    return [number for (number,) in fetch(raw, sql)]


def session_marks(raw: Raw, filters: Filters) -> list[SessionMark]:
    """The sessions that ``filters`` select, in the order of their ids."""
    selected, values = condition(raw, filters)
    return [_mark(*row) for row in fetch(raw, _MARKS.format(condition=selected), values)]


def _mark(
    session_id: int, identity: str, activity: str, revision: int, *others: str | None
) -> SessionMark:
    text = repr((session_id, revision, *others)).encode(errors="replace")
    mark = hashlib.blake2b(text, digest_size=_MARK_BYTES).hexdigest()
    changed_at = iso_from_store(activity) or _UNKNOWN_TIME
    return SessionMark(session_id, from_column(identity), changed_at, mark)


_MARKS = f"""
    SELECT s.id, s.identity, {stored("s.activity")}, s.revision,
        (SELECT string_agg(c.identity || ' ' || c.name, ' ' ORDER BY c.id) FROM hfs.sessions AS c
            WHERE c.parent_identity = s.identity AND c.deleted_at IS NULL),
        (SELECT p.name FROM hfs.sessions AS p
            WHERE p.identity = s.parent_identity AND p.deleted_at IS NULL ORDER BY p.id LIMIT 1)
    FROM hfs.sessions AS s WHERE s.deleted_at IS NULL{{condition}} ORDER BY s.id
"""
