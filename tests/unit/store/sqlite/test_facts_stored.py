"""Facts of schema 1.1.0 in the store: kept with their session, and read with care."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from hfs_server.export_session import export_to_text
from hfs_server.exporters import exporter_named
from hfs_server.import_report import ImportReport
from hfs_server.import_session import import_file
from hfs_server.importers.hfs_json.reader import DocumentReader
from hfs_server.importers.source_file import file_of
from hfs_server.session import METADATA_FACTS
from hfs_server.store import ImportRules, Store
from tests.unit.importers.hfs_json.facts import FITTING, MISFITS, NAMES, Document, document, text_of
from tests.unit.store.sqlite.sessions import BEGUN, execute, message, names, read, use

DOCUMENTS = Path(__file__).parents[2] / "importers/hfs_json/documents"


def through_the_store(path: Path, given: Document) -> tuple[ImportReport, bytes]:
    """The import of a document, and its export, without what it says about the export."""

    async def work(store: Store) -> tuple[ImportReport, str]:
        imported = await import_file(store, file_of(json.dumps(given)), ImportRules("copy"))
        (saved,) = imported.sessions
        assert saved.id is not None
        return imported, await export_to_text(store, saved.id, exporter_named("json"))

    imported, text = use(path, work)
    written = json.loads(text)
    del written["metadata"]["exported_at"], written["metadata"]["hfs_version"]
    return imported, text_of(written)


def header_of(path: Path, session_id: int = 1) -> Any:
    return use(path, lambda store: read(store, session_id))[0]


def without_export(given: Document) -> Document:
    metadata = {**given["metadata"]}
    for about in ("exported_at", "hfs_version"):
        metadata.pop(about, None)
    return {**given, "metadata": metadata}


def test_a_session_of_1_1_0_is_stored_with_all_that_it_holds(path: Path) -> None:
    given = json.loads((DOCUMENTS / "1.1.0.json").read_text("utf-8"))
    imported, exported = through_the_store(path, given)
    assert exported == text_of(without_export(given))
    assert (imported.migrated, imported.schema_version) == (False, "1.1.0")
    header = header_of(path)
    assert header.facts == {name: given["metadata"][name] for name in METADATA_FACTS}
    assert header.schema_version == "1.1.0"
    ((extra,),) = execute(path, "SELECT hfs_extra FROM sessions")
    assert json.loads(extra)["facts"] == header.facts
    execute(path, "UPDATE sessions SET hfs_extra = NULL")
    assert header_of(path).schema_version == "1.1.0"
    execute(path, "UPDATE messages SET hfs_extra = NULL")
    assert header_of(path).schema_version == "1.0.0"


def test_rows_of_a_session_without_facts_stay_null(path: Path) -> None:
    plain = document("1.1.0", {"session_created_at": BEGUN}, message(), message("y"))
    imported, exported = through_the_store(path, plain)
    assert imported.schema_version == "1.0.0"
    assert exported == text_of(document("1.0.0", {"session_created_at": BEGUN}, *plain["messages"]))
    assert execute(path, "SELECT hfs_extra, hfs_run_snapshot FROM sessions") == [(None, None)]
    assert execute(path, "SELECT DISTINCT hfs_extra FROM messages") == [(None,)]


@pytest.mark.parametrize("kind", NAMES)
def test_what_does_not_fit_is_exported_as_1_0_0_where_it_was(path: Path, kind: str) -> None:
    for index in range(6):
        keys = {name: values[index % len(values)] for name, values in MISFITS[kind].items()}
        keys = {"a": 1, **keys, "z": 2}
        given = document("1.0.0", *((keys, {}) if kind == "metadata" else ({}, keys, {"b": 1})))
        imported, exported = through_the_store(path, given)
        assert exported == text_of(given)
        assert (imported.migrated, imported.schema_version) == (False, "1.0.0")


def test_a_message_that_does_not_fit_is_read_with_it_under_unknown(path: Path) -> None:
    through_the_store(path, document("1.0.0", {}, {"x": 1, "model": 5, "usage": "much"}))
    (found,) = use(path, lambda store: read(store, 1))[1]
    assert found == {
        **message("", None),
        "x": 1,
        "unknown": {"model": 5, "usage": "much"},
    }


def test_messages_of_an_older_hfs_server_decide_the_version_too(path: Path) -> None:
    use(path, names)
    keys = {name: values[0] for name, values in FITTING["message"].items() if name != "unknown"}
    for column, table, needs in (
        ('{"x": 1, "model": 5}', "messages", False),
        (json.dumps({"x": 1, **keys}), "messages", True),
        ('{"metadata": {"x": 1, "tags": 5}}', "sessions", False),
        ('{"metadata": {"x": 1, "tags": ["a"], "models": 5}}', "sessions", True),
    ):
        execute(path, "DELETE FROM messages")
        execute(path, "DELETE FROM sessions")
        execute(path, "INSERT INTO sessions (id, name, created_at) VALUES (1, 'n', ?)", BEGUN)
        execute(path, "INSERT INTO messages VALUES (1, 1, 'user', '', ?, NULL)", BEGUN)
        execute(path, f"UPDATE {table} SET hfs_extra = ?", column)
        header = header_of(path)
        assert (header.schema_version == "1.1.0") == needs
        assert bool(header.facts) == (needs and table == "sessions")


ODD_COLUMNS = [
    '{"facts": 5}',
    '{"facts": [1]}',
    '{"facts": {"session_id": 5, "source": "x"}}',
    '{"facts": {"schema_version": "9.9.9", "x": 1}}',
    '{"schema_version": 5}',
    '{"schema_version": "9.9.9"}',
    '{"schema_version": null, "facts": null}',
    '{"facts": {"tags": ["\\ud800"]}}',
    '{"facts": {"summary": "x"',
]


@pytest.mark.parametrize("column", ODD_COLUMNS)
def test_facts_that_another_program_spoiled_are_ignored(path: Path, column: str) -> None:
    through_the_store(path, document("1.1.0", {"summary": "s"}, message()))
    execute(path, "UPDATE sessions SET hfs_extra = ?", column)
    header = header_of(path)
    assert (header.facts, header.schema_version) == ({}, "1.0.0")
    assert dict(header.unknown_metadata) == {}


def test_valid_facts_are_kept_beside_spoiled_ones(path: Path) -> None:
    through_the_store(path, document("1.1.0", {"summary": "s"}, message()))
    facts = {"session_id": 5, "tags": ["a"], "summary": "s", "x": 1}
    column = json.dumps({"metadata": {"git": 5, "team": 1}, "facts": facts})
    execute(path, "UPDATE sessions SET hfs_extra = ?", column)
    header = header_of(path)
    assert [*header.facts.items()] == [("summary", "s"), ("tags", ["a"])]
    assert header.unknown_metadata == {"team": 1, "unknown": {"git": 5}}
    assert header.schema_version == "1.1.0"


def test_every_frozen_document_is_the_same_after_the_store(path: Path) -> None:
    for file in sorted(DOCUMENTS.glob("*.json")):
        reader = DocumentReader(io.BytesIO(file.read_bytes()))
        for _ in reader.batches():
            pass
        given = json.loads(file.read_text("utf-8"))
        imported, exported = through_the_store(path, given)
        assert imported.schema_version == reader.header.schema_version
        again = through_the_store(path, json.loads(exported))[1]
        assert again == exported
