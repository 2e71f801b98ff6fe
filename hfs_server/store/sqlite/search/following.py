"""The index follows the store: sessions that changed are read again, newest first, in steps.

The rule not to break: a step is short, holds no lock on the store, and can be the last one. All
that is known of the progress is in the index, so that several servers share the work.
"""

from __future__ import annotations

import asyncio
import heapq
import sqlite3
import time
from collections.abc import Iterable, Sequence

from hfs_server.store.sqlite.changes import changes_after
from hfs_server.store.sqlite.connections import Connection, decoded_fast
from hfs_server.store.sqlite.search import index as rows
from hfs_server.store.sqlite.search import reading
from hfs_server.store.sqlite.search.index_file import Index
from hfs_server.store.sqlite.search.index_place import complete_stamp
from hfs_server.store.sqlite.search.reading import Counts, SessionRow

_SESSIONS_PER_READ = 250
_NEWEST_PER_READ = 20
READS_PER_STEP = 4
"""A search waits for a step."""

READS_PER_LARGE_STEP = 12
"""Where nobody searches meanwhile; the words of a larger step take less time to be merged."""

_SESSIONS_PER_READ_OF_MESSAGES = 50
_QUIET_SECONDS = 0.7
_SHARE_OF_COMPARING = 0.05
"""Of the time; a store of very many sessions is not compared after every change."""


class Follower:
    """What is known of a store that an index follows."""

    def __init__(self) -> None:
        self.pending: list[int] = []
        """Sessions that changed, newest first."""
        self.is_compared = False
        """Whether all sessions were compared since the last change."""
        self.is_comparing = False
        """Whether all sessions are being compared, which may take a while."""
        self._mark: object = None
        self._counts: Counts | None = None
        self._changed_at = 0.0
        self._next_comparison = 0.0
        self.total = 0

    @property
    def is_complete(self) -> bool:
        """Whether the index has all of the store, as far as is known."""
        return self._counts is not None and not self.pending

    async def look(self, store: Connection, index: Index, mark: object, stamp: str) -> None:
        """Notices what has changed, with work that grows with the changes.

        The index may have been completed when the store had the same ``stamp``.
        """
        if mark == self._mark:
            return
        counts = await store.run(reading.counts, wait=True)
        known = self._counts
        if known is None and stamp and stamp == await index.run(complete_stamp, wait=True):
            self.is_compared = True
        elif known is None or (changed := await _changed(store, counts, known)) is None:
            await self.compare(store, index)
        else:
            await self._look_at_newest(store, index, known.last_message)
            self.add(changed)
            self.is_compared = False
        self._mark, self._counts = mark, counts
        self._changed_at = time.monotonic()

    async def compare(self, store: Connection, index: Index) -> None:
        """Compares all sessions, which finds every change."""
        self.is_comparing = True
        try:
            await self._compare(store, index)
        finally:
            self.is_comparing = False

    async def _compare(self, store: Connection, index: Index) -> None:
        begun = time.monotonic()
        changed: list[int] = []
        after: int | None = None
        while True:
            of_store = await store.run(reading.session_rows, after, _SESSIONS_PER_READ, wait=True)
            is_last = len(of_store) < _SESSIONS_PER_READ
            end = None if is_last else of_store[-1][0]
            of_index = await index.run(_indexed_rows, after, end, wait=True)
            if of_store != of_index:
                changed += _differences(of_store, of_index)
            if end is None:
                break
            after = end
        self.pending = await _in_order(store, changed)
        self.total = len(self.pending)
        self.is_compared = True
        took = time.monotonic() - begun
        self._next_comparison = time.monotonic() + took / _SHARE_OF_COMPARING

    async def step(self, store: Connection, index: Index, reads: int = READS_PER_STEP) -> None:
        """Adds the messages of the next sessions, about a quarter of a megabyte of each read."""
        ids = self.pending[: reads * _SESSIONS_PER_READ_OF_MESSAGES]
        count = len(ids)
        states = await index.run(rows.states, ids, wait=True)
        gone: list[int] = []
        parts: list[rows.SessionPart] = []
        finished: set[int] = set()
        for _ in range(reads):
            some = ids[:_SESSIONS_PER_READ_OF_MESSAGES]
            found = await store.run(decoded_fast, reading.read_parts, some, states, wait=True)
            gone += found.gone
            parts += found.parts
            finished |= found.finished
            # What follows of a session depends on what the index has of it.
            ids = ids[len(found.finished) :]
            if not ids or not found.is_whole:
                break
        if gone:
            await index.run(rows.forget, gone, wait=True)
        if parts:
            await index.run(rows.add, parts, wait=True)
        self.pending[:count] = [each for each in self.pending[:count] if each not in finished]

    async def rest(self, store: Connection, index: Index) -> None:
        """Compares all sessions, once the store has been quiet for a while."""
        now = time.monotonic()
        is_quiet = now - self._changed_at > _QUIET_SECONDS
        if not self.is_compared and is_quiet and now > self._next_comparison:
            await self.compare(store, index)

    async def _look_at_newest(
        self, store: Connection, index: Index, last_message: int | None
    ) -> None:
        found = (
            await store.run(reading.sessions_of_messages, last_message, wait=True)
            if last_message is not None
            else []
        )
        offset = 0
        while True:
            newest = await store.run(reading.newest_rows, offset, _NEWEST_PER_READ, wait=True)
            ids = [session_id for session_id, *_ in newest]
            changed = _differences(newest, await index.run(_indexed_of, ids, wait=True))
            found += changed
            # A change is nearly always an activity, so the changed ones are the newest.
            if not changed or len(newest) < _NEWEST_PER_READ:
                break
            offset += _NEWEST_PER_READ
        self.add(found)

    def add(self, ids: Iterable[int]) -> None:
        """Sessions to be read next."""
        self.pending = list(dict.fromkeys([*ids, *self.pending]))
        self.total = max(self.total, len(self.pending))


