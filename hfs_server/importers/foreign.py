"""A session of another tool, gathered while its messages are read.

The rule not to break: an importer only finds what its tool wrote; identity, name, models, times
and warnings follow from that here, alike for every tool.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from operator import itemgetter
from typing import Any

from hfs_server.identity import derived_identity, identity_of
from hfs_server.importers.source_file import SourceFile
from hfs_server.session import (
    EXPORT_SCHEMA_VERSION,
    Batch,
    JsonObject,
    Original,
    SessionHeader,
)
from hfs_server.text import one_line, path_text, title_of

_MOST_CHARACTERS = 1 << 20
_MOST_BYTES = 1 << 20
_MOST_MESSAGES = 2_000
_MOST_TYPES_NAMED = 8
_LONGEST_TYPE = 40
_INSTANT = itemgetter(slice(-1))
"""The key that times in ISO 8601 are sorted by: with its ``Z``, 10:00Z would follow 10:00.5Z."""
_COMMAND = re.compile(r"/[\w:.-]+(\s|$)|!")
"""How a slash command or a command of the shell begins, which makes no title."""


class Draft:
    """What an importer finds of a session besides its messages; all of it is optional."""

    def __init__(self, tool: str, file: SourceFile) -> None:
        self.tool = tool
        self.original: Original | None = Original(file.name, file.open_original)
        self.location = path_text(file.path) if file.path is not None else None
        self.session_id: str | None = None
        """Its id in its tool."""
        self.parent_id: str | None = None
        """The id in its tool of the session that started it, or that it was forked from."""
        self.title: str | None = None
        """The title that its tool stored."""
        self.tool_version: str | None = None
        self.working_directory: str | None = None
        self.git: dict[str, str] = {}
        self.summary: str | None = None
        self.tags: list[str] = []
        self.created_at: str | None = None
        self.updated_at: str | None = None
        self.models: list[str] = []
        """Used models that no message names."""
        self.unknown_records: Counter[str] = Counter()
        """How many records of each type the importer does not know."""
        self.unreadable_lines: list[int] = []
        self.more_unreadable_lines = 0
        self.replaced_characters = 0
        self.bytes_read = 0
        """How much of the file was read so far, where that is known; it bounds a batch."""
        self.warnings: list[str] = []
        self.is_inline = False
        """Whether it is a subagent's session in the file of its parent."""

    @property
    def all_warnings(self) -> list[str]:
        """The warnings, with what was counted in words."""
        lines = _unreadable_lines(self.unreadable_lines, self.more_unreadable_lines)
        return [*self.warnings, *self._counted(), *lines]

    @property
    def warnings_without_lines(self) -> list[str]:
        """The warnings but that about lines that could not be read."""
        return [*self.warnings, *self._counted()]

    def _counted(self) -> list[str]:
        return [*_unknown_records(self.unknown_records), *_replaced(self.replaced_characters)]


