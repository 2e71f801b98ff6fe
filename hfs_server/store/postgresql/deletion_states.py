"""Which identities were deleted last, or came back, and when; in a transaction that has begun.

Identities here are as columns hold them, and times in the form of rows. The rule not to break:
whoever creates, deletes or restores sessions of an identity has its lock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from hashlib import blake2b

from hfs_server.store.postgresql.access import MINE
from hfs_server.store.postgresql.connections import Raw, execute, fetch
from hfs_server.store.postgresql.texts import from_column
from hfs_server.store.postgresql.times import stored, zoned
from hfs_server.store.results import DeletionState
from hfs_server.timestamps import is_ahead, iso_from_store, now, store_text, to_iso


def lock_identity(raw: Raw, identity: str) -> None:
    """Waits until no other transaction creates, updates, deletes or restores its sessions."""
    key = int.from_bytes(blake2b(identity.encode(), digest_size=8).digest(), signed=True)
    execute(raw, "SELECT pg_advisory_xact_lock(%s)", (key,), is_prepared=True)


def deletion_states(raw: Raw) -> Mapping[str, DeletionState]:
    """The states of all identities that were ever deleted."""
    rows = fetch(raw, _STATES)
    return {
        from_column(identity): DeletionState(is_deleted, iso_from_store(changed_at))
        for identity, is_deleted, changed_at in rows
    }


def is_deleted(raw: Raw, identity: str) -> bool:
    """Whether an identity was deleted last."""
    return bool(fetch(raw, f"{_STATE} AND is_deleted", (identity,), is_prepared=True))


def time_of_deletion(deleted_at: str, activities: Iterable[str]) -> str:
    """When sessions were deleted together, which is later than the last activity of each.

    Other machines keep a session that was changed later, by a clock that is ahead.
    """
    return max([deleted_at, *filter(None, map(_next, activities))])


def note_state(raw: Raw, identity: str, time: str, *, deleted: bool) -> None:
    """Records that an identity was deleted, or came back, now; never before the last time."""
    for was_deleted, before in fetch(raw, _STATE, (identity,)):
        later = _next(before)
        if later is not None:
            time = max(time, later if deleted and not was_deleted else before)
    set_state(raw, identity, time, deleted=deleted)


def set_state(raw: Raw, identity: str, time: str, *, deleted: bool) -> None:
    """Records when an identity was deleted, or came back."""
    execute(raw, _FORGET, (identity,))
    execute(raw, _INSERT, (identity, deleted, zoned(time)))


def note_creation(raw: Raw, identity: str) -> None:
    """Records that a session was created, if one of its identity was deleted before."""
    execute(raw, _CREATED, (zoned(store_text(now())), identity), is_prepared=True)


def _next(time: str) -> str | None:
    """The next microsecond; None after a time that only a wrong clock can have given."""
    iso = iso_from_store(time)
    if iso is None or is_ahead(iso):
        return None
    return store_text(to_iso(datetime.fromisoformat(iso) + timedelta(microseconds=1)))


_STATES = (
    f"SELECT identity, is_deleted, {stored('changed_at')} FROM hfs.deletion_states WHERE {MINE}"
)
_STATE = f"""
    SELECT is_deleted, {stored("changed_at")} FROM hfs.deletion_states
    WHERE identity = %s AND {MINE}
"""
_INSERT = "INSERT INTO hfs.deletion_states (identity, is_deleted, changed_at) VALUES (%s, %s, %s)"
_FORGET = f"DELETE FROM hfs.deletion_states WHERE identity = %s AND {MINE}"
_CREATED = f"""
    UPDATE hfs.deletion_states SET is_deleted = false, changed_at = %s
    WHERE identity = %s AND is_deleted AND {MINE}
"""
