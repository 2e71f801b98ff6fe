"""Sessions of Goose: its database, its older logs of JSON lines, and its exports.

All three have the same messages, with contents by type. Source: Goose's own ``session`` module.

The rule not to break: what is kept as the original of a session in the database has the form of
an export, and is read again as one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from hfs_server.errors import InvalidDocument
from hfs_server.importers.databases import (
    ToolDatabase,
    open_database,
    original_of,
    table_names,
)
from hfs_server.importers.foreign import Draft, ForeignSession
from hfs_server.importers.goose_messages import CONTENTS, read_messages
from hfs_server.importers.json_lines import read_lines
from hfs_server.importers.json_text import json_value, read_document
from hfs_server.importers.places import Places
from hfs_server.importers.source_file import SourceFile
from hfs_server.importers.values import object_of, objects_of, text_of, time_of
from hfs_server.session import JsonObject

_SESSIONS = (
    "SELECT * FROM sessions WHERE id IN (SELECT session_id FROM messages) ORDER BY created_at, id"
)
_MESSAGES = "SELECT * FROM messages WHERE session_id = ? ORDER BY id"


class Goose:
    """The importer of Goose's sessions."""

    tool = "goose"
    label = "Goose"
    patterns: tuple[str, ...] = ("sessions.db", "*.jsonl")

    def folders(self, places: Places) -> Sequence[Path]:
        """The data folder of the terminal, which is that of the application, too."""
        root = places.of_variable("GOOSE_PATH_ROOT")
        if root != places.home:
            return (root / "data" / "sessions",)
        windows = places.of_variable("APPDATA", "AppData", "Roaming")
        return (
            places.data / "goose" / "sessions",
            windows / "Block" / "goose" / "data" / "sessions",
        )

    def recognizes(self, file: SourceFile) -> str | None:
        """The tables of the database, the first line of a log, or an export."""
        if file.is_sqlite:
            has_tables = table_names(file) >= {"sessions", "messages"}
            return "tables sessions and messages" if has_tables and _has_columns(file) else None
        record = file.record
        if file.is_list or not record:
            return None
        if "working_dir" in record and isinstance(record.get("conversation"), list):
            return "working_dir and messages"
        if "working_dir" in record and "message_count" in record and "messages" not in record:
            return "working_dir and message_count"
        return "created and content" if _is_message(record) else None

    def sessions(self, file: SourceFile) -> Iterator[ForeignSession]:
        """The session of a log or of an export; those of a database in order."""
        if file.is_sqlite:
            yield from self._of_database(file)
            return
        draft = Draft(self.tool, file)
        if "conversation" in file.record:
            found = object_of(read_document(file, draft))
            yield _session(draft, found, objects_of(found.get("conversation")))
            return
        if not file.records:
            raise InvalidDocument("The file has no session of Goose.")
        draft.session_id = file.stem or None
        is_headed = "working_dir" in file.record
        _add_about(draft, file.record if is_headed else {})
        lines = (value for _, value in read_lines(file, draft) if "working_dir" not in value)
        yield ForeignSession(draft, read_messages(lines, draft))

    def _of_database(self, file: SourceFile) -> Iterator[ForeignSession]:
        with open_database(file) as database:
            for row in database.rows(_SESSIONS):
                draft = Draft(self.tool, file)
                found = _messages_of(database, row.get("id"), draft)
                whole = {**row, "conversation": found}
                draft.original = original_of(f"{text_of(row.get('id')) or 'session'}.json", whole)
                yield _session(draft, whole, found)


def _session(draft: Draft, about: JsonObject, messages: Iterable[JsonObject]) -> ForeignSession:
    draft.session_id = text_of(about.get("id")) or None
    _add_about(draft, about)
    return ForeignSession(draft, read_messages(messages, draft))


def _add_about(draft: Draft, about: JsonObject) -> None:
    title = text_of(about.get("name")) or text_of(about.get("description"))
    draft.title = title.strip() or None
    draft.working_directory = text_of(about.get("working_dir")) or None
    draft.parent_id = text_of(about.get("parent_session_id")) or None
    draft.created_at = _utc(about.get("created_at"))
    draft.updated_at = _utc(about.get("updated_at"))
    config = about.get("model_config") or about.get("model_config_json")
    config = json_value(config, draft) if isinstance(config, str) else config
    model = text_of(object_of(config).get("model_name"))
    draft.models = [model] if model else []


def _messages_of(database: ToolDatabase, session_id: object, draft: Draft) -> list[JsonObject]:
    """The messages of a session in the form of an export."""
    found = []
    for row in database.rows(_MESSAGES, session_id):
        content, metadata = (
            json_value(text_of(row.get(key)), draft) for key in ("content_json", "metadata_json")
        )
        if not isinstance(content, list):
            draft.unknown_records["damaged row"] += 1
            continue
        made = {"id": row.get("message_id"), "role": row.get("role"), "content": content}
        made["created"] = row.get("created_timestamp")
        found.append({**made, "metadata": object_of(metadata)})
    return found


def _has_columns(file: SourceFile) -> bool:
    """Whether the schema has the names that only Goose gives to its columns."""
    return b"content_json" in file.head and b"working_dir" in file.head


def _is_message(record: JsonObject) -> bool:
    """Whether it is a message of a log whose first line is lost."""
    kinds = {text_of(part.get("type")) for part in objects_of(record.get("content"))}
    is_created = isinstance(record.get("created"), int)
    return is_created and "role" in record and bool(kinds) and kinds <= CONTENTS


def _utc(value: object) -> str | None:
    """A time, which the database has as ``2026-04-18 12:34:56``, in UTC."""
    text = text_of(value)
    is_naive = len(text) == len("2026-04-18 12:34:56") and text[10:11] in (" ", "T")
    return time_of(f"{text[:10]}T{text[11:]}Z" if is_naive else value)
