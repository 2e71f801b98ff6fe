"""Sessions of another store that are taken over as its rows, many at a time.

The rule not to break: a session is only taken over if the import of its document would have the
same result. Those that are large or differ, or have rows that neither we nor the terminal program
write, are left to be imported one by one.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from itertools import zip_longest
from pathlib import Path

from hfs_server.store.comparing import compare
from hfs_server.store.merging import is_same_but_for_name, merged_row
from hfs_server.store.rows import lenient_text
from hfs_server.store.shapes import DELETED, PRESENT, ImportRules, TakenSession
from hfs_server.store.sqlite.committing import NewRows
from hfs_server.store.sqlite.connections import Connection, fetch, write
from hfs_server.store.sqlite.existing import (
    StoredRow,
    stored_rows,
)
from hfs_server.store.sqlite.originals import copy_original
from hfs_server.store.sqlite.other_sessions import MOST_CHARACTERS, OtherSession, other_sessions
from hfs_server.store.sqlite.parts import stored_parts
from hfs_server.timestamps import iso_from_store

_LOCK_SECONDS = 0.1
"""How long one lock is held, but for the last session."""

_TOGETHER = 200
"""How many sessions are read by one query."""

Check = Callable[[], None]
"""Raises StoreUnusable if the store is no longer at its path."""


@asynccontextmanager
async def attached(connection: Connection, path: Path) -> AsyncIterator[None]:
    """The store at ``path``, as ``other`` of the connection."""
    await connection.run(fetch, "ATTACH ? AS other", (str(path),), wait=True)
    try:
        yield
    finally:
        await connection.run(fetch, "DETACH other", wait=True)


async def take_over(
    connection: Connection, rules: ImportRules, check: Check
) -> AsyncGenerator[list[TakenSession], None]:
    """Takes sessions of the attached store over, and yields some of them at a time."""
    work = _TakeOver(rules, check)
    ids = [number for (number,) in await connection.run(fetch, _IDS, wait=True)]
    for start in range(0, len(ids), _TOGETHER):
        some = ids[start : start + _TOGETHER]
        done, new = await connection.run(work.known, some[0], some[-1], wait=True)
        yield done
        while new:
            created = await write(connection, work.create, new)
            new = new[len(created) :]
            yield [each for each in created if each is not None]


class _TakeOver:
    """What is done in the thread of the connection."""

    def __init__(self, rules: ImportRules, check: Check) -> None:
        self._rules = rules
        self._check = check

    def known(
        self, connection: sqlite3.Connection, first_id: int, last_id: int
    ) -> tuple[list[TakenSession], list[OtherSession]]:
        """The sessions of these ids with nothing to do, and the new ones."""
        done: list[TakenSession] = []
        new: list[OtherSession] = []
        has_unnamed = bool(connection.execute(_HAS_UNNAMED).fetchall())
        for other in other_sessions(connection, first_id, last_id):
            found = self._compared(connection, other, has_unnamed=has_unnamed)
            if isinstance(found, OtherSession):
                new.append(found)
            elif found is not None:
                done.append(found)
        return done, new

    def _compared(
        self, connection: sqlite3.Connection, other: OtherSession, *, has_unnamed: bool
    ) -> TakenSession | OtherSession | None:
        """What became of a session: itself if it is new, None if it is to be imported by itself.

        Only a store that has sessions without an identity is searched for them.
        """
        begun = iso_from_store(other.row.created_at) if has_unnamed else None
        stored = stored_rows(connection, other.identity, begun, other.first_message)
        if not stored:
            if connection.execute(_WAS_IMPORTED, (other.identity,)).fetchall():
                return other.taken("skipped", reason=DELETED)
            return other
        if self._rules.on_conflict == "skip":
            return other.taken("skipped", stored[0], reason=PRESENT)
        is_same = len(stored) == 1 and _is_same(connection, stored[0], other)
        return other.taken("unchanged", stored[0]) if is_same else None

    def create(
        self, connection: sqlite3.Connection, new: Iterable[OtherSession]
    ) -> list[TakenSession | None]:
        """Creates sessions for a while; None for one that is to be imported by itself."""
        self._check()
        end = time.monotonic() + _LOCK_SECONDS
        done: list[TakenSession | None] = []
        rows = NewRows(connection)
        for other in new:
            done.append(_created(connection, rows, other))
            if time.monotonic() > end:
                break
        return done


def _created(
    connection: sqlite3.Connection, rows: NewRows, other: OtherSession
) -> TakenSession | None:
    if rows.has(other.identity):
        return None
    original = other.row.hfs_original
    if original is not None and not copy_original(connection, original, MOST_CHARACTERS):
        return None
    session_id = rows.insert_session(other.row)
    rows.copy_messages(session_id, other.id)
    if other.counts[1]:
        rows.copy_checkpoints(session_id, other.id)
    return other.taken("created", new_id=session_id)


def _is_same(connection: sqlite3.Connection, stored: StoredRow, other: OtherSession) -> bool:
    """Whether the store has all of the session, and it all of that."""
    if (
        other.row.hfs_original not in (None, stored.row.hfs_original)
        or (stored.message_count, stored.checkpoint_count) != other.counts
    ):
        return False
    row = merged_row(stored.row, other.row, None)
    if not is_same_but_for_name(row, stored.row):
        return False
    if _has_same_rows(connection, stored, other.id):
        return True
    parts = stored_parts(connection, stored.id), stored_parts(connection, other.id, "other")
    return compare(*parts).relation == "same"


def _has_same_rows(connection: sqlite3.Connection, stored: StoredRow, other_id: int) -> bool:
    """Whether all parts are the same byte for byte, without decoding them."""
    connection.text_factory = bytes
    try:
        return all(
            mine == theirs
            for sql in _PARTS[: 2 if stored.checkpoint_count else 1]
            for mine, theirs in zip_longest(
                connection.execute(sql.format("main"), (stored.id,)),
                connection.execute(sql.format("other"), (other_id,)),
            )
        )
    finally:
        connection.text_factory = lenient_text


_IDS = "SELECT id FROM other.sessions ORDER BY id"
_HAS_UNNAMED = "SELECT 1 FROM main.sessions WHERE hfs_identity IS NULL LIMIT 1"
_PARTS = (
    "SELECT role, content, created_at, hfs_extra FROM {}.messages WHERE session_id = ? ORDER BY id",
    """SELECT message_index, trigger_event, state_json, created_at, hfs_extra
        FROM {}.checkpoints WHERE session_id = ? ORDER BY id""",
)
_WAS_IMPORTED = "SELECT 1 FROM main.hfs_identities WHERE identity = ?"
