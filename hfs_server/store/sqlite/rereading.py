"""Sessions as today's importers read them from the originals in the store.

The rule not to break: what the session got by other means than its original stays, at its end.
Everything else is as the original has it, even if that is less.
"""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncGenerator, Collection, Sequence
from typing import NamedTuple

from hfs_server.errors import InvalidDocument, StoreUnusable
from hfs_server.session import Progress, SavedSession
from hfs_server.store.additions import additions
from hfs_server.store.comparing import Comparison, compare
from hfs_server.store.incoming import IncomingSession
from hfs_server.store.merging import merged_row
from hfs_server.store.reading import Incoming, Unread
from hfs_server.store.rereading import KnownSource, kept_originals, reread_header
from hfs_server.store.rows import Rows, as_text, object_in
from hfs_server.store.shapes import DELETED, OTHER_ORIGINAL, KeptOriginal
from hfs_server.store.sqlite.connections import fetch, fetch_unchanged
from hfs_server.store.sqlite.deletions import deleted_of_identity
from hfs_server.store.sqlite.existing import (
    StoredRow,
    StoredSession,
    compared,
    stored_row,
    stored_rows,
    was_imported,
)
from hfs_server.store.sqlite.importing import ATTEMPTS, SqliteImport
from hfs_server.store.sqlite.originals import PIECES, read_piece
from hfs_server.store.sqlite.parts import stored_parts
from hfs_server.store.sqlite.staging import StagedSession


class _Target(NamedTuple):
    """Which session is to be updated, or why none is; neither if one is to be created."""

    stored: StoredSession | None
    reason: str | None = None
    models: Sequence[str] = ()
    """Those of messages that are not in the original."""


class SqliteRereading(SqliteImport):
    """An import of originals that the store has."""

    _kept: KeptOriginal

    async def originals(self, tools: Collection[str] | None) -> Sequence[KeptOriginal]:
        """The originals of sessions of these tools, or of all."""
        with self._database.translated_errors():
            rows = await self._connection.run(fetch, _ORIGINALS, wait=True)
        return kept_originals(rows, tools)

    async def original(self, kept: KeptOriginal) -> AsyncGenerator[bytes, None]:
        """The bytes of an original, in pieces. Raises InvalidDocument if it is damaged."""
        with self._database.translated_errors():
            pieces = await self._connection.run(fetch, PIECES, (kept.digest,), wait=True)
            for (digest,) in pieces:
                try:
                    yield await self._connection.run(read_piece, digest, wait=True)
                except StoreUnusable as error:
                    raise InvalidDocument(error.message) from None

    def begin(self, kept: KeptOriginal) -> None:
        """Says from which original the sessions come that are saved next."""
        self._kept = kept

    async def create(self, _: Sequence[Incoming | Unread]) -> Sequence[SavedSession]:
        """Nothing: each session may be one that the store has under another identity."""
        return ()

    async def _save(
        self, incoming: IncomingSession[StagedSession], on_progress: Progress, **_: bool
    ) -> SavedSession:
        incoming.staged.end_of_original()
        for _attempt in range(ATTEMPTS):
            target = await self._connection.run(_target, incoming, self._kept, wait=True)
            if target.stored is not None:
                saved = await self._reread(incoming, target.stored, target.models, on_progress)
            elif target.reason is not None:
                saved = incoming.saved("skipped", reason=target.reason)
            else:
                saved = await self._create(incoming, on_progress, is_only=True)
            if saved is not None:
                return saved
        raise self._busy()

    async def _reread(
        self,
        incoming: IncomingSession[StagedSession],
        stored: StoredSession,
        more_models: Sequence[str],
        on_progress: Progress,
    ) -> SavedSession | None:
        identity = stored.row.hfs_identity or incoming.identity
        header = reread_header(incoming, stored.row, identity, more_models)
        known = incoming._replace(
            source=KnownSource(incoming.source), header=header, identity=identity
        )
        row = merged_row(stored.row, known.row(), None)
        return await self._update(known, stored, row, on_progress)


