"""The sessions of another store that is attached, as its rows have them.

The rule not to break: only rows that we or the terminal program write are returned.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import NamedTuple

from hfs_server.identity import HFS_TOOL, derived_identity
from hfs_server.session import EXPORT_SCHEMA_VERSION, LOWEST_SCHEMA_VERSION, SavedSession
from hfs_server.store.extra_columns import extra_of_session
from hfs_server.store.rows import SessionRow, as_text
from hfs_server.store.shapes import TakenSession
from hfs_server.store.sqlite.existing import StoredRow
from hfs_server.timestamps import iso_from_store, store_text

MOST_CHARACTERS = 1 << 20
"""A session with more text, or with a larger original, is imported by itself."""


class OtherSession(NamedTuple):
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


def other_sessions(
    connection: sqlite3.Connection, first_id: int, last_id: int
) -> Iterator[OtherSession]:
    """Those of the sessions that need not be imported by themselves."""
    ids = (first_id, last_id)
    said = {each[0]: each[1:] for each in connection.execute(_SAID, ids)}
    kept = {each[0]: each[1:] for each in connection.execute(_KEPT, ids)}
    for number, *columns in connection.execute(_SESSIONS, ids).fetchall():
        row = SessionRow._make(columns)
        messages, characters, extras, odd, begin = said.get(number, (0, 0, 0, 0, 0))
        checkpoints, states, odd_ones = kept.get(number, (0, 0, 0))
        is_large = characters + states > MOST_CHARACTERS
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
) -> OtherSession:
    ((role, content),) = connection.execute(_FIRST, (first_message_id,)).fetchall()
    version = LOWEST_SCHEMA_VERSION
    if row.hfs_extra is not None:
        version = extra_of_session(row.hfs_extra).schema_version
    if has_extras and version == LOWEST_SCHEMA_VERSION and _have_facts(connection, session_id):
        version = EXPORT_SCHEMA_VERSION
    other = OtherSession(session_id, row, (role, content), counts, version)
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
    from hfs_server.store.message_extra import has_facts

    return any(has_facts(extra) for (extra,) in connection.execute(_EXTRAS, (session_id,)))


_SESSIONS = f"""
    SELECT id, {", ".join(SessionRow._fields)} FROM other.sessions WHERE id BETWEEN ? AND ?
    ORDER BY id
"""
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
