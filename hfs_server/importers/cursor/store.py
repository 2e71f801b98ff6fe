"""The database of a session of Cursor's agent: ``meta``, and ``blobs`` by their hash.

``meta`` is JSON as hexadecimal digits. The root blob is a protobuf message: its field 1 names the
blobs of the messages in order, field 4 holds a message that is not finished, field 9 the folder.

The rule not to break: a blob that is missing or unknown costs that message only.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from hfs_server.importers.cursor.text import path_of_uri
from hfs_server.importers.databases import ToolDatabase
from hfs_server.importers.foreign import Draft
from hfs_server.importers.json_text import json_value
from hfs_server.importers.source_file import SourceFile
from hfs_server.importers.values import object_of, text_of, time_of
from hfs_server.session import JsonObject

_MESSAGES, _UNFINISHED, _FOLDER = 1, 4, 9
_HASH_BYTES = 32


def read_store(database: ToolDatabase, draft: Draft) -> JsonObject:
    """What the database of a session holds: ``{meta, folder, messages}``."""
    rows = dict(database.values("SELECT key, value FROM meta"))
    meta = _meta(rows, draft)
    root = _blob(database, text_of(meta.get("latestRootBlobId")))
    fields = list(_fields(root))
    ids = [value.hex() for field, value in fields if field == _MESSAGES]
    stored = [_blob(database, blob) for blob in ids if len(blob) == 2 * _HASH_BYTES]
    stored += [value for field, value in fields if field == _UNFINISHED]
    if not stored:
        # Without a root, the blobs are at least in the order in which they were written.
        blobs = database.values("SELECT data FROM blobs ORDER BY rowid")
        stored = [data for (data,) in blobs if isinstance(data, bytes) and data[:1] == b"{"]
    messages = [json_value(data, draft) for data in stored]
    if lost := sum(not isinstance(item, dict) for item in messages):
        draft.unknown_records["blob"] += lost
    folder = next((value for field, value in fields if field == _FOLDER), b"")
    return {
        "meta": meta,
        "folder": folder.decode(errors="replace"),
        "messages": [item for item in messages if isinstance(item, dict)],
    }


def fill_from_store(draft: Draft, store: JsonObject, file: SourceFile) -> None:
    """What a session says about itself, also in the file beside its database."""
    meta = object_of(store.get("meta"))
    beside = _beside(file, draft)
    draft.session_id = text_of(meta.get("agentId")) or None
    draft.title = text_of(meta.get("name")) or text_of(beside.get("title")) or None
    draft.created_at = time_of(meta.get("createdAt")) or time_of(beside.get("createdAtMs"))
    draft.updated_at = time_of(beside.get("updatedAtMs"))
    draft.working_directory = (
        path_of_uri(store.get("folder"))
        or text_of(beside.get("cwd"))
        or text_of(meta.get("cwd"))
        or None
    )
    parent = object_of(meta.get("subagentInfo")).get("parentAgentId")
    draft.parent_id = text_of(parent) or None
    used = meta.get("lastUsedModel")
    model = used if isinstance(used, str) else text_of(object_of(used).get("id"))
    draft.models = [model] if model and model != "default" else []


def _meta(rows: dict[object, object], draft: Draft) -> JsonObject:
    """The object that ``meta`` holds: in one row, or in a row for each key."""
    for value in rows.values():
        text = value.decode(errors="replace") if isinstance(value, bytes) else text_of(value)
        with contextlib.suppress(ValueError):
            text = bytes.fromhex(text).decode(errors="replace")
        if found := object_of(json_value(text, draft)):
            return found
    return {str(key): value for key, value in rows.items() if isinstance(value, str)}


def _blob(database: ToolDatabase, blob: str) -> bytes:
    rows = list(database.values("SELECT data FROM blobs WHERE id = ?", blob))
    data = rows[0][0] if rows else b""
    return data if isinstance(data, bytes) else text_of(data).encode(errors="replace")


def _fields(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The fields with bytes of a protobuf message, up to where it is damaged."""
    place = 0
    while place < len(data):
        key, place = _number(data, place)
        kind = key & 7
        if kind == 2:
            size, place = _number(data, place)
            if place + size > len(data):
                return
            yield key >> 3, data[place : place + size]
            place += size
        elif kind == 0:
            _, place = _number(data, place)
        elif kind in (1, 5):
            place += 8 if kind == 1 else 4
        else:
            return


def _number(data: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while place < len(data) and shift < 70:
        byte = data[place]
        value |= (byte & 127) << shift
        place += 1
        if byte < 128:
            break
        shift += 7
    return value, place


def _beside(file: SourceFile, draft: Draft) -> JsonObject:
    if file.path is None:
        return {}
    try:
        return object_of(json_value(file.path.with_name("meta.json").read_bytes(), draft))
    except OSError:
        return {}
