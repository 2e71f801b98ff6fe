"""An import into the store: each session is created, updated, or left as it is.

Each session has a transaction of its own, in which nobody else writes sessions of its identity.
The rule not to break: the same session has the same identity, and is in the store once unless
a copy was requested or each side has what the other lacks.
"""

from __future__ import annotations

from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Callable,
    Collection,
    Generator,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path
from typing import NamedTuple, TypeVar

from hfs_server.cancellation import run_in_thread
from hfs_server.errors import SessionNotFound, StoreBusy
from hfs_server.session import Progress, SavedSession, SessionSource
from hfs_server.store.incoming import IncomingSession
from hfs_server.store.postgresql.access import MINE
from hfs_server.store.postgresql.connections import Raw, fetch
from hfs_server.store.postgresql.database import Database, NoStore
from hfs_server.store.postgresql.deleting import deleted_of_identity, deleted_together, restore
from hfs_server.store.postgresql.deletion_states import is_deleted, lock_identity, note_creation
from hfs_server.store.postgresql.existing import StoredSession, nearest, sessions_of
from hfs_server.store.postgresql.imported_files import remember_files
from hfs_server.store.postgresql.originals import Originals, remove_replaced
from hfs_server.store.postgresql.revealing import with_revealing
from hfs_server.store.postgresql.sharing import share_new
from hfs_server.store.postgresql.staging import StagedSession
from hfs_server.store.postgresql.texts import to_column
from hfs_server.store.postgresql.trial import Trial
from hfs_server.store.postgresql.writing import insert_session, update_session
from hfs_server.store.reading import Reading, Unread
from hfs_server.store.rows import SessionRow
from hfs_server.store.shapes import (
    DELETED,
    EMPTY,
    PRESENT,
    REVEALING,
    FileStamp,
    ImportRules,
    OnConflict,
    TakenSession,
)
from hfs_server.store.updates import EACH_HAS_MORE, updated, updated_row

Incoming = IncomingSession[StagedSession]


class _Found(NamedTuple):
    """What the store has of an identity."""

    stored: StoredSession | None = None
    deleted: int | None = None
    """The id of its session that was deleted last, if there is no other."""
    was_deleted: bool = False
    """Whether it was deleted last, here or in a store that exchanges deletions with this one."""


class Plan(NamedTuple):
    """What becomes of a session, and what is to be written."""

    saved: SavedSession
    row: SessionRow | None = None
    """None if nothing is written."""
    stored: StoredSession | None = None
    """The session that is updated; None if one is created."""

    @property
    def changes(self) -> bool:
        """Whether it changes more than the original that is kept."""
        stored = self.stored
        return self.row is not None and (
            stored is None or self.row != stored.row or stored.comparison.relation == "grown"
        )

    @property
    def keeps_original(self) -> bool:
        """Whether the original of what is imported becomes that of the session."""
        stored = self.stored
        return self.row is not None and (stored is None or stored.comparison.relation != "shrunk")


