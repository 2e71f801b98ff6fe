"""What is known of each session without reading its messages.

The rule not to break: a mark differs after each change that hfs-server or the terminal program
makes. It is about this store alone: the same session has another one in another store.
"""

from __future__ import annotations

import hashlib
import sqlite3
from typing import Any

from hfs_server.filters import Filters
from hfs_server.identity import HFS_TOOL
from hfs_server.store.rows import as_text, is_marked_redacted
from hfs_server.store.shapes import SessionEntry
from hfs_server.store.sqlite.deletions import identity_of_row
from hfs_server.store.sqlite.filtering import condition

_MARK_BYTES = 12


def entries(connection: sqlite3.Connection, filters: Filters) -> list[SessionEntry]:
    """The sessions that ``filters`` select, in the order of their ids.

    One of the terminal program has no identity before its first message, so it is none of them.
    """
    selected, values = condition(filters)
    # A store that can only be read may lack the column.
    columns = {name for (name,) in connection.execute(_COLUMNS)}
    statistics = "hfs_statistics" if "hfs_statistics" in columns else "NULL"
    sql = _ENTRIES.format(statistics=statistics, condition=selected)
    return [_entry(connection, row) for row in connection.execute(sql, values).fetchall()]


def _entry(connection: sqlite3.Connection, row: tuple[Any, ...]) -> SessionEntry:
    session_id, identity, tool, parent, directory, original, name, extra, *others = row
    mark = hashlib.blake2b(repr(row).encode(errors="replace"), digest_size=_MARK_BYTES)
    messages, checkpoints = others[:2]
    known = as_text(identity) if identity is not None else identity_of_row(connection, session_id)
    return SessionEntry(
        session_id,
        known,
        mark.hexdigest(),
        as_text(name),
        messages,
        checkpoints,
        as_text(tool) or HFS_TOOL,
        as_text(parent) or None,
        as_text(directory) or None,
        as_text(original) or None,
        extra is not None and is_marked_redacted(as_text(extra)),
    )


_COLUMNS = "SELECT name FROM pragma_table_info('sessions')"
_ENTRIES = """
    WITH
        said AS (SELECT session_id, count(*) AS count, min(id) AS first, max(id) AS last
            FROM messages GROUP BY session_id),
        kept AS (SELECT session_id, count(*) AS count, max(id) AS last
            FROM checkpoints GROUP BY session_id)
    SELECT sessions.id, hfs_identity, hfs_tool, hfs_parent, hfs_directory, hfs_original, name,
        hfs_extra, coalesce(said.count, 0), coalesce(kept.count, 0), said.first, said.last,
        kept.last, created_at, updated_at, hfs_run_snapshot, hfs_usage, {statistics}
    FROM sessions
    LEFT JOIN said ON said.session_id = sessions.id
    LEFT JOIN kept ON kept.session_id = sessions.id
    WHERE (hfs_identity IS NOT NULL OR said.count > 0 OR kept.count > 0) {condition}
    ORDER BY sessions.id
"""
