"""The edits of files in the index: which session did what to a file, and the lines it put in.

The rule not to break: an edit that a later message undoes stays, and names that message, so that
it is there again if the message is replaced.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import Any, NamedTuple

from hfs_server.edits import failed_call, unapplied
from hfs_server.session import JsonObject
from hfs_server.store.edit_rows import (
    EditRow,
    call_number,
    is_among,
    kind_of,
    message_with_edits,
    rows_of,
)
from hfs_server.store.postgresql.connections import Raw, execute, fetch
from hfs_server.store.postgresql.texts import from_column, to_column
from hfs_server.store.postgresql.times import zoned

_Place = tuple[int, int]
"""The number of a message, and that of the edit in it."""


class _Known(NamedTuple):
    """An edit of the session that was not undone."""

    place: _Place
    kind: str
    path: str
    call: int


def index_edits(
    raw: Raw, session_id: int, tool: str, directory: str, messages: Iterable[Sequence[Any]]
) -> None:
    """Adds the edits of the next messages of a session, in a transaction that has begun.

    The messages are rows of position, role, content, extra keys and time.
    """
    edits: _Edits | None = None
    for position, role, content, extra, created_at in messages:
        if message := message_with_edits(role, content, extra, tool):
            edits = edits or _Edits(raw, session_id, tool, directory)
            edits.add(position, created_at, message)
    if edits is not None:
        edits.write()


def hash_of(*texts: str) -> int:
    """What names and paths are found by, which may be longer than an index permits."""
    text = "\0".join(texts).encode(errors="replace")
    return int.from_bytes(blake2b(text, digest_size=8).digest(), signed=True)


class _Edits:
    """The edits of one session while further ones are added."""

    def __init__(self, raw: Raw, session_id: int, tool: str, directory: str) -> None:
        self._raw, self._session_id = raw, session_id
        self._tool, self._directory = tool, directory
        self._known: dict[_Place, _Known] = {}
        self._of_calls: dict[int, list[_Known]] = {}
        self._files: Counter[str] = Counter()
        self._new: dict[_Place, tuple[str, EditRow]] = {}
        """With the times of their messages."""
        self._undone: dict[_Place, int] = {}
        for position, number, kind, path, call in fetch(raw, _KNOWN, (session_id,)):
            self._note(_Known((position, number), kind, from_column(path), call))

    def add(self, position: int, created_at: str, message: JsonObject) -> None:
        """Adds the edits of a message; the result of a failed call undoes those of the call."""
        if (call := failed_call(message)) is not None:
            self._undo_call(call_number(call), position)
        if (applied := unapplied(message, self._tool)) is not None:
            self._undo_last_reply(applied, position)
        for number, row in enumerate(rows_of(message, self._directory, self._tool)):
            kind = kind_of(row, is_known=self._files[row.path] > 0)
            place = position, number
            self._new[place] = created_at, row._replace(kind=kind)
            self._note(_Known(place, kind, row.path, row.call))

    def write(self) -> None:
        """Writes what was added and undone."""
        edits = [
            (self._session_id, *place, *self._columns(place, created_at, row))
            for place, (created_at, row) in self._new.items()
        ]
        lines = [
            (self._session_id, *place, each, zoned(created_at))
            for place, (created_at, row) in self._new.items()
            for each in row.hashes
        ]
        for sql, rows in ((_INSERT_EDITS, edits), (_INSERT_LINES, lines)):
            if rows:
                execute(self._raw, sql, [list(column) for column in zip(*rows, strict=True)])
        undone = [(*place, by) for place, by in self._undone.items() if place not in self._new]
        if undone:
            execute(self._raw, _UNDO, (*map(list, zip(*undone, strict=True)), self._session_id))

    def _columns(self, place: _Place, created_at: str, row: EditRow) -> tuple[Any, ...]:
        file = hash_of(row.path, self._directory)
        names = hash_of(row.name), hash_of(row.folder), file
        paths = to_column(row.path), to_column(self._directory)
        counts = row.call, len(row.hashes), self._undone.get(place)
        return zoned(created_at), row.kind, *names, *paths, *counts

    def _note(self, edit: _Known) -> None:
        self._known[edit.place] = edit
        self._of_calls.setdefault(edit.call, []).append(edit)
        self._files[edit.path] += edit.kind != "delete"

    def _undo_call(self, call: int, by: int) -> None:
        """Undoes the last message of a call."""
        edits = self._of_calls.get(call, [])
        for edit in [each for each in edits if each.place[0] == edits[-1].place[0]]:
            self._undo(edit, by)

    def _undo_last_reply(self, applied: Sequence[str], by: int) -> None:
        """Undoes the edits in the text of the last reply, except those of the files."""
        last = next(reversed(self._known), (0, 0))[0]
        for edit in [each for each in self._of_calls.get(0, ()) if each.place[0] == last]:
            if not is_among(edit.path, applied):
                self._undo(edit, by)

    def _undo(self, edit: _Known, by: int) -> None:
        self._undone[edit.place] = by
        del self._known[edit.place]
        self._of_calls[edit.call].remove(edit)
        self._files[edit.path] -= edit.kind != "delete"


_KNOWN = """
    SELECT position, number, kind, path, call FROM hfs.edits
    WHERE session_id = %s AND undone_by IS NULL ORDER BY position, number
"""
_INSERT_EDITS = """
    INSERT INTO hfs.edits (session_id, position, number, created_at, kind, name, folder, file,
        path, directory, call, line_count, undone_by)
    SELECT * FROM unnest(%s::bigint[], %s::integer[], %s::integer[], %s::timestamptz[],
        %s::text[], %s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::text[],
        %s::bigint[], %s::integer[], %s::integer[])
"""
_INSERT_LINES = """
    INSERT INTO hfs.edit_lines (session_id, position, number, hash, created_at)
    SELECT * FROM unnest(%s::bigint[], %s::integer[], %s::integer[], %s::bigint[],
        %s::timestamptz[])
"""
_UNDO = """
    UPDATE hfs.edits AS e SET undone_by = u.by
    FROM unnest(%s::integer[], %s::integer[], %s::integer[]) AS u (position, number, by)
    WHERE e.session_id = %s AND e.position = u.position AND e.number = u.number
"""
