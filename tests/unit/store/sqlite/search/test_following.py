"""The index follows the store, whichever program writes to it."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from hfs_server.session import no_progress
from hfs_server.store import Store, open_store
from hfs_server.store.sqlite.search import following, index, reading
from testing.terminal import Terminal
from testing.waiting import PATIENCE_SECONDS
from tests.unit.store.sqlite.search.searches import all_matches, found, places, store_of, use


def execute(path: Path, sql: str, *values: object) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection, connection:
        return connection.execute(sql, values).fetchall()


def indexed(path: Path, sql: str) -> list[tuple[object, ...]]:
    return execute(path.with_name(path.name + "-search"), sql)


def search_before_and_after(
    path: Path, change: Callable[[], object], query: str
) -> tuple[list[tuple[str, int]], list[tuple[str, int]]]:
    """What one open store finds before a change of another program, and directly after it."""

    async def run(store: Store) -> tuple[list[tuple[str, int]], list[tuple[str, int]]]:
        await store.update_index(no_progress)
        before = places(await all_matches(store, query))
        change()
        return before, places(await all_matches(store, query))

    return use(path, run)


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await condition():
            await asyncio.sleep(0.02)


def test_a_message_that_is_added_is_found_at_the_next_search(tmp_path: Path) -> None:
    path = store_of(tmp_path / "sessions.db", {"A": ["one"], "B": ["two"]})
    with Terminal(path) as terminal:
        before, after = search_before_and_after(
            path, lambda: terminal.add_message(1, "assistant", "zebra"), "zebra"
        )
    assert (before, after) == ([], [("A", 2)])


def test_a_session_that_is_added_is_found_at_the_next_search(tmp_path: Path) -> None:
    path = store_of(tmp_path / "sessions.db", {"A": ["zebra"]})
    with Terminal(path) as terminal:
        before, after = search_before_and_after(
            path, lambda: terminal.add_session("B", "x", "zebra"), "zebra"
        )
    assert (before, after) == ([("A", 1)], [("B", 2), ("A", 1)])


def test_a_session_that_is_deleted_is_not_found_again(tmp_path: Path) -> None:
    path = store_of(tmp_path / "sessions.db", {"A": ["zebra"], "zebra": ["x"]})
    before, after = search_before_and_after(
        path,
        lambda: (
            execute(path, "DELETE FROM messages WHERE session_id = 1"),
            execute(path, "DELETE FROM sessions"),
        ),
        "zebra",
    )
    assert (before, after) == ([("zebra", 0), ("A", 1)], [])
    found(path, "")
    assert indexed(path, "SELECT count(*) FROM sessions") == [(0,)]
    assert indexed(path, "SELECT count(*) FROM rows") == [(0,)]


def test_ids_that_are_given_again_do_not_lead_to_the_old_text(tmp_path: Path) -> None:
    path = store_of(tmp_path / "sessions.db", {"A": ["x"], "B": ["zebra", "lion"]})
    found(path, "")
    with Terminal(path) as terminal:
        terminal.delete_session(2)
        assert terminal.add_session("C", "tiger", "horse") == 2
    assert execute(path, "SELECT id FROM messages WHERE session_id = 2") == [(2,), (3,)]
    assert found(path, "zebra") == found(path, "B") == []
    assert places(found(path, "horse")) == [("C", 2)]


def test_a_session_of_another_time_under_an_old_id_is_noticed(tmp_path: Path) -> None:
    path = store_of(tmp_path / "sessions.db", {"A": ["zebra"], "B": ["x"]})
    found(path, "")
    execute(path, "UPDATE sessions SET created_at = '2020-01-01 10:00:00.000000' WHERE id = 1")
    execute(path, "UPDATE messages SET content = 'tiger' WHERE session_id = 1")
    assert found(path, "zebra") == []
    assert places(found(path, "tiger")) == [("A", 1)]


def test_a_new_name_is_found_by_the_follower(tmp_path: Path) -> None:
    sessions = {f"S{number}": ["x"] for number in range(50)}
    path = store_of(tmp_path / "sessions.db", sessions)

    async def run(store: Store) -> None:
        await store.update_index(no_progress)
        execute(path, "UPDATE sessions SET name = 'zebra' WHERE id = 1")

        async def is_found() -> bool:
            return places((await store.search("zebra")).matches) == [("zebra", 0)]

        await until(is_found)

    use(path, run)


def test_a_search_in_the_first_moments_says_that_it_is_not_complete(tmp_path: Path) -> None:
    path = store_of(tmp_path / "sessions.db", {"A": ["zebra"]})
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany(
            "INSERT INTO sessions (id, name, created_at) SELECT ?, 'B', created_at FROM sessions"
            " WHERE id = 1",
            ((number,) for number in range(2, 1_001)),
        )
        connection.execute(
            "INSERT INTO messages (session_id, role, content, created_at)"
            " SELECT id, 'user', 'zebra', created_at FROM sessions WHERE id > 1"
        )

    async def run(store: Store) -> None:
        assert not (await store.search("zebra")).is_complete

        async def is_complete() -> bool:
            return (await store.search("zebra")).is_complete

        await until(is_complete)
        assert len(await all_matches(store, "zebra")) == 1_000

    use(path, run)


def test_an_update_that_only_appends_indexes_only_what_is_new(tmp_path: Path) -> None:
    path = store_of(tmp_path / "sessions.db", {"A": ["zebra", "lion"]})
    found(path, "")
    execute(
        path,
        "INSERT INTO messages SELECT 9, 1, 'user', 'tiger', created_at, NULL FROM messages LIMIT 1",
    )
    execute(path, "UPDATE sessions SET hfs_usage = '{}', updated_at = created_at")
    assert places(found(path, "tiger")) == [("A", 3)]
    assert indexed(path, "SELECT live, dead FROM counts") == [(3, 0)]


def test_an_update_that_rewrites_indexes_the_session_again(tmp_path: Path) -> None:
    path = store_of(tmp_path / "sessions.db", {"A": ["zebra", "lion"]})
    found(path, "")
    execute(path, "UPDATE messages SET content = 'an elephant' WHERE id = 1")
    execute(path, "UPDATE sessions SET hfs_usage = '{}'")
    assert found(path, "zebra") == []
    assert places(found(path, "elephant")) == [("A", 1)]
    assert indexed(path, "SELECT live, dead FROM counts") == [(2, 2)]


def test_a_large_session_is_read_in_several_steps(tmp_path: Path) -> None:
    path = store_of(tmp_path / "sessions.db", {"A": ["x" * 90_000 + f" w{n}" for n in range(40)]})
    assert places(found(path, "w39")) == [("A", 40)]
    assert [match.message_index for match in found(path, "w0 OR", session_id=1)] == []
    assert indexed(path, "SELECT count(*) FROM slots") == [(1,)]


def test_sessions_around_a_large_one_are_all_indexed_once(tmp_path: Path) -> None:
    """A step has several reads of the store, and ends with a session that is not read in full."""
    small = {f"S{n}": ["zebra"] for n in range(130)}
    large = {"L": ["x" * 90_000 + " zebra" for _ in range(7)]}
    path = store_of(tmp_path / "sessions.db", {**small, **large, "A": ["zebra", "zebra"]})
    assert len(found(path, "zebra")) == 132
    assert indexed(path, "SELECT live, dead FROM counts") == [(139, 0)]


def test_text_that_is_not_utf_8_is_indexed_like_any_other(tmp_path: Path) -> None:
    path = store_of(tmp_path / "sessions.db", {"A": ["größer one", "two"], "B": ["größer"]})
    execute(path, "UPDATE messages SET content = CAST(x'7A65627261FF' AS TEXT) WHERE id = 2")
    assert places(found(path, "zebra\\xff")) == [("A", 2)]
    assert sorted(places(found(path, "größer"))) == [("A", 1), ("B", 1)]


def test_sessions_that_go_on_in_turn_stay_newest_first_and_are_found_once(tmp_path: Path) -> None:
    path = store_of(tmp_path / "sessions.db", {"A": ["word"], "B": ["word"]})
    with Terminal(path) as terminal:
        for _ in range(5):
            for session_id in (1, 2):
                terminal.add_message(session_id, "user", "word")
                assert len(found(path, "word", limit=1)) == 2
    assert len(found(path, "word", session_id=1)) == 6


def test_what_is_read_grows_with_what_is_new(tmp_path: Path) -> None:
    """One message more costs the same in a store of any size."""
    steps = [_steps_of_one_more(tmp_path / f"{size}.db", size) for size in (30, 3_000)]
    assert steps[1] < 1.5 * steps[0]


_ADDED = 40


def _steps_of_one_more(path: Path, sessions: int) -> int:
    """How many steps SQLite takes to notice and to index one message more."""
    store_of(path, {"A": ["x"]})
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany(
            "INSERT INTO sessions (id, name, created_at) VALUES (?, 's', ?)",
            (
                (n, f"2026-02-01 10:{n // 60 % 60:02}:{n % 60:02}.000000")
                for n in range(2, sessions)
            ),
        )
        connection.execute(
            "INSERT INTO messages (session_id, role, content, created_at)"
            " SELECT id, 'user', 'some text', created_at FROM sessions"
        )
    found(path, "")
    counted = 0

    def count() -> int:
        nonlocal counted
        counted += 1
        return 0

    with (
        Terminal(path) as terminal,
        closing(sqlite3.connect(path, isolation_level=None)) as store,
        closing(sqlite3.connect(f"{path}-search", isolation_level=None)) as search,
    ):
        for connection in (store, search):
            connection.set_progress_handler(count, 1)
        # Of some messages, since FTS5 merges segments now and then.
        for _ in range(_ADDED):
            (last,) = store.execute("SELECT max(id) FROM messages").fetchone()
            terminal.add_message(1, "user", "zebra")
            ids = reading.sessions_of_messages(store, last)
            reading.newest_rows(store, 0, 20)
            index.add(search, reading.read_parts(store, ids, index.states(search, ids)).parts)
    assert len(found(path, "zebra", session_id=1)) == _ADDED
    return counted


def rewritten(path: Path, sql: str, word: str) -> tuple[list[str], list[str]]:
    """The names of the sessions in which two words are found after a change: zebra and another."""

    async def run(store: Store) -> tuple[list[str], list[str]]:
        await store.update_index(no_progress)
        assert places(await all_matches(store, "zebra"))
        with closing(sqlite3.connect(path)) as connection:
            connection.executescript(sql)

        async def is_found() -> bool:
            return bool(await all_matches(store, word))

        await until(is_found)
        names = [
            [name for name, _ in places(await all_matches(store, each))] for each in ("zebra", word)
        ]
        return names[0], names[1]

    return use(path, run)


def test_a_last_message_that_is_replaced_under_its_id_is_found_with_its_new_words(
    tmp_path: Path,
) -> None:
    path = store_of(tmp_path / "sessions.db", {"A": ["one", "zebra"]})
    sql = """
        BEGIN;
        DELETE FROM messages WHERE id = 2;
        INSERT INTO messages (id, session_id, role, content, created_at)
            VALUES (2, 1, 'assistant', 'tiger', '2026-02-01 10:00:05.000000');
        UPDATE sessions SET updated_at = '2026-02-01 11:00:00.000000';
        COMMIT;
    """
    assert rewritten(path, sql, "tiger") == ([], ["A"])


def test_a_last_message_that_is_replaced_before_another_one_follows_is_found(
    tmp_path: Path,
) -> None:
    path = store_of(tmp_path / "sessions.db", {"A": ["one", "zebra"]})
    sql = """
        BEGIN;
        DELETE FROM messages WHERE id = 2;
        INSERT INTO messages (id, session_id, role, content, created_at)
            VALUES (2, 1, 'assistant', 'tiger', '2026-02-01 10:00:05.000000'),
                (3, 1, 'user', 'more', '2026-02-01 10:00:06.000000');
        UPDATE sessions SET updated_at = '2026-02-01 11:00:00.000000';
        COMMIT;
    """
    assert rewritten(path, sql, "tiger") == ([], ["A"])


def test_a_message_that_is_edited_in_place_is_found_with_its_new_words(tmp_path: Path) -> None:
    """The text has the same length, and the session's time says that something changed."""
    path = store_of(tmp_path / "sessions.db", {"A": ["zebra", "one"]})
    sql = """
        UPDATE messages SET content = 'tiger' WHERE id = 1;
        UPDATE sessions SET updated_at = '2026-02-01 11:00:00.000000';
    """
    assert rewritten(path, sql, "tiger") == ([], ["A"])


