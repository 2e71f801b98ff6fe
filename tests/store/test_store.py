"""The store from inside: opening, migrating, paging, arriving, and what others do to it."""

import asyncio
import os
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from hfs_server.store.sqlite.repository import SessionRepository

from hfs_server.errors import SessionNotFound, StoreBusy, StoreTooNew, StoreUnusable
from hfs_server.store.sqlite import connections, pending, staging
from hfs_server.store.sqlite.connections import transaction
from hfs_server.store.sqlite.database import Database
from hfs_server.store.sqlite.import_lock import ImportLock
from hfs_server.store.sqlite.listing import InvalidCursor
from hfs_server.store.sqlite.migrations import STEPS
from hfs_server.store.sqlite.rows import ArrivedSession, checkpoints_of, messages_of

BEGUN = "2026-02-01T10:00:00Z"


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / "store" / "sessions.db"


def use(path: Path, work: Callable):
    """Runs ``work(repository)`` on the store, and closes it."""

    async def run():
        database = Database(path)
        try:
            return await work(SessionRepository(database))
        finally:
            await database.close()

    return asyncio.run(run())


def rows(path: Path, sql: str, *values):
    with closing(sqlite3.connect(path)) as connection, connection:
        return connection.execute(sql, values).fetchall()


def message(content="x", created_at=BEGUN, role="user", **extra):
    return {"role": role, "content": content, "created_at": created_at, **extra}


def session(name="n", created_at=BEGUN, updated_at=None, run_snapshot=None, extra=None):
    return ArrivedSession(name, created_at, updated_at, run_snapshot, extra or {})


async def add(repository, messages=(), checkpoints=(), arrived=None):
    async with repository.arrival() as arrival:
        for one in messages:
            await arrival.add([one], [])
        await arrival.add([], checkpoints)
        return await arrival.move_in(arrived or session(), lambda _: None)


async def whole(repository, session_id):
    async with repository.snapshot(session_id) as snapshot:
        messages = [m async for batch in snapshot.messages() for m in messages_of(batch)]
        checkpoints = [c async for batch in snapshot.checkpoints() for c in checkpoints_of(batch)]
        return snapshot.header, messages, checkpoints


async def names(repository, **params):
    return [summary.name for summary in (await repository.list(**params)).sessions]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no file modes; its folders have owners")
def test_a_new_store_is_its_owners_alone_whatever_the_umask(path):
    before = os.umask(0)
    try:
        use(path, names)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_an_empty_file_becomes_a_store(path):
    path.parent.mkdir()
    path.touch()
    assert use(path, names) == []
    assert rows(path, "PRAGMA user_version") == [(len(STEPS),)]
    assert rows(path, "PRAGMA journal_mode") == [("wal",)]


def test_a_newer_store_is_refused_and_left_as_it_is(path):
    use(path, names)
    rows(path, f"PRAGMA user_version = {len(STEPS) + 1}")
    before = path.read_bytes()
    with pytest.raises(StoreTooNew, match="Upgrade hfs-server"):
        use(path, names)
    assert path.read_bytes() == before


def test_what_is_no_store_is_refused_and_left_as_it_is(path):
    path.parent.mkdir()
    rows(path, "CREATE TABLE bookmarks (id INTEGER)")
    before = path.read_bytes()
    with pytest.raises(StoreUnusable, match="another program"):
        use(path, names)
    assert path.read_bytes() == before
    path.write_bytes(b"not a database, but longer than its header would be" * 40)
    with pytest.raises(StoreUnusable, match="not an SQLite database"):
        use(path, names)
    path.unlink()
    path.mkdir()
    with pytest.raises(StoreUnusable, match="folder"):
        use(path, names)


def test_a_store_that_is_held_for_long_is_busy_and_then_well_again(path, monkeypatch):
    use(path, names)
    monkeypatch.setattr(connections, "BUSY_SECONDS", 0.3)

    async def work(repository):
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StoreBusy, match="Try again"):
                await add(repository, [message()])
            assert await names(repository) == []
        return await add(repository, [message()])

    assert use(path, work) == 1


def test_a_store_that_was_moved_away_is_named_and_found_again(path):
    async def work(repository):
        await add(repository, [message()])
        away = path.rename(path.with_suffix(".away"))
        with pytest.raises(StoreUnusable, match="moved or deleted"):
            await names(repository)
        with pytest.raises(StoreUnusable, match="moved or deleted"):
            await add(repository, [message()])
        assert not path.exists()
        away.rename(path)
        return await names(repository)

    assert use(path, work) == ["n"]


