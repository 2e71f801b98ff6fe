"""Rows that any program wrote are exported as a document that can be imported."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hfs_server.export_session import export_to_text
from hfs_server.exporters import exporter_named
from hfs_server.import_session import import_file
from hfs_server.importers.source_file import file_of
from hfs_server.session import MESSAGE_FACTS, METADATA_FACTS, UNKNOWN
from hfs_server.store import Store
from hfs_server.store.shapes import ImportRules
from tests.unit.importers.hfs_json.facts import FITTING, MISFITS, parts
from tests.unit.store.sqlite.sessions import names, use

TABLES = (
    "sessions (id INTEGER PRIMARY KEY, name, created_at DATETIME, updated_at DATETIME)",
    "messages (id INTEGER PRIMARY KEY, session_id INTEGER, role, content, created_at DATETIME)",
    "checkpoints (id INTEGER PRIMARY KEY, session_id INTEGER, message_index, trigger_event,"
    " state_json, created_at DATETIME)",
)
"""Without types, so that a value keeps its type, and with NULL allowed everywhere."""

USUAL = {
    "name": "n",
    "created_at": "2026-02-01 10:30:00.250184",
    "role": "user",
    "content": "c",
    "message_index": 1,
    "trigger_event": "t",
    "state_json": "{}",
}
COLUMNS = {
    "sessions": ("name", "created_at", "updated_at", "hfs_run_snapshot", "hfs_extra"),
    "messages": ("role", "content", "created_at", "hfs_extra"),
    "checkpoints": ("message_index", "trigger_event", "state_json", "created_at", "hfs_extra"),
}


def store_with(path: Path, odd: dict[tuple[str, str], Any]) -> None:
    """A session of one message and one checkpoint, with these values in these columns."""
    if not path.exists():
        begin_store(path)
    with closing(sqlite3.connect(path)) as connection, connection:
        for table, columns in COLUMNS.items():
            connection.execute(f"DELETE FROM {table}")
            values = {column: odd.get((table, column), USUAL.get(column)) for column in columns}
            values["id" if table == "sessions" else "session_id"] = 1
            marks = ["CAST(? AS TEXT)" if type(v) is Raw else "?" for v in values.values()]
            connection.execute(
                f"INSERT INTO {table} ({', '.join(values)}) VALUES ({', '.join(marks)})",
                [value.data if type(value) is Raw else value for value in values.values()],
            )


def begin_store(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        for table in TABLES:
            connection.execute(f"CREATE TABLE {table}")
    use(path, names)


class Raw:
    """Bytes that are stored as text."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def __repr__(self) -> str:
        return f"Raw({self.data!r})"


def there_and_back(path: Path) -> dict[str, Any]:
    """The session's document. Fails if an import rejects it, or changes it."""
    exporter = exporter_named("json")

    async def run(store: Store) -> tuple[str, str]:
        first = await export_to_text(store, 1, exporter)
        (copy,) = (await import_file(store, file_of(first), ImportRules("copy"))).sessions
        assert copy.id is not None
        return first, await export_to_text(store, copy.id, exporter)

    first, again = (json.loads(text) for text in use(path, run))
    for document in (first, again):
        del document["metadata"]["exported_at"]
    assert json.dumps(first) == json.dumps(again)
    return first


def nested(levels: int, kind: str = "[") -> str:
    if kind == "[":
        return "[" * levels + "]" * levels
    return '{"k":' * (levels - 1) + "{}" + "}" * (levels - 1)


@pytest.mark.parametrize("kind", ["[", "{"])
@pytest.mark.parametrize(
    ("table", "column", "around", "outside"),
    [
        ("sessions", "hfs_run_snapshot", "%s", 1),
        ("sessions", "hfs_extra", '{"document": {"x": %s}}', 1),
        ("sessions", "hfs_extra", '{"metadata": {"x": %s}}', 2),
        ("messages", "hfs_extra", '{"x": %s}', 3),
        ("checkpoints", "hfs_extra", '{"x": %s}', 3),
        ("checkpoints", "state_json", "%s", 3),
    ],
)
def test_a_value_is_kept_if_it_is_nested_no_deeper_than_a_document_allows(
    tmp_path: Path, table: str, column: str, around: str, outside: int, kind: str
) -> None:
    path = tmp_path / "sessions.db"
    for levels in (*range(96, 102), 990, 5000):
        value = nested(levels, kind)
        store_with(path, {(table, column): around % value})
        first = there_and_back(path)
        is_kept = f": {value.replace(':', ': ')}" in json.dumps(first)
        assert is_kept == (levels <= 100 - outside)


def test_only_an_extra_key_that_no_document_can_hold_is_skipped(tmp_path: Path) -> None:
    path = tmp_path / "sessions.db"
    store_with(path, {("messages", "hfs_extra"): f'{{"deep": {nested(98)}, "model": "m"}}'})
    first = there_and_back(path)
    assert first["messages"][0]["model"] == "m"
    assert "deep" not in first["messages"][0]


KEYS = [
    *("metadata", "document", "messages", "checkpoints", "run_snapshot", "exported_at"),
    *("schema_version", "session_name", "session_created_at", "session_updated_at", "name"),
    *("role", "content", "created_at", "trigger", "message_index", "state", "state_json"),
    *(*METADATA_FACTS, *MESSAGE_FACTS, UNKNOWN),
]
json_texts = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.integers(-(2**63) - 1, 2**63),
        st.floats(),
        st.text(max_size=8),
        st.sampled_from(["\x00", "\ud800", "\udfff\ud800", "\u2028", "\x0b\x0c", "{}", "null"]),
        st.sampled_from(
            [1e16, 1e22, 5e-324, 1.7976931348623157e308, -0.0, 1e-7, 123456789012345680.0]
        ),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.one_of(
                st.text(max_size=4),
                st.sampled_from(KEYS),
                st.sampled_from(["\x00", "\ud800", "", "a\x00b"]),
            ),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=12,
).map(json.dumps)
extras = st.builds(
    '{{"metadata": {}, "document": {}, "facts": {}, "x": {}}}'.format,
    *(json_texts | parts("metadata", FITTING, MISFITS).map(json.dumps),) * 3,
    json_texts,
)
values = st.one_of(
    st.none(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    st.binary(max_size=12),
    st.text(max_size=30),
    st.binary(max_size=12).map(Raw),
    json_texts,
    extras,
    parts("message", FITTING, MISFITS).map(json.dumps),
    st.sampled_from(
        [
            '{"a": 1, "a": 2}',
            "-0",
            "1e400",
            "[1] x",
            "\ufeff{}",
            "\ufeff",
            "\x00{}",
            "{\x00}",
            '"\\ud83d\\ude00"',
            "'",
            "2026-02-01T10:30:00+01:00",
            "2026-02-01T24:00",
            "9999-12-31T23:59:59-01:00",
            nested(97),
            nested(98),
            nested(99),
            nested(100),
            nested(101, "{"),
        ]
    ),
)
ANY_COLUMN = [(table, column) for table, columns in COLUMNS.items() for column in columns]


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.sampled_from(ANY_COLUMN), values, max_size=len(ANY_COLUMN)))
def test_an_export_of_any_rows_is_the_same_after_an_import(
    tmp_path_factory: pytest.TempPathFactory, odd: dict[tuple[str, str], Any]
) -> None:
    path = tmp_path_factory.getbasetemp() / "odd.db"
    store_with(path, odd)
    there_and_back(path)
