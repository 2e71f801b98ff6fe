"""The two tables in which Cursor's editor keeps its state, in a database or in a JSON text.

The rule not to break: a key that is missing, or a table, is no error; which ones there are
depends on Cursor's version.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

from hfs_server.importers.databases import ToolDatabase
from hfs_server.importers.values import object_of
from hfs_server.session import JsonObject

SESSIONS = "cursorDiskKV"
ITEMS = "ItemTable"
_HEADERS = "composerHeaders"
_LAST = "\U0010ffff"


class State(Protocol):
    """The two tables, wherever they are."""

    def get(self, table: str, key: str, /) -> object:
        """The value of a key, None if there is none."""

    def range(self, table: str, prefix: str, /) -> Mapping[str, object]:
        """The keys that begin with the prefix, and their values."""

    def keys(self, table: str, prefix: str, /) -> list[str]:
        """The keys that begin with the prefix."""

    def headers(self) -> Mapping[str, object]:
        """What a table of its own says of each session."""

    def snapshot(self) -> AbstractContextManager[None]:
        """All that is read in it is of one time."""


class DatabaseState:
    """The tables of a database."""

    def __init__(self, database: ToolDatabase) -> None:
        self._database = database
        self._tables = {name for name in (SESSIONS, ITEMS, _HEADERS) if database.has_table(name)}

    def get(self, table: str, key: str) -> object:
        """The value of a key, None if there is none."""
        if table not in self._tables:
            return None
        sql = f"SELECT value FROM {table} WHERE key = ?"
        return next((row["value"] for row in self._database.rows(sql, key)), None)

    def range(self, table: str, prefix: str) -> Mapping[str, object]:
        """The keys that begin with the prefix, and their values."""
        if table not in self._tables:
            return {}
        sql = f"SELECT key, value FROM {table} WHERE key >= ? AND key < ? ORDER BY rowid"
        rows = self._database.rows(sql, prefix, prefix + _LAST)
        return {str(row["key"]): row["value"] for row in rows}

    def keys(self, table: str, prefix: str) -> list[str]:
        """The keys that begin with the prefix."""
        if table not in self._tables:
            return []
        sql = f"SELECT key FROM {table} WHERE key >= ? AND key < ? ORDER BY rowid"
        return [str(key) for (key,) in self._database.values(sql, prefix, prefix + _LAST)]

    def snapshot(self) -> AbstractContextManager[None]:
        """All that is read in it is of one time."""
        return self._database.snapshot()

    def headers(self) -> Mapping[str, object]:
        """What a table of its own says of each session."""
        if _HEADERS not in self._tables:
            return {}
        rows = self._database.rows(f"SELECT composerId, value FROM {_HEADERS}")
        return {str(row["composerId"]): row["value"] for row in rows}


class JsonState:
    """The tables as a JSON document has them."""

    def __init__(self, tables: JsonObject) -> None:
        self._tables = {name: object_of(tables.get(name)) for name in (SESSIONS, ITEMS)}

    def get(self, table: str, key: str) -> object:
        """The value of a key, None if there is none."""
        return self._tables[table].get(key)

    def range(self, table: str, prefix: str) -> Mapping[str, object]:
        """The keys that begin with the prefix, and their values."""
        return {key: self._tables[table][key] for key in self.keys(table, prefix)}

    def keys(self, table: str, prefix: str) -> list[str]:
        """The keys that begin with the prefix."""
        return [key for key in self._tables[table] if key.startswith(prefix)]

    def snapshot(self) -> AbstractContextManager[None]:
        """All that is read in it is of one time."""
        return nullcontext()

    def headers(self) -> Mapping[str, object]:
        """What a table of its own says of each session: it is kept with the items."""
        return {}