def test_a_transaction_that_is_cancelled_at_any_moment_leaves_nothing(path):
    async def work(repository):
        connection = await connections.connect(path)
        insert = "INSERT INTO sessions (name, created_at) VALUES ('half', '')"

        async def write():
            async with transaction(connection):
                await connection.execute(insert)
                await connection.execute("SELECT 1")
                raise RuntimeError("never committed")

        for turns in range(25):
            task = asyncio.ensure_future(write())
            for _ in range(turns):
                await asyncio.sleep(0)
            task.cancel()
            with pytest.raises((asyncio.CancelledError, RuntimeError)):
                await task
            assert not connection.in_transaction
        await connection.close()
        return await names(repository)

    use(path, names)
    assert use(path, work) == []


def test_pages_hold_every_session_once_while_sessions_are_added(path):
    async def work(repository):
        for minute in range(30):
            time = f"2026-02-01T10:{minute // 3:02}:00Z"
            await add(repository, arrived=session(f"s{minute}", created_at=time))
        seen, cursor = [], None
        while True:
            page = await repository.list(limit=7, cursor=cursor)
            seen += [summary.id for summary in page.sessions]
            await add(repository, arrived=session("newer", created_at="2026-03-01T00:00:00Z"))
            cursor = page.next_cursor
            if cursor is None:
                return seen

    assert use(path, work) == list(range(30, 0, -1))


@pytest.mark.parametrize("cursor", ["", "x", "e30=", "WzEsMl0=", "WyJhIiwgMWU5OV0=", "é"])
def test_a_cursor_from_elsewhere_is_refused(path, cursor):
    with pytest.raises(InvalidCursor):
        use(path, lambda repository: repository.list(cursor=cursor))


def test_a_query_finds_a_part_of_a_name_whatever_its_case(path):
    async def work(repository):
        for name in ("Größe ÄNDERN", "100% done", "other"):
            await add(repository, arrived=session(name))
        queries = ("grösse ändern", "ä", "0%", "OTHER", "", "nowhere")
        return [await names(repository, query=query) for query in queries]

    german, percent, other = ["Größe ÄNDERN"], ["100% done"], ["other"]
    assert use(path, work) == [
        german,
        german,
        percent,
        other,
        ["other", "100% done", "Größe ÄNDERN"],
        [],
    ]


def test_a_session_arrives_with_all_that_it_holds(path):
    messages = [
        message("a\x00b\r\n🙂", "2026-02-01T10:00:00.250184Z", "tool", model="m", n=[1, None]),
        message("", "2026-02-01T10:00:01Z"),
    ]
    checkpoint = {
        "trigger": "t",
        "message_index": 1,
        "created_at": BEGUN,
        "state": {"ü": 1},
        "note": 2,
    }
    snapshot = {"run_id": "r", "usage": None}

    async def work(repository):
        arrived = session(
            "Name\n*", BEGUN, "2026-02-01T11:00:00Z", snapshot, {"document": {"k": 1}}
        )
        return await whole(repository, await add(repository, messages, [checkpoint], arrived))

    header, got_messages, (got_checkpoint,) = use(path, work)
    assert got_messages == messages
    assert got_checkpoint.pop("state") == '{"ü": 1}'
    assert got_checkpoint == {k: v for k, v in checkpoint.items() if k != "state"}
    assert (header.name, header.created_at, header.updated_at, header.run_snapshot) == (
        "Name\n*",
        BEGUN,
        "2026-02-01T11:00:00Z",
        snapshot,
    )
    assert rows(path, "SELECT created_at FROM messages ORDER BY id") == [
        ("2026-02-01 10:00:00.250184",),
        ("2026-02-01 10:00:01.000000",),
    ]


def test_an_unknown_time_stays_unknown_and_sorts_where_it_belongs(path):
    times = [None, None, "2026-02-01T10:00:05Z", None, "2026-02-01T10:00:09Z"]
    checkpoint = {"trigger": "t", "message_index": 4, "created_at": None, "state": {}}

    async def work(repository):
        messages = [message(created_at=time) for time in times]
        arrived = session(created_at="2026-02-01T10:00:07Z")
        return await whole(repository, await add(repository, messages, [checkpoint], arrived))

    _, messages, checkpoints = use(path, work)
    assert [m["created_at"] for m in messages] == times
    assert checkpoints[0]["created_at"] is None
    stored = [time for (time,) in rows(path, "SELECT created_at FROM messages ORDER BY id")]
    assert stored == sorted(stored)
    assert rows(path, "SELECT created_at FROM checkpoints") == [("2026-02-01 10:00:05.000000",)]


