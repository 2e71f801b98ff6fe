"""A session in a temporary database, before it is committed to the store.

Staging locks no other program out. A large session is divided into slices, each of which is
committed under one lock, so that other programs get their turn between them.
"""

from __future__ import annotations

import sqlite3
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from hfs_server.cancellation import finished
from hfs_server.errors import InvalidDocument
from hfs_server.session import Batch, JsonObject, SessionHeader, SessionSource
from hfs_server.store.sqlite.connections import Connection
from hfs_server.store.sqlite.extra_columns import message_extra
from hfs_server.store.sqlite.rows import checkpoint_row
from hfs_server.timestamps import now, store_text

SLICE_CHARACTERS = 32 << 20
"""How much text is committed under one lock; it takes some 0.2 seconds."""

_CALL_SECONDS = 0.02
"""How long a call in the connection's thread reads and stages batches."""

_ROW_CHARACTERS = 64
"""What a row costs by itself, as characters: a million rows take their time too."""


def create_stage(connection: sqlite3.Connection) -> None:
    """Creates the temporary tables."""
    for statement in _STAGE:
        connection.execute(statement)


class StagedSession:
    """The parts of one session; ``connection`` has the temporary tables."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._slice_characters = 0
        self._leading_untimed = 0
        self._first_time: str | None = None
        self._last_time: str | None = None
        self.slice_ends: list[int] = []
        """How many messages precede the end of each slice."""
        self.message_count = 0
        self.checkpoint_count = 0
        self.first_message = ("", "")
        """Role and content."""
        self.usage: Counter[str] = Counter()
        """The usage of all messages."""

    async def stage(self, source: SessionSource) -> SessionHeader:
        """Reads the source to its end, and returns its header."""
        batches = source.batches()
        try:
            while await self._connection.run(self._stage_some, source, batches):
                pass
        except BaseException:
            await finished(self._connection.rollback())
            raise
        return source.header

    def _stage_some(
        self, connection: sqlite3.Connection, source: SessionSource, batches: Iterator[Batch]
    ) -> bool:
        """Reads and stages some batches in one call; False after the last one.

        A call takes long enough that waiting for its thread costs little (benchmark row 14).
        """
        if not connection.in_transaction:
            _clear(connection)
        end = time.monotonic() + _CALL_SECONDS
        while time.monotonic() < end:
            batch = next(batches, None)
            if batch is None:
                self._end_staging(connection, source.header.created_at or now())
                return False
            self._stage(connection, batch)
        return True

    def _stage(self, connection: sqlite3.Connection, batch: Batch) -> None:
        messages = [self._message_row(message) for message in batch.messages]
        checkpoints = [checkpoint_row(checkpoint) for checkpoint in batch.checkpoints]
        self.checkpoint_count += len(checkpoints)
        try:
            connection.executemany(_STAGE_MESSAGE, messages)
            if checkpoints:
                connection.executemany(_STAGE_CHECKPOINT, checkpoints)
        except (sqlite3.DataError, OverflowError):
            raise InvalidDocument("It contains a text that is too large for the store.") from None

    def _message_row(self, message: JsonObject) -> tuple[Any, ...]:
        created_at = message["created_at"]
        if created_at is not None:
            self._first_time = self._first_time or created_at
            self._last_time = created_at
        self._leading_untimed += self._first_time is None
        if not self.message_count:
            self.first_message = message["role"], message["content"]
        self.message_count += 1
        if "usage" in message:
            self._add_usage(message["usage"])
        extra = message_extra(message)
        self._slice_characters += _ROW_CHARACTERS + len(message["content"]) + len(extra or "")
        if self._slice_characters >= SLICE_CHARACTERS:
            self._end_slice()
        sort_time = store_text(self._last_time) if self._last_time else None
        return message["role"], message["content"], sort_time, extra

    def set_added(self, count: int, usage: Counter[str], added: Sequence[object]) -> None:
        """Says how many messages there are since some were added to the last slice, and their
        usage besides that of the others.
        """
        self.message_count = self.slice_ends[-1] = count
        self.usage = Counter(usage)
        for each in added:
            self._add_usage(each)

    def _add_usage(self, usage: object) -> None:
        if isinstance(usage, dict):
            for name, count in usage.items():
                if isinstance(count, (int, float)):
                    self.usage[name] += count  # type: ignore[assignment]

    def _end_slice(self) -> None:
        self.slice_ends.append(self.message_count)
        self._slice_characters = 0

    def _end_staging(self, connection: sqlite3.Connection, created_at: str) -> None:
        """Gives parts without a time one that sorts correctly: that of the part before them."""
        if self._slice_characters or not self.slice_ends:
            self._end_slice()
        begun = min(store_text(time) for time in (created_at, self._first_time) if time)
        if self._leading_untimed:
            connection.execute(_FILL_MESSAGE_TIMES, (begun, self._leading_untimed))
        if self.checkpoint_count:
            connection.execute(_FILL_CHECKPOINT_TIMES, (begun,))
        connection.commit()


def _clear(connection: sqlite3.Connection) -> None:
    for statement in _CLEAR:
        connection.execute(statement)
    # This concerns the temporary database only, and so locks no other program out.
    connection.execute("BEGIN")


_STAGE = (
    """CREATE TEMP TABLE staged_messages (
        id INTEGER PRIMARY KEY, role, content, created_at, hfs_extra)""",
    """CREATE TEMP TABLE staged_checkpoints (
        id INTEGER PRIMARY KEY, message_index, trigger_event, state_json, created_at, hfs_extra)""",
)
_CLEAR = ("DELETE FROM staged_messages", "DELETE FROM staged_checkpoints")
_STAGE_MESSAGE = """
    INSERT INTO staged_messages (role, content, created_at, hfs_extra) VALUES (?, ?, ?, ?)
"""
_STAGE_CHECKPOINT = """
    INSERT INTO staged_checkpoints (message_index, trigger_event, state_json, created_at, hfs_extra)
    VALUES (?, ?, ?, ?, ?)
"""
_FILL_MESSAGE_TIMES = "UPDATE staged_messages SET created_at = ? WHERE id <= ?"
_FILL_CHECKPOINT_TIMES = """
    UPDATE staged_checkpoints SET created_at = coalesce(
        (SELECT created_at FROM staged_messages
            WHERE id <= max(1, message_index) ORDER BY id DESC LIMIT 1), ?)
    WHERE created_at IS NULL
"""