async def _in_order(store: Connection, ids: Sequence[int]) -> list[int]:
    """The sessions, last activity first.

    Neither the store nor the interpreter is held for long, though there may be very many.
    """
    sorted_parts = [
        await store.run(reading.in_order, ids[start : start + _SESSIONS_PER_READ], wait=True)
        for start in range(0, len(ids), _SESSIONS_PER_READ)
    ]
    return await asyncio.to_thread(_merged, sorted_parts)


def _merged(sorted_parts: Iterable[Iterable[tuple[str, int]]]) -> list[int]:
    return [session_id for _, session_id in heapq.merge(*sorted_parts, reverse=True)]


async def _changed(store: Connection, counts: Counts, known: Counts) -> list[int] | None:
    """The sessions that were renamed, deleted or restored; None if others were deleted, too."""
    changes = await store.run(changes_after, known.last_change, counts.last_change, wait=True)
    if changes is None:
        return None
    changed = {change.session_id for change in changes}
    difference = sum(change.difference for change in changes)
    is_last_gone = (counts.last_session or 0) < (known.last_session or 0)
    is_fewer = (
        counts.sessions < known.sessions + difference
        or (is_last_gone and known.last_session not in changed)
        or (counts.last_message or 0) < (known.last_message or 0)
    )
    return None if is_fewer else [*changed]


def _differences(of_store: Sequence[SessionRow], of_index: Sequence[SessionRow]) -> list[int]:
    """The sessions that only one has, or that differ."""
    return list({session_id for session_id, *_ in set(of_store) ^ set(of_index)})


def _indexed_rows(
    connection: sqlite3.Connection, after: int | None, end: int | None
) -> list[SessionRow]:
    """The sessions of the index after an id, up to another one."""
    lowest = -(2**63) if after is None else after + 1
    highest = 2**63 - 1 if end is None else end
    return connection.execute(_BETWEEN, (lowest, highest)).fetchall()


def _indexed_of(connection: sqlite3.Connection, ids: Sequence[int]) -> list[SessionRow]:
    return [row for each in ids for row in connection.execute(_BETWEEN, (each, each))]


_BETWEEN = """
    SELECT id, mark, last_message FROM sessions WHERE id BETWEEN ? AND ? ORDER BY id
"""
