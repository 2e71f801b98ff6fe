"""The index's file can be lost at any time, and never takes the place of another file."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import stat
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

from hfs_server.errors import StoreUnusable
from hfs_server.session import no_progress
from hfs_server.store import Store, open_store
from hfs_server.store.sqlite.search.index_file import delete
from testing.stores import opened
from testing.terminal import Terminal
from testing.waiting import PATIENCE_SECONDS
from tests.unit.store.sqlite.search.searches import all_matches, found, places, store_of, use

FOUND = [("A", 1)]


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "store").mkdir()
    return store_of(tmp_path / "store" / "sessions.db", {"A": ["zebra"]})


def index_of(path: Path) -> Path:
    return path.with_name(path.name + "-search")


def search_after(path: Path, change: object) -> list[tuple[str, int]]:
    """What an open store finds after its index was changed under it."""

    async def run(store: Store) -> list[tuple[str, int]]:
        await store.update_index(no_progress)
        change()  # type: ignore[operator]
        for _ in range(3):
            await store.update_index(no_progress)
            if matches := places(await all_matches(store, "zebra")):
                return matches
        return []

    return use(path, run)


def test_the_index_is_for_its_owner_alone(path: Path) -> None:
    before = os.umask(0)
    try:
        assert places(found(path, "zebra")) == FOUND
    finally:
        os.umask(before)
    assert stat.S_IMODE(index_of(path).stat().st_mode) == 0o600


def test_the_index_belongs_to_the_files_of_the_store(path: Path) -> None:
    files = open_store(path).files
    assert {file for file in files if "-search" in file.name} == {
        path.with_name(f"{path.name}-search{suffix}") for suffix in ("", "-wal", "-shm", "-journal")
    }


def test_an_index_that_is_deleted_under_the_server_is_built_again(path: Path) -> None:
    assert search_after(path, index_of(path).unlink) == FOUND


def test_a_store_closes_while_an_index_that_was_deleted_is_closed(path: Path) -> None:
    release = threading.Event()

    async def run() -> None:
        store = open_store(path)
        await store.search("zebra")
        search = store._search
        async with search._turn:
            held = asyncio.ensure_future(search._index.run(lambda _: release.wait()))
            index_of(path).unlink()
        # Those who follow the store close the index first, for which they wait.
        while search._index is not None:
            await asyncio.sleep(0)
        closing = asyncio.ensure_future(store.close())
        for _ in range(10):
            await asyncio.sleep(0)
        release.set()
        await held
        await asyncio.wait([closing], timeout=PATIENCE_SECONDS)
        assert closing.done()

    asyncio.run(run())


@pytest.mark.parametrize("keep", [100, 5_000, 20_000])
def test_a_truncated_index_is_built_again(path: Path, keep: int) -> None:
    found(path, "")
    with index_of(path).open("r+b") as file:
        file.truncate(keep)
    assert places(found(path, "zebra")) == FOUND


def test_a_damaged_index_is_built_again(path: Path) -> None:
    found(path, "")
    whole = index_of(path).read_bytes()
    for start in range(4096, len(whole), 4096):
        index_of(path).write_bytes(whole[:start] + b"\xa5" * 4096 + whole[start + 4096 :])
        for _ in range(3):
            matches = places(found(path, "zebra"))
        assert matches == FOUND, start


@pytest.mark.parametrize("content", [b"not a database", b"SQLite format 3\0" + b"x" * 4096, None])
def test_a_file_of_another_program_stays_as_it_is(path: Path, content: bytes | None) -> None:
    index = index_of(path)
    if content is None:
        with closing(sqlite3.connect(index)) as other:
            other.execute("CREATE TABLE precious (x)")
        content = index.read_bytes()
    else:
        index.write_bytes(content)
    assert places(found(path, "zebra")) == FOUND
    use(path, lambda store: store.purge())
    assert index.read_bytes() == content
    assert [*path.parent.parent.joinpath("cache").rglob("*-search")] == []


def test_a_folder_or_a_link_in_its_place_stays_as_it_is(path: Path) -> None:
    other = path.with_name("other")
    other.write_bytes(b"")
    index_of(path).symlink_to(other)
    assert places(found(path, "zebra")) == FOUND
    assert other.read_bytes() == b""
    index_of(path).unlink()
    index_of(path).mkdir()
    assert places(found(path, "zebra")) == FOUND


def test_an_index_of_a_newer_version_stays_as_it_is(path: Path) -> None:
    found(path, "")
    with closing(sqlite3.connect(index_of(path))) as newer:
        newer.execute("PRAGMA user_version = 99")
    before = index_of(path).read_bytes()
    assert places(found(path, "zebra")) == FOUND
    assert index_of(path).read_bytes() == before


def test_a_store_that_may_only_be_read_has_its_index_in_the_cache(path: Path) -> None:
    found(path, "")
    index_of(path).unlink()
    path.chmod(0o400)
    path.parent.chmod(0o500)
    try:
        if os.access(path, os.W_OK):
            script = "import sys; sys.exit(0)"
            assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
            pytest.skip("root may write everywhere")
        assert places(found(path, "zebra")) == FOUND
        assert os.listdir(path.parent) == [path.name]
    finally:
        path.parent.chmod(0o700)


def test_a_purge_deletes_the_index_and_a_search_builds_it_again(path: Path) -> None:
    with Terminal(path) as terminal:
        terminal.add_session("B", "secretsecret")
    found(path, "")
    with Terminal(path) as terminal:
        terminal.delete_session(2)
    found(path, "")
    assert b"secretsecret" in index_of(path).read_bytes()
    use(path, lambda store: store.purge())
    assert not index_of(path).exists()
    assert places(found(path, "zebra")) == FOUND
    assert b"secretsecret" not in index_of(path).read_bytes()


def test_a_search_neither_waits_for_a_writer_nor_makes_one_wait(path: Path) -> None:
    found(path, "")
    with opened(path) as writer:
        writer.execute("BEGIN IMMEDIATE")
        assert places(found(path, "zebra")) == FOUND
        writer.execute("ROLLBACK")

    async def run(store: Store) -> None:
        await store.search("zebra")
        with opened(path, timeout=0) as writer:
            for _ in range(200):
                writer.execute("BEGIN IMMEDIATE")
                writer.execute("ROLLBACK")
                await store.search("zebra")

    use(path, run)


def test_an_index_that_cannot_be_deleted_is_an_error_that_says_what_to_do(path: Path) -> None:
    assert places(found(path, "zebra")) == FOUND
    beside = index_of(path)
    beside.with_name(beside.name + "-journal").mkdir()
    with pytest.raises(StoreUnusable, match=r"cannot be deleted.*Close other"):
        delete(beside)
