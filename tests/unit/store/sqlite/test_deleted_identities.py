"""Deletions by identity, as of a time, for stores that exchange them."""

from __future__ import annotations

from hfs_server.identity import derived_identity
from hfs_server.store.results import DeletionState
from testing.terminal import Terminal
from tests.unit.store.sqlite.deletions import save_family
from tests.unit.store.sqlite.sessions import execute, names, use

DELETED_AT, RESTORED_AT = "2026-02-01T10:00:00.250000Z", "2026-02-01T11:00:00Z"


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
