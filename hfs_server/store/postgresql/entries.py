"""What is known of each session without reading its messages.

The rule not to break: a mark is about the content. A database that was restored, or that replaced
another one at the same address, has the same mark only for the same messages and checkpoints.
"""

from __future__ import annotations

import hashlib

from hfs_server.filters import Filters
from hfs_server.identity import HFS_TOOL
from hfs_server.store.postgresql.access import MINE
from hfs_server.store.postgresql.connections import Raw, fetch
from hfs_server.store.postgresql.filtering import condition
from hfs_server.store.postgresql.texts import from_column
from hfs_server.store.rows import is_marked_redacted
from hfs_server.store.shapes import SessionEntry

_MARK_BYTES = 12


def entries(raw: Raw, filters: Filters) -> list[SessionEntry]:
    """The sessions that ``filters`` select, in the order of their ids."""
    selected, values = condition(raw, filters)
    return [_entry(*row) for row in fetch(raw, _ENTRIES.format(condition=selected), values)]


def _entry(
    session_id: int,
    identity: str,
    state: str,
    name: str,
    messages: int,
    checkpoints: int,
    *columns: str | None,
) -> SessionEntry:
    tool, parent, directory, original, extra, is_own = columns
    text = repr((session_id, identity, state, name)).encode(errors="replace")
    return SessionEntry(
        session_id,
        from_column(identity),
        hashlib.blake2b(text, digest_size=_MARK_BYTES).hexdigest(),
        from_column(name),
        messages,
        checkpoints,
        from_column(tool or HFS_TOOL),
        None if parent is None else from_column(parent),
        None if directory is None else from_column(directory),
        original,
        extra is not None and is_marked_redacted(from_column(extra)),
        bool(is_own),
    )


# Another database has its tables under other numbers.
_ENTRIES = f"""
    SELECT s.id, s.identity,
        concat_ws(' ', 'hfs.sessions'::regclass::oid, s.revision, encode(s.digest, 'hex')),
        s.name, s.message_count, s.checkpoint_count, s.tool, s.parent_identity,
        s.working_directory, s.original, CASE WHEN s.extra LIKE '%%"redacted":%%' THEN s.extra END,
        s.{MINE}
    FROM hfs.sessions AS s WHERE s.deleted_at IS NULL{{condition}} ORDER BY s.id
"""
