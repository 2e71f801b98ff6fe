"""The parts of sessions that are stored, for a comparison."""

from __future__ import annotations

import sqlite3

from hfs_server.store.comparing import Message, Parts, checkpoint_outline


def stored_parts(connection: sqlite3.Connection, session_id: int, database: str = "main") -> Parts:
    """The parts of a session in the store, or in one that is attached."""
    messages = _STORED_MESSAGES.format(database=database)
    checkpoints = _STORED_CHECKPOINTS.format(database=database)
    return Parts(
        lambda: map(Message._make, connection.execute(messages, (session_id,))),
        lambda: map(checkpoint_outline, connection.execute(checkpoints, (session_id,))),
    )


_STORED_MESSAGES = """
    SELECT id, role, content, created_at, hfs_extra FROM {database}.messages
    WHERE session_id = ? ORDER BY id
"""
_STORED_CHECKPOINTS = """
    SELECT id, trigger_event || ' ' || message_index, state_json, created_at, hfs_extra
    FROM {database}.checkpoints WHERE session_id = ? ORDER BY id
"""
