"""Edits of files that the index has, and what is shown of them; in a transaction that has begun."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple

from hfs_server.edits.lines import hashes_of, line_hash
from hfs_server.edits.paths import AskedFile, Match, match
from hfs_server.store.edit_rows import (
    LONGEST_PROMPT,
    MOST_EDITS,
    IndexedEdit,
    shown_edit,
    writers,
)
from hfs_server.store.postgresql.connections import Raw, fetch
from hfs_server.store.postgresql.edit_index import hash_of
from hfs_server.store.postgresql.indexing import pending_sessions
from hfs_server.store.postgresql.listing import summaries
from hfs_server.store.postgresql.texts import LONGEST_MARK, from_column
from hfs_server.store.postgresql.times import stored
from hfs_server.store.results import LineWriters, SessionEdit, SessionEdits

_HASHES_TOGETHER = 500
_MOST_OF_LINE = 1_000
"""How many edits of a line are looked at, the newest ones."""


class _File(NamedTuple):
    """A file that sessions edited, as one project has it."""

    match: Match
    project: str


def edits_of_file(
    raw: Raw, asked: AskedFile, lines: Sequence[str], kinds: Collection[str], limit: int
) -> SessionEdits:
    """What sessions did to a file, which has these lines now.

    In a project of another name the file is the same one if it still has most of the lines that
    were put in.
    """
    found = _files_named(raw, asked)
    files = [*_only(found, Match.SAME)]
    if likely := [*_only(found, Match.LIKELY)]:
        files += _with_most_lines(raw, asked, likely, lines)
    values = {"files": files, "kinds": [*kinds], "limit": min(limit, MOST_EDITS)}
    rows = fetch(raw, _OF_FILES, {**values, **_names(asked)}) if files else []
    edits = [_edit(*row) for row in rows]
    shown = _shown(raw, edits)
    return SessionEdits([shown[edit] for edit in edits], not pending_sessions(raw))


def writers_of_lines(raw: Raw, asked: AskedFile, lines: Sequence[str], limit: int) -> LineWriters:
    """Which edits put in each of the lines; none for one that is too common to say."""
    files = _files_named(raw, asked)
    hashes = {line: line_hash(asked.name, line) for line in dict.fromkeys(lines)}
    wanted = [each for each in dict.fromkeys(hashes.values()) if each is not None]
    found = _writers(raw, _only(files, Match.SAME), wanted, limit)
    others = [each for each in wanted if each not in found]
    found |= _writers(raw, _only(files, Match.LIKELY), others, _MOST_OF_LINE)
    of_lines = [found.get(hashes[line] or 0, [])[:limit] for line in lines]
    shown = _shown(raw, chain.from_iterable(of_lines))
    return LineWriters(
        [[shown[edit] for edit in edits] for edits in of_lines], not pending_sessions(raw)
    )


def _files_named(raw: Raw, asked: AskedFile) -> dict[int, _File]:
    """The files of that name, and in a folder of that name, by their hashes."""
    rows = fetch(raw, _FILES, _names(asked))
    texts = ((file, from_column(path), from_column(folder)) for file, path, folder in rows)
    return {
        file: _File(match(asked, path, directory), directory or path)
        for file, path, directory in texts
    }


def _names(asked: AskedFile) -> dict[str, int | None]:
    folder = asked.folder
    return {"name": hash_of(asked.name), "folder": None if folder is None else hash_of(folder)}


def _only(files: Mapping[int, _File], how: Match) -> dict[int, _File]:
    return {file: found for file, found in files.items() if found.match is how}


def _with_most_lines(
    raw: Raw, asked: AskedFile, files: list[int], lines: Sequence[str]
) -> list[int]:
    """The files of which at least half of the lines that were put in are among these."""
    values = {**_names(asked), "files": files, "hashes": [*hashes_of(asked.name, lines)]}
    return [file for (file,) in fetch(raw, _WITH_MOST_LINES, values)]


def _writers(
    raw: Raw, files: Mapping[int, _File], hashes: Sequence[int], limit: int
) -> dict[int, list[IndexedEdit]]:
    """The newest edits of these files that put in lines of these hashes."""
    by_hash: dict[int, list[tuple[IndexedEdit, Match, str]]] = {}
    values: dict[str, Any] = {"files": [*files], "limit": limit}
    for start in range(0, len(hashes) if files else 0, _HASHES_TOGETHER):
        values["hashes"] = [*hashes[start : start + _HASHES_TOGETHER]]
        for each, file, *edit in fetch(raw, _OF_LINES, values):
            by_hash.setdefault(each, []).append((_edit(*edit), *files[file]))
    return {each: writers(found) for each, found in by_hash.items()}


def _edit(session_id: int, position: int, created_at: str, kind: str) -> IndexedEdit:
    return IndexedEdit(session_id, position, position, created_at, kind)


def _shown(raw: Raw, edits: Iterable[IndexedEdit]) -> dict[IndexedEdit, SessionEdit]:
    asked = list(dict.fromkeys(edits))
    sessions = {each.id: each for each in summaries(raw, {each.session for each in asked})}
    values = [each.session for each in asked], [each.number for each in asked]
    found = {(session, number): texts for session, number, *texts in fetch(raw, _TEXTS, values)}
    shown = {}
    for edit in asked:
        extra, prompt = (each and from_column(each) for each in found[edit.session, edit.number])
        shown[edit] = shown_edit(edit, sessions[edit.session], extra, prompt)
    return shown


_LIVE = "s.id = e.session_id AND s.deleted_at IS NULL AND e.undone_by IS NULL"
_NAMED = "e.name = %(name)s AND e.folder = coalesce(%(folder)s, e.folder)"
_FILES = f"SELECT DISTINCT e.file, e.path, e.directory FROM hfs.edits AS e WHERE {_NAMED}"
_OF_FILES = f"""
    SELECT DISTINCT e.session_id, e.position, {stored("e.created_at")} AS time, e.kind
    FROM hfs.edits AS e JOIN hfs.sessions AS s ON {_LIVE}
    WHERE {_NAMED} AND e.file = ANY(%(files)s) AND e.kind = ANY(%(kinds)s)
    ORDER BY time DESC, e.session_id DESC, e.position DESC LIMIT %(limit)s
