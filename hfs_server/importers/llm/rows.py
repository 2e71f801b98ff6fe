"""The rows of llm's database, of any version, as "llm logs --json" writes them.

``log`` (2023-04) became ``logs`` (2023-07), which became ``responses``; the
tables of attachments, fragments and tools were added later. Since 2026 ``turns`` is written in
place of ``responses``, of which the older ones stay. The rule not to break: these tables have no
index on what joins them, so each is read once for its row numbers, and a row by its number.
"""

from __future__ import annotations

from collections.abc import Iterator
from operator import itemgetter
from typing import Any

from hfs_server.importers.databases import ToolDatabase
from hfs_server.importers.llm.attachments import stored_attachments
from hfs_server.importers.llm.threads import THREAD_TABLES, Turns
from hfs_server.importers.values import CountsReplacements, text_of
from hfs_server.session import JsonObject

OLDEST = "log"
_OLD = ("log", "logs")
TABLES = frozenset(("responses", "conversations", "_llm_migrations"))
"""Tables of the newer generation."""
_RESPONSES = "SELECT coalesce(conversation_id, id), 0, rowid, datetime_utc FROM responses"
_TURNS = "SELECT coalesce(thread_id, id), 1, rowid, datetime_utc FROM turns"
_NO_TURN = "WHERE NOT EXISTS (SELECT 1 FROM turns WHERE turns.id = responses.id)"
"""A response that is a turn, too, is read as one."""
_THREAD = """
SELECT thread.name AS conversation_name, origin.id AS forked_from FROM threads thread
LEFT JOIN threads origin ON origin.id = thread.forked_from AND origin.id != thread.id
WHERE thread.id = ?
"""

_JOINED = {
    "tool_calls": "SELECT response_id, rowid FROM tool_calls ORDER BY rowid",
    "tool_results": "SELECT response_id, rowid FROM tool_results ORDER BY rowid",
    "prompt_attachments": (
        'SELECT response_id, attachment_id FROM prompt_attachments ORDER BY "order"'
    ),
    "tool_results_attachments": (
        'SELECT tool_result_id, attachment_id FROM tool_results_attachments ORDER BY "order"'
    ),
    "prompt_fragments": 'SELECT response_id, fragment_id FROM prompt_fragments ORDER BY "order"',
    "system_fragments": 'SELECT response_id, fragment_id FROM system_fragments ORDER BY "order"',
}
"""Tables that may be missing: which of their rows, or of those they lead to, something has."""
_PARTS = {
    "tool_calls": "SELECT * FROM tool_calls WHERE rowid = ?",
    "tool_results": "SELECT * FROM tool_results WHERE rowid = ?",
    "prompt_fragments": "SELECT * FROM fragments WHERE id = ?",
    "system_fragments": "SELECT * FROM fragments WHERE id = ?",
}


def read_session_rows(
    database: ToolDatabase, counts: CountsReplacements
) -> Iterator[list[JsonObject]]:
    """The rows of each session, of all tables that there are."""
    for table in _OLD:
        if database.has_table(table):
            yield from _old_sessions(database, table)
    has_turns = all(map(database.has_table, THREAD_TABLES))
    if database.has_table("responses"):
        newer = f"{_RESPONSES} {_NO_TURN} UNION ALL {_TURNS}" if has_turns else _RESPONSES
        yield from _sessions(database, newer, counts)
    elif has_turns:
        yield from _sessions(database, _TURNS, counts)


def _old_sessions(database: ToolDatabase, table: str) -> Iterator[list[JsonObject]]:
    """A session has the number of its first row (chat_id); that row itself may have none."""
    columns = {name for _, name, *_ in database.values(f"PRAGMA table_info({table})")}
    number = "CAST(coalesce(chat_id, rowid) AS TEXT)" if "chat_id" in columns else "rowid"
    numbers = _grouped(database.values(f"SELECT {number}, rowid FROM {table} ORDER BY rowid"))
    for group in numbers.values():
        sql = f"SELECT * FROM {table} WHERE rowid = ?"
        yield [row for number in group for row in database.rows(sql, number)]


def _sessions(
    database: ToolDatabase, sql: str, counts: CountsReplacements
) -> Iterator[list[JsonObject]]:
    found: dict[Any, tuple[list[int], list[int]]] = {}
    for key, kind, number, _ in database.values(f"{sql} ORDER BY 4, 2, 3"):
        found.setdefault(key, ([], []))[kind].append(number)
    joined = {
        table: _grouped(database.values(sql)) if database.has_table(table) else {}
        for table, sql in _JOINED.items()
    }
    turns = Turns(database, counts)
    for key, (responses, numbers) in found.items():
        facts = _facts(database, key)
        sql = "SELECT * FROM responses WHERE rowid = ?"
        rows = [
            _whole(database, row, joined) | facts
            for number in responses
            for row in database.rows(sql, number)
        ]
        is_continued = bool(rows) or "forked_from" in facts
        own = {"conversation_id": key, **facts}
        rows += [row | own for row in turns.rows(numbers, is_continued)]
        yield _by_time(rows)


def _by_time(rows: list[JsonObject]) -> list[JsonObject]:
    """The rows in order; one without a time stays behind the one before it."""
    times = [""]
    for row in rows:
        times.append(text_of(row.get("datetime_utc")) or times[-1])
    pairs = sorted(zip(times[1:], rows, strict=True), key=itemgetter(0))
    return [row for _, row in pairs]


def _facts(database: ToolDatabase, key: object) -> JsonObject:
    """The name of a session, and which one it was forked from, if that is there, too."""
    facts: JsonObject = {}
    if database.has_table("conversations"):
        sql = "SELECT name AS conversation_name FROM conversations WHERE id = ?"
        facts = next(database.rows(sql, key), {})
    if database.has_table("threads"):
        found = next(database.rows(_THREAD, key), {})
        facts |= {name: value for name, value in found.items() if value and not facts.get(name)}
    return facts


def _whole(
    database: ToolDatabase, row: JsonObject, joined: dict[str, dict[Any, list[Any]]]
) -> JsonObject:
    """The row with what other tables hold of it."""
    for table, sql in _PARTS.items():
        keys = joined[table].get(row.get("id"), ())
        if found := [part for key in keys for part in database.rows(sql, key)]:
            row[table] = found
    owners = {"prompt_attachments": [row], "tool_results_attachments": row.get("tool_results", ())}
    for table, group in owners.items():
        for owner in group:
            keys = joined[table].get(owner.get("id"), ())
            if files := [file for key in keys for file in stored_attachments(database, key)]:
                owner["attachments"] = files
    return row


def _grouped(pairs: Iterator[tuple[Any, ...]]) -> dict[Any, list[Any]]:
    found: dict[Any, list[Any]] = {}
    for key, value in pairs:
        found.setdefault(key, []).append(value)
    return found
