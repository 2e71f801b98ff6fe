"""Migrations of older export documents to the current schema, one step at a time.

Documents are streamed, so a step changes the envelope (everything but the two lists), one
message, or one checkpoint. The rule not to break: a step returns a new object, and never changes
the one that it was given.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from hfs_server.errors import InvalidDocument, UnsupportedVersion
from hfs_server.importers.hfs_json.models import DEFAULT_SESSION_NAME
from hfs_server.importers.hfs_json.problems import not_valid
from hfs_server.session import (
    EXPORT_SCHEMA_VERSION,
    MESSAGE_FACTS,
    UNKNOWN,
    JsonObject,
    version_numbers,
)
from hfs_server.session_facts import MetadataFacts, refitted

LEGACY_VERSION = "0.0.0"
_VERSION = re.compile(r"([0-9]{1,9})\.([0-9]{1,9})\.([0-9]{1,9})")

Change = Callable[[JsonObject], JsonObject]
_NEW_NAMES = frozenset((*MESSAGE_FACTS, UNKNOWN))


def _same(part: JsonObject) -> JsonObject:
    return part


@dataclass(frozen=True, slots=True)
class Step:
    """The migration from ``from_version`` to ``to_version``."""

    from_version: str
    to_version: str
    envelope: Change
    message: Change = _same
    checkpoint: Change = _same


def _name_legacy(envelope: JsonObject) -> JsonObject:
    """Adds metadata to a document without a version, with the name that it has anywhere."""
    envelope = dict(envelope)
    metadata = dict(envelope.pop("metadata", None) or {})
    for key in ("session_name", "name"):
        if not isinstance(metadata.get("session_name"), str) and isinstance(envelope.get(key), str):
            metadata["session_name"] = envelope.pop(key)
    if not isinstance(metadata.get("session_name"), str):
        metadata["session_name"] = DEFAULT_SESSION_NAME
    metadata["schema_version"] = "1.0.0"
    return {"metadata": metadata, **envelope}


def _refit_metadata(envelope: JsonObject) -> JsonObject:
    metadata = {**envelope["metadata"], "schema_version": "1.1.0"}
    return {**envelope, "metadata": refitted(metadata, MetadataFacts)}


def _refit_message(message: JsonObject) -> JsonObject:
    """Moves values that had a new name before it had a meaning; few messages have any."""
    return message if _NEW_NAMES.isdisjoint(message) else refitted(message)


STEPS: tuple[Step, ...] = (
    Step(LEGACY_VERSION, "1.0.0", envelope=_name_legacy),
    Step("1.0.0", "1.1.0", envelope=_refit_metadata, message=_refit_message),
)
"""All steps in order, without a gap, ending at ``EXPORT_SCHEMA_VERSION``."""


class Migration:
    """The steps from the version in a document's metadata to the current one.

    Raises UnsupportedVersion for a newer document, and InvalidDocument for an invalid version.
    """

    def __init__(self, metadata: object, steps: tuple[Step, ...] = STEPS) -> None:
        current = steps[-1].to_version
        self.original_version = _version_of(metadata)
        found = version_numbers(self.original_version)
        if found > version_numbers(current):
            raise UnsupportedVersion(
                f"The document has schema version {self.original_version}, and this hfs-server "
                f"reads up to {current}. Upgrade hfs-server to import it.",
                found=self.original_version,
                supported=current,
            )
        self._steps = tuple(step for step in steps if version_numbers(step.to_version) > found)
        self.message = _in_turn([step.message for step in self._steps])
        """Returns one message in the current version."""
        self.checkpoint = _in_turn([step.checkpoint for step in self._steps])
        """Returns one checkpoint in the current version."""
        self.migrated = bool(self._steps)

    def envelope(self, envelope: JsonObject) -> JsonObject:
        """The envelope in the current version."""
        for step in self._steps:
            envelope = step.envelope(envelope)
            if envelope["metadata"]["schema_version"] != step.to_version:
                raise RuntimeError(f"the step to {step.to_version} did not set its version")
        return envelope


def _in_turn(changes: list[Change]) -> Change:
    """The changes as one; it is called for every message, so a single one is not wrapped."""
    changes = [change for change in changes if change is not _same]
    if len(changes) < 2:
        return changes[0] if changes else _same

    def change_all(part: JsonObject) -> JsonObject:
        for change in changes:
            part = change(part)
        return part

    return change_all


def _version_of(metadata: object) -> str:
    if metadata is None:
        return LEGACY_VERSION
    if not isinstance(metadata, dict):
        raise InvalidDocument(not_valid("metadata: expected an object"), path="metadata")
    version = metadata.get("schema_version", LEGACY_VERSION)
    if not isinstance(version, str) or not _VERSION.fullmatch(version):
        raise InvalidDocument(
            not_valid(
                "metadata.schema_version: expected three dot-separated whole numbers, such as "
                f'"{EXPORT_SCHEMA_VERSION}"'
            ),
            path="metadata.schema_version",
        )
    return version
