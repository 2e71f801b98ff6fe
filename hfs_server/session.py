"""Sessions as importers, stores, transforms and exporters exchange them.

The rule not to break: messages and checkpoints are plain objects, as in an export document, and
keep their unknown keys. A session of any size is read piece by piece.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, BinaryIO, NamedTuple, Protocol

EXPORT_SCHEMA_VERSION = "1.1.0"
"""The newest schema version of export documents; older documents are migrated to it."""

LOWEST_SCHEMA_VERSION = "1.0.0"
"""What a session is written in that needs none of the newer keys."""

METADATA_FACTS = (
    "session_id",
    "source",
    "working_directory",
    "git",
    "models",
    "parent_session_id",
    "summary",
    "tags",
)
"""Keys of the metadata that need schema 1.1.0; ``session_facts`` has their shapes."""

MESSAGE_FACTS = (
    "model",
    "thinking",
    "tool_calls",
    "tool_call_id",
    "tool_name",
    "is_error",
    "usage",
    "attachments",
    "synthetic",
    "agent",
    "source_id",
)
"""Keys of a message that need schema 1.1.0."""

UNKNOWN = "unknown"
"""The key for what an older document had under these names in another shape."""

JsonObject = dict[str, Any]
"""A JSON object: keys are text, values are JSON values."""


def is_nested_at_most(value: Any, levels: int) -> bool:
    """Whether a JSON value has at most so many objects and lists inside each other."""
    if not isinstance(value, (dict, list)):
        return True
    for item in value.values() if isinstance(value, dict) else value:
        # Asked here too, since most items are neither (benchmark row 36).
        if isinstance(item, (dict, list)) and not is_nested_at_most(item, levels - 1):
            return False
    return levels > 0


class Refitted(JsonObject):
    """A message or metadata with values under ``unknown`` that do not fit schema 1.1.0.

    In a document of 1.0.0 they are where they were, as ``before`` has them.
    """

    __slots__ = ("before",)

    def __init__(self, part: JsonObject, before: JsonObject) -> None:
        super().__init__(part)
        self.before = before


def before_refit(part: JsonObject) -> JsonObject:
    """The message or metadata as a document of 1.0.0 has it."""
    return part.before if isinstance(part, Refitted) else part


def in_version(messages: Sequence[JsonObject], version: str) -> Sequence[JsonObject]:
    """The messages as a document of the schema version has them."""
    if version != LOWEST_SCHEMA_VERSION or _ONLY_PLAIN.issuperset(map(type, messages)):
        return messages
    return [before_refit(message) for message in messages]


_ONLY_PLAIN = frozenset((dict,))


def is_older(version: str, other: str) -> bool:
    """Whether a schema version is older than another one."""
    return version_numbers(version) < version_numbers(other)


def version_numbers(version: str) -> tuple[int, ...]:
    """A schema version as numbers, which can be compared."""
    return tuple(map(int, version.split(".")))


Progress = Callable[[float, str], None]
"""Receives the share of the work that is done, from 0 to 1, and the progress in words."""


def no_progress(_: float, __: str) -> None:
    """Ignores the progress."""


class SessionHeader(NamedTuple):
    """All of a session except its messages and checkpoints.

    Times are ISO 8601 in UTC with ``Z``, or None if unknown.
    """

    name: str
    created_at: str | None
    updated_at: str | None
    run_snapshot: Any = None
    facts: Mapping[str, Any] = MappingProxyType({})
    """Metadata that schema 1.1.0 added: identity, source, working directory, models and so on."""
    unknown_metadata: Mapping[str, Any] = MappingProxyType({})
    """Other keys of an export document's metadata, as a document of ``schema_version`` has them."""
    unknown_members: Mapping[str, Any] = MappingProxyType({})
    """Members of an export document that are not in its schema."""
    schema_version: str = LOWEST_SCHEMA_VERSION
    """The lowest version of the export schema that can hold the session."""
    is_inline: bool = False
    """Whether it is a subagent's session, which its tool wrote into its parent's file."""
    may_be_empty: bool = False
    """Whether it is imported even if it has no message: an export document is."""
    is_named: bool = True
    """Whether its name is more than the beginning of a prompt."""
    identity: str | None = None
    """The identity under which another store has it; None if it must be derived."""


class Original(NamedTuple):
    """The bytes that a session was read from."""

    name: str
    """The name of their file."""
    open: Callable[[], BinaryIO]
    """Opens them at their beginning."""


class Batch(NamedTuple):
    """The next messages and checkpoints of a session, in order; each can be iterated once."""

    messages: Iterable[JsonObject]
    checkpoints: Iterable[JsonObject] = ()
    size: int = 0
    """The number of both."""


class SessionSource(Protocol):
    """A session that importers open and stores save; it is read piece by piece, once.

    Reading blocks, so it is done in a thread.
    """

    @property
    def header(self) -> SessionHeader:
        """Complete after ``batches`` has been read to its end."""

    @property
    def warnings(self) -> Sequence[str]:
        """Non-fatal problems, as sentences for the user; complete with the header."""

    @property
    def schema_version(self) -> str:
        """The version of the export schema of the source."""

    @property
    def original(self) -> Original | None:
        """What is to be kept of the source; None if a document can hold all of it."""

    def batches(self) -> Iterator[Batch]:
        """All messages and checkpoints. Raises HfsError if the source is invalid or unreadable."""


class SessionSnapshot(Protocol):
    """A consistent read of one session of a store."""

    header: SessionHeader
    message_count: int
    checkpoint_count: int
    usage: Mapping[str, Any]
    """The tokens and the cost of all messages, as one message has them in ``usage``."""
    original_name: str | None
    """The name of the file that it was read from; None if its bytes were not kept."""

    async def related(self) -> Mapping[str, tuple[int, str]]:
        """The ids and names of its parent and of the sessions that it started, by identity."""

    def original(self) -> AsyncGenerator[bytes, None]:
        """The bytes that it was read from, in pieces."""

    async def checkpoint_outlines(self) -> list[JsonObject]:
        """All checkpoints without their states."""

    async def newest_state(self) -> Any:
        """The state of the newest checkpoint that has one, else None."""

    def messages(self, first: int = 1) -> AsyncGenerator[Batch, None]:
        """All messages from the one with the number ``first`` on, in order."""

    def checkpoints(self) -> AsyncGenerator[Batch, None]:
        """All checkpoints with their states, in order."""


class SavedSession(NamedTuple):
    """What a store did with a session that was imported."""

    status: str
    """``created``, ``updated``, ``unchanged`` or ``skipped``."""
    id: int | None
    """None after a trial, and for a session that the store does not have."""
    name: str
    message_count: int
    checkpoint_count: int
    identity: str
    parent_identity: str | None
    tool: str
    warnings: list[str]
    """Non-fatal problems, as sentences for the user."""
    reason: str | None = None
    """Why it was skipped."""
    file: str = ""
    """The name of the file that it was read from; empty if it has none."""
    lacks_stored: bool = False
    """Whether the store has more of it than what was imported."""
    changes_stored: bool = False
    """Whether messages that the store has are others in what was imported."""
    stored_id: int | None = None
    """The id of the session that the store had already, also after a trial."""
    was_restored: bool = False
    """Whether it came back since it was restored on another machine."""
