"""The rows of llm's database, of any version, as "llm logs --json" writes them.

``log`` (2023-04) became ``logs`` (2023-07), which became ``responses``; the
tables of attachments, fragments and tools were added later. The rule not to break: no table has
an index on what joins it, so each is read once for its row numbers, and a row by its number.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

from hfs_server.importers.databases import ToolDatabase
from hfs_server.session import JsonObject

OLDEST = "log"
_OLD = ("log", "logs")
TABLES = frozenset(("responses", "conversations", "_llm_migrations"))
"""Tables of the newer generation."""

_JOINED = {
    "tool_calls": "SELECT response_id, rowid FROM tool_calls ORDER BY rowid",
    "tool_results": "SELECT response_id, rowid FROM tool_results ORDER BY rowid",
    "prompt_attachments": (
        'SELECT response_id, attachment_id FROM prompt_attachments ORDER BY "order"'
    ),
    "prompt_fragments": 'SELECT response_id, fragment_id FROM prompt_fragments ORDER BY "order"',
    "system_fragments": 'SELECT response_id, fragment_id FROM system_fragments ORDER BY "order"',
}
"""Tables that may be missing: which of their rows, or of those they lead to, a response has."""
_PARTS = {
    "tool_calls": "SELECT * FROM tool_calls WHERE rowid = ?",
    "tool_results": "SELECT * FROM tool_results WHERE rowid = ?",
    "prompt_fragments": "SELECT * FROM fragments WHERE id = ?",
    "system_fragments": "SELECT * FROM fragments WHERE id = ?",
}
_ATTACHMENT = "SELECT type, path, url FROM attachments WHERE id = ?"
_CONTENT = "SELECT content FROM attachments WHERE id = ?"


def read_session_rows(database: ToolDatabase) -> Iterator[list[JsonObject]]:
    """The rows of each session, of all tables that there are."""
    for table in _OLD:
        if database.has_table(table):
            yield from _old_sessions(database, table)
    if database.has_table("responses"):
        yield from _sessions(database)


def _old_sessions(database: ToolDatabase, table: str) -> Iterator[list[JsonObject]]:
    """A session has the number of its first row (chat_id); that row itself may have none."""
    columns = {name for _, name, *_ in database.values(f"PRAGMA table_info({table})")}
    number = "CAST(coalesce(chat_id, rowid) AS TEXT)" if "chat_id" in columns else "rowid"
    numbers = _grouped(database.values(f"SELECT {number}, rowid FROM {table} ORDER BY rowid"))
    for group in numbers.values():
        sql = f"SELECT * FROM {table} WHERE rowid = ?"
        yield [row for number in group for row in database.rows(sql, number)]


def _sessions(database: ToolDatabase) -> Iterator[list[JsonObject]]:
    sql = "SELECT coalesce(conversation_id, id), rowid FROM responses ORDER BY datetime_utc, rowid"
    numbers = _grouped(database.values(sql))
    joined = {
        table: _grouped(database.values(sql)) if database.has_table(table) else {}
        for table, sql in _JOINED.items()
    }
    for key, group in numbers.items():
        sql = "SELECT name AS conversation_name FROM conversations WHERE id = ?"
        facts = next(database.rows(sql, key), {})
        sql = "SELECT * FROM responses WHERE rowid = ?"
        yield [
            _whole(database, row, joined) | facts
            for number in group
            for row in database.rows(sql, number)
        ]


def _whole(
    database: ToolDatabase, row: JsonObject, joined: dict[str, dict[Any, list[Any]]]
) -> JsonObject:
    """The row with what other tables hold of it."""
    for table, sql in _PARTS.items():
        keys = joined[table].get(row.get("id"), ())
        if found := [part for key in keys for part in database.rows(sql, key)]:
            row[table] = found
    keys = joined["prompt_attachments"].get(row.get("id"), ())
    if files := [file for key in keys for file in _attachments(database, key)]:
        row["attachments"] = files
    return row


def _attachments(database: ToolDatabase, key: object) -> Iterator[JsonObject]:
    contents = database.values(_CONTENT, key)
    for row, (content,) in zip(database.rows(_ATTACHMENT, key), contents, strict=False):
        data = base64.b64encode(content).decode() if isinstance(content, bytes) else None
        yield {**row, "content": data}


def _grouped(pairs: Iterator[tuple[Any, ...]]) -> dict[Any, list[Any]]:
    found: dict[Any, list[Any]] = {}
    for key, value in pairs:
        found.setdefault(key, []).append(value)
    return found
