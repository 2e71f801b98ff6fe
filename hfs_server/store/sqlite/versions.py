"""How far our schema is in a store, and which program ``PRAGMA user_version`` belongs to.

The version of our schema is ``user_version``, and a store with a newer one is rejected. But
the terminal program may set ``user_version`` as well some day, so the table ``hfs_schema``
records our version and whether ``user_version`` belongs to us. The rule:

- What ``hfs_schema`` records counts. In a store without it, ``user_version`` counts if the
  store has anything whose name begins with ``hfs_``; else the store has version 0.
- ``user_version`` belongs to us if it is our version, or 0 as in a store that we never opened
  and in a copy that lost it. Any other value belongs to another program, which the record
  then says for good; it is left as it is, and our version is only in the record.
- The store is too new if the recorded version is, or if ``user_version`` is, unless the record
  says that it belongs to another program, or the store has nothing of hfs-server, or the
  terminal program's tables have columns, or the store tables, that neither we nor today's
  terminal program create: then it is the terminal program that has a new version.
"""

from __future__ import annotations

import sqlite3
from typing import NamedTuple

TERMINAL_COLUMNS = {
    "sessions": {"id", "name", "created_at", "updated_at"},
    "messages": {"id", "session_id", "role", "content", "created_at"},
    "checkpoints": {
        "id",
        "session_id",
        "message_index",
        "trigger_event",
        "state_json",
        "created_at",
    },
}
"""The terminal program's tables, as it creates them today."""


class Record(NamedTuple):
    """The row of ``hfs_schema``."""

    version: int
    owns_user_version: bool


class Schema(NamedTuple):
    """What a store is made of; ``columns`` are those of the terminal program's tables."""

    user_version: int
    tables: set[str]
    indexes: dict[str, str]
    columns: dict[str, set[str]]
    record: Record | None

    @property
    def version(self) -> int:
        """How many of our migration steps have been run on the store."""
        if self.record is not None:
            return self.record.version
        return self.user_version if self.owns_user_version and self._has_hfs_names else 0

    @property
    def owns_user_version(self) -> bool:
        """Whether ``user_version`` belongs to us; true for a newer store without a record."""
        if self.record is not None:
            return self.record.owns_user_version and self.user_version in (0, self.version)
        return self.user_version == 0 or (self._has_hfs_names and not self._is_extended)

    def newer_than(self, known: int) -> int | None:
        """The store's version if it is newer than ``known``, our newest one, else None."""
        if self.version > known:
            return self.version
        is_of_another_program = self.record is not None and not self.record.owns_user_version
        if is_of_another_program or not self._has_hfs_names or self._is_extended:
            return None
        return self.user_version if self.user_version > known else None

    @property
    def _has_hfs_names(self) -> bool:
        columns = set[str]().union(*self.columns.values())
        return any(name.startswith("hfs_") for name in (*self.tables, *self.indexes, *columns))

    @property
    def _is_extended(self) -> bool:
        """Whether a later terminal program has added to its tables, or to the store."""
        found = self.tables - TERMINAL_COLUMNS.keys()
        for table, columns in self.columns.items():
            found |= columns - TERMINAL_COLUMNS[table]
        return any(not name.startswith(("hfs_", "sqlite_")) for name in found)


def read_schema(connection: sqlite3.Connection) -> Schema:
    """What the store is made of.

    The version is read first: a program that changes the schema meanwhile cannot make it look
    newer than the tables that are read.
    """
    ((user_version,),) = connection.execute("PRAGMA user_version").fetchall()
    objects = connection.execute(_OBJECTS).fetchall()
    tables = {name for kind, name, _ in objects if kind in ("table", "view")}
    columns: dict[str, set[str]] = {}
    for table, column in connection.execute(_COLUMNS):
        columns.setdefault(table, set()).add(column)
    records = connection.execute(_RECORD).fetchall() if "hfs_schema" in tables else []
    return Schema(
        user_version=user_version,
        tables=tables,
        indexes={name: sql for kind, name, sql in objects if kind == "index"},
        columns=columns,
        record=Record(records[0][0], bool(records[0][1])) if records else None,
    )


_OBJECTS = "SELECT type, name, coalesce(sql, '') FROM sqlite_master"
_COLUMNS = """
    SELECT item.name, part.name FROM sqlite_master AS item, pragma_table_info(item.name) AS part
    WHERE item.name IN ('sessions', 'messages', 'checkpoints')
"""
_RECORD = """
    SELECT version, owns_user_version FROM hfs_schema
    WHERE typeof(version) = 'integer' ORDER BY version DESC LIMIT 1
"""
