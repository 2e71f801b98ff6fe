"""Edits of files as a store of any engine indexes, finds and shows them.

The rule not to break: what is indexed of a message follows from plain values, so that all stores
find the same.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from hfs_server.edits import WRITE, edits_in
from hfs_server.edits.lines import hashes_of
from hfs_server.edits.paths import Match, folder_of, parts_of
from hfs_server.edits.texts import TOOLS_WITH_EDITS_IN_TEXTS
from hfs_server.graphemes import beginning
from hfs_server.session import JsonObject
from hfs_server.store.results import SessionEdit, SessionSummary
from hfs_server.store.rows import object_in
from hfs_server.store.summaries import PREVIEW_CHARACTERS
from hfs_server.text import one_line
from hfs_server.timestamps import iso_from_store

MOST_EDITS = 1_000
"""How many edits of a file are returned, the newest ones."""
EDITS_PER_MESSAGE = 2**16
LONGEST_PROMPT = 2_000
"""How many characters of a prompt are read."""
_MOST_PROJECTS = 3
"""A line that more projects have at the same place is too common to show who wrote it."""


class EditRow(NamedTuple):
    """An edit as it is indexed."""

    kind: str
    name: str
    """The file's name and that of its folder, as they are compared."""
    folder: str
    path: str
    call: int
    """The number of the call; 0 for an edit in the text of a reply."""
    hashes: Sequence[int]
    """Of the lines that it put in."""


class IndexedEdit(NamedTuple):
    """An edit as it is found."""

    session: int
    number: int
    """That of its message in the session, from 1."""
    message: int
    """The id of its message in the store."""
    created_at: str
    """The time of its message as the store has it."""
    kind: str


def message_with_edits(role: object, content: object, extra: object, tool: str) -> JsonObject:
    """The message, if there may be edits in it, or if it is the result of a call that failed.

    Empty for others. These have tool calls or failed results, and of some tools all have edits.
    """
    may_edit = isinstance(extra, str) and ('"tool_calls"' in extra or '"is_error":true' in extra)
    if not may_edit and tool not in TOOLS_WITH_EDITS_IN_TEXTS:
        return {}
    return {**(object_in(extra) if may_edit else {}), "role": role, "content": content}


def rows_of(message: JsonObject, directory: str, tool: str) -> Iterator[EditRow]:
    """The edits that a message of a session in this directory asks for, as they are indexed."""
    for edit in islice(edits_in(message, directory, tool), EDITS_PER_MESSAGE):
        if parts := parts_of(edit.path):
            name, hashes = parts[-1], sorted(hashes_of(parts[-1], edit.lines))
            call = call_number(edit.call)
            yield EditRow(edit.kind, name, folder_of(parts), edit.path, call, hashes)


def kind_of(row: EditRow, *, is_known: bool) -> str:
    """What the edit does to the file, which the session may know."""
    return row.kind if row.kind != WRITE else "edit" if is_known else "create"


def call_number(call: str) -> int:
    """A short number for the id of a call, which is compared within one session only."""
    return zlib.crc32(call.encode(errors="replace")) if call else 0


def is_among(path: str, applied: Sequence[str]) -> bool:
    """Whether the path ends as one of those that a tool names as edited."""
    parts = parts_of(path)
    return any(tail and parts[-len(tail) :] == tail for tail in map(parts_of, applied))


def writers(found: Iterable[tuple[IndexedEdit, Match, str]]) -> list[IndexedEdit]:
    """Of edits that put in a line, those of the file that was asked for, newest first.

    Each is given with how surely it is of that file, and with its project. None of them if so many
    projects have the line that it is too common.
    """
    by_match: dict[Match, list[tuple[str, IndexedEdit]]] = {}
    for edit, how, project in found:
        by_match.setdefault(how, []).append((project, edit))
    of_file = by_match.get(Match.SAME, [])
    if not of_file:
        of_file = by_match.get(Match.LIKELY, [])
        if len({project for project, _ in of_file}) > _MOST_PROJECTS:
            return []
    return newest_first([edit for _, edit in of_file])


def newest_first(edits: list[IndexedEdit]) -> list[IndexedEdit]:
    """The edits, each message and kind once."""
    once = dict.fromkeys(edits)
    ordered = sorted(once, key=lambda edit: (edit.created_at, edit.session, edit.number))
    return ordered[: -MOST_EDITS - 1 : -1]


def shown_edit(
    edit: IndexedEdit, session: SessionSummary, extra: object, prompt: str | None
) -> SessionEdit:
    """The edit as it is shown, with the extra keys of its message, and the prompt before it."""
    keys = object_in(extra)
    model = keys.get("model")
    return SessionEdit(
        session=session,
        message_index=edit.number,
        created_at=None if "created_at" in keys else iso_from_store(edit.created_at),
        kind=edit.kind,
        model=model if isinstance(model, str) else None,
        prompt=None if prompt is None else _beginning(prompt),
    )


def _beginning(prompt: str) -> str | None:
    """The beginning of what a person had typed, on one line."""
    text = prompt[:LONGEST_PROMPT].strip()
    return beginning(one_line(text.partition("\n")[0]), PREVIEW_CHARACTERS).rstrip() or None
