"""An export document of any size, read piece by piece, migrated and validated.

The rule not to break: nothing of a document may be used before ``batches`` has been read to its
end, since only then is all of it known to be valid.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, BinaryIO

from pydantic import ValidationError

from hfs_server.importers.hfs_json.batches import Part, batches_of
from hfs_server.importers.hfs_json.messages import (
    needs_facts,
    refitted_like,
    with_facts,
)
from hfs_server.importers.hfs_json.migrations import STEPS, Migration, Step
from hfs_server.importers.hfs_json.models import (
    DEFAULT_SESSION_NAME,
    Checkpoint,
    ExportMetadata,
    PlainMessage,
    PlainMetadata,
)
from hfs_server.importers.hfs_json.plain import plain_times
from hfs_server.importers.hfs_json.problems import Problems
from hfs_server.importers.hfs_json.times import DocumentTimes
from hfs_server.session import (
    EXPORT_SCHEMA_VERSION,
    LOWEST_SCHEMA_VERSION,
    METADATA_FACTS,
    Batch,
    JsonObject,
    Refitted,
    SessionHeader,
    before_refit,
)
from hfs_server.strict_json.errors import JsonError, JsonPath
from hfs_server.strict_json.events import JsonEvents

REDACTED = "This file was redacted: markers stand where the session had secrets."


class DocumentReader:
    """The export document in ``file``, which is opened in binary mode and can seek.

    ``header`` and ``warnings`` are complete after ``batches`` has been read to its end. Every
    method raises InvalidDocument, or UnsupportedVersion for a newer document. ``on_read``
    receives the number of bytes read so far.
    """

    original = None

    def __init__(
        self,
        file: BinaryIO,
        on_read: Callable[[int], None] | None = None,
        steps: tuple[Step, ...] = STEPS,
        warnings: Sequence[str] = (),
        problems: Problems | None = None,
    ) -> None:
        self._file = file
        self._on_read = on_read
        self._problems = problems or Problems()
        self.times = DocumentTimes()
        self._needs_facts = False
        try:
            self._migration = Migration(self._find_metadata(), steps)
        except JsonError as error:
            raise self._problems.invalid_json(error, file) from None
        self.schema_version = self._migration.original_version
        self.header = SessionHeader(DEFAULT_SESSION_NAME, None, None)
        self.warnings = [*warnings]

    def batches(self) -> Iterator[Batch]:
        """The messages and checkpoints, validated and in order."""
        try:
            yield from self._batches()
        except JsonError as error:
            raise self._problems.invalid_json(error, self._file) from None
        if self._problems.count:
            raise self._problems.invalid_document(self._file)

    def _find_metadata(self) -> object:
        """The metadata, wherever they are, since their version says how to read the rest."""
        self._file.seek(0)
        events = JsonEvents(self._file)
        first = events.next()
        if first[0] != "start_map":
            return None
        for key in events.members():
            value = events.next()
            if key == "metadata":
                return events.value(value, (key,))
            events.skip(value)
        return None

    def _batches(self) -> Iterator[Batch]:
        self._file.seek(0)
        events = JsonEvents(self._file, self._on_read)
        envelope: JsonObject = {}
        first = events.next()
        if first[0] == "start_array":
            yield from batches_of(self._bare_list(events))
        elif first[0] == "start_map":
            yield from batches_of(self._members(events, envelope))
        else:
            raise JsonError("expected an object with a list of messages")
        events.end()
        self._read_envelope(envelope)

    def _members(self, events: JsonEvents, envelope: JsonObject) -> Iterator[Part]:
        has_messages = False
        for key in events.members():
            first = events.next()
            if key == "messages" and first[0] == "start_array":
                has_messages = True
                yield from self._messages(events, (key,))
            elif key == "checkpoints" and first[0] == "start_array":
                yield from self._checkpoints(events, (key,))
            elif key == "messages" or (key == "checkpoints" and first[0] != "null"):
                raise JsonError("expected a list", (key,))
            elif key != "checkpoints":
                envelope[key] = events.value(first, (key,))
        if not has_messages:
            raise JsonError("the document has no list of messages")

    def _bare_list(self, events: JsonEvents) -> Iterator[Part]:
        has_messages = False
        for part in self._messages(events, ()):
            has_messages = True
            yield part
        if not has_messages:
            raise JsonError("the list has no messages")

    def _messages(self, events: JsonEvents, path: JsonPath) -> Iterator[Part]:
        change, start = self._migration.message, 0
        for items in events.item_lists(path):
            migrated = [change(item) if isinstance(item, dict) else item for item in items]
            times = plain_times(migrated)
            if times is not None:
                self.times.add_plain(times)
                yield migrated
            else:
                for index, item in enumerate(items, start):
                    yield self._message(item, path, index)
            start += len(items)

    def _message(self, item: Any, path: JsonPath, index: int) -> PlainMessage | JsonObject | None:
        try:
            migrated = self._migration.message(item) if isinstance(item, dict) else item
            message = PlainMessage.model_validate(migrated)
            facts = with_facts(message) if message.__pydantic_extra__ else None
        except ValidationError as error:
            self._problems.add(error, (*path, index))
            return None
        self.times.add_message(item, message.created_at, path, index)
        return message if facts is None else self._noted(facts, migrated)

    def _noted(self, facts: JsonObject, migrated: JsonObject) -> JsonObject:
        """A message of schema 1.1.0, of which the whole session may need that version."""
        self._needs_facts = self._needs_facts or needs_facts(facts)
        if not isinstance(migrated, Refitted):
            return facts
        return refitted_like(facts, migrated.before)

    def _checkpoints(self, events: JsonEvents, path: JsonPath) -> Iterator[Checkpoint | None]:
        for index, item in enumerate(events.items(path)):
            try:
                migrated = self._migration.checkpoint(item) if isinstance(item, dict) else item
                checkpoint = Checkpoint.model_validate(migrated)
            except ValidationError as error:
                self._problems.add(error, (*path, index))
                yield None
                continue
            self.times.add(item, (*path, index), "created_at")
            yield checkpoint

    def _read_envelope(self, envelope: JsonObject) -> None:
        envelope = self._migration.envelope(envelope)
        found = envelope.pop("metadata")
        try:
            metadata = ExportMetadata.model_validate(found)
        except ValidationError as error:
            self._problems.add(error, ("metadata",))
            return
        self.times.add(found, ("metadata",), "session_created_at", "session_updated_at")
        run_snapshot = envelope.pop("run_snapshot", None)
        self.header = self._header(metadata, found, run_snapshot, unknown_members=envelope)
        self.warnings += self.times.warnings()
        if found.get("redacted") is True:
            self.warnings.append(REDACTED)

    def _header(
        self,
        metadata: ExportMetadata,
        found: JsonObject,
        run_snapshot: Any,
        unknown_members: JsonObject,
    ) -> SessionHeader:
        """The session's times are those of the metadata, else those of the messages."""
        facts = {key: found[key] for key in METADATA_FACTS if key in found}
        needs_facts = self._needs_facts or bool(facts)
        written = found if needs_facts else before_refit(found)
        known = {*PlainMetadata.model_fields, *facts}
        unknown = {key: value for key, value in written.items() if key not in known}
        given = metadata.model_fields_set
        is_given = "session_created_at" in given
        if metadata.session_created_at is None and (is_given or self.times.first is None):
            # The identity follows from it, so that an export must not have another time.
            unknown["session_created_at"] = None
        has_update = "session_updated_at" in given
        return SessionHeader(
            name=metadata.session_name,
            created_at=metadata.session_created_at or self.times.first,
            updated_at=metadata.session_updated_at if has_update else self.times.last,
            run_snapshot=run_snapshot,
            facts=facts,
            unknown_metadata=unknown,
            unknown_members=unknown_members,
            schema_version=EXPORT_SCHEMA_VERSION if needs_facts else LOWEST_SCHEMA_VERSION,
            may_be_empty=True,
        )
