"""A session that an import has staged: its identity, its row, and what is reported of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Generic, NamedTuple, Protocol, TypeVar

from hfs_server.identity import HFS_TOOL, derived_identity
from hfs_server.session import SavedSession, SessionHeader, SessionSource
from hfs_server.store.rows import SessionRow, as_text, session_row
from hfs_server.store.shapes import ImportRules


class Staged(Protocol):
    """What a session that is staged says of itself."""

    message_count: int
    checkpoint_count: int
    first_message: tuple[str, str]
    """Role and content."""
    usage: Counter[str]
    """The usage of all messages."""


class Stored(Protocol):
    """A session that the store has."""

    @property
    def id(self) -> int:
        """Negative if an import was only tried."""

    @property
    def message_count(self) -> int:
        """How many messages it has."""

    @property
    def checkpoint_count(self) -> int:
        """How many checkpoints it has."""

    @property
    def row(self) -> SessionRow:
        """Its row."""


AnyStaged = TypeVar("AnyStaged", bound=Staged)


class IncomingSession(NamedTuple, Generic[AnyStaged]):
    """A session that is staged."""

    source: SessionSource
    staged: AnyStaged
    header: SessionHeader
    identity: str
    rules: ImportRules
    is_exchanged: bool = False
    """Whether it comes from a folder that machines share."""

    @property
    def counts(self) -> tuple[int, int]:
        """How many messages and checkpoints it has."""
        return self.staged.message_count, self.staged.checkpoint_count

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to import: its tool has only begun it."""
        return self.counts == (0, 0) and not self.header.may_be_empty

    def row(self) -> SessionRow:
        """Its row in the store."""
        row = session_row(self.header, self.identity, self.staged.usage)
        return row._replace(name=self.rules.name or row.name)

    def saved(
        self,
        status: str,
        stored: Stored | None = None,
        warnings: Sequence[str] = (),
        session_id: int | None = None,
        reason: str | None = None,
    ) -> SavedSession:
        """What was done with it."""
        facts = self.header.facts
        messages, checkpoints = self.counts
        if stored is not None and status != "updated":
            messages, checkpoints = stored.message_count, stored.checkpoint_count
        if stored is not None and not self.rules.is_trial:
            session_id = stored.id
        return SavedSession(
            status=status,
            id=session_id,
            name=as_text(stored.row.name) if stored else self.rules.name or self.header.name,
            message_count=messages,
            checkpoint_count=checkpoints,
            identity=self.identity,
            parent_identity=facts.get("parent_session_id"),
            tool=facts.get("source", {}).get("tool", HFS_TOOL),
            warnings=[*self.source.warnings, *warnings],
            reason=reason,
            # What was only tried before has a negative id.
            stored_id=stored.id if stored is not None and stored.id > 0 else None,
        )


def identity_in(header: SessionHeader, staged: Staged) -> str:
    """The identity of a staged session."""
    given: str | None = header.facts.get("session_id") or header.identity
    # A session without times and messages has nothing else of its own.
    is_bare = not header.created_at and not staged.message_count
    first = ("", header.name) if is_bare else staged.first_message
    return given or derived_identity(HFS_TOOL, header.created_at, *first)
