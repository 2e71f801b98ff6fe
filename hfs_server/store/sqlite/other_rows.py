"""Sessions of another store that are taken over as its rows, many at a time.

The rule not to break: a session is only taken over if the import of its document would have the
same result. Those that are large or differ, or have rows that no store of ours has, are left to
be imported one by one.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

from hfs_server.identity import HFS_TOOL, derived_identity
from hfs_server.session import EXPORT_SCHEMA_VERSION, LOWEST_SCHEMA_VERSION, SavedSession
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
from hfs_server.store.sqlite.rows import SessionRow, as_text, lenient_text
from hfs_server.timestamps import iso_from_store, store_text

_LOCK_SECONDS = 0.1
"""How long one lock is held, but for the last session."""

_TOGETHER = 200
"""How many sessions are read by one query."""

_MOST_CHARACTERS = 1 << 20
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
    ) -> tuple[list[TakenSession], list[_Other]]:
        """The sessions of these ids with nothing to do, and the new ones."""
        done: list[TakenSession] = []
        new: list[_Other] = []
        has_unnamed = bool(connection.execute(_HAS_UNNAMED).fetchall())
        for other in _others(connection, first_id, last_id):
            found = self._compared(connection, other, has_unnamed=has_unnamed)
            if isinstance(found, _Other):
                new.append(found)
            elif found is not None:
                done.append(found)
        return done, new

    def _compared(
        self, connection: sqlite3.Connection, other: _Other, *, has_unnamed: bool
    ) -> TakenSession | _Other | None:
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
        self, connection: sqlite3.Connection, new: Iterable[_Other]
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


def _created(connection: sqlite3.Connection, rows: NewRows, other: _Other) -> TakenSession | None:
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


def _others(connection: sqlite3.Connection, first_id: int, last_id: int) -> Iterator[_Other]:
    """Those of the sessions that need not be imported by themselves."""
    ids = (first_id, last_id)
    said = {each[0]: each[1:] for each in connection.execute(_SAID, ids)}
    kept = {each[0]: each[1:] for each in connection.execute(_KEPT, ids)}
    for number, *columns in connection.execute(_SESSIONS, ids).fetchall():
        row = SessionRow._make(columns)
        messages, characters, extras, odd, begin = said.get(number, (0, 0, 0, 0, 0))
        checkpoints, states, odd_ones = kept.get(number, (0, 0, 0))
        is_large = characters + states > _MOST_CHARACTERS
        if messages and not (odd or odd_ones or is_large) and _is_plain(row):
            counts = (messages, checkpoints)
            yield _other(connection, number, row, counts, begin, has_extras=bool(extras))


def _other(
    connection: sqlite3.Connection,
    session_id: int,
    row: SessionRow,
    counts: tuple[int, int],
    first_message_id: int,
    *,
    has_extras: bool,
) -> _Other:
    ((role, content),) = connection.execute(_FIRST, (first_message_id,)).fetchall()
    version = LOWEST_SCHEMA_VERSION
    if row.hfs_extra is not None:
        version = extra_of_session(row.hfs_extra).schema_version
    if has_extras and version == LOWEST_SCHEMA_VERSION and _have_facts(connection, session_id):
        version = EXPORT_SCHEMA_VERSION
    other = _Other(session_id, row, (role, content), counts, version)
    return other._replace(row=row._replace(hfs_identity=other.identity, hfs_imported_name=row.name))


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
_SESSIONS = f"""
    SELECT id, {", ".join(SessionRow._fields)} FROM other.sessions WHERE id BETWEEN ? AND ?
    ORDER BY id
"""
_HAS_UNNAMED = "SELECT 1 FROM main.sessions WHERE hfs_identity IS NULL LIMIT 1"
_FIRST = "SELECT role, content FROM other.messages WHERE id = ?"
_EXTRAS = "SELECT hfs_extra FROM other.messages WHERE session_id = ? AND hfs_extra IS NOT NULL"
_TIME = (
    "'[0-9][0-9][0-9][0-9]-[0-1][0-9]-[0-3][0-9] [0-2][0-9]:[0-5][0-9]:[0-5][0-9]."
    "[0-9][0-9][0-9][0-9][0-9][0-9]'"
)
_SAID = f"""
    SELECT session_id, count(*), total(length(content) + coalesce(length(hfs_extra), 0)),
        count(hfs_extra),
        total(typeof(role) <> 'text' OR typeof(content) <> 'text' OR created_at NOT GLOB {_TIME}
            OR typeof(hfs_extra) NOT IN ('null', 'text')),
        min(id)
    FROM other.messages WHERE session_id BETWEEN ? AND ? GROUP BY session_id
"""
_KEPT = f"""
    SELECT session_id, count(*), total(length(state_json) + coalesce(length(hfs_extra), 0)),
        total(typeof(trigger_event) <> 'text' OR typeof(state_json) <> 'text'
            OR typeof(message_index) <> 'integer' OR created_at NOT GLOB {_TIME}
            OR typeof(hfs_extra) NOT IN ('null', 'text'))
    FROM other.checkpoints WHERE session_id BETWEEN ? AND ? GROUP BY session_id
"""
_PARTS = (
    "SELECT role, content, created_at, hfs_extra FROM {}.messages WHERE session_id = ? ORDER BY id",
    """SELECT message_index, trigger_event, state_json, created_at, hfs_extra
        FROM {}.checkpoints WHERE session_id = ? ORDER BY id""",
)
_WAS_IMPORTED = "SELECT 1 FROM main.hfs_identities WHERE identity = ?"
