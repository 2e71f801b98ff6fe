"""Deletions by identity, as of a time, for stores of any engine that exchange them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from hfs_server.filters import Filters
from hfs_server.store.results import DeletionState
from hfs_server.store.shapes import DELETED
from hfs_server.timestamps import now, to_iso
from tests.unit.store.sqlite.deletions import family_source, save_family
from tests.unit.store.sqlite.sessions import message, names, save, save_source, use

AHEAD = "9998-12-31T23:59:59.999999Z"
LINE = [("a", None), ("b", "a"), ("c", "b")]
DELETED_AT, RESTORED_AT = "2026-02-01T10:00:00.250000Z", "2026-02-01T11:00:00Z"


def test_the_state_of_an_identity_is_its_last_change(place):
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

    use(place, work)


def test_an_identity_is_deleted_and_restored_as_of_a_time(place):
    async def work(store):
        await save_family(store, ("a", None), ("b", "a"), ("a", None))
        assert await store.delete_identity("a", DELETED_AT) == 3
        assert (await store.deletion_states())["a"] == DeletionState(True, DELETED_AT)
        assert {each.deleted_at for each in (await store.list(deleted=True)).sessions} == {
            DELETED_AT
        }
        assert await store.restore_identity("a", RESTORED_AT) in (1, 3)
        assert (await store.deletion_states())["a"] == DeletionState(False, RESTORED_AT)

    use(place, work)


def test_a_deletion_of_what_the_store_never_had_is_noted(place):
    async def work(store):
        assert await store.delete_identity("a", DELETED_AT) == 0
        assert await store.restore_identity("a", RESTORED_AT) is None
        saved = await save_source(store, family_source("a", None), restores_deleted=False)
        assert saved.reason == DELETED
        assert (await store.deletion_states())["a"] == DeletionState(True, DELETED_AT)

    use(place, work)


def test_a_copy_that_remains_is_no_deletion(place):
    async def work(store):
        await save_family(store, ("a", None), ("a", None))
        await store.delete(1)
        assert await store.deletion_states() == {}
        await store.delete(2)
        assert (await store.deletion_states())["a"].is_deleted

    use(place, work)


def test_a_time_far_ahead_does_not_last(place):
    """It can only come from a wrong clock, and no later change would ever be later."""

    async def work(store):
        begun = now()
        await save(store, [message("x")], created_at=AHEAD, updated_at="9999-12-31T23:59:59Z")
        (identity,) = [mark.identity for mark in await store.session_marks(Filters())]
        await store.delete(1)
        assert begun <= (await store.deletion_states())[identity].changed_at <= now()
        await store.delete_identity(identity, AHEAD)
        assert (await store.deletion_states())[identity] == DeletionState(True, AHEAD)
        await store.restore(1)
        state = (await store.deletion_states())[identity]
        assert not state.is_deleted
        assert begun <= state.changed_at <= now()

    use(place, work)


def test_sessions_that_are_deleted_together_have_one_time(place):
    """It is later than the last activity of each, also of one that is below."""

    async def work(store):
        later = to_iso(datetime.now(UTC) + timedelta(hours=1))
        await save_family(store, *LINE[:2])
        await save_source(store, family_source("c", "b", updated_at=later))
        deletion = await store.delete(1, "2026-02-01T10:00:00Z")
        assert deletion.session_count == 3
        states = {each.changed_at for each in (await store.deletion_states()).values()}
        assert len(states) == 1
        assert states.pop() > later

    use(place, work)


@pytest.mark.parametrize("order", [*permutations("abc")], ids="".join)
def test_a_tree_that_was_deleted_elsewhere_comes_back_as_one(place, order):
    async def work(store):
        await save_family(store, *LINE)
        for identity in order:
            await store.delete_identity(identity, DELETED_AT)
        (listed,) = (await store.list(deleted=True)).sessions
        assert (listed.name, listed.child_count) == ("a", 1)
        await store.restore(listed.id)
        assert await names(store) == ["a"]
        assert len(await store.session_ids()) == 3

    use(place, work)


def test_trees_that_were_deleted_elsewhere_at_other_times_stay_apart(place):
    async def work(store):
        await save_family(store, *LINE)
        await store.delete_identity("c", "2026-02-01T09:00:00Z")
        await store.delete_identity("b", DELETED_AT)
        await store.delete_identity("a", DELETED_AT)
        listed = [each.name for each in (await store.list(deleted=True)).sessions]
        assert listed == ["a", "c"]

    use(place, work)


def test_what_came_back_with_another_session_gets_the_time_of_its_own(place):
    async def work(store):
        await save_family(store, *LINE)
        await store.delete(1)
        assert await store.restore_identity("a", RESTORED_AT) == 1
        assert await store.restore_identity("b", "2026-02-02T11:00:00Z") == 2
        states = await store.deletion_states()
        assert states["a"] == DeletionState(False, RESTORED_AT)
        assert states["b"] == DeletionState(False, "2026-02-02T11:00:00Z")
        await store.delete(3)
        await store.purge()
        assert await store.restore_identity("c", RESTORED_AT) is None

    use(place, work)
