"""Sessions as today's importers read them from the originals in the store.

The rule not to break: what the session got by other means than its original stays, at its end.
Everything else is as the original has it, even if that is less.
"""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from collections.abc import AsyncGenerator, Collection, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from hfs_server.errors import InvalidDocument, StoreUnusable
from hfs_server.session import Batch, Progress, SavedSession, SessionHeader, SessionSource
from hfs_server.store import DELETED, EMPTY, OTHER_ORIGINAL, KeptOriginal
from hfs_server.store.sqlite.additions import additions
from hfs_server.store.sqlite.comparing import Comparison, compare, staged_parts, stored_parts
from hfs_server.store.sqlite.connections import fetch
from hfs_server.store.sqlite.deletions import deleted_of_identity
from hfs_server.store.sqlite.existing import (
    StoredRow,
    StoredSession,
    compared,
    merged_row,
    stored_row,
    stored_rows,
)
from hfs_server.store.sqlite.importing import ATTEMPTS, SqliteImport, was_imported
from hfs_server.store.sqlite.incoming import IncomingSession, identity_in
from hfs_server.store.sqlite.originals import PIECES, read_piece
from hfs_server.store.sqlite.rows import as_text, object_in
from hfs_server.store.sqlite.staging import StagedSession


class _Target(NamedTuple):
    """Which session is to be updated, or why none is; neither if one is to be created."""

    stored: StoredSession | None
    reason: str | None = None
    models: Sequence[str] = ()
    """Those of messages that are not in the original."""


class _Read(NamedTuple):
    """A session as it was read from its original."""

    incoming: IncomingSession
    message_count: int
    usage: Counter[str]


class SqliteRereading(SqliteImport):
    """An import of originals that the store has."""

    _kept: KeptOriginal

    async def originals(self, tools: Collection[str] | None) -> Sequence[KeptOriginal]:
        """The originals of sessions of these tools, or of all."""
        with self._database.translated_errors():
            rows = await self._connection.run(fetch, _ORIGINALS, wait=True)
        found = [list(group) for _, group in groupby(rows, key=itemgetter(0))]
        kept = [_kept_original(group) for group in found]
        chosen = [each for each in kept if tools is None or each.tool in tools]
        return sorted(chosen, key=lambda each: min(each.session_ids))

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

    async def _save(self, source: SessionSource, on_progress: Progress, **_: bool) -> SavedSession:
        staged = StagedSession(self._connection)
        header = await staged.stage(source)
        identity = identity_in(header, staged)
        incoming = IncomingSession(source, staged, header, identity, self._rules)
        if incoming.is_empty:
            return incoming.saved("skipped", reason=EMPTY)
        read = _Read(incoming, staged.message_count, Counter(staged.usage))
        for _attempt in range(ATTEMPTS):
            target = await self._connection.run(_target, read, self._kept, wait=True)
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
        incoming: IncomingSession,
        stored: StoredSession,
        more_models: Sequence[str],
        on_progress: Progress,
    ) -> SavedSession | None:
        identity = stored.row.hfs_identity or incoming.identity
        header = _header(incoming, stored, identity, more_models)
        known = incoming._replace(source=_Known(incoming.source), header=header, identity=identity)
        row = merged_row(stored.row, known.row(), None)
        return await self._update(known, stored, row, on_progress)


def _kept_original(rows: Sequence[Sequence[Any]]) -> KeptOriginal:
    """The original of some sessions; its place is that of the first one whose name fits."""
    digest, name, size, tool, *_ = rows[0]
    name = as_text(name)
    sources = [object_in(object_in(extra).get("facts")).get("source") for *_, extra in rows]
    places = [as_text(object_in(source).get("location")) for source in sources]
    place = next((each for each in places if re.split(r"[/\\]", each)[-1] == name), name)
    ids = frozenset(session_id for *_, session_id, _ in rows)
    return KeptOriginal(as_text(digest), name, size, as_text(tool), place, ids)


class _Known:
    """A source whose original the store has."""

    original = None

    def __init__(self, source: SessionSource) -> None:
        self.header = source.header
        self.warnings: Sequence[str] = source.warnings
        self.schema_version = source.schema_version

    def batches(self) -> Iterator[Batch]:
        """Nothing: it was read."""
        return iter(())


