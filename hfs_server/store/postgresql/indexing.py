"""The index of words and edits follows the sessions, some messages after the other.

An import does not wait for it. The rule not to break: each step is a transaction, and the words
and edits of a session are those of its first ``indexed_messages`` messages.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from hfs_server.cancellation import cancel
from hfs_server.errors import HfsError, StoreUnusable
from hfs_server.session import Progress, no_progress
from hfs_server.store.postgresql.access import MINE, SCOPE
from hfs_server.store.postgresql.connections import Raw, execute, fetch
from hfs_server.store.postgresql.database import Database, NoStore
from hfs_server.store.postgresql.edit_index import index_edits
from hfs_server.store.postgresql.snapshot import decoded
from hfs_server.store.postgresql.times import stored
from hfs_server.store.postgresql.words import words_of_message

_MESSAGES_TOGETHER = 500
_STEP_CHARACTERS = 1 << 20
_FIRST_SECONDS = 0.2
"""How long a search waits for an index that is not up to date."""


class Indexing:
    """The index of one store, which is brought up to date in the background."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._work: asyncio.Task[None] | None = None

    async def follow(self) -> None:
        """Begins to index what is new, and waits for them a little."""
        if self._work is None or self._work.done():
            self._work = asyncio.ensure_future(self._update_quietly())
        await asyncio.wait([self._work], timeout=_FIRST_SECONDS)

    async def update(self, on_progress: Progress) -> None:
        """Indexes all that is new and this user's. Raises StoreBusy, StoreUnusable and StoreTooNew.

        A store that can only be read is left as it is.
        """
        done = 0
        with suppress(NoStore):
            while count := await self._step():
                done += count
                on_progress(0.5, f"{done:,} messages indexed")

    async def close(self) -> None:
        """Ends the work in the background."""
        if self._work is not None:
            await cancel([self._work])

    async def _step(self) -> int:
        if not await self._database.read(False, _has_own_pending):
            return 0
        try:
            async with self._database.writing() as connection:
                return await connection.run(_index_some)
        except StoreUnusable:
            # It could be read just now.
            return 0

    async def _update_quietly(self) -> None:
        with suppress(HfsError):
            await self.update(no_progress)


def pending_sessions(raw: Raw) -> int:
    """How many sessions have messages that are not indexed: 0 or 1, as no more matters."""
    return len(fetch(raw, f"{_PENDING}{_ANY}", is_prepared=True))


def _has_own_pending(raw: Raw) -> bool:
    """Whether there are such sessions of this user; nobody else indexes them."""
    return bool(fetch(raw, f"{_PENDING} AND {MINE}{_ANY}", is_prepared=True))


def _index_some(raw: Raw) -> int:
    """Indexes messages of one session that nobody else is indexing; returns how many."""
    found = fetch(
        raw, f"{_PENDING} AND {MINE} ORDER BY activity DESC LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED"
    )
    if not found:
        return 0
    session_id, done, scope, *origin = decoded(found[0])
    rows = _next_messages(raw, session_id, done)
    words = [f"{scope} {words_of_message(*row[1:4])}" for row in rows]
    execute(raw, _INSERT, (session_id, [row[0] for row in rows], words))
    tool, directory = (each or "" for each in origin)
    index_edits(raw, session_id, tool, directory, rows)
    execute(raw, _INDEXED, (done + len(rows), session_id))
    return len(rows)


def _next_messages(raw: Raw, session_id: int, done: int) -> Sequence[tuple[Any, ...]]:
    """The messages after so many, of which one step is not too long."""
    values = session_id, done, done + _MESSAGES_TOGETHER
    ends = fetch(raw, _SIZES, values)
    last = next((end for end, size in ends if size > _STEP_CHARACTERS), values[2])
    return list(map(decoded, fetch(raw, _MESSAGES, (session_id, done, last))))


_PENDING = f"""
    SELECT id, indexed_messages, {SCOPE}, tool, working_directory FROM hfs.sessions
    WHERE indexed_messages < message_count AND deleted_at IS NULL
"""
# Else the server, which expects many, may look for the first one in the whole table.
_ANY = " ORDER BY activity LIMIT 1"
_SIZES = """
    SELECT position, sum(length(content) + coalesce(length(extra), 0)) OVER (ORDER BY position)
    FROM hfs.messages WHERE session_id = %s AND position > %s AND position <= %s ORDER BY position
"""
_MESSAGES = f"""
    SELECT position, role, content, extra, {stored("created_at")} FROM hfs.messages
    WHERE session_id = %s AND position > %s AND position <= %s ORDER BY position
"""
_INSERT = """
    INSERT INTO hfs.words (session_id, position, words)
    SELECT %s, * FROM unnest(%s::integer[], %s::text[]::tsvector[])
"""
_INDEXED = "UPDATE hfs.sessions SET indexed_messages = %s WHERE id = %s"
