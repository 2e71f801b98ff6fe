"""Deleted sessions are gone for every program, and come back exactly as they were."""

from __future__ import annotations

import pytest

from hfs_server.errors import StoreBusy
from hfs_server.store.sqlite.import_lock import ImportLock
from testing.terminal import Terminal
from tests.unit.store.sqlite.deletions import everything
from tests.unit.store.sqlite.sessions import execute, message, names, read, save, use

CHECKPOINT = {"trigger": "t", "message_index": 1, "created_at": None, "state": {"a": [1]}}


async def save_rich(store, name="rich", **more):
    messages = [message(f"{name} {number}", None, thought={"deep": number}) for number in range(3)]
    return await save(
        store, messages, [CHECKPOINT], name=name, run_snapshot={"run_id": name}, extra=[1], **more
    )


def test_a_session_comes_back_exactly_under_its_id(path):
    async def work(store):
        session_id = await save_rich(store)
        before, exported = everything(path, session_id), await read(store, session_id)
        await store.delete(session_id)
        assert await names(store) == []
        assert execute(path, "SELECT count(*) FROM messages WHERE session_id >= 0") == [(0,)]
        assert everything(path, -session_id, "hfs_deleted_sessions") == before
        restored = await store.restore(session_id)
        assert restored.id == session_id
        assert everything(path, session_id) == before
        assert await read(store, session_id) == exported

    use(path, work)
    assert execute(path, "SELECT count(*) FROM hfs_deleted_sessions") == [(0,)]


def test_rows_that_other_programs_wrote_come_back_byte_for_byte(path):
    with Terminal(path) as terminal:
        terminal.add_session("first", "hello")
    use(path, names)
    execute(path, 'ALTER TABLE sessions ADD COLUMN "Later\'s ""column" INTEGER')
    execute(
        path,
        f"INSERT INTO sessions VALUES (40, CAST(x'ff00' AS TEXT), 5, x'aa'{', NULL' * 10}, 17)",
    )
    execute(path, "INSERT INTO messages VALUES (9, 40, x'00ff', CAST(x'fe' AS TEXT), 1.5, NULL)")
    before = everything(path, 40)

    async def work(store):
        for _ in range(2):
            await store.delete(40)
            await store.restore(40)

    use(path, work)
    assert everything(path, 40) == before
    assert b"Later" in repr(before).encode()


def test_a_session_of_a_reused_id_shows_nothing_of_a_deleted_one(path):
    async def delete(store):
        await store.delete(await save_rich(store))

    use(path, delete)
    with Terminal(path) as terminal:
        assert terminal.add_session("new", "of the terminal") == 1
        assert terminal.list() == [(1, "new", [("user", "of the terminal")])]

        async def restore(store):
            assert (await store.restore(1)).id == 2
            return await read(store, 2)

        _, messages, checkpoints = use(path, restore)
        assert (messages[0]["content"], len(checkpoints)) == ("rich 0", 1)
        assert terminal.list()[0] == (1, "new", [("user", "of the terminal")])


def test_messages_of_no_session_never_become_those_of_a_restored_one(path):
    async def work(store):
        await store.delete(await save_rich(store))
        execute(
            path,
            "INSERT INTO messages (session_id, role, content, created_at)"
            " VALUES (1, 'user', 'late', '')",
        )
        restored = await store.restore(1)
        assert (restored.id, restored.message_count) == (2, 3)

    use(path, work)


def test_several_deleted_sessions_of_one_id_can_all_be_restored(path):
    async def work(store):
        await store.delete(await save_rich(store))

    use(path, work)
    with Terminal(path) as terminal:
        for name in ("second", "third"):
            assert terminal.add_session(name, name) == 1
            use(path, lambda store: store.delete(1))

        async def restore(store):
            listed = (await store.list(deleted=True)).sessions
            assert [(each.id, each.name) for each in listed] == [
                (1, "third"),
                (-2, "second"),
                (-1, "rich"),
            ]
            assert (await store.restore(-2)).name == "second"
            assert (await store.restore(1)).name == "third"
            assert [each.id for each in (await store.list(deleted=True)).sessions] == [1]
            assert (await store.restore(1)).name == "rich"

        use(path, restore)
        assert sorted(terminal.names().values()) == ["rich", "second", "third"]


def test_a_session_that_is_being_imported_is_not_deleted(path):
    async def work(store):
        session_id = await save_rich(store)
        lock = ImportLock(path, b"a" * 16)
        lock.acquire()
        execute(path, "INSERT INTO hfs_pending_imports VALUES (?, 1, 99, 99)", b"a" * 16)
        try:
            with pytest.raises(StoreBusy, match="being imported"):
                await store.delete(session_id)
        finally:
            lock.release()
        await store.delete(session_id)

    use(path, work)


def test_a_purge_removes_deleted_sessions_for_good(path):
    async def work(store):
        await save_rich(store, "kept")
        await store.delete(await save_rich(store, "marked-text"))
        await store.purge()
        assert (await store.list(deleted=True)).sessions == []

    use(path, work)
    assert b"marked-text" not in path.read_bytes()
    assert execute(path, "SELECT count(*) FROM messages") == [(3,)]
