"""Which sessions of a store another one gets, and which of them need not be read for that.

The rule not to break: a session is only left out unread if its import would change nothing, and
redacted text never takes the place of what a store has whole.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from hfs_server.filters import EVERYTHING, Filters
from hfs_server.session import SavedSession
from hfs_server.store import Store
from hfs_server.store.shapes import PRESENT, ExportNote, ImportRules, SessionEntry

if TYPE_CHECKING:
    from hfs_server.transforms.redaction import Redactor

Result = TypeVar("Result")

REDACTED = "in the store without redaction"
"""Why a redacted session is skipped."""

_MARK_BYTES = 12
_DONE = ("created", "updated", "unchanged")


class Selection(NamedTuple):
    """Which sessions of a store are imported, and how."""

    filters: Filters = EVERYTHING
    redact: bool = False
    redact_also: tuple[str, ...] = ()
    chosen: Callable[[Sequence[SessionEntry]], Collection[int]] | None = None
    """Returns the ids of those of all sessions that may be taken."""
    originals: bool = True
    """Whether the files that sessions were read from are taken along."""

    @property
    def is_everything(self) -> bool:
        """Whether all sessions are imported as they are."""
        return self == WHOLE

    def redactor(self) -> Redactor | None:
        """What redacts one session."""
        if not self.redact:
            return None
        from hfs_server.transforms.redaction import Redactor

        return Redactor(self.redact_also)

    async def entries(self, store: Store) -> Entries:
        """The sessions of a store, and which of them are selected."""
        found = await store.entries(EVERYTHING)
        ids = {each.id for each in found}
        if self.filters != EVERYTHING:
            ids &= {each.id for each in await store.entries(self.filters)}
        if self.chosen is not None:
            # It may look at folders, which may be far away.
            ids &= set(await _in_thread(self.chosen, found))
        return Entries([each for each in found if each.id in ids], self._originals(found, ids))

    def _originals(self, found: Sequence[SessionEntry], ids: Collection[int]) -> frozenset[str]:
        """The originals that hold no session that is not selected."""
        if self.redact or not self.originals:
            return frozenset()
        others = {each.original for each in found if each.id not in ids}
        return frozenset(each.original for each in found if each.original) - others

    @property
    def how(self) -> str:
        """How sessions are changed on the way."""
        also = " ".join(sorted(self.redact_also))
        return f"redacted {also}" if self.redact else "whole" if self.originals else "without files"


WHOLE = Selection()


class Entries(NamedTuple):
    """The sessions of a store that are selected."""

    selected: Sequence[SessionEntry]
    originals: frozenset[str]
    """The digests of originals that are taken along."""


class Transfer:
    """What is imported of one store into another one, and what is remembered of it."""

    def __init__(
        self, store: Store, rules: ImportRules, selection: Selection, source: str | None
    ) -> None:
        """``source`` is the name under which the source is remembered, if it is."""
        self._store = store
        self._rules = rules
        self._selection = selection
        is_plain = rules.on_conflict == "update" and not rules.name
        self._source = f"sessions of {source}, {selection.how}" if source and is_plain else None
        self._read: dict[int, SessionEntry] = {}
        self._notes: dict[str, ExportNote] = {}
        self._done: set[int] = set()

    async def left_out(self, entries: Sequence[SessionEntry]) -> Mapping[int, SavedSession]:
        """What becomes of the sessions that need not be read, by their ids in the source."""
        stored = await _by_identity(self._store)
        if self._source is not None:
            self._notes = await _in_thread(self._store.export_notes, self._source)
        found = {}
        for each in entries:
            saved = self._left_out(each, stored.get(each.identity, ()))
            if saved is None:
                self._read[each.id] = each
            else:
                found[each.id] = saved
        return found

    def _left_out(self, entry: SessionEntry, stored: Sequence[SessionEntry]) -> SavedSession | None:
        conflict = self._rules.on_conflict
        if not stored or conflict == "copy":
            return None
        if conflict == "skip":
            return self._saved(entry, stored[0], "skipped", PRESENT)
        is_redacted = self._selection.redact or entry.is_redacted
        whole = [each for each in stored if not each.is_redacted]
        if is_redacted and whole:
            return self._saved(entry, whole[0], "skipped", REDACTED)
        note = self._notes.get(str(entry.id))
        if note is not None and (note.mark, note.digest) == (entry.mark, _state(stored)):
            return self._saved(entry, stored[0], "unchanged")
        return None

    def _saved(
        self, entry: SessionEntry, stored: SessionEntry, status: str, reason: str | None = None
    ) -> SavedSession:
        return SavedSession(
            status=status,
            id=None if self._rules.is_trial else stored.id,
            name=stored.name,
            message_count=stored.message_count,
            checkpoint_count=stored.checkpoint_count,
            identity=entry.identity,
            parent_identity=entry.parent_identity,
            tool=entry.tool,
            warnings=[],
            reason=reason,
            stored_id=stored.id,
        )

    def note(self, session_id: int, saved: SavedSession) -> None:
        """Notes that a session was read, and what became of it.

        What would be reported again is read again.
        """
        if saved.status in _DONE and not saved.warnings:
            self._done.add(session_id)

    async def end(self) -> None:
        """Remembers what was read, so that the next import need not read it."""
        if self._source is None or self._rules.is_trial or not self._done:
            return
        stored = await _by_identity(self._store)
        read = [self._read[each] for each in self._done if each in self._read]
        new = {
            str(each.id): ExportNote(each.mark, 0, 0, _state(stored[each.identity]))
            for each in read
            if each.identity in stored
        }
        notes = {**self._notes, **new}
        await _in_thread(self._store.remember_export, self._source, notes)


async def _in_thread(function: Callable[..., Result], *arguments: object) -> Result:
    # A command line that is only parsed needs no event loop.
    from hfs_server.cancellation import run_in_thread

    return await run_in_thread(function, *arguments)


async def _by_identity(store: Store) -> Mapping[str, Sequence[SessionEntry]]:
    """The sessions that an import may update, by their identities."""
    found: dict[str, list[SessionEntry]] = {}
    for each in await store.entries(EVERYTHING):
        if each.is_own:
            found.setdefault(each.identity, []).append(each)
    return found


def _state(entries: Sequence[SessionEntry]) -> str:
    """What differs after each change of any session of an identity."""
    text = repr([(each.id, each.mark) for each in entries])
    return hashlib.blake2b(text.encode(), digest_size=_MARK_BYTES).hexdigest()


TransferOf = Callable[[str | None], Transfer]
"""Returns the import of a store that is remembered under a name, if it is."""


def transfers(store: Store, rules: ImportRules, selection: Selection = WHOLE) -> TransferOf:
    """The imports of other stores into a store."""
    return lambda source: Transfer(store, rules, selection, source)
