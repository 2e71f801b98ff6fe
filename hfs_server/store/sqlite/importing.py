"""An import into the store: each session is created, updated, or left as it is.

The rule not to break: the same session has the same identity, and is in the store once unless
a copy was requested or each side has what the other lacks.
"""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing, suppress
from functools import partial
from pathlib import Path

from hfs_server.cancellation import finished
from hfs_server.errors import InvalidDocument, SessionNotFound, StoreBusy
from hfs_server.session import Progress, SavedSession, SessionSource
from hfs_server.store.incoming import IncomingSession
from hfs_server.store.reading import Incoming, Reading, Unread
from hfs_server.store.rows import SessionRow
from hfs_server.store.shapes import (
    DELETED,
    EMPTY,
    PRESENT,
    FileStamp,
    ImportRules,
    OnConflict,
    TakenSession,
)
from hfs_server.store.sqlite.committing import IdentityTaken, NewSession
from hfs_server.store.sqlite.connections import Connection, fetch, is_busy, transaction, write
from hfs_server.store.sqlite.creating import NewSessions
from hfs_server.store.sqlite.database import Database
from hfs_server.store.sqlite.deletions import Deleted, deleted_of_identity
from hfs_server.store.sqlite.existing import (
    StoredSession,
    find_sessions,
    nearest,
    was_imported,
)
from hfs_server.store.sqlite.imported_files import not_remembered, remember_files
from hfs_server.store.sqlite.originals import Originals
from hfs_server.store.sqlite.other_rows import attached, take_over
from hfs_server.store.sqlite.returning import Returning
from hfs_server.store.sqlite.staging import StagedSession
from hfs_server.store.sqlite.trial import Trial
from hfs_server.store.sqlite.updating import SessionUpdate
from hfs_server.store.updates import EACH_HAS_MORE, updated, updated_row

ATTEMPTS = 10
"""How often a stored session is compared again while other programs change the store."""