class PostgresqlImport:
    """An import into a PostgreSQL store."""

    def __init__(self, database: Database, rules: ImportRules, trial: Trial | None) -> None:
        self._database = database
        self._rules = rules
        self._trial = trial
        self._originals = Originals()
        self._returned: frozenset[int] = frozenset()
        """The sessions that came back, and were not reported yet."""

    def reading(self, sources: Iterator[SessionSource], *, is_exchanged: bool = False) -> Reading:
        """Reads sessions that are to be saved."""
        return Reading(
            sources, StagedSession, run_in_thread, self._rules, is_exchanged=is_exchanged
        )

    async def create(
        self,
        sessions: Sequence[Incoming | Unread],  # noqa: ARG002 - As the protocol has it.
    ) -> Sequence[SavedSession]:
        """Nothing: each session has a transaction of its own."""
        return ()

    async def save(
        self, session: Incoming, on_progress: Progress, *, restores_deleted: bool
    ) -> SavedSession:
        """Saves a session, all of it or nothing."""
        if session.is_empty:
            return session.saved("skipped", reason=EMPTY)
        if self._trial is not None:
            return await self._try(session, self._trial, restores_deleted=restores_deleted)
        return await self._save(session, on_progress, restores_deleted=restores_deleted)

    async def take_over(
        self,
        path: Path,  # noqa: ARG002 - As the protocol has it.
    ) -> AsyncGenerator[Sequence[TakenSession], None]:
        """Nothing: each session of another store is saved by itself."""
        nothing: tuple[Sequence[TakenSession], ...] = ()
        for taken in nothing:
            yield taken

    async def id_of(self, identity: str) -> int | None:
        """The id of the session with this identity; None if the store has none, and in a trial."""
        if self._trial is not None:
            return None
        try:
            async with self._database.reading() as connection:
                rows = await connection.run(fetch, _ID_OF, (to_column(identity),))
        except NoStore:
            return None
        return rows[0][0] if rows else None

    async def remember(
        self,
        stamps: Mapping[str, FileStamp],
        unknown_to: str | None = None,
        *,
        wait: bool = True,  # noqa: ARG002 - As the protocol has it.
    ) -> None:
        """Records files that need not be read again, by their paths, unless it stays locked."""
        if self._trial is not None or not stamps:
            return
        with suppress(StoreBusy):
            async with self._database.writing(creates=True) as connection:
                await connection.run(remember_files, stamps, unknown_to)

    async def _save(
        self, incoming: Incoming, on_progress: Progress, *, restores_deleted: bool
    ) -> SavedSession:
        await self._read_original(incoming)
        async with self._database.writing(creates=True) as connection:
            saved, returned = await connection.run_in_steps(
                self._saving,
                copied_by(on_progress),
                incoming,
                restores_deleted=restores_deleted,
            )
        self._returned = returned
        return saved

    async def _read_original(self, incoming: Incoming) -> None:
        """Reads an original, which may take long, before a transaction begins."""
        if incoming.source.original is not None:
            await run_in_thread(self._originals.digest_of, incoming.source.original)

    def _saving(
        self, raw: Raw, incoming: Incoming, *, restores_deleted: bool
    ) -> Generator[float, None, tuple[SavedSession, frozenset[int]]]:
        """Saves a session; with the sessions that came back and are still to be reported."""
        returned = self._returned
        found = _find(raw, incoming)
        plan = self._plan(incoming, found, returned, restores_deleted=restores_deleted)
        saved = plan.saved
        if self._is_to_be_written(incoming, plan):
            found = _locked(raw, incoming)
            if found.deleted is not None and restores_deleted:
                # A purge may have removed it meanwhile.
                with suppress(SessionNotFound):
                    returned = returned.union(restore(raw, found.deleted))
                found = _find(raw, incoming, locked=True)
            plan = self._plan(incoming, found, returned, restores_deleted=restores_deleted)
            saved = yield from self._write(raw, incoming, plan)
        return saved, returned - ({found.stored.id} if found.stored else set())

    def _is_to_be_written(self, incoming: Incoming, plan: Plan) -> bool:
        """Whether anything of a session has to be written, and be it its original."""
        if plan.changes or plan.row is None or not plan.keeps_original:
            return plan.changes
        original = incoming.source.original
        digest = None if original is None else self._originals.digest_of(original)
        return digest not in (None, plan.row.hfs_original)

    def _write(
        self, raw: Raw, incoming: Incoming, plan: Plan
    ) -> Generator[float, None, SavedSession]:
        stored, original, row = plan.stored, incoming.source.original, plan.row
        if row is None:
            return plan.saved
        if original is not None and plan.keeps_original:
            row = row._replace(hfs_original=self._originals.keep(raw, original))
        if stored is None:
            share_new(raw, self._rules.visibility)
            session_id = yield from insert_session(raw, incoming.staged, row)
            note_creation(raw, to_column(incoming.identity))
            return plan.saved._replace(id=session_id)
        if plan._replace(row=row).changes:
            yield from update_session(raw, stored.id, incoming.staged, row, stored.comparison)
        if stored.row.hfs_original not in (None, row.hfs_original):
            remove_replaced(raw, stored.row.hfs_original)
        return plan.saved

    def _plan(
        self,
        incoming: Incoming,
        found: _Found,
        returned: Collection[int],
        *,
        restores_deleted: bool,
    ) -> Plan:
        stored = found.stored
        if stored is None:
            if found.was_deleted and not restores_deleted:
                return Plan(incoming.saved("skipped", reason=DELETED))
            return Plan(incoming.saved("created"), incoming.row())
        if stored.id not in returned:
            return self._plan_known(incoming, stored, self._rules.on_conflict)
        if stored.reveals:
            return self._plan_known(incoming, stored, "update")
        plan = self._plan_known(incoming, stored, "update")
        stored_id = stored.id if self._trial is None else None
        return plan._replace(saved=plan.saved._replace(status="created", stored_id=stored_id))

    def _plan_known(
        self, incoming: Incoming, stored: StoredSession, on_conflict: OnConflict
    ) -> Plan:
        relation = stored.comparison.relation
        if on_conflict == "skip":
            return Plan(incoming.saved("skipped", stored, reason=PRESENT))
        if on_conflict == "update" and stored.reveals:
            return Plan(incoming.saved("skipped", stored, reason=REVEALING))
        if on_conflict == "copy" or relation == "apart":
            warnings = [EACH_HAS_MORE] if on_conflict != "copy" else []
            return Plan(incoming.saved("created", warnings=warnings), incoming.row())
        row = updated_row(incoming, stored)
        return Plan(updated(incoming, stored, row), row, stored)

    async def _try(
        self, incoming: Incoming, trial: Trial, *, restores_deleted: bool
    ) -> SavedSession:
        """What an import would do, without writing anything."""
        try:
            async with self._database.reading() as connection:
                found = await connection.run(
                    _find_tried, incoming, trial, restores_deleted=restores_deleted
                )
        except NoStore:
            tried = trial.with_tried([], incoming.identity, incoming.staged)
            found = _Found(nearest(tried))
        plan = self._plan(incoming, found, trial.returned, restores_deleted=restores_deleted)
        grows = plan.stored is None or plan.stored.comparison.relation == "grown"
        if plan.row is not None and grows:
            trial.note(incoming.identity, plan.row, incoming.staged, plan.stored)
        if found.stored is not None:
            trial.returned.discard(found.stored.id)
        return plan.saved