def test_a_large_session_is_seen_by_nobody_until_all_of_it_is_there(path, monkeypatch):
    monkeypatch.setattr(staging, "SLICE_CHARACTERS", 1000 + 4 * staging._ROW_CHARACTERS)
    seen = []

    async def work(repository):
        await add(repository, arrived=session("before"))
        async with repository.arrival() as arrival:
            await arrival.add([message("x" * 300) for _ in range(20)], [])
            look = "SELECT (SELECT count(*) FROM sessions), (SELECT count(*) FROM messages)"
            return await arrival.move_in(session(), lambda _: seen.extend(rows(path, look)))

    session_id = use(path, work)
    assert session_id == 2 + pending.RESERVED_IDS
    assert [sessions for sessions, _ in seen] == [1] * 4
    assert [messages for _, messages in seen] == [4, 8, 12, 16]
    assert rows(path, "SELECT count(*) FROM messages WHERE session_id = ?", session_id) == [(20,)]
    assert rows(path, "SELECT count(*) FROM hfs_pending_imports") == [(0,)]


def test_a_large_session_that_stops_half_way_leaves_nothing(path, monkeypatch):
    monkeypatch.setattr(staging, "SLICE_CHARACTERS", 1000)

    def stop(share):
        if share > 0.5:
            raise KeyboardInterrupt

    async def work(repository):
        await add(repository, [message("stays")])
        async with repository.arrival() as arrival:
            await arrival.add([message("x" * 300) for _ in range(20)], [])
            await arrival.move_in(session(), stop)

    with pytest.raises(KeyboardInterrupt):
        use(path, work)
    assert rows(path, "SELECT content FROM messages") == [("stays",)]
    assert rows(path, "SELECT count(*) FROM hfs_pending_imports") == [(0,)]


def test_what_a_killed_program_left_half_moved_is_removed_and_nothing_else(path):
    async def work(repository):
        await add(repository, [message("stays")])
        orphan = "INSERT INTO messages (session_id, role, content, created_at) VALUES (?,'','','')"
        for owner in (101, 101, 201):
            rows(path, orphan, owner)
        arriving = "INSERT INTO hfs_pending_imports VALUES (?, ?, ?, ?)"
        rows(path, arriving, b"d" * 16, 101, 2, 3)
        rows(path, arriving, b"a" * 16, 201, 4, 4)
        rows(path, "INSERT INTO sessions (id, name, created_at) VALUES (101, 'reused', '')")
        rows(path, orphan, 101)
        lock = ImportLock(path, b"a" * 16)
        lock.acquire()
        try:
            await add(repository)
        finally:
            lock.release()

    use(path, work)
    assert rows(path, "SELECT id, session_id FROM messages ORDER BY id") == [
        (1, 1),
        (4, 201),
        (5, 101),
    ]
    assert rows(path, "SELECT session_id FROM hfs_pending_imports") == [(201,)]


def test_lock_files_of_killed_programs_are_removed_and_no_other_files(path):
    use(path, lambda repository: repository.list())
    left = path.with_name(f"{path.name}-import-{'a' * 32}")
    others = [
        path.with_name(f"{path.name}-import-{'b' * 32}"),
        path.with_name(f"{path.name}-import-{'c' * 31}"),
        path.with_name(f"other-{path.name}-import-{'d' * 32}"),
    ]
    left.touch()
    for number, other in enumerate(others):
        other.write_text("mine" if number == 0 else "")
    use(path, lambda repository: repository.list())
    assert not left.exists()
    assert all(other.exists() for other in others)


def test_what_an_earlier_version_left_half_moved_is_removed(path):
    use(path, lambda repository: add(repository, [message("stays")]))
    for statement in (
        "DROP TABLE hfs_pending_imports",
        "DROP TABLE hfs_reserved_ids",
        """CREATE TABLE hfs_arriving (
            session_id INTEGER NOT NULL, first_message_id INTEGER NOT NULL,
            last_message_id INTEGER NOT NULL, moved_at REAL NOT NULL)""",
        "INSERT INTO hfs_arriving VALUES (101, 2, 2, 0), (101, 3, 3, 0), (202, 4, 4, 9e12)",
        "INSERT INTO messages (session_id, role, content, created_at)"
        " VALUES (101, '', '', ''), (101, '', '', ''), (202, '', '', '')",
        "PRAGMA user_version = 1",
    ):
        rows(path, statement)
    use(path, lambda repository: repository.list())
    assert rows(path, "SELECT content FROM messages") == [("stays",)]
    assert rows(path, "SELECT 1 FROM sqlite_master WHERE name = 'hfs_arriving'") == []
    assert rows(path, "SELECT * FROM hfs_pending_imports") == []
    assert rows(path, "SELECT session_id FROM hfs_reserved_ids") == [(101,), (202,)]


