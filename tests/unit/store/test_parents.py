"""Which sessions are listed under which, in any store: each one can be reached from the top."""

import random
from collections import Counter

import pytest

from tests.unit.store.sqlite.deletions import save_family
from tests.unit.store.sqlite.sessions import names, use

CYCLES = {
    "its own parent": [("a", "a")],
    "two": [("a", "b"), ("b", "a")],
    "two, the second of which has another child": [("a", "b"), ("b", "a"), ("c", "b")],
    "three against the order of ids": [("a", "b"), ("b", "c"), ("c", "a")],
    "three in the order of ids": [("a", "c"), ("b", "a"), ("c", "b")],
    "four with a tail": [("t", "s"), ("s", "a"), ("a", "d"), ("b", "a"), ("c", "b"), ("d", "c")],
    "two cycles": [("a", "a"), ("b", "c"), ("c", "b"), ("d", None), ("e", "d")],
}


async def tree(store, parent_id=None, seen=()):
    """The names of all sessions that can be reached, each with the name of what it is under."""
    page = await store.list(parent_id=parent_id, limit=500)
    found = []
    for each in page.sessions:
        assert each.name not in seen, "a session is below itself"
        assert each.parent_id == parent_id
        below = await tree(store, each.id, (*seen, each.name))
        assert each.child_count == sum(under == each.name for _, under in below)
        found += [(each.name, seen[-1] if seen else None), *below]
    return found


@pytest.mark.parametrize("family", CYCLES.values(), ids=CYCLES)
def test_sessions_that_are_their_own_ancestors_are_listed(place, family):
    async def work(store):
        await save_family(store, *family)
        return Counter(name for name, _ in await tree(store))

    assert use(place, work) == Counter(name for name, _ in family)


def test_the_one_of_the_lowest_id_is_at_the_top(place):
    async def work(store):
        await save_family(store, ("x", "b"), ("a", "c"), ("b", "a"), ("c", "b"))
        return sorted(await tree(store), key=str)

    assert use(place, work) == [("a", None), ("b", "a"), ("c", "b"), ("x", "b")]


async def reached(store, new):
    """The ids of sessions, and of all that are listed below them."""
    found: set[int] = set()
    while new:
        found |= {*new}
        below = [(await store.list(parent_id=each)).sessions for each in new]
        new = [each.id for page in below for each in page if each.id not in found]
    return found


@pytest.mark.parametrize("seed", range(20))
def test_every_session_of_any_family_is_listed(place, seed):
    """Identities that several sessions have are among them, and parents that are missing."""
    chosen = random.Random(seed)
    size = 12

    def identity():
        return f"i{chosen.randrange(size)}"

    async def work(store):
        family = [(identity(), identity() if chosen.random() < 0.9 else None) for _ in range(size)]
        await save_family(store, *family)
        return await reached(store, [each.id for each in (await store.list()).sessions])

    assert use(place, work) == {*range(1, size + 1)}


@pytest.mark.parametrize("family", CYCLES.values(), ids=CYCLES)
def test_each_of_them_is_deleted_with_what_is_below_it_and_restored(place, family):
    async def work(store):
        ids = await save_family(store, *family)
        before = await tree(store)
        for name, number in ids.items():
            below = await reached(store, [number])
            deletion = await store.delete(number)
            assert deletion.session_count == len(below)
            assert {*ids.values()} - below == {*await store.session_ids()}
            assert [each.name for each in (await store.list(deleted=True)).sessions] == [name]
            await store.restore(number)
            assert await tree(store) == before

    use(place, work)


def test_the_rest_of_a_cycle_stays_when_one_of_it_is_deleted(place):
    async def work(store):
        ids = await save_family(store, ("a", "b"), ("b", "a"))
        assert (await store.delete(ids["b"])).session_count == 1
        assert await names(store) == ["a"]

    use(place, work)
