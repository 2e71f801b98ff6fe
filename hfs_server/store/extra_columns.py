"""JSON in the columns that we add: facts, unknown keys and run snapshots.

A message is stored with its keys as they were before values that do not fit schema 1.1.0 moved to
``unknown``, so that a document of 1.0.0 can be written as it was read.

Another program may have written anything there, so only what an export document can hold is
returned.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from hfs_server.session import (
    EXPORT_SCHEMA_VERSION,
    LOWEST_SCHEMA_VERSION,
    METADATA_FACTS,
    UNKNOWN,
    JsonObject,
    SessionHeader,
    before_refit,
    is_nested_at_most,
)

_MESSAGE_KEYS = frozenset(("role", "content", "created_at"))
_CHECKPOINT_KEYS = frozenset(("trigger", "message_index", "created_at", "state"))
_METADATA_FACTS = frozenset(METADATA_FACTS)
_METADATA_NAMES = _METADATA_FACTS | {UNKNOWN}
_UNKNOWN_TIMES = frozenset(("created_at", "session_created_at"))
_DEEPEST = 100
"""How deep an export document can be nested."""

_OF_DOCUMENT, _OF_METADATA, _OF_PART = 1, 2, 3
"""How deep a value is in an export document: a member of it, a key of its metadata, or a key of
one of its messages or checkpoints."""

_METADATA_KEYS = frozenset(
    (
        "schema_version",
        "exported_at",
        "hfs_version",
        "session_name",
        "session_created_at",
        "session_updated_at",
    )
)
_DOCUMENT_KEYS = frozenset(("metadata", "messages", "checkpoints", "run_snapshot"))


class SessionExtra(NamedTuple):
    """What a session has in the column."""

    facts: JsonObject
    unknown_metadata: JsonObject
    unknown_members: JsonObject
    schema_version: str


def message_extra(message: JsonObject) -> str | None:
    """Unknown keys, and that the time is not known, as JSON; None if there are none."""
    return _extra(message, _MESSAGE_KEYS)


def checkpoint_extra(checkpoint: JsonObject) -> str | None:
    """The same for a checkpoint."""
    return _extra(checkpoint, _CHECKPOINT_KEYS)


def session_extra(header: SessionHeader) -> str | None:
    """The facts and unknown keys of a session as JSON, by the member that they are in."""
    members = {
        "metadata": header.unknown_metadata,
        "document": header.unknown_members,
        "facts": header.facts,
    }
    extra = {member: dict(keys) for member, keys in members.items() if keys}
    return to_json(extra) if extra else None


def to_json(value: Any) -> str:
    """JSON as it is written into a column."""
    # It is three times as fast as json (benchmark row 14); a list of sessions does not need it.
    from pydantic_core import to_json

    return to_json(value).decode()


def unknown_of_message(value: object) -> JsonObject:
    """The unknown keys of a message; a key that another column holds is ignored."""
    return _unknown(value, _MESSAGE_KEYS, _OF_PART)


def extra_of_checkpoint(text: object) -> JsonObject:
    """The unknown keys; a key that a column holds is ignored."""
    return _unknown(_json_of(text), _CHECKPOINT_KEYS, _OF_PART)


def extra_of_session(text: object, needs_facts: bool = False) -> SessionExtra:
    """Facts and unknown keys of an imported session; facts that are invalid are ignored.

    The schema version follows from what is stored, since any program may change that: from the
    facts, and from the messages (``needs_facts``).
    """
    value = _json_of(text)
    kept = value if isinstance(value, dict) else {}
    metadata = _unknown(kept.get("metadata"), _METADATA_KEYS, _OF_METADATA)
    members = _unknown(kept.get("document"), _DOCUMENT_KEYS, _OF_DOCUMENT)
    facts, rest = _with_facts(metadata, _valid_facts(kept.get("facts")))
    if facts or needs_facts:
        return SessionExtra(facts, rest, members, EXPORT_SCHEMA_VERSION)
    return SessionExtra({}, metadata, members, LOWEST_SCHEMA_VERSION)


def _valid_facts(value: object) -> JsonObject:
    facts = _unknown(value, _METADATA_KEYS, _OF_METADATA)
    if _METADATA_FACTS.isdisjoint(facts):
        return {}
    from hfs_server.session_facts import MetadataFacts, misfits

    invalid = misfits(facts, MetadataFacts)
    return {name: facts[name] for name in METADATA_FACTS if name in facts and name not in invalid}


def _with_facts(metadata: JsonObject, facts: JsonObject) -> tuple[JsonObject, JsonObject]:
    """The facts and the rest, of which no key is that of a fact."""
    if not facts and _METADATA_NAMES.isdisjoint(metadata):
        return {}, metadata
    from hfs_server.session_facts import MetadataFacts, refitted

    found = refitted({**metadata, **facts}, MetadataFacts)
    rest = {key: value for key, value in found.items() if key not in _METADATA_FACTS}
    return {name: found[name] for name in METADATA_FACTS if name in found}, rest


def run_snapshot_of(text: object) -> Any:
    """The run snapshot; None if there is none that an export document can hold."""
    value = _json_of(text)
    return value if _fits(value, _OF_DOCUMENT) else None


def _json_of(text: object) -> Any:
    if text is None:
        return None
    # A list of sessions needs no pydantic.
    from hfs_server.store.column_json import value_in

    return value_in(text)


def _unknown(value: object, known: frozenset[str], outside: int) -> JsonObject:
    """The unknown keys, and the mark of an unknown time."""
    if not isinstance(value, dict):
        return {}
    if known.isdisjoint(value) and _fits(value, outside - 1):
        return value
    return {
        key: part
        for key, part in value.items()
        if (key not in known or (part is None and key in _UNKNOWN_TIMES)) and _fits(part, outside)
    }


def _fits(value: object, outside: int) -> bool:
    """Whether an export document can hold the value inside so many objects and lists."""
    return is_nested_at_most(value, _DEEPEST - outside)


def _extra(part: JsonObject, known: frozenset[str]) -> str | None:
    if part["created_at"] is not None and len(part) == len(known):
        return None
    before = before_refit(part)
    extra = {key: value for key, value in before.items() if key not in known}
    if part["created_at"] is None:
        extra["created_at"] = None
    return to_json(extra)