def test_a_half_moved_session_whose_slices_were_removed_is_refused(path, monkeypatch):
    monkeypatch.setattr(staging, "SLICE_CHARACTERS", 1000)

    async def work(repository):
        async with repository.arrival() as arrival:
            await arrival.add([message("x" * 300) for _ in range(20)], [])
            await arrival.move_in(
                session(), lambda _: rows(path, "DELETE FROM hfs_pending_imports")
            )

    with pytest.raises(StoreBusy, match="Try again"):
        use(path, work)
    assert rows(path, "SELECT count(*) FROM sessions") == [(0,)]


def test_rows_that_other_programs_spoilt_spoil_only_themselves(path):
    async def work(repository):
        await add(repository, [message("fine")])
        spoil = [
            "INSERT INTO sessions VALUES (2, CAST(x'ff41' AS TEXT), 'yesterday', 5, '{', 'x')",
            "INSERT INTO messages VALUES (90, 2, 7, x'ff', '', NULL)",
            "INSERT INTO messages VALUES (91, 2, 'user', CAST(x'c3' AS TEXT), 1.5, '[1]')",
            "INSERT INTO messages VALUES (92, 555, 'user', 'orphan', '', NULL)",
            "INSERT INTO checkpoints VALUES (1, 2, 'many', x'00', '{', '', NULL)",
        ]
        for statement in spoil:
            rows(path, statement)
        return await whole(repository, 2), await whole(repository, 1), await repository.list()

    (header, messages, checkpoints), (_, untouched, _), page = use(path, work)
    assert (header.name, header.created_at, header.run_snapshot) == ("\\xffA", None, None)
    assert [(m["role"], m["content"], m["created_at"]) for m in messages] == [
        ("7", "\\xff", None),
        ("user", "\\xc3", None),
    ]
    assert checkpoints[0]["message_index"] == 0
    assert checkpoints[0]["state"] == "{"
    assert untouched == [message("fine")]
    assert {summary.id for summary in page.sessions} == {1, 2}


def test_a_session_that_is_not_there_is_named(path):
    with pytest.raises(SessionNotFound, match="no session 7"):
        use(path, lambda repository: whole(repository, 7))


def test_a_snapshot_sees_the_session_as_it_was(path):
    async def work(repository):
        session_id = await add(repository, [message(str(n)) for n in range(100)])
        seen = 0
        async with repository.snapshot(session_id) as snapshot:
            async for batch in snapshot.messages():
                rows(path, "DELETE FROM messages WHERE session_id = ?", session_id)
                seen += len(batch)
        return seen, (await whole(repository, session_id))[1]

    assert use(path, work) == (100, [])


def test_every_change_is_noticed_whoever_makes_it(path):
    async def work(repository):
        marks = [await repository.change_mark(), await repository.change_mark()]
        await add(repository)
        marks.append(await repository.change_mark())
        rows(path, "DELETE FROM sessions")
        marks.append(await repository.change_mark())
        return marks

    first, same, after_ours, after_theirs = use(path, work)
    assert first == same
    assert len({first, after_ours, after_theirs}) == 3


def test_who_reads_while_the_store_is_replaced_reads_on(path, tmp_path):
    copy = tmp_path / "copy.db"

    async def work(repository):
        await add(repository, arrived=session("there"))
        rows(path, "VACUUM INTO ?", str(copy))
        for _ in range(20):
            lists = [asyncio.ensure_future(repository.list(query="there")) for _ in range(20)]
            await asyncio.sleep(0)
            other = copy.with_name("other.db")
            other.write_bytes(copy.read_bytes())
            os.replace(other, path)
            lists += [asyncio.ensure_future(repository.list(query="there")) for _ in range(5)]
            pages = await asyncio.gather(*lists)
            assert {len(page.sessions) for page in pages} == {1}

    use(path, work)
