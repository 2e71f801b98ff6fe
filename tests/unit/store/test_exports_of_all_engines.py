"""Exports of stores of all engines have the same bytes, and are whole when they are imported."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hfs_server.export_all import export_all
from hfs_server.export_all.documents import Choice
from hfs_server.export_all.verifying import verify
from hfs_server.exporters import FORMATS as EXPORTERS
from hfs_server.exporters import exporter_named
from hfs_server.filters import EVERYTHING
from hfs_server.import_session import import_paths
from hfs_server.store import Store, rows
from hfs_server.store.address import Address, StorePlace
from hfs_server.store.results import FoundSession
from testing import tool_logs
from testing.documents import document, message
from testing.exports import files
from testing.nasty_texts import NASTY_TEXTS
from testing.postgresql import Server
from tests.unit.importers.hfs_json.json_accepted import ACCEPTED
from tests.unit.store.sqlite.counting import counted
from tests.unit.store.sqlite.sessions import use

ROOT = Path(__file__).parents[3]
FOLDERS = (ROOT / "examples/sessions", ROOT / "tests/unit/importers/hfs_json/documents")
NUMBERS = "[1, -1, 9223372036854775807, -9223372036854775807, 1e308, 5e-324, -0.0, 0.1, 1E2, 1.0]"
JSON = Choice(exporter_named("json"))


@pytest.fixture
def sources(tmp_path: Path) -> list[Path]:
    """Folders with sessions of many tools, and of any content."""
    made = tmp_path / "sources"
    for tool, write in tool_logs.FORMATS.items():
        tool_logs.write(made / f"{tool}.jsonl", write(1, 3))
    nasty = "".join(text for name, text in NASTY_TEXTS.items() if name != "long")
    tool_logs.write(made / "nasty.jsonl", tool_logs.claude_code(2, 2, nasty))
    tool_logs.write(made / "surrogates.jsonl", tool_logs.codex(3, 2, "a\ud800\udfffb\udc00"))
    for name, text in NASTY_TEXTS.items():
        tool_logs.write(made / f"{name}.json", json.dumps(odd(name, text)).encode())
    accepted = b"[%b]" % b",".join([NUMBERS.encode(), *ACCEPTED.values()])
    content = json.dumps(odd("accepted", "@")).encode().replace(b'"@"', accepted)
    tool_logs.write(made / "accepted.json", content)
    return [made, *FOLDERS]


@pytest.fixture(autouse=True)
def one_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """When sessions begin of which it is not known: at the time of their import."""
    monkeypatch.setattr(rows, "now", lambda: "2026-02-01T10:00:00.250000Z")


def odd(name: str, value: Any) -> dict[str, Any]:
    """A document with the text as content, and as a value and a key wherever there may be any."""
    more = {"z": value, "a": [value, {"y": None, "b": value}]}
    if name in NASTY_TEXTS:
        more |= {f"key {value}": 1, "metadata_of_tool": {value or "x": value}}
    content = value if name in NASTY_TEXTS else "x"
    facts = {"schema_version": "1.1.0", "summary": content, "tags": [content or "x"]}
    facts |= {"source": {"tool": "codex", "session_id": f"{name} {content}"[:200]}}
    facts |= {"working_directory": f"/{content}", "models": [content or "x"]}
    said = [
        message(content, f"role {content}", **more),
        message(content, "assistant", model=content or "x", usage={"input_tokens": 1}),
        message("x", created_at=None),
    ]
    checkpoint = {"trigger": content, "message_index": 2, "created_at": None, "state": more}
    parts = {"checkpoints": [checkpoint], "run_snapshot": more, "member": value}
    return document(f"{name} {content}"[:200], *said, metadata=more | facts, **parts)


def filled(place: StorePlace, sources: list[Path]) -> int:
    """How many sessions a store has after an import."""

    async def work(store: Store) -> int:
        report = await import_paths(store, sources)
        assert not [str(failure) for failure in report.failed]
        return len(await store.session_ids())

    return use(place, work)


def exported(place: StorePlace, folder: Path, choice: Choice = JSON) -> dict[str, bytes]:
    """The files of an export of all sessions."""
    report = use(place, lambda store: export_all(store, folder, choice))
    assert report.failed == []
    return files(folder)


def test_all_formats_have_the_same_bytes(
    database: Address, sources: list[Path], tmp_path: Path
) -> None:
    places = {"sqlite": tmp_path / "sessions.db", "postgresql": database}
    counts = {filled(place, sources) for place in places.values()}
    assert len(counts) == 1
    for exporter in EXPORTERS:
        choice = Choice(exporter_named(exporter))
        first, second = (
            exported(place, tmp_path / name / exporter, choice) for name, place in places.items()
        )
        assert first.keys() == second.keys()
        assert [name for name in first if first[name] != second[name]] == []
        assert len(first) > max(counts)


def comparable(found: FoundSession) -> FoundSession:
    """SQLite reads a text for a preview up to U+0000."""
    preview = (found.session.preview or "").partition("\0")[0].strip()
    lists = {"models": [*found.session.models], "tags": [*found.session.tags]}
    return found._replace(session=found.session._replace(preview=preview, **lists))


def test_all_that_is_shown_of_sessions_is_the_same(
    database: Address, sources: list[Path], tmp_path: Path
) -> None:
    async def shown(store: Store) -> list[Any]:
        await import_paths(store, sources)
        marks = await store.session_marks(EVERYTHING)
        found: list[Any] = [
            (mark.identity, mark.changed_at, comparable(await store.find(mark.id)))
            for mark in marks
        ]
        found.append([each.id for each in (await store.list(500)).sessions])
        return [*found, await counted(store)]

    first, second = (use(place, shown) for place in (tmp_path / "sessions.db", database))
    assert len(first) > 25
    for one, other in zip(first, second, strict=True):
        assert one == other


def test_an_export_of_all_is_whole_in_an_empty_store(
    postgresql: Server, database: Address, sources: list[Path], tmp_path: Path
) -> None:
    filled(database, sources)
    first = exported(database, tmp_path / "first")
    assert use(database, lambda store: verify(store, tmp_path / "first")).problems == []
    other = postgresql.new_database()
    try:
        for name, place in {"postgresql": other, "sqlite": tmp_path / "sessions.db"}.items():
            filled(place, [tmp_path / "first"])
            assert exported(place, tmp_path / name) == first
            assert use(place, lambda store: verify(store, tmp_path / "first")).problems == []
    finally:
        postgresql.drop(other)