def _target(
    connection: sqlite3.Connection, incoming: IncomingSession[StagedSession], kept: KeptOriginal
) -> _Target:
    connection.execute("BEGIN")
    try:
        row, reason = _row(connection, incoming, kept)
        if row is None:
            return _Target(None, reason)
        models = _stage_others(connection, row, incoming.staged)
        comparison = _comparison(connection, row, incoming.staged)
        return _Target(compared(connection, row, comparison), models=models)
    finally:
        connection.execute("ROLLBACK")


def _row(
    connection: sqlite3.Connection, incoming: IncomingSession[StagedSession], kept: KeptOriginal
) -> tuple[StoredRow | None, str | None]:
    rows = stored_rows(connection, incoming.identity, None, ("", ""))
    mine = [row for row in rows if row.id in kept.session_ids]
    if mine:
        return mine[0], None
    if rows:
        return None, OTHER_ORIGINAL
    if deleted_of_identity(connection, incoming.identity) is not None:
        return None, DELETED
    if len(kept.session_ids) == 1:
        row = stored_row(connection, next(iter(kept.session_ids)))
        # Its identity may follow from where its file lay, or from what was read otherwise.
        if row is not None and _begins_alike(connection, row, incoming):
            return row, None
    return None, DELETED if was_imported(connection, incoming.identity) else None


def _begins_alike(
    connection: sqlite3.Connection, row: StoredRow, incoming: IncomingSession[StagedSession]
) -> bool:
    first = connection.execute(_FIRST_MESSAGE, (row.id,)).fetchall()
    said = [(as_text(role), as_text(content)) for role, content in first]
    return said == [incoming.staged.first_message]


def _comparison(
    connection: sqlite3.Connection, row: StoredRow, staged: StagedSession
) -> Comparison:
    """How the session differs, where what the original has replaces all else."""
    found = compare(stored_parts(connection, row.id), staged.parts())
    if found.relation in ("same", "grown"):
        return found
    if found.changed and found.relation == "shrunk":
        return found._replace(relation="grown")
    return Comparison("grown", is_ordered=False, checkpoints_differ=found.checkpoints_differ)


def _stage_others(
    connection: sqlite3.Connection, row: StoredRow, staged: StagedSession
) -> list[str]:
    """Adds to the staged session what the store has of it by other means; returns their models.

    It replaces what was added before another program changed the session.
    """
    staged.remove_added()
    messages = connection.execute(_STORED, (row.id,))
    ids = additions(staged.messages(), messages, staged.message_count)
    added = [fetch_unchanged(connection, _MESSAGE, (number,))[0] for number in ids]
    states: Rows = []
    if row.checkpoint_count and not staged.checkpoint_count:
        states = fetch_unchanged(connection, _CHECKPOINTS, (row.id,))
    staged.add_stored(added, states)
    keys = [object_in(extra) for *_, extra in added]
    return [model for each in keys if isinstance(model := each.get("model"), str)]


_ORIGINALS = """
    SELECT hfs_original, kept.name, kept.size, hfs_tool, sessions.id, hfs_extra
    FROM sessions JOIN hfs_originals AS kept ON kept.digest = hfs_original
    WHERE hfs_tool IS NOT NULL ORDER BY hfs_original, sessions.id
"""
_FIRST_MESSAGE = """
    SELECT role, content FROM messages WHERE session_id = ? ORDER BY id LIMIT 1
"""
_STORED = """
    SELECT id, role, content, created_at, hfs_extra FROM messages WHERE session_id = ? ORDER BY id
"""
_MESSAGE = "SELECT role, content, created_at, hfs_extra FROM messages WHERE id = ?"
_CHECKPOINTS = """
    SELECT message_index, trigger_event, state_json, created_at, hfs_extra FROM checkpoints
    WHERE session_id = ? ORDER BY id
"""
