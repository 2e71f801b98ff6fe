"""What a store has of its sessions, deleted or not, down to each column."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hfs_server.session import SessionSource
from hfs_server.store import Store
from hfs_server.store.sqlite import deleting, moving
from testing import stores
from tests.unit.store.sqlite.sessions import message, save_source, source

PARTS = ("messages", "checkpoints")


def everything(path: Path, session_id: int, table: str = "sessions") -> dict[str, Any]:
    """The rows of a session but its own id, which its parts have too; bytes, not texts."""
    with stores.opened(path) as connection:
        connection.text_factory = bytes
        found = {"sessions": _rows(connection, table, "id", session_id)}
        return found | {part: _rows(connection, part, "session_id", session_id) for part in PARTS}


def _rows(connection: sqlite3.Connection, table: str, key: str, value: int) -> list[dict[str, Any]]:
    cursor = connection.execute(f"SELECT * FROM {table} WHERE {key} = ?", (value,))
    columns = [column[0] for column in cursor.description]
    return [
        {name: cell for name, cell in zip(columns, row, strict=True) if name != key}
        for row in cursor
    ]


async def save_family(store: Store, *parents: tuple[str, str | None]) -> dict[str, int]:
    """Saves sessions with these identities and those of their parents; returns their ids."""
    ids: dict[str, int] = {}
    for identity, parent in parents:
        saved = await save_source(store, family_source(identity, parent), on_conflict="copy")
        assert saved.id is not None
        ids[identity] = saved.id
    return ids


def family_source(
    identity: str, parent: str | None, updated_at: str | None = None, size: int = 1
) -> SessionSource:
    """A session of such a family, as it is imported."""
    said = [message(f"said by {identity}") for _ in range(size)]
    return _WithFacts(source(said, name=identity, updated_at=updated_at), identity, parent)


class _WithFacts:
    """The source of a session that has these facts."""

    original = None
    warnings = ()

    def __init__(self, document: Any, identity: str, parent: str | None) -> None:
        self._document = document
        self._facts = {"session_id": identity}
        if parent is not None:
            self._facts["parent_session_id"] = parent
        self.schema_version = "1.1.0"

    @property
    def header(self) -> Any:
        return self._document.header._replace(facts=self._facts)

    def batches(self) -> Iterator[Any]:
        return iter(self._document.batches())


@contextmanager
def row_by_row(monkeypatch: Any) -> Iterator[None]:
    """Deletions and restorations move one row under each lock."""
    with monkeypatch.context() as patch:
        for name in ("LOCK_SECONDS", "LONGEST_LOCK_SECONDS"):
            patch.setattr(moving, name, -1.0)
        patch.setattr(moving, "_ROWS_TOGETHER", 1)
        patch.setattr(moving, "_PAUSE_SECONDS", 0.0)
        yield


def begin(path: Path, step: str, session_id: int) -> None:
    """Does the first transaction of a deletion or a restoration, as if killed right after it."""
    with stores.opened(path) as connection:
        connection.execute("BEGIN IMMEDIATE")
        if step == "delete":
            deleting._delete(connection, session_id, "2026-02-01 10:00:00.000000")
        else:
            deleting._restore(connection, session_id, session_id)
        connection.execute("COMMIT")
