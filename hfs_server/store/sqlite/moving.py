"""Gives the messages and checkpoints of a session another session id, for a limited time.

The rule not to break: rows move only between the id of a session and a negative one of ours, so
that no session of any program ever shows those of another one.
"""

from __future__ import annotations

import sqlite3
import time
from typing import NamedTuple

_ROWS_TOGETHER = 250
"""Few enough that long messages take little time. No text is rewritten: the new id is as long."""


class Move(NamedTuple):
    """Which rows get which session id: those up to the last ones that the session had."""

    from_id: int
    to_id: int
    last_message_id: int
    last_checkpoint_id: int


def move_rows(connection: sqlite3.Connection, move: Move, end: float) -> bool:
    """Moves rows until the monotonic time ``end``; whether all were moved.

    In a transaction that has begun.
    """
    for sql, last_id in (
        (_MESSAGES, move.last_message_id),
        (_CHECKPOINTS, move.last_checkpoint_id),
    ):
        values = (move.to_id, move.from_id, last_id, _ROWS_TOGETHER)
        while connection.execute(sql, values).rowcount == _ROWS_TOGETHER:
            if time.monotonic() > end:
                return False
    return True


_MESSAGES = """
    UPDATE messages SET session_id = ? WHERE id IN (
        SELECT id FROM messages WHERE session_id = ? AND id <= ? LIMIT ?)
"""
_CHECKPOINTS = """
    UPDATE checkpoints SET session_id = ? WHERE id IN (
        SELECT id FROM checkpoints WHERE session_id = ? AND id <= ? LIMIT ?)
"""