def test_a_session_with_other_messages_under_all_ids_is_not_found_by_its_old_words(
    tmp_path: Path,
) -> None:
    """Neither its row nor any length has changed."""
    path = store_of(tmp_path / "sessions.db", {"A": ["zebra"]})
    _, after = search_before_and_after(
        path, lambda: execute(path, "UPDATE messages SET content = 'tiger'"), "zebra"
    )
    assert after == []


def test_renamed_deleted_and_restored_sessions_are_read_and_no_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sessions = {f"No {number}": [f"zebra {number}"] for number in range(60)}
    path = store_of(tmp_path / "sessions.db", sessions)
    compared: list[int] = []
    read: list[list[int]] = []
    session_rows, read_parts = reading.session_rows, reading.read_parts

    def noted_rows(connection: sqlite3.Connection, after: int | None, limit: int) -> Any:
        compared.append(limit)
        return session_rows(connection, after, limit)

    def noted_parts(connection: sqlite3.Connection, ids: Any, states: Any) -> Any:
        read.append([*ids])
        return read_parts(connection, ids, states)

    async def run(store: Store) -> None:
        await store.update_index(no_progress)
        other = open_store(path)
        monkeypatch.setattr(reading, "session_rows", noted_rows)
        monkeypatch.setattr(reading, "read_parts", noted_parts)
        monkeypatch.setattr(following, "_QUIET_SECONDS", PATIENCE_SECONDS)
        try:
            for change, count in (
                (other.rename(1, "okapi"), 60),
                (other.delete(1), 59),
                (other.delete(60), 58),
                (other.restore(60), 59),
                (other.restore(1), 60),
            ):
                await change
                assert len(await all_matches(store, "zebra")) == count
            assert places(await all_matches(store, "okapi")) == [("okapi", 0)]
        finally:
            await other.close()

    use(path, run)
    assert compared == []
    assert {number for ids in read for number in ids} == {1, 60}


