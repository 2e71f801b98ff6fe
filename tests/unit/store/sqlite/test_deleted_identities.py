"""Deletions by identity, as of a time, for stores that exchange them."""

from __future__ import annotations

from hfs_server.identity import derived_identity
from hfs_server.store import DELETED
from hfs_server.store.results import DeletionState
from testing.terminal import Terminal
from tests.unit.store.sqlite.deletions import family_source, save_family
from tests.unit.store.sqlite.sessions import execute, names, save_source, use

DELETED_AT, RESTORED_AT = "2026-02-01T10:00:00.250000Z", "2026-02-01T11:00:00Z"


def test_the_state_of_an_identity_is_its_last_change(path):
    async def work(store):
        assert await store.deletion_states() == {}
        await save_family(store, ("a", None), ("b", "a"))
        deletion = await store.delete(1)
        state = DeletionState(True, deletion.deleted_at)
        assert await store.deletion_states() == {"a": state, "b": state}
        await store.restore(1)
        states = await store.deletion_states()
        assert {name: each.is_deleted for name, each in states.items()} == {"a": False, "b": False}
        assert all(each.changed_at > deletion.deleted_at for each in states.values())

    use(path, work)


def test_an_identity_is_deleted_and_restored_as_of_a_time(path):
    async def work(store):
        await save_family(store, ("a", None), ("b", "a"), ("a", None))
        assert await store.delete_identity("a", DELETED_AT) == 3
        assert (await store.deletion_states())["a"] == DeletionState(True, DELETED_AT)
        assert {each.deleted_at for each in (await store.list(deleted=True)).sessions} == {
            DELETED_AT
        }
        assert await store.restore_identity("a", RESTORED_AT) in (1, 3)
        assert (await store.deletion_states())["a"] == DeletionState(False, RESTORED_AT)

    use(path, work)


def test_a_deletion_of_what_the_store_never_had_is_noted(path):
    async def work(store):
        assert await store.delete_identity("a", DELETED_AT) == 0
        assert await store.restore_identity("a", RESTORED_AT) is None
        saved = await save_source(store, family_source("a", None), restores_deleted=False)
        assert saved.reason == DELETED
        assert (await store.deletion_states())["a"] == DeletionState(True, DELETED_AT)

    use(path, work)


def test_a_copy_that_remains_is_no_deletion(path):
    async def work(store):
        await save_family(store, ("a", None), ("a", None))
        await store.delete(1)
        assert await store.deletion_states() == {}
        await store.delete(2)
        assert (await store.deletion_states())["a"].is_deleted

    use(path, work)


def test_sessions_of_the_terminal_program_have_an_identity_too(path):
    with Terminal(path) as terminal:
        terminal.add_session("first", "hello")
        terminal.add_session("second", "hello again")
    ((created_at,),) = execute(path, "SELECT created_at FROM sessions WHERE id = 2")
    identity = derived_identity("hfs", f"{created_at.replace(' ', 'T')}Z", "user", "hello again")

    async def work(store):
        assert await store.delete_identity(identity, DELETED_AT) == 1
        assert await names(store) == ["first"]
        assert await store.restore_identity(identity, RESTORED_AT) == 2

    use(path, work)


def test_what_another_program_deleted_is_deleted_at_an_unknown_time(path):
    use(path, lambda store: save_family(store, ("a", None)))
    with Terminal(path) as terminal:
        terminal.delete_session(1)
    assert use(path, lambda store: store.deletion_states()) == {"a": DeletionState(True, None)}
