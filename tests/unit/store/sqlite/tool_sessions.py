"""Sessions of another tool, as an importer yields them, saved in one import."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hfs_server.importers.foreign import Draft, ForeignSession
from hfs_server.importers.source_file import SourceFile
from hfs_server.session import JsonObject, Progress, SavedSession, SessionSource, no_progress
from hfs_server.store import Store
from hfs_server.store.address import StorePlace
from hfs_server.store.shapes import ImportRules
from testing import stores
from tests.unit.store.sqlite.sessions import message, read, save_in, use


def said(number: int, content: str = "", **more: Any) -> JsonObject:
    """A message with an id of its tool."""
    role = "assistant" if number % 2 else "user"
    time = f"2026-02-01T10:{number // 60:02}:{number % 60:02}Z"
    content = content or f"message {number}"
    return message(content, time, role, source_id=f"id-{number}", **more)


def plain(number: int, content: str = "") -> JsonObject:
    """A message without an id of its tool."""
    made = said(number, content)
    del made["source_id"]
    return made


def session(
    messages: Sequence[JsonObject],
    session_id: str | None = "s-1",
    *,
    title: str = "Title",
    original: bytes | None = None,
    path: Path | None = None,
    **about: Any,
) -> ForeignSession:
    """A session of Claude Code; ``original`` is what its file holds."""
    file = SourceFile(lambda: io.BytesIO(original or b""), "s.jsonl", path)
    draft = Draft("claude-code", file)
    draft.session_id, draft.title = session_id, title
    if original is None:
        draft.original = None
    for name, value in about.items():
        setattr(draft, name, value)
    return ForeignSession(draft, messages)


def of_file(content: bytes, *sessions: tuple[str, Sequence[JsonObject]]) -> list[ForeignSession]:
    """Several sessions that one file holds."""
    file = SourceFile(lambda: io.BytesIO(content), "many.json")
    found = []
    for session_id, messages in sessions:
        draft = Draft("cursor", file)
        draft.session_id = session_id
        found.append(ForeignSession(draft, messages))
    return found


async def save_all(
    store: Store,
    *sources: SessionSource,
    is_chosen: bool = True,
    on_progress: Progress = no_progress,
    **rules: Any,
) -> list[SavedSession]:
    """Saves sessions in one import; ``is_chosen`` says that their file was named by itself."""
    async with store.importing(ImportRules(**rules)) as session_import:
        return [
            await save_in(session_import, source, on_progress, restores_deleted=is_chosen)
            for source in sources
        ]


def save(place: StorePlace, *sources: SessionSource, **how: Any) -> list[SavedSession]:
    """Saves sessions in one import into the store at ``place``."""
    return use(place, lambda store: save_all(store, *sources, **how))


def save_one(place: StorePlace, source: SessionSource, **how: Any) -> SavedSession:
    """Saves one session."""
    (saved,) = save(place, source, **how)
    return saved


def contents(place: StorePlace, session_id: int = 1) -> list[str]:
    """The contents of a session's messages."""
    _, messages, _ = use(place, lambda store: read(store, session_id))
    return [each["content"] for each in messages]


def everything(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """All rows of a store."""
    return {table: stores.rows(path, f"SELECT * FROM {table}") for table in stores.counts(path)}
