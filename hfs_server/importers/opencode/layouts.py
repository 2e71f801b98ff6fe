"""The layouts of an opencode session: an export, a tree of files, rows of the database.

The rule not to break: what is kept as the original of a tree or of rows is a layout too, and is
read again as they were.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from hfs_server.errors import InvalidDocument
from hfs_server.importers.databases import ToolDatabase
from hfs_server.importers.foreign import Draft
from hfs_server.importers.json_text import json_value
from hfs_server.importers.source_file import SourceFile
from hfs_server.importers.values import count_of, list_of, object_of, objects_of, text_of
from hfs_server.session import JsonObject

Pairs = Iterable[tuple[JsonObject, list[JsonObject]]]
"""The info of each message, with its parts."""

_SESSIONS = ("session", "session_v2")
_MESSAGES = ("message", "session_message")
MESSAGES_OF_SESSION = "SELECT * FROM {table} WHERE session_id = ? ORDER BY time_created, id"
PARTS_OF_SESSION = (
    "SELECT * FROM part WHERE message_id IN (SELECT id FROM message WHERE session_id = ?) "
    "ORDER BY message_id, id"
)
_TREE = ("session/", "message/", "part/")
_COLUMNS = {"parent_id": "parentID", "project_id": "projectID"}


def has_tables(names: frozenset[str]) -> bool:
    """Whether a database with these tables is opencode's."""
    has_newer = "session_message" in names and not names.isdisjoint(_SESSIONS)
    return names >= {"session", "message", "part"} or has_newer


def evidence_of(record: JsonObject) -> str | None:
    """Which layout a JSON document has, in a few words."""
    if is_part(record):
        return "a message or part of a session"
    if is_session_file(record):
        return "info of a session"
    if _is_rows(record):
        return "rows of a session"
    if any(key.startswith(_TREE) and key.endswith(".json") for key in record):
        return "files of a session"
    first = next(iter(objects_of(record.get("messages"))), {})
    parts = first.get("parts")
    is_export = text_of(object_of(record.get("info")).get("id")).startswith("ses_")
    holds_info = text_of(object_of(first.get("info")).get("sessionID")).startswith("ses_")
    is_export = is_export or (holds_info and isinstance(parts, list))
    return "info and messages" if is_export else None


def is_part(record: JsonObject) -> bool:
    """Whether it is a message or a part, which is read with its session."""
    belongs = text_of(record.get("sessionID")).startswith("ses_")
    is_message = text_of(record.get("id")).startswith("msg_") and "role" in record
    return belongs and (is_message or text_of(record.get("messageID")).startswith("msg_"))


def is_session_file(record: JsonObject) -> bool:
    """Whether it is the info of a session alone."""
    known = record.keys() & {"projectID", "directory", "version", "title", "slug"}
    is_session = text_of(record.get("id")).startswith("ses_") and isinstance(
        record.get("time"), dict
    )
    return is_session and len(known) > 1 and "messages" not in record


def read_session(value: JsonObject, draft: Draft) -> tuple[JsonObject, Pairs]:
    """The info of the session in a layout, and its messages. Raises InvalidDocument."""
    if _is_rows(value):
        return _info_of_row(object_of(value.get("session"))), _pairs_of_rows(value, draft)
    if is_session_file(value):
        return value, ()
    if "info" in value or "messages" in value:
        pairs = objects_of(value.get("messages"))
        if lost := len(list_of(value.get("messages"))) - len(pairs):
            draft.unknown_records["message"] += lost
        first = object_of(pairs[0].get("info")) if pairs else {}
        info = {"id": first.get("sessionID"), **object_of(value.get("info"))}
        return info, [_pair(item) for item in pairs]
    infos = [item for key, item in value.items() if key.startswith("session/")]
    if not infos:
        raise InvalidDocument("The file has no session of opencode: info and messages are missing.")
    return object_of(infos[0]), _pairs_of_tree(value)


def read_tree(file: SourceFile, info: JsonObject, draft: Draft) -> JsonObject | None:
    """The files of a session by their paths, as far as they can be read.

    None where they cannot be found, which a warning says.
    """
    if file.path is None or (base := _folder_of(file.path)) is None:
        draft.warnings.append(
            "The file has no messages: they lie in other files. Import the folder of opencode."
        )
        return None
    session = file.path.stem
    files: JsonObject = {f"session/{session}.json": info}
    for message in _json_files(base / "message" / session):
        files[f"message/{message.name}"] = _read(message, draft)
        # Parts lie below their message, in the oldest layout also below their session.
        for folder in (base / "part" / message.stem, base / "part" / session / message.stem):
            for part in _json_files(folder):
                files[f"part/{message.stem}/{part.name}"] = _read(part, draft)
    return {name: content for name, content in files.items() if content is not None}


def _folder_of(path: Path) -> Path | None:
    """The folder that holds the messages of a session file, if it lies where opencode puts it."""
    *_, root = path.absolute().parents[:3]
    base = root / "session" if path.parent.name == "info" else root
    return base if (base / "message").is_dir() else None


def read_rows(database: ToolDatabase) -> Iterator[JsonObject]:
    """The rows of each session that has messages."""
    tables = _tables(database)
    sql = f"SELECT id FROM ({_all_sessions(tables)}) GROUP BY id ORDER BY min(time_created), id"
    for (session,) in list(database.values(sql)):
        with database.snapshot():
            rows = _rows_of(database, session, tables)
        if any(rows.get(table) for table in _MESSAGES):
            yield rows


