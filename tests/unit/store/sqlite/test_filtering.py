"""Filters select sessions by what their summaries show, whichever program wrote the rows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hfs_server.filters import Filters
from hfs_server.store import Store
from hfs_server.store.results import SessionPage
from hfs_server.store.sqlite.sync_listing import first_page
from tests.unit.store.sqlite.sessions import execute, use

TOOL_COLUMNS = "hfs_tool, hfs_directory, hfs_extra"
ROWS = {
    "hfs": ("2026-02-01 10:00:00.000000", None, None, None, None),
    "empty tool": ("2026-01-01 10:00:00.000000", "2026-02-01 10:00:00.000001", "", "", "{"),
    "web": ("2026-01-05 10:00:00.000000", None, "codex", "/home/ada/web/", None),
    "src": ("2026-01-06 10:00:00.000000", "odd", "codex", "/home/ada/web/src", "[]"),
    "website": ("2026-01-07 10:00:00.000000", None, "claude-code", "/home/ada/website", "5"),
    "windows": ("2026-01-08 10:00:00.000000", None, "cursor", "C:\\Users\\Ada", None),
    "leap": ("2024-02-29 23:00:00.000000", None, "cursor", b"\xff", None),
    "zone": ("2026-02-01T11:30:00+02:00", None, None, None, None),
    "number": (20260201, 20260201, None, None, None),
    "never": ("never", "\x00", None, 7, None),
    "opus": ("2026-01-09 10:00:00.000000", None, "claude-code", None, ["opus", "haiku"]),
    "tagged": ("2026-01-10 10:00:00.000000", None, "claude-code", None, ["opus"], ["a", "b"]),
    "damaged": ("2026-01-11 10:00:00.000000", None, "x' OR 1", None, ["\ud800", 3], "opus"),
}
SELECTED: list[tuple[Filters, set[str]]] = [
    (Filters(tools=("codex",)), {"web", "src"}),
    (Filters(tools=("codex", "cursor")), {"web", "src", "windows", "leap"}),
    (Filters(tools=("hfs",)), {"hfs", "empty tool", "zone", "number", "never"}),
    (Filters(tools=("x' OR 1",)), {"damaged"}),
    (Filters(tools=("' OR 1 --", "%", "")), set()),
    (Filters(project="/home/ada/web"), {"web", "src"}),
    (Filters(project="/home/ada"), {"web", "src", "website"}),
    (Filters(project="/home/ada/we_"), set()),
    (Filters(project="c:/users/"), {"windows"}),
    (Filters(since="2026-02-01T09:30:00Z"), {"hfs", "empty tool", "zone"}),
    (Filters(since="2026-02-01T10:00:00.000001Z"), {"empty tool"}),
    (Filters(until="2024-03-01T00:00:00Z"), {"leap"}),
    (Filters(since="2026-02-01T09:30:00Z", until="2026-02-01T10:00:00Z"), {"zone"}),
    (Filters(since="2026-01-06T00:00:00Z", until="2026-01-07T00:00:00+00:00"), {"src"}),
    (Filters(models=("opus",)), {"opus", "tagged"}),
    (Filters(models=("haiku", "none")), {"opus"}),
    (Filters(models=("OPUS", "opu")), set()),
    (Filters(tags=("a",)), {"tagged"}),
    (Filters(tags=("b", "a")), {"tagged"}),
    (Filters(tags=("a", "c")), set()),
    (Filters(("codex",), "/home/ada/web/src", "2026-01-06T10:00:00Z"), {"src"}),
    (Filters(), set(ROWS)),
]


def extra_of(models: object, tags: object = None) -> object:
    if not isinstance(models, list):
        return models
    return json.dumps({"facts": {"models": models, "tags": tags}})


@pytest.fixture
def filled(path: Path) -> Path:
    """A store with rows of all kinds."""
    use(path, lambda store: store.list())
    for name, (created_at, updated_at, tool, directory, *extra) in ROWS.items():
        sql = f"INSERT INTO sessions (name, created_at, updated_at, {TOOL_COLUMNS}) VALUES "
        values = (name, created_at, updated_at, tool, directory, extra_of(*extra))
        execute(path, f"{sql} (?, ?, ?, ?, ?, ?)", *values)
    execute(path, "UPDATE sessions SET hfs_directory = CAST(x'2fff' AS TEXT) WHERE name = 'leap'")
    return path


def names(page: SessionPage | None) -> set[str]:
    assert page is not None
    return {summary.name for summary in page.sessions}


@pytest.mark.parametrize(("filters", "selected"), SELECTED)
def test_a_filter_selects_the_sessions_that_fulfil_it(
    filled: Path, filters: Filters, selected: set[str]
) -> None:
    assert names(use(filled, lambda store: store.list(filters=filters))) == selected
    assert names(first_page(filled, 50, None, filters)) == selected


def test_pages_of_filtered_sessions_follow_one_another(filled: Path) -> None:
    filters = Filters(until="2027-01-01T00:00:00Z")

    async def pages(store: Store) -> list[str]:
        found: list[str] = []
        cursor = None
        while True:
            page = await store.list(2, cursor, filters=filters)
            found += [summary.name for summary in page.sessions]
            cursor = page.next_cursor
            if cursor is None:
                return found

    found = use(filled, pages)
    assert sorted(found) == sorted(set(ROWS) - {"number", "never"})


def test_a_filter_is_joined_with_a_part_of_the_name(filled: Path) -> None:
    filters = Filters(tools=("codex", "claude-code"))
    assert names(use(filled, lambda store: store.list(query="WEB", filters=filters))) == {
        "web",
        "website",
    }


def test_sessions_that_another_one_started_are_filtered_below_it(filled: Path) -> None:
    execute(filled, "UPDATE sessions SET hfs_identity = 'p' WHERE name = 'web'")
    execute(filled, "UPDATE sessions SET hfs_parent = 'p' WHERE name IN ('src', 'opus')")
    (parent,) = execute(filled, "SELECT id FROM sessions WHERE name = 'web'")[0]
    codex = Filters(tools=("codex",))
    assert names(use(filled, lambda store: store.list(filters=codex))) == {"web"}
    below = use(filled, lambda store: store.list(parent_id=parent, filters=codex))
    assert names(below) == {"src"}
