"""Sessions of another store that are taken over as its rows, many at a time.

The rule not to break: a session is only taken over if the import of its document would have the
same result. Those that are large or differ, or have rows that no store of ours has, are left to
be imported one by one.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

from hfs_server.identity import HFS_TOOL, derived_identity
from hfs_server.session import EXPORT_SCHEMA_VERSION, SavedSession
from hfs_server.store import DELETED, PRESENT, ImportRules, TakenSession
from hfs_server.store.sqlite.committing import NewRows
from hfs_server.store.sqlite.comparing import compare, stored_parts
from hfs_server.store.sqlite.connections import Connection, fetch, write
from hfs_server.store.sqlite.existing import (
    StoredRow,
    is_same_but_for_name,
    merged_row,
    stored_rows,
)
from hfs_server.store.sqlite.extra_columns import extra_of_session, has_facts
from hfs_server.store.sqlite.originals import copy_original
from hfs_server.store.sqlite.rows import SessionRow, as_text
from hfs_server.timestamps import iso_from_store, store_text

_CALL_SECONDS = 0.1
"""How long one call reads, or one lock is held."""

_MOST_CHARACTERS = 4 << 20
"""A session with more text, or with a larger original, is imported by itself."""

Check = Callable[[], None]
"""Raises StoreUnusable if the store is no longer at its path."""


class _Other(NamedTuple):
    """A session of the other store."""

    id: int
    row: SessionRow
    first_message: tuple[str, str]
    counts: tuple[int, int]
    schema_version: str

    @property
    def identity(self) -> str:
        """Its identity, which a store of the terminal program does not record."""
        return self.row.hfs_identity or derived_identity(
            HFS_TOOL, iso_from_store(self.row.created_at), *self.first_message
        )

    def taken(
        self,
        status: str,
        stored: StoredRow | None = None,
        *,
        new_id: int | None = None,
        reason: str | None = None,
    ) -> TakenSession:
        """What became of it."""
        saved = SavedSession(
            status=status,
            id=stored.id if stored else new_id,
            name=as_text(stored.row.name) if stored else self.row.name,
            message_count=stored.message_count if stored else self.counts[0],
            checkpoint_count=stored.checkpoint_count if stored else self.counts[1],
            identity=self.identity,
            parent_identity=self.row.hfs_parent,
            tool=self.row.hfs_tool or HFS_TOOL,
            warnings=[],
            reason=reason,
        )
        return TakenSession(self.id, saved, self.schema_version)


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
) -> AsyncIterator[list[TakenSession]]:
    """Takes sessions of the attached store over, and yields some of them at a time."""
    work = _TakeOver(rules, check)
    ids = [number for (number,) in await connection.run(fetch, _IDS, wait=True)]
    while ids:
        count, done, new = await connection.run(work.known, ids, wait=True)
        yield done
        while new:
            created = await write(connection, work.create, new)
            new = new[len(created) :]
            yield [each for each in created if each is not None]
        del ids[:count]


class _TakeOver:
    """What is done in the thread of the connection."""

    def __init__(self, rules: ImportRules, check: Check) -> None:
        self._rules = rules
        self._check = check

    def known(
        self, connection: sqlite3.Connection, ids: list[int]
    ) -> tuple[int, list[TakenSession], list[_Other]]:
        """How many sessions were compared, those with nothing to do, and the new ones."""
        end = time.monotonic() + _CALL_SECONDS
        done: list[TakenSession] = []
        new: list[_Other] = []
        count = 0
        for count, number in enumerate(ids, start=1):
            other = _other(connection, number)
            if other is not None:
                found = self._compared(connection, other)
                if isinstance(found, _Other):
                    new.append(found)
                elif found is not None:
                    done.append(found)
            if time.monotonic() > end:
                break
        return count, done, new

    def _compared(
        self, connection: sqlite3.Connection, other: _Other
    ) -> TakenSession | _Other | None:
        """What became of a session: itself if it is new, None if it is to be imported by itself."""
        begun = iso_from_store(other.row.created_at)
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
        self, connection: sqlite3.Connection, new: Iterable[_Other]
    ) -> list[TakenSession | None]:
        """Creates sessions for a while; None for one that is to be imported by itself."""
        self._check()
        end = time.monotonic() + _CALL_SECONDS
        done: list[TakenSession | None] = []
        rows = NewRows(connection)
        for other in new:
            done.append(_created(connection, rows, other))
            if time.monotonic() > end:
                break
        return done


def _created(
    connection: sqlite3.Connection, rows: NewRows, other: _Other
) -> TakenSession | None:
    if rows.has(other.identity):
        return None
    original = other.row.hfs_original
    if original is not None and not copy_original(connection, original, _MOST_CHARACTERS):
        return None
    session_id = rows.insert_session(other.row)
    rows.copy_messages(session_id, other.id)
    if other.counts[1]:
        rows.copy_checkpoints(session_id, other.id)
    return other.taken("created", new_id=session_id)


def _other(connection: sqlite3.Connection, session_id: int) -> _Other | None:
    """A session as its rows have it; None if it must be imported by itself."""
    ((*columns,),) = connection.execute(_SESSION, (session_id,)).fetchall() or ((),)
    if not columns:
        return None
    row = SessionRow._make(columns)
    if not _is_plain(row) or connection.execute(_IS_ODD, {"session": session_id}).fetchall():
        return None
    ((messages, characters, extras),) = connection.execute(_SIZE, (session_id,)).fetchall()
    ((checkpoints, states),) = connection.execute(_STATES, (session_id,)).fetchall()
    if not messages or characters + states > _MOST_CHARACTERS:
        return None
    ((role, content),) = connection.execute(_FIRST, (session_id,)).fetchall()
    version = extra_of_session(row.hfs_extra).schema_version
    if extras and version != EXPORT_SCHEMA_VERSION and _have_facts(connection, session_id):
        version = EXPORT_SCHEMA_VERSION
    other = _Other(session_id, row, (role, content), (messages, checkpoints), version)
    named = row._replace(hfs_identity=other.identity, hfs_imported_name=row.name)
    return other._replace(row=named)


def _is_plain(row: SessionRow) -> bool:
    """Whether its columns hold what we or the terminal program write."""
    return (
        all(value is None or isinstance(value, str) for value in row)
        and isinstance(row.name, str)
        and _is_time(row.created_at)
        and (row.updated_at is None or _is_time(row.updated_at))
        and (row.hfs_identity is not None or row.hfs_extra is None)
    )


def _is_time(value: object) -> bool:
    iso = iso_from_store(value)
    return iso is not None and store_text(iso) == value


def _have_facts(connection: sqlite3.Connection, session_id: int) -> bool:
    return any(has_facts(extra) for (extra,) in connection.execute(_EXTRAS, (session_id,)))


def _is_same(connection: sqlite3.Connection, stored: StoredRow, other: _Other) -> bool:
    """Whether the store has all of the session, and it all of that."""
    if other.row.hfs_original not in (None, stored.row.hfs_original):
        return False
    row = merged_row(stored.row, other.row, None)
    if not is_same_but_for_name(row, stored.row):
        return False
    parts = stored_parts(connection, stored.id), stored_parts(connection, other.id, "other")
    return compare(*parts).relation == "same"


_IDS = "SELECT id FROM other.sessions ORDER BY id"
_SESSION = f"SELECT {', '.join(SessionRow._fields)} FROM other.sessions WHERE id = ?"
_SIZE = """
    SELECT count(*), total(length(content) + length(coalesce(hfs_extra, ''))), count(hfs_extra)
    FROM other.messages WHERE session_id = ?
