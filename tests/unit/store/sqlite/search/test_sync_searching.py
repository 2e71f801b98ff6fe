"""The first page of a search without an event loop is the store's own, or none at all."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from hfs_server.filters import EVERYTHING, Filters
from hfs_server.session import no_progress
from hfs_server.store import Store, open_store
from hfs_server.store.results import SearchPage
from hfs_server.store.sqlite.search.index_place import index_paths
from hfs_server.store.sqlite.store_file import index_files
from testing.terminal import Terminal
from testing.waiting import wait_until
from tests.unit.store.sqlite.search.searches import store_of, use

QUERIES = [
    "login",
    '"fix the login"',
    "fix -login",
    "lo*",
    "l*",
    "nothing like this",
    "",
    "role:user",
]


def age(path: Path) -> None:
    """Makes the last change of the store so old that a later one has another time."""
    os.utime(path, (1e9, 1e9))


def index(path: Path) -> None:
    use(path, lambda store: store.update_index(no_progress))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A store whose index has everything."""
    sessions = {
        f"No {number}": ["please fix the login", "login fixed", f"let it {number}"]
        for number in range(60)
    }
    path = store_of(tmp_path / "store" / "sessions.db", sessions)
    index(path)
    age(path)
    index(path)
    return path


def page_now(path: Path, query: str = "login", limit: int = 50) -> SearchPage | None:
    return open_store(path).search_now(query, EVERYTHING, limit, None, None)


@pytest.mark.parametrize("limit", [1, 50, 200])
@pytest.mark.parametrize("query", QUERIES)
def test_the_page_is_that_of_the_store(path: Path, query: str, limit: int) -> None:
    async def search(store: Store) -> SearchPage:
        return await store.search(query, limit=limit)

    # A page ends early where there is little time for it.
    wait_until(lambda: page_now(path, query, limit) == use(path, search))


def test_filters_a_session_and_lines_are_respected(path: Path) -> None:
    async def search(store: Store) -> SearchPage:
        return await store.search("login", filters, (), 50, None, 3, 1)

    filters = Filters(tools=("hfs",))
    wait_until(lambda: len(use(path, search).matches) == 2)
    wait_until(lambda: open_store(path).search_now("login", filters, 50, 3, 1) == use(path, search))


def add_a_message(path: Path) -> None:
    with Terminal(path) as terminal:
        terminal.add_message(1, "user", "login once more")


def change_long_ago(path: Path) -> None:
    add_a_message(path)
    os.utime(path, (1e9 + 1, 1e9 + 1))


NOT_READY: dict[str, Callable[[Path], object]] = {
    "no index": lambda path: index_paths(path)[0].unlink(),
    "an index that is behind": change_long_ago,
    "a store that was just changed": add_a_message,
    "a damaged index": lambda path: index_paths(path)[0].write_bytes(b"x" * 5000),
    "another program's file": lambda path: index_paths(path)[0].write_bytes(b""),
    "no store": Path.unlink,
    "a damaged store": lambda path: path.write_bytes(b"x" * 5000),
}


@pytest.mark.parametrize("change", NOT_READY.values(), ids=NOT_READY)
def test_what_is_not_ready_is_left_to_the_search_of_the_store(
    path: Path, change: Callable[[Path], object]
) -> None:
    for file in index_files(path)[1:]:
        file.unlink(missing_ok=True)
    change(path)
    before = {file.name: file.read_bytes() for file in path.parent.iterdir()}
    assert page_now(path) is None
    assert {file.name: file.read_bytes() for file in path.parent.iterdir()} == before


def test_a_search_of_the_shell_loads_no_event_loop(path: Path) -> None:
    script = (
        "import sys; from hfs_server.cli.commands import main;"
        "assert main(['search', 'login', '--database', sys.argv[1]]) == 0;"
        "assert not {'asyncio', 'aiosqlite', 'pydantic', 'ijson'} & set(sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, path], capture_output=True, text=True, check=True
    )
    assert "No 59" in done.stdout