def test_a_message_under_the_id_of_a_deleted_one_is_found_when_the_session_goes_on(
    tmp_path: Path,
) -> None:
    """SQLite uses the id of the last message again."""
    path = store_of(tmp_path / "sessions.db", {"A": ["one"], "B": ["two"]})
    insert = "INSERT INTO messages (session_id, role, content, created_at) VALUES (1, 'user', ?, ?)"
    added = [(each, "2026-03-01 10:00:00.000000") for each in ("first", "second", "third")]

    async def run(store: Store) -> list[list[tuple[str, int]]]:
        execute(path, insert, *added[0])
        await store.update_index(no_progress)
        execute(path, "DELETE FROM messages WHERE content = 'first'")
        await store.update_index(no_progress)
        execute(path, insert, *added[1])
        await store.update_index(no_progress)
        execute(path, insert, *added[2])
        return [places(await all_matches(store, word)) for word in ("first", "second", "third")]

    assert use(path, run) == [[], [("A", 2)], [("A", 3)]]


def test_an_index_is_brought_up_to_date_in_advance(tmp_path: Path) -> None:
    path = store_of(tmp_path / "sessions.db", {"A": ["one"]})
    found(path, "one")
    with Terminal(path) as terminal:
        terminal.add_session("B", "two")
    use(path, lambda store: store.prepare_search())
    assert indexed(path, "SELECT count(*) FROM sessions") == [(2,)]


