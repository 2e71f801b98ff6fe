"""What a store returns: sessions in lists, matches of searches, and edits of files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from hfs_server.identity import HFS_TOOL


class SessionSummary(NamedTuple):
    """A session as a list shows it; times are ISO 8601 with ``Z``."""

    id: int
    name: str
    created_at: str
    """Empty if it is not known."""
    updated_at: str | None
    message_count: int
    checkpoint_count: int
    preview: str | None
    """The beginning of the first message that a person typed, on one line."""
    tool: str = HFS_TOOL
    working_directory: str | None = None
    models: Sequence[str] = ()
    total_tokens: int | None = None
    """Input and output together; None if its tool does not say."""
    parent_id: int | None = None
    child_count: int = 0
    tags: Sequence[str] = ()
    deleted_at: str | None = None


class SessionPage(NamedTuple):
    """Some sessions, last activity first; ``next_cursor`` leads to those that follow."""

    sessions: list[SessionSummary]
    next_cursor: str | None


class FoundSession(NamedTuple):
    """One session, with what it is called elsewhere."""

    session: SessionSummary
    identity: str
    tool_session_id: str | None
    """Its id in its tool, as any file may have named it."""


class Deletion(NamedTuple):
    """What was deleted."""

    deleted_at: str
    session_count: int
    """How many sessions: the one that was to be deleted, and those below it."""


class DeletionState(NamedTuple):
    """Whether an identity was deleted last, or came back."""

    is_deleted: bool
    changed_at: str | None
    """When that was; None if another program deleted it."""


class SearchMatch(NamedTuple):
    """A message, or the name or the summary of a session, that a search has found."""

    session: SessionSummary
    message_index: int
    """From 1, as a Markdown export numbers its messages; 0 for the session's name or summary."""
    role: str
    """Who wrote the message; ``name`` or ``summary`` for these."""
    created_at: str | None
    snippet: str
    """One line around what was found."""
    highlights: list[list[int]]
    """Where the words are in it, as pairs of offsets in UTF-16 code units."""
    lines: Sequence[str] = ()
    """The line of the first word and lines around it, if they were requested."""

    @property
    def uri(self) -> str:
        """The message in the session's document, or the document."""
        return _uri(self.session, self.message_index)


class SessionEdit(NamedTuple):
    """What a session did to a file, by one of its messages."""

    session: SessionSummary
    message_index: int
    """From 1, as a Markdown export numbers its messages."""
    created_at: str | None
    kind: str
    """``create``, ``edit``, ``delete`` or ``read``."""
    model: str | None
    """The model that wrote the message."""
    prompt: str | None
    """The beginning of what a person had typed last, on one line."""

    @property
    def uri(self) -> str:
        """The message in the session's document."""
        return _uri(self.session, self.message_index)


class SessionEdits(NamedTuple):
    """What sessions did to a file, newest first."""

    edits: list[SessionEdit]
    is_complete: bool
    """False while the index lacks sessions of the store."""


class LineWriters(NamedTuple):
    """For each line of a file, the edits that put it in, newest first."""

    lines: list[list[SessionEdit]]
    is_complete: bool


class SearchPage(NamedTuple):
    """Some matches, best first; ``next_cursor`` leads to those that follow."""

    matches: list[SearchMatch]
    next_cursor: str | None
    is_complete: bool
    """False while the index lacks sessions of the store."""


def _uri(session: SessionSummary, message_index: int) -> str:
    anchor = f"#message-{message_index}" if message_index else ""
    return f"hfs:/sessions/{session.id}.md{anchor}"


class StoreAccess(NamedTuple):
    """How a user is connected to a store on a server."""

    role: str
    owner: str
    """The role to which the tables belong."""
    can_write: bool
    sees_all: bool
    """Whether the role is exempt from row-level security."""
    is_local: bool
    is_encrypted: bool
    is_verified: bool
    """Whether it was checked who the server is."""
    unsecured: Sequence[str] = ()
    """The tables whose row-level security is not that of hfs-server."""
    missing_indexes: Sequence[str] = ()


class StoreHealth(NamedTuple):
    """What a check of a store found; sizes in bytes."""

    size: int
    is_writable: bool
    version: int
    newest_version: int
    """That of this hfs-server, to which a store is migrated when it is opened."""
    sessions: int
    problems: list[str]
    """What SQLite's quick check found, without any content; empty if all is well."""
    index_size: int
    """0 if there is no search index yet."""
    kept_elsewhere: list[str]
    """The tools whose sessions another process keeps."""
    imported: Mapping[str, tuple[int, int, int]]
    """The stamps of the files that need not be imported again, by their paths."""
    access: StoreAccess | None = None
    """None for a store in a file."""
