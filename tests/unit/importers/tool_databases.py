"""Databases as tools write them: real files, in the journal mode that a test needs."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from hfs_server.importers.source_file import SourceFile
from hfs_server.session import JsonObject

OPENCODE = """
CREATE TABLE `project` (`id` text PRIMARY KEY, `worktree` text NOT NULL);
CREATE TABLE `session` (`id` text PRIMARY KEY, `project_id` text NOT NULL, `parent_id` text,
  `slug` text NOT NULL, `directory` text NOT NULL, `title` text NOT NULL, `version` text NOT NULL,
  `time_created` integer NOT NULL, `time_updated` integer NOT NULL);
CREATE TABLE `message` (`id` text PRIMARY KEY, `session_id` text NOT NULL,
  `time_created` integer NOT NULL, `time_updated` integer NOT NULL, `data` text NOT NULL);
CREATE TABLE `part` (`id` text PRIMARY KEY, `message_id` text NOT NULL, `session_id` text NOT NULL,
  `time_created` integer NOT NULL, `time_updated` integer NOT NULL, `data` text NOT NULL);
CREATE INDEX `message_session_idx` ON `message` (`session_id`);
CREATE INDEX `part_message_idx` ON `part` (`message_id`);
"""
SESSION_MESSAGE = """
CREATE TABLE `session_message` (`id` text PRIMARY KEY, `session_id` text NOT NULL,
  `type` text NOT NULL, `time_created` integer NOT NULL, `time_updated` integer NOT NULL,
  `data` text NOT NULL);
"""
OPENCODE_2 = """
CREATE TABLE `session_v2` (`id` text PRIMARY KEY, `parent_id` text, `directory` text NOT NULL,
  `title` text, `version` text NOT NULL, `time_created` integer NOT NULL,
  `time_updated` integer NOT NULL);
CREATE TABLE `session_message` (`id` text PRIMARY KEY, `session_id` text NOT NULL,
  `type` text NOT NULL, `seq` integer NOT NULL, `time_created` integer NOT NULL,
  `time_updated` integer NOT NULL, `data` text NOT NULL);
"""
STATE = """
CREATE TABLE ItemTable (key TEXT UNIQUE ON CONFLICT REPLACE, value BLOB);
CREATE TABLE cursorDiskKV (key TEXT UNIQUE ON CONFLICT REPLACE, value BLOB);
"""
STORE = """
CREATE TABLE blobs (id TEXT PRIMARY KEY, data BLOB);
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT);
"""


def database(path: Path, script: str, rows: Iterable[tuple[str, Iterable[Any]]] = ()) -> Path:
    """A closed database at ``path``, with the rows of its tables."""
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path)
    connection.executescript(script)
    for table, values in rows:
        row = tuple(values)
        connection.execute(f"INSERT INTO {table} VALUES ({','.join('?' * len(row))})", row)
    connection.commit()
    connection.close()
    return path


def write_ahead(path: Path) -> Path:
    """The database, from now on with a write-ahead log."""
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA journal_mode = WAL").fetchone() == ("wal",)
    connection.close()
    return path


def state(path: Path, tables: JsonObject) -> Path:
    """The state of Cursor's editor, from objects by table and key."""
    rows = [
        (table, (key, json.dumps(value).encode()))
        for table, items in tables.items()
        for key, value in items.items()
    ]
    return database(path, STATE, rows)


def file_at(path: Path) -> SourceFile:
    """The file on the disk."""
    return SourceFile(lambda: path.open("rb"), path.name, path)


def files_in(folder: Path) -> dict[str, bytes]:
    """All files below a folder, with their bytes."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }
