"""Permanently removes deleted sessions, and originals that no session needs.

The states of deletions stay, so that the sessions stay deleted. What the rows held is gone from
the disk when the server has vacuumed its tables and reused its log.
"""

from __future__ import annotations

from hfs_server.store.postgresql.access import MINE
from hfs_server.store.postgresql.connections import Raw, execute
from hfs_server.store.postgresql.originals import remove_unused


def purge(raw: Raw) -> None:
    """Removes them, in a transaction that has begun."""
    execute(raw, f"DELETE FROM hfs.sessions WHERE deleted_at IS NOT NULL AND {MINE}")
    remove_unused(raw)