"""
_LINE = "l.session_id = e.session_id AND l.position = e.position AND l.number = e.number"
_WITH_MOST_LINES = f"""
    WITH live AS (SELECT e.* FROM hfs.edits AS e JOIN hfs.sessions AS s ON {_LIVE}
        WHERE {_NAMED} AND e.file = ANY(%(files)s)),
    present AS (SELECT e.file, count(DISTINCT l.hash) AS count
        FROM live AS e JOIN hfs.edit_lines AS l ON {_LINE}
        WHERE l.hash = ANY(%(hashes)s) GROUP BY e.file),
    total AS (SELECT file, sum(line_count) AS count FROM live GROUP BY file)
    SELECT file FROM present JOIN total USING (file) WHERE 2 * present.count >= total.count
"""
# Each step leads to the next one by an index, also if the server has not analyzed the tables.
_OF_LINES = f"""
    SELECT DISTINCT hash, file, session_id, position, {stored("created_at")}, kind FROM (
        SELECT l.hash, e.*, dense_rank() OVER (PARTITION BY l.hash
            ORDER BY e.created_at DESC, e.session_id DESC, e.position DESC) AS rank
        FROM unnest(%(hashes)s::bigint[]) AS h (hash) CROSS JOIN LATERAL (
            SELECT * FROM hfs.edit_lines WHERE hash = h.hash
            ORDER BY created_at DESC LIMIT {_MOST_OF_LINE}) AS l
        CROSS JOIN LATERAL (
            SELECT e.* FROM hfs.edits AS e WHERE {_LINE} OFFSET 0) AS e
        CROSS JOIN LATERAL (
            SELECT 1 FROM hfs.sessions AS s WHERE {_LIVE} OFFSET 0) AS s
        WHERE e.file = ANY(%(files)s)) AS ranked
    WHERE rank <= %(limit)s
"""
_TEXTS = f"""
    SELECT m.session_id, m.position, m.extra, p.content
    FROM unnest(%s::bigint[], %s::integer[]) AS a (session_id, position)
    JOIN hfs.messages AS m ON m.session_id = a.session_id AND m.position = a.position
    LEFT JOIN LATERAL (
        SELECT left(content, {LONGEST_MARK * LONGEST_PROMPT}) AS content FROM hfs.messages
        WHERE session_id = a.session_id AND position < a.position AND role = 'user'
            AND (extra IS NULL OR strpos(extra, '"synthetic":true') = 0)
        ORDER BY position DESC LIMIT 1) AS p ON true
"""