class ForeignSession:
    """A SessionSource of messages that an importer yields while it fills the draft."""

    schema_version = EXPORT_SCHEMA_VERSION

    def __init__(self, draft: Draft, messages: Iterable[JsonObject]) -> None:
        self._draft = draft
        self._messages = messages
        self._models: dict[str, None] = {}
        self._times: list[str] = []
        """The first and the last one."""
        self._first: tuple[str, str] = ("", "")
        self._prompt: str | None = None
        self._task: str | None = None
        self._count = 0

    @property
    def header(self) -> SessionHeader:
        """Complete after ``batches`` has been read to its end."""
        draft = self._draft
        times = [time for time in (draft.updated_at, *self._times) if time]
        return SessionHeader(
            name=draft.title or self._prompt or self._name_of_subagent(),
            created_at=draft.created_at or next(iter(self._times), None),
            updated_at=max(times, key=_INSTANT, default=None),
            facts={key: value for key, value in self._facts().items() if value},
            schema_version=EXPORT_SCHEMA_VERSION,
            is_inline=draft.is_inline,
            is_named=bool(draft.title),
        )

    @property
    def warnings(self) -> list[str]:
        """Sentences for the user, complete with the header."""
        return self._draft.all_warnings

    @property
    def lines_skipped(self) -> list[int]:
        """The numbers of lines that could not be read, from 1; the first of them."""
        return self._draft.unreadable_lines

    @property
    def warnings_without_lines(self) -> list[str]:
        """The warnings but that about these lines."""
        return self._draft.warnings_without_lines

    @property
    def original(self) -> Original | None:
        """The bytes that the session was read from."""
        return self._draft.original

    def batches(self) -> Iterator[Batch]:
        """The messages in batches of bounded size."""
        found: list[JsonObject] = []
        characters = start = 0
        for message in self._messages:
            self._note(message)
            found.append(message)
            characters += len(message["content"])
            is_long = characters >= _MOST_CHARACTERS or len(found) >= _MOST_MESSAGES
            if is_long or self._draft.bytes_read - start >= _MOST_BYTES:
                yield Batch(found, (), len(found))
                found, characters, start = [], 0, self._draft.bytes_read
        yield Batch(found, (), len(found))

    def _note(self, message: JsonObject) -> None:
        if not self._count:
            self._first = message["role"], message["content"]
        self._count += 1
        if model := message.get("model"):
            self._models[model] = None
        if time := message["created_at"]:
            self._note_time(time)
        if self._prompt is None and message["role"] == "user":
            self._note_prompt(message["content"], not message.get("synthetic"))

    def _note_time(self, time: str) -> None:
        if not self._times:
            self._times = [time, time]
        elif _INSTANT(time) > _INSTANT(self._times[1]):
            self._times[1] = time
        elif _INSTANT(time) < _INSTANT(self._times[0]):
            self._times[0] = time

    def _note_prompt(self, text: str, is_typed: bool) -> None:
        if not is_typed and not self._task:
            self._task = title_of(text)
        elif is_typed and not _COMMAND.match(text):
            self._prompt = title_of(text)

    def _name_of_subagent(self) -> str:
        """For a session whose prompts another agent wrote; no other name comes from a program."""
        task = self._task if self._draft.parent_id else None
        return task or f"Session of {self._draft.tool}"

    def _facts(self) -> dict[str, Any]:
        draft = self._draft
        source = {
            "tool": draft.tool,
            "tool_version": draft.tool_version,
            "session_id": draft.session_id,
            "location": draft.location,
        }
        parent = draft.parent_id and identity_of(draft.tool, draft.parent_id)
        return {
            "session_id": self._identity(),
            "source": {key: value for key, value in source.items() if value},
            "working_directory": draft.working_directory,
            "git": draft.git,
            "models": list(dict.fromkeys((*self._models, *draft.models))),
            "parent_session_id": parent,
            "summary": draft.summary,
            "tags": draft.tags,
        }

    def _identity(self) -> str:
        draft = self._draft
        if draft.session_id:
            return identity_of(draft.tool, draft.session_id)
        created_at = draft.created_at or next(iter(self._times), None)
        return derived_identity(draft.tool, created_at, *self._first)


def _unknown_records(found: Counter[str]) -> list[str]:
    if not found:
        return []
    types = [
        f"{one_line(name)[:_LONGEST_TYPE]} ({count:,})"
        for name, count in found.most_common(_MOST_TYPES_NAMED)
    ]
    if len(found) > _MOST_TYPES_NAMED:
        types.append(f"{len(found) - _MOST_TYPES_NAMED} more types")
    records = (
        "1 record of an unknown type is"
        if found.total() == 1
        else f"{found.total():,} records of unknown types are"
    )
    return [f"{records} kept only in the original: {', '.join(types)}."]


def line_skipped(number: int) -> str:
    """The warning about one line that could not be read."""
    return f"Line {number} is not a JSON object and was skipped."


def _unreadable_lines(lines: list[int], more: int) -> list[str]:
    if not lines:
        return []
    if len(lines) == 1:
        return [line_skipped(lines[0])]
    return [
        f"{len(lines) + more:,} lines are not JSON objects and were skipped, first line {lines[0]}."
    ]


def _replaced(count: int) -> list[str]:
    if not count:
        return []
    what = "1 lone surrogate was" if count == 1 else f"{count:,} lone surrogates were"
    return [f"{what} replaced."]