class SqliteImport:
    """An import into an SQLite store, on a connection that has the temporary tables."""

    def __init__(self, connection: Connection, database: Database, rules: ImportRules) -> None:
        self._connection = connection
        self._database = database
        self._file = database.identity
        self._rules = rules
        self.has_written = False
        """Whether the store may have changed."""
        self._originals = Originals(connection)
        self._returning = Returning()
        self._trial = Trial() if rules.is_trial else None

    def reading(self, sources: Iterator[SessionSource], *, is_exchanged: bool = False) -> Reading:
        """Reads sessions that are to be saved."""
        return Reading(
            sources, StagedSession, self._in_thread, self._rules, is_exchanged=is_exchanged
        )

    async def _in_thread(self, work: Callable[[], bool]) -> bool:
        # Each thread has memory of its own, so that the one that inserts rows also reads them.
        return await finished(self._connection.run(lambda _: work()))

    async def create(self, sessions: Sequence[Incoming | Unread]) -> Sequence[SavedSession]:
        """Saves the first sessions together that are small and new; it may be none."""
        if self._trial is not None or len(sessions) == 1:
            return ()
        work = NewSessions(self._connection, self._database, self._file, self._originals)
        with self._database.translated_errors():
            if not await self._connection.run(work.can_create, sessions[0], wait=True):
                return ()
            self.has_written = True
            # What cannot be saved is found out one by one.
            with suppress(InvalidDocument):
                saved = await write(self._connection, work.create, sessions)
                self._database.check_unmoved(self._file)
                return saved
        return ()

    async def save(
        self,
        session: IncomingSession[StagedSession],
        on_progress: Progress,
        *,
        restores_deleted: bool,
    ) -> SavedSession:
        """Saves a session, all of it or nothing."""
        if session.is_empty:
            return session.saved("skipped", reason=EMPTY)
        with self._database.translated_errors():
            return await self._save(session, on_progress, restores_deleted=restores_deleted)

    async def _save(
        self,
        incoming: IncomingSession[StagedSession],
        on_progress: Progress,
        *,
        restores_deleted: bool,
    ) -> SavedSession:
        for _ in range(ATTEMPTS):
            stored, deleted = await self._connection.run(
                self._find, incoming, restores_deleted, wait=True
            )
            if stored is not None:
                saved = await self._save_known(incoming, stored, on_progress)
            elif deleted and not restores_deleted:
                saved = incoming.saved("skipped", reason=DELETED)
            elif isinstance(deleted, Deleted):
                self.has_written = True
                # Another program may have restored or removed it meanwhile.
                with suppress(SessionNotFound):
                    await self._returning.restore(self._connection, deleted)
                continue
            else:
                saved = await self._create(incoming, on_progress, is_only=True)
            if saved is not None:
                return saved
        raise self._busy()

    async def take_over(self, path: Path) -> AsyncGenerator[Sequence[TakenSession], None]:
        """Saves sessions of the store at ``path``, many at a time, if the rules are simple."""
        if self._rules.is_trial or self._rules.name or self._rules.on_conflict == "copy":
            return
        check = partial(self._database.check_unmoved, self._file)
        with self._database.translated_errors():
            async with (
                attached(self._connection, path),
                aclosing(take_over(self._connection, self._rules, check)) as batches,
            ):
                async for taken in batches:
                    self.has_written |= any(each.saved.status == "created" for each in taken)
                    yield taken

    def _busy(self) -> StoreBusy:
        return StoreBusy(
            f"Other programs keep changing the store {self._database.path}. Try again when they "
            "have finished."
        )

    async def id_of(self, identity: str) -> int | None:
        """The id of the session with this identity; None if the store has none, and in a trial."""
        rows = await self._connection.run(fetch, _ID_OF, (identity,), wait=True)
        return rows[0][0] if rows and not self._rules.is_trial else None

    async def remember(
        self,
        stamps: Mapping[str, FileStamp],
        unknown_to: str | None = None,
        *,
        wait: bool = True,
    ) -> None:
        """Records files that need not be read again, by their paths, unless it stays locked."""
        rows = [(path, *stamp, unknown_to) for path, stamp in stamps.items()]
        if self._rules.is_trial:
            return
        if not (rows := await self._connection.run(not_remembered, rows, wait=True)):
            return
        self.has_written = True
        try:
            async with transaction(self._connection, wait=wait):
                await self._connection.run(remember_files, rows)
        except sqlite3.OperationalError as error:
            if not is_busy(error):
                raise

    def _find(
        self,
        connection: sqlite3.Connection,
        incoming: IncomingSession[StagedSession],
        restores_deleted: bool,
    ) -> tuple[StoredSession | None, Deleted | bool]:
        """The session in the store, or whether the store had it once, and what it has of that."""
        staged = incoming.staged
        found = find_sessions(connection, incoming.identity, incoming.header, staged)
        if self._trial is not None:
            found = self._trial.with_tried(connection, found, incoming.identity, staged)
        if found:
            return nearest(found), False
        deleted = deleted_of_identity(connection, incoming.identity)
        if deleted is None:
            return None, was_imported(connection, incoming.identity)
        if self._trial is None:
            return None, deleted
        tried = self._returning.try_out(connection, deleted, staged, is_wanted=restores_deleted)
        return tried, deleted

    async def _save_known(
        self, incoming: IncomingSession[StagedSession], stored: StoredSession, on_progress: Progress
    ) -> SavedSession | None:
        """A session that the store has; None if another program changed it meanwhile."""
        if not self._returning.has(stored.id):
            return await self._save_stored(incoming, stored, on_progress, self._rules.on_conflict)
        saved = await self._save_stored(incoming, stored, on_progress, "update")
        return None if saved is None else self._returning.reported(saved, stored.id)

    async def _save_stored(
        self,
        incoming: IncomingSession[StagedSession],
        stored: StoredSession,
        on_progress: Progress,
        on_conflict: OnConflict,
    ) -> SavedSession | None:
        relation = stored.comparison.relation
        if on_conflict == "skip":
            return incoming.saved("skipped", stored, reason=PRESENT)
        if on_conflict == "copy":
            return await self._create(incoming, on_progress)
        if relation == "apart":
            return await self._create(incoming, on_progress, EACH_HAS_MORE)
        return await self._update(incoming, stored, updated_row(incoming, stored), on_progress)

    async def _create(
        self,
        incoming: IncomingSession[StagedSession],
        on_progress: Progress,
        *warnings: str,
        is_only: bool = False,
    ) -> SavedSession | None:
        """Creates a session; None if another program has just created it."""
        row = incoming.row()
        if self._trial is not None:
            await self._connection.run(
                self._trial.note, incoming.identity, row, incoming.staged, None
            )
            return incoming.saved("created", warnings=warnings)
        self.has_written = True
        row = await self._with_original(incoming, row)
        insert = self._originals.insert
        new = NewSession(
            self._connection,
            self._database,
            self._file,
            incoming.staged,
            row,
            insert,
            is_only=is_only,
        )
        try:
            session_id = await new.commit(on_progress)
        except IdentityTaken:
            return None
        return incoming.saved("created", warnings=warnings, session_id=session_id)

    async def _update(
        self,
        incoming: IncomingSession[StagedSession],
        stored: StoredSession,
        row: SessionRow,
        on_progress: Progress,
    ) -> SavedSession | None:
        relation = stored.comparison.relation
        saved = updated(incoming, stored, row)
        if self._trial is not None:
            if relation == "grown":
                await self._connection.run(
                    self._trial.note, incoming.identity, row, incoming.staged, stored
                )
        else:
            if relation != "shrunk":
                row = await self._with_original(incoming, row)
            if relation == "grown" or row != stored.row:
                self.has_written = True
                update = SessionUpdate(
                    self._connection,
                    self._database,
                    self._file,
                    incoming.staged,
                    stored,
                    self._originals,
                )
                if not await update.commit(row, on_progress):
                    return None
        return saved

    async def _with_original(
        self, incoming: IncomingSession[StagedSession], row: SessionRow
    ) -> SessionRow:
        original = incoming.source.original
        if original is None:
            return row
        return row._replace(hfs_original=await self._originals.stage(original))


_ID_OF = "SELECT id FROM sessions WHERE hfs_identity = ? ORDER BY id LIMIT 1"