"""
_STATES = """
    SELECT count(*), total(length(state_json) + length(coalesce(hfs_extra, '')))
    FROM other.checkpoints WHERE session_id = ?
"""
_FIRST = "SELECT role, content FROM other.messages WHERE session_id = ? ORDER BY id LIMIT 1"
_EXTRAS = "SELECT hfs_extra FROM other.messages WHERE session_id = ? AND hfs_extra IS NOT NULL"
_TIME = (
    "'[0-9][0-9][0-9][0-9]-[0-1][0-9]-[0-3][0-9] [0-2][0-9]:[0-5][0-9]:[0-5][0-9]."
    "[0-9][0-9][0-9][0-9][0-9][0-9]'"
)
_IS_ODD = f"""
    SELECT 1 FROM other.messages WHERE session_id = :session
        AND (typeof(role) <> 'text' OR typeof(content) <> 'text' OR created_at NOT GLOB {_TIME}
            OR typeof(hfs_extra) NOT IN ('null', 'text'))
    UNION ALL SELECT 1 FROM other.checkpoints WHERE session_id = :session
        AND (typeof(trigger_event) <> 'text' OR typeof(state_json) <> 'text'
            OR typeof(message_index) <> 'integer' OR created_at NOT GLOB {_TIME}
            OR typeof(hfs_extra) NOT IN ('null', 'text'))
    LIMIT 1
"""
_WAS_IMPORTED = "SELECT 1 FROM main.hfs_identities WHERE identity = ?"
