"""Deletions and restorations of many rows, which take several transactions."""

from __future__ import annotations

import sqlite3

import pytest

from hfs_server.filters import EVERYTHING
from hfs_server.store import open_store
from hfs_server.store.sqlite.deleted_listing import deleted_page
from hfs_server.store.sqlite.deletions import session_not_found
from hfs_server.store.sqlite.sync_listing import first_page
from testing.terminal import Terminal
from tests.unit.store.sqlite.deletions import begin, everything, row_by_row, save_family
from tests.unit.store.sqlite.sessions import execute, message, names, save, use

STATES = [{"trigger": "t", "message_index": n, "created_at": None, "state": n} for n in range(3)]


@pytest.fixture(autouse=True)
def _slow(monkeypatch):
    with row_by_row(monkeypatch):
        yield


async def save_all(store):
    """Saves a session with one below it, and then another one; returns their ids."""
    ids = await save_family(store, ("a", None), ("b", "a"))
    ids["long"] = await save(store, [message(f"{n}") for n in range(5)], STATES, name="long")
    ids["last"] = await save(store, [message("last")], name="last")
    return ids


def whole(path):
    return {
        number: everything(path, number) for (number,) in execute(path, "SELECT id FROM sessions")
    }


def test_what_takes_several_locks_comes_back_exactly(path):
    ids = use(path, save_all)
    before = whole(path)

    async def work(store):
        for name in ("a", "long", "last"):
            await store.delete(ids[name])
            assert not execute(path, "SELECT 1 FROM hfs_deletions WHERE other_id IS NOT NULL")
            await store.restore(ids[name])

    use(path, work)
    assert whole(path) == before


@pytest.mark.parametrize("name", ["a", "long"])
@pytest.mark.parametrize("next_one", ["list", "list_now", "delete", "restore", "import", "purge"])
def test_what_was_interrupted_is_completed_by_the_next_work(path, name, next_one):
    ids = use(path, save_all)
    before = whole(path)
    begin(path, "delete", ids[name])
    assert execute(path, "SELECT 1 FROM hfs_deletions WHERE other_id IS NOT NULL")

    async def work(store):
        if next_one == "list":
            assert ids[name] not in [each.id for each in (await store.list()).sessions]
        elif next_one == "list_now":
            assert first_page(path, 1, None) is None
            await store.list()
        elif next_one == "delete":
            await store.delete(ids["last"])
        elif next_one == "restore":
            await store.restore(ids[name])
        elif next_one == "import":
            await save(store, [message("more")], name="more")
        else:
            await store.purge()

    use(path, work)
    assert not execute(path, "SELECT 1 FROM hfs_deletions WHERE other_id IS NOT NULL")
    if next_one == "purge":
        return
    if next_one != "restore":
        use(path, lambda store: store.restore(ids[name]))
    for number, parts in before.items():
        if number != ids["last"] or next_one != "delete":
            assert everything(path, number) == parts


def test_an_interrupted_restoration_is_completed_by_the_next_opening(path):
    ids = use(path, save_all)
    before = whole(path)
    use(path, lambda store: store.delete(ids["long"]))
    begin(path, "restore", ids["long"])
    assert ids["long"] not in whole(path)
    use(path, names)
    assert whole(path) == before


def test_a_server_that_runs_completes_what_another_one_began(path):
    ids = use(path, save_all)
    before = whole(path)

    async def work(store):
        await store.list()
        begin(path, "delete", ids["long"])
        assert "long" not in await names(store)
        await store.restore(ids["long"])
        assert whole(path) == before

    use(path, work)


def test_an_id_that_is_taken_while_a_session_is_restored_is_not_shared(path):
    ids = use(path, save_all)
    expected = everything(path, ids["last"])
    use(path, lambda store: store.delete(ids["last"]))
    begin(path, "restore", ids["last"])
    with Terminal(path) as terminal:
        assert terminal.add_session("new", "mine") == ids["last"]

    async def work(store):
        # All of it moves back, since another session has the id.
        assert {"last", "new"} & {*await names(store)} == {"new"}
        assert [each.name for each in (await store.list(deleted=True)).sessions] == ["last"]
        restored = await store.restore(ids["last"])
        assert restored.id not in ids.values()
        assert everything(path, restored.id) == expected

    use(path, work)
    with Terminal(path) as terminal:
        shown = {number: said for number, _, said in terminal.list()}
    assert shown[ids["last"]] == [("user", "mine")]


def test_a_session_that_gets_the_id_of_a_half_deleted_one_keeps_its_own_messages(path):
    ids = use(path, save_all)
    expected = everything(path, ids["long"])
    use(path, lambda store: store.delete(ids["last"]))
    begin(path, "delete", ids["long"])
    with Terminal(path) as terminal:
        new = terminal.add_session("new", "mine")
        assert new == ids["long"]

        async def work(store):
            assert (await names(store))[0] == "new"
            restored = await store.restore(ids["long"])
            assert everything(path, restored.id) == expected

        use(path, work)
        assert terminal.list()[-2:][0][2] == [("user", "mine")]


def test_a_restoration_waits_for_the_deletion_that_another_program_has_begun(path):
    ids = use(path, save_all)
    before = whole(path)
    begin(path, "delete", ids["long"])
    moved = "SELECT count(*) FROM messages WHERE session_id < 0"
    ((count,),) = execute(path, moved)
    begin(path, "restore", ids["long"])
    assert execute(path, moved) == [(count,)]
    use(path, lambda store: store.restore(ids["long"]))
    assert whole(path) == before


def test_other_programs_can_write_between_the_locks(path):
    ids = use(path, save_all)

    async def work(store):
        other = open_store(path)
        try:
            await other.list()
            with Terminal(path) as terminal:
                for _ in range(3):
                    await store.delete(ids["long"])
                    terminal.add_message(ids["a"], "user", "meanwhile")
                    await other.restore(ids["long"])
        finally:
            await other.close()

    use(path, work)
    assert len(everything(path, ids["long"])["messages"]) == 5


def test_a_store_that_lacks_the_tables_and_can_only_be_read_has_no_deleted_sessions(path):
    use(path, save_all)
    for table in ("hfs_deletions", "hfs_deleted_sessions", "hfs_changes", "hfs_deletion_states"):
        execute(path, f"DROP TABLE {table}")
    execute(path, "PRAGMA journal_mode = DELETE")
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
        assert deleted_page(connection, 1, None, None, None, EVERYTHING).sessions == []
        assert "no session 9" in session_not_found(connection, 9).message
    connection.close()
