"""Older documents brought to the current schema, one step at a time.

Documents are streamed, so a step says what it does to the envelope (everything but
the two lists), to one message, and to one checkpoint. A step never changes what
it was given; it returns a new object.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from hfs_server.errors import InvalidDocument, UnsupportedVersion
from hfs_server.importers.hfs_json.models import DEFAULT_SESSION_NAME
from hfs_server.session import EXPORT_SCHEMA_VERSION, JsonObject

LEGACY_VERSION = "0.0.0"
_VERSION = re.compile(r"([0-9]{1,9})\.([0-9]{1,9})\.([0-9]{1,9})")

Change = Callable[[JsonObject], JsonObject]
Version = tuple[int, int, int]


def _same(part: JsonObject) -> JsonObject:
    return part


@dataclass(frozen=True, slots=True)
class Step:
    """How documents of ``from_version`` become documents of ``to_version``."""

    from_version: str
    to_version: str
    envelope: Change
    message: Change = _same
    checkpoint: Change = _same


def _name_legacy(envelope: JsonObject) -> JsonObject:
    """A document without a version gets its metadata, and the name that it carries."""
    envelope = dict(envelope)
    metadata = dict(envelope.pop("metadata", None) or {})
    for key in ("session_name", "name"):
        if not isinstance(metadata.get("session_name"), str) and isinstance(envelope.get(key), str):
            metadata["session_name"] = envelope.pop(key)
    if not isinstance(metadata.get("session_name"), str):
        metadata["session_name"] = DEFAULT_SESSION_NAME
    metadata["schema_version"] = "1.0.0"
    return {"metadata": metadata, **envelope}


STEPS: tuple[Step, ...] = (Step(LEGACY_VERSION, "1.0.0", envelope=_name_legacy),)
"""All steps in order, without a gap, ending at ``EXPORT_SCHEMA_VERSION``."""


class Migration:
    """The way from the version that a document's metadata name to the current one.

    Raises UnsupportedVersion for a newer document, and InvalidDocument for a
    version that is none.
    """

    def __init__(self, metadata: object, steps: tuple[Step, ...] = STEPS) -> None:
        current = steps[-1].to_version
        self.original_version = _version_of(metadata)
        found = _parsed(self.original_version)
        if found > _parsed(current):
            raise UnsupportedVersion(
                f"The document has schema version {self.original_version}, and this hfs-server "
                f"reads up to {current}. Upgrade hfs-server to import it.",
                found=self.original_version,
                supported=current,
            )
        self._steps = tuple(step for step in steps if _parsed(step.to_version) > found)
        self.migrated = bool(self._steps)

    def envelope(self, envelope: JsonObject) -> JsonObject:
        """The envelope as the current version has it."""
        for step in self._steps:
            envelope = step.envelope(envelope)
            if envelope["metadata"]["schema_version"] != step.to_version:
                raise RuntimeError(f"the step to {step.to_version} did not set its version")
        return envelope

    def message(self, message: JsonObject) -> JsonObject:
        """One message as the current version has it."""
        for step in self._steps:
            message = step.message(message)
        return message

    def checkpoint(self, checkpoint: JsonObject) -> JsonObject:
        """One checkpoint as the current version has it."""
        for step in self._steps:
            checkpoint = step.checkpoint(checkpoint)
        return checkpoint


def _version_of(metadata: object) -> str:
    if metadata is None:
        return LEGACY_VERSION
    if not isinstance(metadata, dict):
        raise InvalidDocument(
            "The document cannot be read: metadata: expected an object. Correct it and try again.",
            path="metadata",
        )
    version = metadata.get("schema_version", LEGACY_VERSION)
    if not isinstance(version, str) or not _VERSION.fullmatch(version):
        raise InvalidDocument(
            "The document cannot be read: metadata.schema_version: expected three whole numbers "
            f'with dots between them, such as "{EXPORT_SCHEMA_VERSION}". Correct it and try again.',
            path="metadata.schema_version",
        )
    return version


def _parsed(version: str) -> Version:
    major, minor, patch = version.split(".")
    return int(major), int(minor), int(patch)