def test_a_store_that_was_never_searched_gets_no_index_in_advance(tmp_path: Path) -> None:
    path = store_of(tmp_path / "sessions.db", {"A": ["one"]})
    use(path, lambda store: store.prepare_search())
    assert not path.with_name(path.name + "-search").exists()


@pytest.mark.parametrize("kind", ["a folder", "no index", "a link", "half an index"])
def test_what_cannot_be_used_as_it_is_gets_no_second_index_in_advance(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    path = store_of(tmp_path / "sessions.db", {"A": ["one"]})
    found(path, "one")
    index = path.with_name(path.name + "-search")
    before = index.read_bytes()
    if kind == "a folder":
        index.unlink()
        index.mkdir()
    elif kind == "no index":
        index.write_bytes(b"text of someone")
    elif kind == "a link":
        index.rename(tmp_path / "target")
        index.symlink_to(tmp_path / "target")
    else:
        index.write_bytes(before[: len(before) // 2])
    use(path, lambda store: store.prepare_search())
    assert not [*tmp_path.glob("cache/**/*-search")]
    if kind == "half an index":
        assert index.read_bytes() == before[: len(before) // 2]


def test_a_search_can_come_while_the_index_is_prepared(tmp_path: Path) -> None:
    path = store_of(tmp_path / "sessions.db", {"A": ["zebra"]})
    found(path, "zebra")

    async def run(store: Store) -> list[tuple[str, int]]:
        preparing = asyncio.ensure_future(store.prepare_search())
        matches = await all_matches(store, "zebra")
        await preparing
        assert places(await all_matches(store, "zebra")) == places(matches)
        return places(matches)

    assert use(path, run) == [("A", 1)]
