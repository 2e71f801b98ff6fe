"""Sessions as today's importers read them from the originals in the store.

The rule not to break: what the session got by other means than its original stays, at its end.
Everything else is as the original has it, even if that is less.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Generator, Iterator, Sequence
from typing import Any, NamedTuple

from hfs_server.errors import InvalidDocument, StoreUnusable
from hfs_server.session import Progress, SavedSession
from hfs_server.store.additions import additions
from hfs_server.store.comparing import Comparison
from hfs_server.store.merging import merged_row
from hfs_server.store.postgresql.access import MINE
from hfs_server.store.postgresql.connections import Raw, fetch
from hfs_server.store.postgresql.database import NoStore
from hfs_server.store.postgresql.deleting import deleted_of_identity
from hfs_server.store.postgresql.deletion_states import is_deleted, lock_identity
from hfs_server.store.postgresql.existing import StoredSession, session_of, sessions_of
from hfs_server.store.postgresql.importing import Incoming, Plan, PostgresqlImport, copied_by
from hfs_server.store.postgresql.originals import chunks_of, read_chunk
from hfs_server.store.postgresql.snapshot import decoded, rows_of
from hfs_server.store.postgresql.staging import StagedSession
from hfs_server.store.postgresql.texts import to_column
from hfs_server.store.postgresql.times import stored as stored_time
from hfs_server.store.postgresql.trial import Trial
from hfs_server.store.rereading import KnownSource, kept_originals, reread_header
from hfs_server.store.rows import object_in
from hfs_server.store.shapes import DELETED, OTHER_ORIGINAL, KeptOriginal

_ROWS_TOGETHER = 1_000


class _Target(NamedTuple):
    """Which session is to be updated, or why none is; neither if one is to be created."""

    stored: StoredSession | None
    reason: str | None = None
    models: Sequence[str] = ()
    """Those of messages that are not in the original."""


class PostgresqlRereading(PostgresqlImport):
    """An import of originals that the store has."""

    _kept: KeptOriginal

    async def originals(self, tools: Collection[str] | None) -> Sequence[KeptOriginal]:
        """The originals of sessions of these tools, or of all."""
        return kept_originals(await self._database.read([], _originals), tools)

    async def original(self, kept: KeptOriginal) -> AsyncGenerator[bytes, None]:
        """The bytes of an original, in pieces. Raises InvalidDocument if it is damaged."""
        async with self._database.reading() as connection:
            for chunk in await connection.run(chunks_of, kept.digest):
                try:
                    yield await connection.run(read_chunk, chunk)
                except StoreUnusable as error:
                    raise InvalidDocument(error.message) from None

    def begin(self, kept: KeptOriginal) -> None:
        """Says from which original the sessions come that are saved next."""
        self._kept = kept

    async def _try(
        self,
        incoming: Incoming,
        trial: Trial,  # noqa: ARG002 - Originals are not tried after one another.
        *,
        restores_deleted: bool,  # noqa: ARG002 - No reimport does.
    ) -> SavedSession:
        """What a reimport would do, without writing anything."""
        return (await self._read_plan(incoming)).saved

    async def _save(
        self,
        incoming: Incoming,
        on_progress: Progress,
        *,
        restores_deleted: bool,  # noqa: ARG002 - No reimport does.
    ) -> SavedSession:
        plan = await self._read_plan(incoming)
        if not plan.changes:
            return plan.saved
        await self._read_original(incoming)
        async with self._database.writing() as connection:
            return await connection.run_in_steps(
                self._saving_again, copied_by(on_progress), incoming
            )

    def _saving_again(self, raw: Raw, incoming: Incoming) -> Generator[float, None, SavedSession]:
        lock_identity(raw, to_column(incoming.identity))
        target = _target(raw, incoming, self._kept, locked=True)
        known, plan = _plan(incoming, target)
        return (yield from self._write(raw, known, plan))

    async def _read_plan(self, incoming: Incoming) -> Plan:
        incoming.staged.end_of_original()
        try:
            async with self._database.reading() as connection:
                target = await connection.run(_target, incoming, self._kept)
        except NoStore:
            target = _Target(None, DELETED)
        return _plan(incoming, target)[1]


def _plan(incoming: Incoming, target: _Target) -> tuple[Incoming, Plan]:
    """The session as it is to be saved, and what becomes of it."""
    stored = target.stored
    if stored is None and target.reason is not None:
        return incoming, Plan(incoming.saved("skipped", reason=target.reason))
    if stored is None:
        return incoming, Plan(incoming.saved("created"), incoming.row())
    identity = stored.row.hfs_identity or incoming.identity
    header = reread_header(incoming, stored.row, identity, target.models)
    source = KnownSource(incoming.source)
    known = incoming._replace(source=source, header=header, identity=identity)
    row = merged_row(stored.row, known.row(), None)
    is_same = stored.comparison.relation != "grown" and row == stored.row
    status = "unchanged" if is_same else "updated"
    return known, Plan(known.saved(status, stored._replace(row=row)), row, stored)


def _originals(raw: Raw) -> list[Sequence[Any]]:
    return [decoded(row) for row in fetch(raw, _ORIGINALS)]


def _target(raw: Raw, incoming: Incoming, kept: KeptOriginal, *, locked: bool = False) -> _Target:
    """The session that is to be updated, compared with what is to become of it."""
    stored, reason = _stored(raw, incoming, kept, locked=locked)
    if stored is None:
        return _Target(None, reason)
    models = _stage_others(raw, stored, incoming.staged)
    found = session_of(raw, stored.id, incoming.staged)
    if found is None:
        return _Target(None, DELETED)
    return _Target(found._replace(comparison=_as_original(found.comparison)), models=models)


def _stored(
    raw: Raw, incoming: Incoming, kept: KeptOriginal, *, locked: bool
) -> tuple[StoredSession | None, str | None]:
    identity = to_column(incoming.identity)
    rows = sessions_of(raw, identity, incoming.staged, locked=locked)
    mine = [row for row in rows if row.id in kept.session_ids]
    if mine:
        return mine[0], None
    if rows:
        return None, OTHER_ORIGINAL
    if deleted_of_identity(raw, identity) is not None:
        return None, DELETED
    if len(kept.session_ids) == 1:
        row = session_of(raw, next(iter(kept.session_ids)), incoming.staged, locked=locked)
        # Its identity may follow from where its file lay, or from what was read otherwise.
        if row is not None and _begins_alike(raw, row, incoming):
            return row, None
    return None, DELETED if is_deleted(raw, identity) else None


def _begins_alike(raw: Raw, row: StoredSession, incoming: Incoming) -> bool:
    said = [decoded(each) for each in fetch(raw, _FIRST_MESSAGE, (row.id,))]
    return said == [incoming.staged.first_message]


def _as_original(found: Comparison) -> Comparison:
    """How the session differs, where what the original has replaces all else."""
    if found.relation in ("same", "grown"):
        return found
    if found.changed and found.relation == "shrunk":
        return found._replace(relation="grown")
    return Comparison("grown", is_ordered=False, checkpoints_differ=found.checkpoints_differ)


def _stage_others(raw: Raw, stored: StoredSession, staged: StagedSession) -> list[str]:
    """Adds to the staged session what the store has of it by other means; returns their models.

    It replaces what was added before another program changed the session.
    """
    staged.remove_added()
    messages = _rows(raw, _MESSAGES, stored.id)
    ids = frozenset(additions(staged.messages(), messages, staged.message_count))
    added = [row[1:] for row in _rows(raw, _MESSAGES, stored.id) if row[0] in ids] if ids else []
    states = []
    if stored.checkpoint_count and not staged.checkpoint_count:
        states = [row[1:] for row in _rows(raw, _CHECKPOINTS, stored.id)]
    staged.add_stored(added, states)
    keys = [object_in(extra) for *_, extra in added]
    return [model for each in keys if isinstance(model := each.get("model"), str)]


def _rows(raw: Raw, sql: str, session_id: int) -> Iterator[tuple[Any, ...]]:
    yield from rows_of(raw, sql, session_id, _ROWS_TOGETHER)


_ORIGINALS = f"""
    SELECT s.original, o.name, o.size, s.tool, s.id, s.extra
    FROM hfs.sessions AS s JOIN hfs.originals AS o ON o.digest = s.original AND o.owner = s.owner
    WHERE s.tool IS NOT NULL AND s.deleted_at IS NULL AND s.{MINE} ORDER BY s.original, s.id
"""
_FIRST_MESSAGE = """
    SELECT role, content FROM hfs.messages WHERE session_id = %s ORDER BY position LIMIT 1
"""
_MESSAGES = f"""
    SELECT position, role, content, {stored_time("created_at")}, extra FROM hfs.messages
    WHERE session_id = %s AND position >= %s ORDER BY position
"""
_CHECKPOINTS = f"""
    SELECT position, message_index, trigger_event, state, {stored_time("created_at")}, extra
    FROM hfs.checkpoints WHERE session_id = %s AND position >= %s ORDER BY position
"""
