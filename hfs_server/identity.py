"""The identity of a session, which is the same on every machine and in every store.

The rule not to break: an identity never changes once a version was released that makes it.
"""

from __future__ import annotations

HFS_TOOL = "hfs"
"""The id of the terminal program, whose sessions name no tool."""

_SEPARATOR = "\x1f"


def identity_of(tool: str, session_id: str) -> str:
    """The identity of another tool's session, from its id there."""
    return f"{tool}:{session_id}"


def derived_identity(tool: str, created_at: str | None, role: str, content: str) -> str:
    """The identity of a session that its tool gives no id, from what never changes of it.

    That is the time at which it was begun (ISO 8601 with ``Z``, or None) and its first message.
    """
    # A list of sessions needs none (benchmark row 10).
    import hashlib

    facts = _SEPARATOR.join((created_at or "", role, content))
    return f"{tool}:{hashlib.sha256(facts.encode(errors='replace')).hexdigest()[:32]}"