def copied_by(on_progress: Progress) -> Callable[[float], None]:
    """Reports the share of a session that was copied to the store."""
    return lambda share: on_progress(share, f"{share:.0%} committed to the store")


Import = TypeVar("Import", bound=PostgresqlImport)


@asynccontextmanager
async def importing(
    database: Database, rules: ImportRules, kind: type[Import]
) -> AsyncIterator[Import]:
    """An import, or a trial of one."""
    if not rules.is_trial:
        yield kind(database, rules, None)
        return
    with closing(Trial()) as trial:
        yield kind(database, rules, trial)


def _find(raw: Raw, incoming: Incoming, *, locked: bool = False) -> _Found:
    """What the store has of the session's identity."""
    identity = to_column(incoming.identity)
    present = sessions_of(raw, identity, incoming.staged, locked=locked)
    stored = nearest(with_revealing(raw, present, incoming))
    return _Found(stored) if stored is not None else _deleted(raw, identity)


def _locked(raw: Raw, incoming: Incoming) -> _Found:
    """The same, which nobody else changes until the transaction ends."""
    lock_identity(raw, to_column(incoming.identity))
    return _find(raw, incoming, locked=True)


def _find_tried(raw: Raw, incoming: Incoming, trial: Trial, *, restores_deleted: bool) -> _Found:
    """The same after what was tried before."""
    identity = to_column(incoming.identity)
    present = with_revealing(raw, sessions_of(raw, identity, incoming.staged), incoming)
    stored = nearest(trial.with_tried(present, incoming.identity, incoming.staged))
    if stored is not None:
        return _Found(stored)
    found = _deleted(raw, identity)
    if found.deleted is not None and restores_deleted:
        trial.restore(deleted_together(raw, found.deleted))
    if found.deleted is None or found.deleted not in trial.restored:
        return found
    restored = sessions_of(raw, identity, incoming.staged, deleted_id=found.deleted)
    return _Found(nearest(with_revealing(raw, restored, incoming)))


def _deleted(raw: Raw, identity: str) -> _Found:
    deleted = deleted_of_identity(raw, identity)
    return _Found(None, deleted, deleted is not None or is_deleted(raw, identity))


_ID_OF = f"""
    SELECT id FROM hfs.sessions WHERE identity = %s AND deleted_at IS NULL
    ORDER BY {MINE} DESC, id LIMIT 1
"""
