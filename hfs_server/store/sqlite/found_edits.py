"""Edits of files that the index has found, with what the store has of their sessions now.

The rule not to break: the index may be behind the store, so an edit whose message is no longer
in the store, or is another one, is not found.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Sequence
from itertools import chain

from hfs_server.edits.paths import AskedFile
from hfs_server.store.edit_rows import IndexedEdit, shown_edit
from hfs_server.store.results import LineWriters, SessionEdit, SessionEdits
from hfs_server.store.rows import as_text
from hfs_server.store.sqlite import edit_index
from hfs_server.store.sqlite.database import Database
from hfs_server.store.sqlite.listing import summaries
from hfs_server.store.sqlite.search.store_search import StoreSearch


async def edits_of_file(
    search: StoreSearch,
    database: Database,
    file: AskedFile,
    lines: Sequence[str],
    kinds: Collection[str],
    limit: int,
) -> SessionEdits:
    """What sessions did to a file, which has these lines now."""
    found, is_complete = await search.read_index(edit_index.of_file, file, lines, kinds)
    (edits,) = await _shown(database, [(found or [])[:limit]])
    return SessionEdits(edits, is_complete)


async def writers_of_lines(
    search: StoreSearch, database: Database, file: AskedFile, lines: Sequence[str], limit: int
) -> LineWriters:
    """Which edits put in each of the lines."""
    found, is_complete = await search.read_index(edit_index.of_lines, file, lines, limit)
    edits = await _shown(database, found or [[] for _ in lines])
    return LineWriters(edits, is_complete)


async def _shown(database: Database, found: list[list[IndexedEdit]]) -> list[list[SessionEdit]]:
    async with database.reading() as connection:
        shown = await connection.run(session_edits, [*chain.from_iterable(found)], wait=True)
    return [[shown[edit] for edit in edits if edit in shown] for edits in found]


def session_edits(
    connection: sqlite3.Connection, edits: Iterable[IndexedEdit]
) -> dict[IndexedEdit, SessionEdit]:
    """The edits as they are shown, those that the store has."""
    asked = list(dict.fromkeys(edits))
    sessions = {each.id: each for each in summaries(connection, {each.session for each in asked})}
    found: dict[IndexedEdit, SessionEdit] = {}
    for edit in asked:
        row = connection.execute(_MESSAGE, (edit.message, edit.session)).fetchone()
        if row is None or as_text(row[0]) != edit.created_at or edit.session not in sessions:
            continue
        found[edit] = shown_edit(edit, sessions[edit.session], row[1], _prompt(connection, edit))
    return found


def _prompt(connection: sqlite3.Connection, edit: IndexedEdit) -> str | None:
    """What a person had typed last."""
    for (content,) in connection.execute(_PROMPT, (edit.session, edit.message)):
        return as_text(content)
    return None


_MESSAGE = "SELECT created_at, hfs_extra FROM messages WHERE id = ? AND session_id = ?"
_PROMPT = """
    SELECT content FROM messages WHERE session_id = ? AND id < ? AND role = 'user'
        AND (hfs_extra IS NULL OR instr(hfs_extra, '"synthetic":true') = 0)
    ORDER BY id DESC LIMIT 1
"""
