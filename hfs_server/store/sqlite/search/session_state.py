"""What an index and a store know of a session, by which a change is noticed.

The rule not to break: a session's mark follows from its row alone, so that those of all sessions
are quickly compared.
"""

from __future__ import annotations

import sqlite3
from typing import NamedTuple

from hfs_server.store.rows import as_text, object_in
from hfs_server.timestamps import iso_from_store


class SessionState(NamedTuple):
    """What an index has of a session."""

    mark: str
    """Empty while messages are missing."""
    created_at: str
    message_count: int
    last_message: int | None
    digest: int
    """Of its messages, in order to notice other ones under the same ids."""
    last_checksum: int
    """Of the last message."""


class StoredSession(NamedTuple):
    """A session of the store."""

    id: int
    mark: str
    created_at: str
    """As it is stored."""
    activity: int
    """The last activity in seconds since 1970; 0 if it is not known."""
    name: str
    summary: str
    message_count: int
    directory: str = ""
    tool: str = ""


MARK = """
    coalesce(created_at, '') || char(31) || coalesce(updated_at, '') || char(31)
    || coalesce(name, '')
    || char(31) || coalesce(hfs_usage, '') || coalesce(hfs_original, '')
    || coalesce(length(hfs_extra), '')
"""
LAST_MESSAGE = "(SELECT max(id) FROM messages WHERE session_id = sessions.id)"


def stored_session(connection: sqlite3.Connection, session_id: int) -> StoredSession | None:
    """The session, without the number of its messages."""
    for mark, created_at, updated_at, name, extra, *origin in connection.execute(
        _SESSION, (session_id,)
    ):
        facts = object_in(object_in(extra).get("facts"))
        summary = facts.get("summary")
        return StoredSession(
            session_id,
            as_text(mark),
            as_text(created_at),
            _seconds(updated_at) or _seconds(created_at),
            as_text(name),
            summary if isinstance(summary, str) else "",
            0,
            *map(as_text, origin),
        )
    return None


def _seconds(stored: object) -> int:
    from datetime import datetime

    time = iso_from_store(stored)
    return max(0, int(datetime.fromisoformat(time).timestamp())) if time else 0


_SESSION = f"""
    SELECT {MARK}, created_at, updated_at, name, hfs_extra, hfs_directory, hfs_tool
    FROM sessions WHERE id = ?
"""
