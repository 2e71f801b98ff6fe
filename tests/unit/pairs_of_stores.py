"""Stores that are imported into each other, and all that they hold."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from hfs_server.export_all.documents import Choice, write_document
from hfs_server.exporters import JSON
from hfs_server.filters import EVERYTHING
from hfs_server.import_report import ImportReport
from hfs_server.import_session import import_file, import_paths
from hfs_server.importers.source_file import file_of, source_of
from hfs_server.store import Store
from hfs_server.store.address import StorePlace
from hfs_server.store.shapes import DEFAULT_RULES, ImportRules
from hfs_server.transfers import WHOLE, Selection
from testing.documents import document, message, text
from testing.nasty_texts import NASTY_TEXTS
from testing.postgresql import Server
from testing.tool_logs import claude_code
from tests.unit.store.sqlite.sessions import use

Result = TypeVar("Result")
ENGINES = ["sqlite-postgresql", "postgresql-sqlite", "postgresql-postgresql", "sqlite-sqlite"]


@contextmanager
def two_places(engines: str, folder: Path, server: Server) -> Iterator[tuple[StorePlace, ...]]:
    """Two places of these engines at which no store exists yet."""
    places: list[StorePlace] = []
    databases = []
    for number, engine in enumerate(engines.split("-")):
        if engine == "sqlite":
            places.append(folder / f"{number}" / "sessions.db")
            (folder / f"{number}").mkdir()
        else:
            databases.append(server.new_database())
            places.append(databases[-1])
    try:
        yield tuple(places)
    finally:
        for database in databases:
            server.drop(database)


def fill(place: StorePlace) -> None:
    """Puts sessions of all kinds into a store, and deletes one."""
    odd = [message(each, created_at=None, odd={"z": 1, "a": -0.0}) for each in NASTY_TEXTS.values()]
    unknown = {"unknown_key": {"b": 1, "a": [None, 1e300]}}
    documents = [
        document("Plain", message("one"), message("two", "assistant")),
        document("Nasty", *odd, metadata=unknown, extra_member="\0 \U0010ffff"),
        document("Deleted", message("gone")),
        document(
            "With checkpoints",
            message("one"),
            checkpoints=[{"trigger": "run.ended", "message_index": 1, "state": {"k": "\0"}}],
            run_snapshot={"version": 1, "timeline": None},
        ),
    ]

    async def run(store: Store) -> None:
        for each in documents:
            await import_file(store, file_of(text_of(each)))
        for number in (1, 2):
            await import_file(store, source_of(claude_code(number, turns=3)))
        listed = (await store.list(query="Deleted")).sessions
        await store.delete(listed[0].id)

    use(place, run)


def text_of(value: object) -> str:
    """A document as ASCII, which can hold what UTF-8 cannot."""
    return json.dumps(value)


def add(place: StorePlace, *contents: str | bytes) -> None:
    """Imports documents and logs."""

    async def run(store: Store) -> None:
        for each in contents:
            await import_file(store, source_of(each) if isinstance(each, bytes) else file_of(each))

    use(place, run)


def named(name: str, *said: str, **more: object) -> str:
    """A document as text."""
    return text(document(name, *map(message, said), **more))


def take(
    into: StorePlace,
    other: StorePlace,
    rules: ImportRules = DEFAULT_RULES,
    selection: Selection = WHOLE,
) -> ImportReport:
    """Imports a store into another one."""
    return use(into, lambda store: import_paths(store, [other], rules, selection=selection))


def statuses(report: ImportReport) -> list[str]:
    """What became of each session, in alphabetical order."""
    return sorted(each.status for each in report.sessions)


def exports(place: StorePlace) -> dict[str, list[bytes]]:
    """The documents of all sessions with the originals, by identity."""

    async def run(store: Store) -> dict[str, list[bytes]]:
        found: dict[str, list[bytes]] = {}
        for mark in await store.session_marks(EVERYTHING):
            pieces: list[bytes] = []
            await write_document(store, mark.id, Choice(JSON), pieces.append)
            async with store.snapshot(mark.id) as snapshot:
                if snapshot.original_name is not None:
                    pieces += [piece async for piece in snapshot.original()]
            found.setdefault(mark.identity, []).append(b"".join(pieces))
        return {identity: sorted(each) for identity, each in found.items()}

    return use(place, run)
