"""Facts of schema 1.1.0 in the store: kept with their session, and read with care."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hfs_server.session import METADATA_FACTS
from tests.unit.importers.hfs_json.facts import FITTING, document, text_of
from tests.unit.store.sqlite.sessions import BEGUN, execute, message, names, use
from tests.unit.store.stored_documents import (
    DOCUMENTS,
    header_of,
    through_the_store,
    without_export,
)


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
