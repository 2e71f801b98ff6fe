"""Small sessions that are new to the store, created together."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from hfs_server.session import SavedSession, SessionSource
from hfs_server.store import Store, StoreImport
from hfs_server.store.reading import Unread
from hfs_server.store.shapes import ImportRules
from hfs_server.store.sqlite import staging
from tests.unit.store.sqlite.sessions import execute, read, save_in, use
from tests.unit.store.sqlite.tool_sessions import of_file, said, save, session

HELLO = [said(0), said(1)]
TOO_LARGE = 200_000


def names(number_of: Sequence[str]) -> list[SessionSource]:
    return [session(HELLO, name) for name in number_of]


async def created(
    session_import: StoreImport, sources: Sequence[SessionSource]
) -> Sequence[SavedSession]:
    """Those of the sessions, all read in one call, that were created together."""
    with closing(session_import.reading(iter(sources))) as reading:
        assert not await reading.read_some()
        assert len(reading.sessions) == len(sources)
        return await session_import.create(reading.sessions)


def together(path: Path, *sources: SessionSource, is_trial: bool = False) -> list[str]:
    """The identities of those that were created together."""

    async def work(store: Store) -> list[str]:
        async with store.importing(ImportRules(is_trial=is_trial)) as session_import:
            return [each.identity for each in await created(session_import, sources)]

    return use(path, work)


def test_new_sessions_are_created_together_as_they_would_be_alone(path: Path) -> None:
    alone = path.with_name("alone.db")
    sources = [session([said(number)], f"s-{number}") for number in range(5)]
    assert len(together(path, *sources)) == 5
    for number in range(5):
        save(alone, session([said(number)], f"s-{number}"))
    for number in range(1, 6):
        mine, other = (use(each, lambda s, n=number: read(s, n)) for each in (path, alone))
        assert mine == other


def test_they_end_before_the_first_one_that_the_store_has(path: Path) -> None:
    save(path, session(HELLO, "c"))
    assert together(path, *names("abcd")) == ["claude-code:a", "claude-code:b"]
    assert together(path, *names("cd")) == []
    assert execute(path, "SELECT count(*) FROM sessions") == [(3,)]


def test_they_end_before_a_second_one_of_the_same_identity(path: Path) -> None:
    assert len(together(path, *names("aba"))) == 2


def test_they_end_before_one_that_was_deleted(path: Path) -> None:
    save(path, session(HELLO, "b"))
    use(path, lambda store: store.delete(1))
    assert len(together(path, *names("abc"))) == 1


def test_they_end_before_one_without_messages(path: Path) -> None:
    assert len(together(path, *names("ab"), session([], "c"), *names("d"))) == 2


def test_a_trial_creates_none(path: Path) -> None:
    assert together(path, *names("ab"), is_trial=True) == []


def test_large_sessions_are_saved_alone(path: Path, monkeypatch) -> None:
    monkeypatch.setattr(staging, "SLICE_CHARACTERS", 1_000)
    large = session([said(0, "x" * 1_500), said(1)], "large")
    assert len(together(path, *names("ab"), large)) == 2


def test_one_that_cannot_be_saved_takes_none_with_it(path: Path) -> None:
    too_large = session([said(0, "x" * TOO_LARGE)], "large")

    async def work(store: Store) -> tuple[int, SavedSession]:
        async with store.importing(ImportRules()) as session_import:
            limit = (sqlite3.SQLITE_LIMIT_LENGTH, TOO_LARGE)
            await session_import._connection.run(lambda each: each.setlimit(*limit))
            done = await created(session_import, [*names("a"), too_large, *names("b")])
            return len(done), await save_in(session_import, session(HELLO, "a"))

    count, saved = use(path, work)
    assert (count, saved.status) == (0, "created")
    assert execute(path, "SELECT count(*) FROM messages") == [(2,)]


def test_sessions_of_one_file_are_created_together_once_its_original_was_read(path: Path) -> None:
    sources = of_file(b"original", *((name, HELLO) for name in "abc"))

    async def work(store: Store) -> list[int]:
        counts = []
        async with store.importing(ImportRules()) as session_import:
            with closing(session_import.reading(iter(sources))) as reading:
                while not await reading.read_some() and reading.sessions:
                    done = await session_import.create(reading.sessions)
                    counts.append(len(done))
                    for each in reading.sessions[len(done) :]:
                        assert not isinstance(each, Unread)
                        await session_import.save(each, lambda *_: None, restores_deleted=False)
                    reading.clear()
        return counts

    assert use(path, work) == [0, 2]
    assert execute(path, "SELECT count(DISTINCT hfs_original), count(*) FROM sessions") == [(1, 3)]
