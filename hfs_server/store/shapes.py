"""What a store takes and returns beside sessions and results: rules, stamps, marks and notes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from hfs_server.session import SavedSession


class InvalidCursor(ValueError):
    """The cursor is not one of an earlier page."""


OnConflict = Literal["update", "skip", "copy"]
"""What becomes of a session that the store already has."""


Visibility = Literal["private", "team"]
"""Who sees a session in a store of a team: its owner, or everybody who may read the store."""

DELETED = "deleted from the store before"
PRESENT = "in the store already"
EMPTY = "without any message"
OTHER_ORIGINAL = "in the store from another original"
REVEALING = (
    "shown to the team with more redacted; redact it the same way (--redact, --redact-also), or "
    "hide it first (hfs-server share --private ID)"
)
"""Why sessions are skipped."""


class ImportRules(NamedTuple):
    """How sessions are imported."""

    on_conflict: OnConflict = "update"
    name: str | None = None
    """Replaces the names of the sources."""
    is_trial: bool = False
    """Whether nothing is written; all results are the same, but ids are None."""
    visibility: Visibility | None = None
    """That of the sessions that are created, if it is not the store's default."""


DEFAULT_RULES = ImportRules()


class FileStamp(NamedTuple):
    """What shows that a file is the one that was imported before; ``mtime`` in nanoseconds."""

    size: int
    mtime: int
    inode: int


NO_STAMP = FileStamp(-1, -1, -1)
"""The stamp of no file: what is remembered with it is read again."""


class TakenSession(NamedTuple):
    """A session of another store that needed no import of its own."""

    id: int
    """Its id there."""
    saved: SavedSession
    schema_version: str


class SessionMark(NamedTuple):
    """A session, and what differs after each change of it in this store."""

    id: int
    identity: str
    changed_at: str
    """The last change in ISO 8601; 1970 if no time is known."""
    mark: str


class SessionEntry(NamedTuple):
    """What is known of a session without reading its messages, for an import of its store."""

    id: int
    identity: str
    mark: str
    """Differs after each change of the session in this store."""
    name: str
    message_count: int
    checkpoint_count: int
    tool: str
    parent_identity: str | None
    working_directory: str | None
    original: str | None
    """The digest of the file that it was read from, if the store has that."""
    is_redacted: bool
    """Whether its secrets were replaced before it came into the store."""
    is_own: bool = True
    """Whether an import by this user may update it."""


class SharedSession(NamedTuple):
    """A session that everybody who uses the store sees."""

    id: int
    owner: str
    name: str


class ExportNote(NamedTuple):
    """What a store remembers of a file that it was exported to; ``mtime`` in nanoseconds."""

    mark: str
    """The mark of the session that the file has."""
    size: int
    mtime: int
    digest: str
    """The SHA-256 of the file."""


class KeptOriginal(NamedTuple):
    """An original in the store."""

    digest: str
    name: str
    """The name of the file that it was."""
    size: int
    tool: str
    place: str
    """Where the file lay, if that is known, else its name."""
    session_ids: frozenset[int]
    """The sessions that were read from it."""
