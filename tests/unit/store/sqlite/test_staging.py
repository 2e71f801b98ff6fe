"""Saving a session: all that it holds, all of it or nothing, in slices if it is large."""

import pytest

from hfs_server.errors import StoreBusy
from hfs_server.importers.hfs_json import batches
from hfs_server.store.sqlite import pending
from hfs_server.store.sqlite import staging as sqlite_staging
from tests.unit.store.sqlite.sessions import (
    BEGUN,
    execute,
    message,
    read,
    save,
    save_source,
    source,
    use,
)

LARGE = [message("x" * 300) for _ in range(20)]


def test_a_session_is_saved_with_all_that_it_holds(path):
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

    async def work(store):
        session_id = await save(
            store,
            messages,
            [checkpoint],
            name="Name\n*",
            updated_at="2026-02-01T11:00:00Z",
            run_snapshot=snapshot,
            k=1,
        )
        return await read(store, session_id)

    header, got_messages, got_checkpoints = use(path, work)
    assert got_messages == messages
    assert got_checkpoints == [checkpoint]
    assert (header.name, header.created_at, header.updated_at, header.run_snapshot) == (
        "Name\n*",
        BEGUN,
        "2026-02-01T11:00:00Z",
        snapshot,
    )
    assert header.unknown_members == {"k": 1}
    assert execute(path, "SELECT created_at FROM messages ORDER BY id") == [
        ("2026-02-01 10:00:00.250184",),
        ("2026-02-01 10:00:01.000000",),
    ]


def test_a_name_that_is_given_replaces_that_of_the_source(path):
    async def work(store):
        saved = await save_source(store, source([message()]), name="given")
        return saved, (await read(store, saved.id))[0].name

    saved, name = use(path, work)
    assert (saved.status, saved.id, saved.name, saved.message_count) == ("created", 1, "given", 1)
    assert name == "given"


def test_an_unknown_time_stays_unknown_and_sorts_in_order(path):
    times = [None, None, "2026-02-01T10:00:05Z", None, "2026-02-01T10:00:09Z"]
    checkpoint = {"trigger": "t", "message_index": 4, "created_at": None, "state": {}}

    async def work(store):
        messages = [message(created_at=time) for time in times]
        session_id = await save(store, messages, [checkpoint], created_at="2026-02-01T10:00:07Z")
        return await read(store, session_id)

    _, messages, checkpoints = use(path, work)
    assert [m["created_at"] for m in messages] == times
    assert checkpoints[0]["created_at"] is None
    stored = [time for (time,) in execute(path, "SELECT created_at FROM messages ORDER BY id")]
    assert stored == sorted(stored)
    assert execute(path, "SELECT created_at FROM checkpoints") == [("2026-02-01 10:00:05.000000",)]


def test_a_large_session_is_visible_only_when_it_is_complete(path, monkeypatch):
    monkeypatch.setattr(
        sqlite_staging, "SLICE_CHARACTERS", 1000 + 4 * sqlite_staging._ROW_CHARACTERS
    )
    counts = "SELECT (SELECT count(*) FROM sessions), (SELECT count(*) FROM messages)"
    seen = []

    async def work(store):
        await save(store, name="before")
        return await save(store, LARGE, on_progress=lambda *_: seen.extend(execute(path, counts)))

    session_id = use(path, work)
    assert session_id == 2 + pending.RESERVED_IDS
    assert [sessions for sessions, _ in seen] == [1] * 4
    assert [messages for _, messages in seen] == [4, 8, 12, 16]
    of_session = "SELECT count(*) FROM messages WHERE session_id = ?"
    assert execute(path, of_session, session_id) == [(20,)]
    assert execute(path, "SELECT count(*) FROM hfs_pending_imports") == [(0,)]


def test_the_ids_of_a_large_session_have_no_gaps(path, monkeypatch):
    monkeypatch.setattr(
        sqlite_staging, "SLICE_CHARACTERS", 1000 + 4 * sqlite_staging._ROW_CHARACTERS
    )
    monkeypatch.setattr(batches, "_MOST_PARTS", 3)
    extras = [{}, {"model": "m"}]
    messages = [message(f"{number} {'x' * 300}", **extras[number % 7 == 0]) for number in range(50)]
    use(path, lambda store: save(store, messages))
    ids = [number for (number,) in execute(path, "SELECT id FROM messages ORDER BY id")]
    assert ids == [*range(1, 51)]
    assert use(path, lambda store: read(store, 1 + pending.RESERVED_IDS))[1] == messages


def test_a_large_session_that_is_interrupted_leaves_nothing(path, monkeypatch):
    monkeypatch.setattr(sqlite_staging, "SLICE_CHARACTERS", 1000)

    def stop(share, _):
        if share > 0.5:
            raise KeyboardInterrupt

    async def work(store):
        await save(store, [message("stays")])
        await save(store, LARGE, on_progress=stop)

    with pytest.raises(KeyboardInterrupt):
        use(path, work)
    assert execute(path, "SELECT content FROM messages") == [("stays",)]
    assert execute(path, "SELECT count(*) FROM hfs_pending_imports") == [(0,)]


def test_a_large_session_whose_slices_were_removed_is_rejected(path, monkeypatch):
    monkeypatch.setattr(sqlite_staging, "SLICE_CHARACTERS", 1000)

    def remove(*_):
        execute(path, "DELETE FROM hfs_pending_imports")

    with pytest.raises(StoreBusy, match="Try again"):
        use(path, lambda store: save(store, LARGE, on_progress=remove))
    assert execute(path, "SELECT count(*) FROM sessions") == [(0,)]
