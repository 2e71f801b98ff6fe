"""The shapes that importers, stores, transforms and exporters speak.

A session of any size is read piece by piece. Messages and checkpoints are plain objects as
they stand in an export document, so that no side needs another, and unknown keys pass
through untouched.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol

EXPORT_SCHEMA_VERSION = "1.0.0"
"""The schema version of the documents that are written; older ones are migrated."""

JsonObject = dict[str, Any]
"""An object as JSON has it: keys are text, values are JSON values."""

Progress = Callable[[float, str], None]
"""Hears the share of the work that is done, from 0 to 1, and how far it is in words."""


def no_progress(_: float, __: str) -> None:
    """Progress that nobody asked for."""


class SessionHeader(NamedTuple):
    """All of a session but its messages and its checkpoints.

    Times are ISO 8601 in UTC with ``Z``, or None if they are not known.
    """

    name: str
    created_at: str | None
    updated_at: str | None
    run_snapshot: Any = None
    unknown_metadata: Mapping[str, Any] = MappingProxyType({})
    """Keys of a document's metadata that its schema does not have."""
    unknown_members: Mapping[str, Any] = MappingProxyType({})
    """Members of a document that its schema does not have."""


class Batch(NamedTuple):
    """Some of a session's messages and checkpoints, in order; each can be iterated once."""

    messages: Iterable[JsonObject]
    checkpoints: Iterable[JsonObject] = ()
    size: int = 0
    """How many of both there are."""


class SessionSource(Protocol):
    """A session that is read piece by piece, once: what importers open and stores save.

    Reading blocks, so it is done in a thread.
    """

    @property
    def header(self) -> SessionHeader:
        """Complete when ``batches`` has come to its end."""

    @property
    def warnings(self) -> list[str]:
        """What a person should know of what was read, in sentences; complete with the header."""

    @property
    def schema_version(self) -> str:
        """The version of the export schema that the source was written in."""

    def batches(self) -> Iterator[Batch]:
        """The messages and the checkpoints. Raises HfsError if the source cannot be read."""


class SessionSnapshot(Protocol):
    """One session of a store, consistent whatever is written meanwhile."""

    header: SessionHeader
    message_count: int
    checkpoint_count: int

    async def checkpoint_outlines(self) -> list[JsonObject]:
        """All checkpoints without their states."""

    async def newest_state(self) -> Any:
        """The state of the newest checkpoint that has one, else None."""

    def messages(self) -> AsyncGenerator[Batch, None]:
        """All messages, in order."""

    def checkpoints(self) -> AsyncGenerator[Batch, None]:
        """All checkpoints with their states, in order."""


class SavedSession(NamedTuple):
    """A session that a store has taken in."""

    id: int
    name: str
    message_count: int
    checkpoint_count: int