def count_sessions(database: ToolDatabase) -> int:
    """How many sessions have messages."""
    tables = _tables(database)
    ids = " UNION ".join(f"SELECT session_id FROM {name}" for name in _MESSAGES if name in tables)
    sql = f"SELECT count(DISTINCT id) FROM ({_all_sessions(tables)}) WHERE id IN ({ids})"
    return int(next(database.values(sql))[0])


def _all_sessions(tables: set[str]) -> str:
    return " UNION ALL ".join(
        f"SELECT id, time_created FROM {name}" for name in _SESSIONS if name in tables
    )


def _tables(database: ToolDatabase) -> set[str]:
    """The tables with sessions that there are. Raises InvalidDocument."""
    wanted = ("part", *_SESSIONS, *_MESSAGES)
    found = {name for name in wanted if database.has_table(name)}
    if not has_tables(frozenset(found)):
        raise InvalidDocument(
            "The database of opencode lacks tables: another version wrote it. Export the session "
            "with `opencode export`, and import that file."
        )
    # Messages of the older tables are nothing without their parts.
    return found if "part" in found else found - {"message"}


def _rows_of(database: ToolDatabase, session: object, tables: set[str]) -> JsonObject:
    # All columns: which ones there are depends on opencode's version.
    rows: JsonObject = {"session": {}, "message": [], "part": []}
    is_newer = False
    for table in (name for name in _SESSIONS if name in tables):
        for row in database.rows(f"SELECT * FROM {table} WHERE id = ?", session):
            known = rows["session"]
            known |= {key: row[key] for key in row if row[key] is not None or key not in known}
            is_newer = table == "session_v2"
    if "message" in tables:
        rows["message"] = _messages_of(database, session, "message")
    if rows["message"]:
        rows["part"] = list(database.rows(PARTS_OF_SESSION, session))
    if "session_message" in tables and (is_newer or not rows["message"]):
        found = _messages_of(database, session, "session_message")
        rows["session_message"] = _not_copied(found, rows["message"])
    return rows


def _messages_of(database: ToolDatabase, session: object, table: str) -> list[JsonObject]:
    found = list(database.rows(MESSAGES_OF_SESSION.format(table=table), session))
    if all(isinstance(row.get("seq"), int) for row in found):
        found.sort(key=lambda row: row["seq"])
    return found


def _not_copied(rows: list[JsonObject], older: list[JsonObject]) -> list[JsonObject]:
    """The rows that opencode 2 wrote itself.

    It copies those of version 1, with less in them, and what it makes of one has its time.
    """
    ids = {row.get("id") for row in older}
    times = {row.get("time_created") for row in older}
    return [
        row for row in rows if row.get("id") not in ids and row.get("time_created") not in times
    ]


def _is_rows(value: JsonObject) -> bool:
    session = object_of(value.get("session"))
    return "id" in session and isinstance(value.get("message"), list) and "part" in value


def _info_of_row(row: JsonObject) -> JsonObject:
    info = {_COLUMNS.get(key, key): item for key, item in row.items()}
    times = {"created": row.get("time_created"), "updated": row.get("time_updated")}
    return {**info, "time": times}


def _pairs_of_rows(value: JsonObject, draft: Draft) -> Pairs:
    parts: dict[str, list[JsonObject]] = {}
    for row in objects_of(value.get("part")):
        parts.setdefault(text_of(row.get("message_id")), []).append(_data(row, draft))
    rows = [(table, row) for table in _MESSAGES for row in objects_of(value.get(table))]
    if value.get("message") and value.get("session_message"):
        # A session may go on in either version.
        rows.sort(key=lambda found: count_of(found[1].get("time_created")) or 0)
    for table, row in rows:
        info = _data(row, draft)
        if table == "session_message":
            info.setdefault("type", row.get("type"))
        yield info, parts.get(text_of(row.get("id")), [])


def _data(row: JsonObject, draft: Draft) -> JsonObject:
    """The JSON of a row, with what the row has in columns of its own."""
    stored = row.get("data")
    value = json_value(stored, draft) if isinstance(stored, str) else stored
    if not isinstance(value, dict):
        draft.unknown_records["damaged row"] += 1
        return {"id": row.get("id")}
    times = {"created": row.get("time_created")}
    return {"time": times, **value, "id": row.get("id")}


def _pairs_of_tree(files: JsonObject) -> Pairs:
    parts: dict[str, list[tuple[str, JsonObject]]] = {}
    for name, content in files.items():
        if name.startswith("part/"):
            message, _, part = name.removeprefix("part/").rpartition("/")
            parts.setdefault(message, []).append((part, object_of(content)))
    for name in sorted(name for name in files if name.startswith("message/")):
        stem = name.removeprefix("message/").removesuffix(".json")
        own = sorted(parts.get(stem, ()), key=lambda item: item[0])
        yield object_of(files[name]), [part for _, part in own]


def _pair(item: JsonObject) -> tuple[JsonObject, list[JsonObject]]:
    # Before messages had an info, it was the message itself.
    info = item.get("info") if "info" in item else item
    return object_of(info), objects_of(item.get("parts"))


def _json_files(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.suffix == ".json")
    except OSError:
        return []


def _read(path: Path, draft: Draft) -> object:
    try:
        value = json_value(path.read_bytes(), draft) if path.is_file() else None
    except OSError:
        value = None
    if value is None:
        draft.unknown_records["damaged file"] += 1
    return value
