"""The errors for sessions that a store does not have, or has as deleted ones."""

from __future__ import annotations

from hfs_server.errors import SessionNotFound
from hfs_server.timestamps import iso_from_store


def no_session(session_id: int) -> SessionNotFound:
    """The error for an id that no session has or had."""
    return SessionNotFound(
        f"The store has no session {session_id}. List the sessions to see them.",
        sessionId=session_id,
    )


def no_identity() -> SessionNotFound:
    """The error for an identity that no session has or had."""
    return SessionNotFound(
        "The store has no session with this identity. If another machine has it, export it there "
        "and import it here."
    )


def session_deleted(session_id: int, deleted_at: str) -> SessionNotFound:
    """The error for the id of a session that was deleted, at a time in the form of rows."""
    return SessionNotFound(
        f"Session {session_id} was deleted on {deleted_at[:16]} UTC. Restore it to use it, "
        f"for example with: hfs-server restore {session_id}",
        sessionId=session_id,
        deletedAt=iso_from_store(deleted_at),
    )