def _header(
    incoming: IncomingSession, stored: StoredSession, identity: str, more_models: Sequence[str]
) -> SessionHeader:
    """What the original says, but for what only files beside it or its place show."""
    header = incoming.header
    facts = {**header.facts}
    if identity != incoming.identity:
        facts.pop("session_id", None)
    if more_models:
        facts["models"] = list(dict.fromkeys((*facts.get("models", ()), *more_models)))
    name = header.name if header.is_named else stored.row.hfs_imported_name or stored.row.name
    return header._replace(facts=facts, name=name)


def _target(connection: sqlite3.Connection, read: _Read, kept: KeptOriginal) -> _Target:
    connection.execute("BEGIN")
    try:
        row, reason = _row(connection, read.incoming, kept)
        if row is None:
            return _Target(None, reason)
        models = _stage_others(connection, row, read)
        comparison = _comparison(connection, row)
        return _Target(compared(connection, row, comparison), models=models)
    finally:
        # What was staged stays.
        connection.execute("COMMIT")


def _row(
    connection: sqlite3.Connection, incoming: IncomingSession, kept: KeptOriginal
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
    connection: sqlite3.Connection, row: StoredRow, incoming: IncomingSession
) -> bool:
    first = connection.execute(_FIRST_MESSAGE, (row.id,)).fetchall()
    said = [(as_text(role), as_text(content)) for role, content in first]
    return said == [incoming.staged.first_message]


def _comparison(connection: sqlite3.Connection, row: StoredRow) -> Comparison:
    """How the session differs, where what the original has replaces all else."""
    found = compare(stored_parts(connection, row.id), staged_parts(connection))
    if found.relation in ("same", "grown"):
        return found
    if found.changed and found.relation == "shrunk":
        return found._replace(relation="grown")
    return Comparison("grown", is_ordered=False, checkpoints_differ=found.checkpoints_differ)


def _stage_others(connection: sqlite3.Connection, row: StoredRow, read: _Read) -> list[str]:
    """Adds to the staged session what the store has of it by other means; returns their models.

    It replaces what was added before another program changed the session.
    """
    staged = read.incoming.staged
    connection.execute("DELETE FROM staged_messages WHERE id > ?", (read.message_count,))
    ids = [(number,) for number in additions(connection, row.id, read.message_count)]
    connection.executemany(_STAGE_STORED, ids)
    added = [object_in(extra) for (extra,) in connection.execute(_ADDED, (read.message_count,))]
    staged.set_added(
        read.message_count + len(ids), read.usage, [keys.get("usage") for keys in added]
    )
    if row.checkpoint_count and not staged.checkpoint_count:
        connection.execute("DELETE FROM staged_checkpoints")
        connection.execute(_STAGE_CHECKPOINTS, (row.id,))
    return [model for keys in added if isinstance(model := keys.get("model"), str)]


_ORIGINALS = """
    SELECT hfs_original, kept.name, kept.size, hfs_tool, sessions.id, hfs_extra
    FROM sessions JOIN hfs_originals AS kept ON kept.digest = hfs_original
    WHERE hfs_tool IS NOT NULL ORDER BY hfs_original, sessions.id
"""
_FIRST_MESSAGE = """
    SELECT role, content FROM messages WHERE session_id = ? ORDER BY id LIMIT 1
"""
_ADDED = "SELECT hfs_extra FROM staged_messages WHERE id > ? AND hfs_extra IS NOT NULL ORDER BY id"
_STAGE_STORED = """
    INSERT INTO staged_messages (role, content, created_at, hfs_extra)
    SELECT role, content, created_at, hfs_extra FROM messages WHERE id = ?
"""
_STAGE_CHECKPOINTS = """
    INSERT INTO staged_checkpoints (message_index, trigger_event, state_json, created_at, hfs_extra)
    SELECT message_index, trigger_event, state_json, created_at, hfs_extra FROM checkpoints
    WHERE session_id = ? ORDER BY id
"""
