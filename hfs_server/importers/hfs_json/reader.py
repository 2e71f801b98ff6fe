"""A document of any size read piece by piece, migrated and checked.

Nothing of a document counts before ``batches`` has been read to its end: only then
is it known that the whole of it is valid.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from pydantic import ValidationError

from hfs_server.errors import InvalidDocument
from hfs_server.importers.hfs_json.migrations import STEPS, Migration, Step
from hfs_server.importers.hfs_json.models import (
    DEFAULT_SESSION_NAME,
    Checkpoint,
    ExportMetadata,
    Message,
)
from hfs_server.session import Batch, JsonObject, SessionHeader
from hfs_server.strict_json.events import JsonError, JsonEvents, Path, lines_of, path_text
from hfs_server.validation import MISSING, reason

_BATCH_CHARACTERS = 1 << 20
_BATCH_PARTS = 2_000
_CHECKPOINT_CHARACTERS = 1 << 15
"""What one is taken to have, since its state is no text that could be measured."""

_SHOWN_PROBLEMS = 20
_SESSION_TIMES = ("session_created_at", "session_updated_at")
_BEGINNING = 1_000
_MARKDOWN = re.compile(rb"(\xef\xbb\xbf)?\s*#{1,6}[ \t]")
"""How Markdown begins that we export, and most that others write; JSON never does."""

_BELOW_MICROSECOND = re.compile(r"[.,]\d{6}\d*[1-9]\d*")


@dataclass(slots=True)
class _Filling:
    """A batch that is being filled; parts that are invalid count too."""

    messages: list[JsonObject] = field(default_factory=list)
    checkpoints: list[JsonObject] = field(default_factory=list)
    characters: int = 0
    parts: int = 0

    def is_full(self) -> bool:
        """Whether the batch is as large as one should be."""
        return self.parts >= _BATCH_PARTS or self.characters >= _BATCH_CHARACTERS

    def batch(self) -> Batch:
        """What it holds."""
        return Batch(self.messages, self.checkpoints, self.parts)


class DocumentReader:
    """One export document in ``file``, which is opened in binary mode and can seek.

    ``header`` and ``warnings`` are complete when ``batches`` has come to its end. Every
    method raises InvalidDocument, or UnsupportedVersion for a newer document.
    ``on_read`` hears how many bytes were read so far.
    """

    def __init__(
        self,
        file: BinaryIO,
        on_read: Callable[[int], None] | None = None,
        steps: tuple[Step, ...] = STEPS,
    ) -> None:
        self._file = file
        self._on_read = on_read
        self._problems: list[JsonError] = []
        self._problem_count = 0
        self._untimed = 0
        self._rounded = 0
        try:
            self.migration = Migration(self._find_metadata(), steps)
        except JsonError as error:
            raise self._invalid(error) from None
        self.schema_version = self.migration.original_version
        self.header = SessionHeader(DEFAULT_SESSION_NAME, None, None)
        self.warnings: list[str] = []
        self._first_time: str | None = None
        self._last_time: str | None = None

    def batches(self) -> Iterator[Batch]:
        """The messages and checkpoints, checked and in order; read it to its end."""
        try:
            yield from self._batches()
        except JsonError as error:
            raise self._invalid(error) from None
        if self._problem_count:
            raise self._invalid_parts()

    def _find_metadata(self) -> object:
        """The metadata, wherever they stand, since all else is read by their version."""
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
            yield from self._filled(self._bare_list(events))
        elif first[0] == "start_map":
            yield from self._filled(self._members(events, envelope))
        else:
            raise JsonError("expected an object with a list of messages")
        events.end()
        self._read_envelope(envelope)

    def _members(
        self, events: JsonEvents, envelope: JsonObject
    ) -> Iterator[Message | Checkpoint | None]:
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
            raise JsonError("there is no list of messages in the document, so it is no session")

    def _bare_list(self, events: JsonEvents) -> Iterator[Message | None]:
        message_count = 0
        for message in self._messages(events, ()):
            message_count += 1
            yield message
        if not message_count:
            raise JsonError("there is no message in the list, so it is no session")

    def _messages(self, events: JsonEvents, path: Path) -> Iterator[Message | None]:
        for index, item in enumerate(events.items(path)):
            try:
                migrated = self.migration.message(item) if isinstance(item, dict) else item
                message = Message.model_validate(migrated)
            except ValidationError as error:
                self._note_problems(error, (*path, index))
                yield None
                continue
            self._note_times(item, ("created_at",))
            if message.created_at is None:
                self._untimed += 1
            else:
                self._first_time = self._first_time or message.created_at
                self._last_time = message.created_at
            yield message

    def _checkpoints(self, events: JsonEvents, path: Path) -> Iterator[Checkpoint | None]:
        for index, item in enumerate(events.items(path)):
            try:
                migrated = self.migration.checkpoint(item) if isinstance(item, dict) else item
                moment = Checkpoint.model_validate(migrated)
            except ValidationError as error:
                self._note_problems(error, (*path, index))
                yield None
                continue
            self._note_times(item, ("created_at",))
            yield moment

    def _filled(self, parts: Iterator[Message | Checkpoint | None]) -> Iterator[Batch]:
        """Batches also of parts that are invalid, so that there is a pause in which to cancel."""
        batch = _Filling()
        for part in parts:
            batch.parts += 1
            if part is None:
                pass
            elif isinstance(part, Message):
                batch.messages.append(part.as_object())
                batch.characters += len(part.content) + len(part.role)
            else:
                batch.checkpoints.append(part.as_object())
                batch.characters += _CHECKPOINT_CHARACTERS
            if batch.is_full():
                yield batch.batch()
                batch = _Filling()
        yield batch.batch()

    def _read_envelope(self, envelope: JsonObject) -> None:
        envelope = self.migration.envelope(envelope)
        try:
            found = envelope.pop("metadata")
            metadata = ExportMetadata.model_validate(found)
            self._note_times(found, _SESSION_TIMES)
        except ValidationError as error:
            self._note_problems(error, ("metadata",))
        else:
            run_snapshot = envelope.pop("run_snapshot", None)
            self.header = self._header(metadata, run_snapshot, envelope)
        self.warnings = [*self._time_warnings()]

    def _header(
        self, metadata: ExportMetadata, run_snapshot: Any, unknown_members: JsonObject
    ) -> SessionHeader:
        """The session's times are the document's, or else those of its messages."""
        given = metadata.model_fields_set
        unknown = dict(metadata.model_extra or {})
        if "session_created_at" in given and metadata.session_created_at is None:
            unknown["session_created_at"] = None
        has_update = "session_updated_at" in given
        return SessionHeader(
            name=metadata.session_name,
            created_at=metadata.session_created_at or self._first_time,
            updated_at=metadata.session_updated_at if has_update else self._last_time,
            run_snapshot=run_snapshot,
            unknown_metadata=unknown,
            unknown_members=unknown_members,
        )

    def _note_times(self, part: JsonObject, keys: tuple[str, ...]) -> None:
        """Counts the times of a part that are finer than they are kept."""
        for key in keys:
            time = part.get(key)
            if isinstance(time, str) and len(time) > len("2026-W05T103000.12345"):
                self._rounded += _BELOW_MICROSECOND.search(time) is not None

    def _time_warnings(self) -> Iterator[str]:
        if self._untimed:
            yield f"Messages without a time: {self._untimed}. They stay without one in exports."
        if self._rounded:
            yield f"Times finer than a microsecond, which were cut to one: {self._rounded}."

    def _note_problems(self, error: ValidationError, path: Path) -> None:
        for problem in error.errors(include_url=False, include_input=False):
            self._problem_count += 1
            if len(self._problems) < _SHOWN_PROBLEMS:
                self._problems.append(JsonError(reason(problem), (*path, *problem["loc"])))

    def _invalid(self, error: JsonError) -> InvalidDocument:
        self._file.seek(0)
        if _MARKDOWN.match(self._file.read(_BEGINNING)):
            return markdown_refused()
        (line,) = lines_of(self._file, [error])
        where = f"{path_text(error.path)} (line {line})" if error.path else f"line {line}"
        return InvalidDocument(
            f"This is no HFS export that can be read: {where}: {error.reason}. Correct it, or "
            "export it anew as JSON.",
            path=path_text(error.path),
            line=line,
        )

    def _invalid_parts(self) -> InvalidDocument:
        lines = lines_of(self._file, [_standing(error) for error in self._problems])
        problems = [
            {"path": path_text(error.path), "line": line, "reason": error.reason}
            for error, line in zip(self._problems, lines, strict=True)
        ]
        first = problems[0]
        more = self._problem_count - 1
        rest = f" Problems of this kind beyond it: {more}." if more else ""
        return InvalidDocument(
            f"This is no HFS export that can be read: {first['path']} (line {first['line']}): "
            f"{first['reason']}.{rest} Correct it, or export it anew as JSON.",
            path=first["path"],
            line=first["line"],
            problems=problems,
            problemCount=self._problem_count,
        )


def markdown_refused() -> InvalidDocument:
    """The error for a Markdown file, whose place in the text would help nobody."""
    return InvalidDocument(
        "Markdown cannot be imported. Export the session as JSON, and import that file."
    )


def _standing(error: JsonError) -> JsonError:
    """What stands in the document: for a missing key, the object that lacks it."""
    return JsonError(error.reason, error.path[:-1]) if error.reason == MISSING else error
