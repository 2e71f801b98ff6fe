"""Queries, and what each finds; none is an error."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

from hfs_server.filters import Filters
from tests.unit.store.sqlite.search.searches import found, places, store_of


def test_filters_and_roles_select(tmp_path: Path) -> None:
    store = store_of(tmp_path / "sessions.db", {"A": ["word"], "B": ["word"], "C": ["word"]})
    with closing(sqlite3.connect(store)) as connection, connection:
        connection.execute("UPDATE messages SET role = 'Tool' WHERE session_id = 1")
    found(store, "word")
    with closing(sqlite3.connect(store)) as connection, connection:
        connection.execute(
            "UPDATE sessions SET hfs_tool = 'codex', hfs_directory = '/home/ada/Web/api',"
            " hfs_extra = ? WHERE id = 2",
            (json.dumps({"facts": {"tags": ["x"], "models": ["opus"], "summary": "in short"}}),),
        )

    def names(query: str, *filters: Filters, **options: object) -> list[str]:
        matches = found(store, query, **({"filters": filters[0]} if filters else {}), **options)
        return [match.session.name for match in matches]

    assert names("word", roles=("tool",)) == ["A"]
    assert names("role:tool word") == ["A"]
    assert names("role:tool role:user word") == ["C", "B", "A"]
    assert names("role:user word", roles=("tool",)) == []
    assert names("tool:codex word") == names("tool:CODEX") == ["B"]
    assert names("tool:codex", Filters(tools=("hfs",))) == []
    assert names("project:web word") == names("project:web/API") == ["B"]
    assert names("project:/home/ada word") == ["B"]
    assert names("project:eb word") == []
    assert names("model:opus tag:x word") == ["B"]
    assert names("since:2999-01-01 word") == []
    assert names("word", Filters(tools=("hfs",))) == ["C", "A"]
    (match,) = found(store, "short")
    assert (match.role, match.message_index, match.snippet) == ("summary", 0, "in short")


def test_everything_of_a_message_is_searched(tmp_path: Path) -> None:
    store = store_of(tmp_path / "sessions.db", {"A": ["plain"]})
    found(store, "")
    extra = {
        "thinking": "pondering",
        "tool_calls": [{"id": "1", "name": "Bash", "input": {"cmd": ["run", {"x": "deepest"}]}}],
        "attachments": [{"name": "plan.txt", "text": "attached", "data": "secretdata"}],
        "other": "unrelated",
    }
    with closing(sqlite3.connect(store)) as connection, connection:
        connection.execute("UPDATE messages SET hfs_extra = ?", (json.dumps(extra),))
        connection.execute("UPDATE sessions SET hfs_usage = '{}'")
    for word in ("plain", "pondering", "bash", "deepest", "plan.txt", "attached"):
        assert places(found(store, word)) == [("A", 1)], word
    for word in ("secretdata", "unrelated"):
        assert found(store, word) == []


def test_data_in_a_message_has_no_words_and_does_not_hide_others(tmp_path: Path) -> None:
    data = "QUJD" * 5_000
    store = store_of(tmp_path / "sessions.db", {"A": [f"before {data} after"]})
    assert places(found(store, "before after")) == [("A", 1)]
    assert found(store, data[:300]) == []
    assert (tmp_path / "sessions.db-search").stat().st_size < 120_000
