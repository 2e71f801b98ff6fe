"""Sessions as an importer reads them, saved in a store and read from it again."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar

from hfs_server.importers.hfs_json.reader import DocumentReader
from hfs_server.importers.source_file import file_of
from hfs_server.session import (
    JsonObject,
    Progress,
    SavedSession,
    SessionHeader,
    SessionSource,
    no_progress,
)
from hfs_server.store import Store, StoreImport, open_store
from hfs_server.store.address import StorePlace
from hfs_server.store.reading import Unread
from hfs_server.store.shapes import ImportRules

BEGUN = "2026-02-01T10:00:00Z"

Result = TypeVar("Result")


def use(place: StorePlace, work: Callable[[Store], Awaitable[Result]]) -> Result:
    """Runs ``work(store)`` on the store, and closes it."""

    async def run() -> Result:
        store = open_store(place)
        try:
            return await work(store)
        finally:
            await store.close()

    return asyncio.run(run())


def execute(path: Path, sql: str, *values: Any) -> list[Any]:
    """Executes one statement as another program does, and returns its rows."""
    with closing(sqlite3.connect(path)) as connection, connection:
        return connection.execute(sql, values).fetchall()


def message(
    content: str = "x", created_at: str | None = BEGUN, role: str = "user", **extra: Any
) -> JsonObject:
    """A message of an export document."""
    return {"role": role, "content": content, "created_at": created_at, **extra}


def source(
    messages: Sequence[JsonObject] = (),
    checkpoints: Sequence[JsonObject] = (),
    *,
    name: str = "n",
    created_at: str | None = BEGUN,
    updated_at: str | None = None,
    **members: Any,
) -> SessionSource:
    """The session of an export document with these parts."""
    metadata = {
        "schema_version": "1.0.0",
        "exported_at": BEGUN,
        "session_name": name,
        "session_created_at": created_at,
        "session_updated_at": updated_at,
    }
    document = {"metadata": metadata, "messages": messages, "checkpoints": checkpoints, **members}
    return DocumentReader(file_of(json.dumps(document)).open_original())


async def save(
    store: Store,
    messages: Sequence[JsonObject] = (),
    checkpoints: Sequence[JsonObject] = (),
    on_progress: Progress = no_progress,
    **session: Any,
) -> int:
    """Saves the session of such a document, and returns its id."""
    saved = await save_source(store, source(messages, checkpoints, **session), on_progress)
    assert saved.id is not None
    return saved.id


async def save_source(
    store: Store,
    session: SessionSource,
    on_progress: Progress = no_progress,
    *,
    restores_deleted: bool = True,
    **rules: Any,
) -> SavedSession:
    """Saves a session, a copy of it if the store has it and no rule says otherwise."""
    chosen = ImportRules(**{"on_conflict": "copy", **rules})
    async with store.importing(chosen) as session_import:
        return await save_in(
            session_import, session, on_progress, restores_deleted=restores_deleted
        )


async def save_in(
    session_import: StoreImport,
    session: SessionSource,
    on_progress: Progress = no_progress,
    *,
    restores_deleted: bool = True,
) -> SavedSession:
    """Saves a session by itself, in an import that has begun."""
    with closing(session_import.reading(iter([session]))) as reading:
        while await reading.read_some():
            pass
        (found,) = reading.sessions
        if isinstance(found, Unread):
            raise found.error
        return await session_import.save(found, on_progress, restores_deleted=restores_deleted)


async def read(
    store: Store, session_id: int
) -> tuple[SessionHeader, list[JsonObject], list[JsonObject]]:
    """The header, the messages and the checkpoints of a session."""
    async with store.snapshot(session_id) as snapshot:
        messages = [one async for batch in snapshot.messages() for one in batch.messages]
        checkpoints = [one async for batch in snapshot.checkpoints() for one in batch.checkpoints]
        return snapshot.header, messages, checkpoints


async def names(store: Store, **params: Any) -> list[str]:
    """The names of the sessions on a page of the list."""
    return [summary.name for summary in (await store.list(**params)).sessions]
